"""Rewrite what has to say the same in many files: the version, or the book's address.

python book/tools/release.py version 0.2.0
python book/tools/release.py repository owner/name
"""

import contextlib
import datetime
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from notebook_files import ROOT, command_line, current_repository, reference, write_atomically
from reviews import stamp, unreviewed

TAG = r"v\d+\.\d+\.\d+"
# What stands before owner/name in an address; a bare owner/name may be a path, such as notebooks/ko.
HOST = r"(?:github\.com[/:]|githubusercontent\.com/|/(?:github|gh|repos)/)"
# The owner or the name goes on: a full stop may also end a sentence, and git's own suffix an address.
END = r"(?=\.git\b|(?!\.?[A-Za-z0-9_-]))"
CITATION = "CITATION.cff"
# What was made or fetched; and the tests, whose toy books keep addresses of their own.
APART = {".git", "_build", "build", "data", "node_modules", "tests"}


def texts(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield the book's text files; the one that tells the present address last.

    A run that was stopped can then be repeated.
    """
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [
            name for name in folders if name not in APART and not Path(folder, name, "pyvenv.cfg").is_file()
        ]
        found += [path for name in files if not (path := Path(folder, name)).is_symlink()]
    for path in sorted(found, key=lambda path: (path == root / CITATION, path)):
        with contextlib.suppress(UnicodeDecodeError):  # a picture
            yield path, path.read_bytes().decode("utf-8")


def rewrite(root: Path, change: Callable[[str], str]) -> list[str]:
    """Change every text; return the files that changed. What was reviewed stays reviewed."""
    behind = {(page, cell) for page, cell, _ in unreviewed(root)}
    changed = []
    for path, before in texts(root):
        after = change(before)
        if after != before:
            write_atomically(path, after)
            changed.append(path.relative_to(root).as_posix())
    if moved := {(page, cell) for page, cell, _ in unreviewed(root)} - behind:
        stamp(root, moved)
    return changed


def set_version(root: Path, version: str) -> list[str]:
    """Give the package, the citation, every setup cell and every link to a tag a new version."""
    repository = re.escape(current_repository(root))
    tags = r"(?:\.git)?@|/(?:(?:blob|tree|raw|archive/refs/tags|releases/tag|releases/download)/)?"
    places = [
        (r'(?m)^(__version__ = ")[\d.]+(?=")', version),
        (r"(?m)^(version: )[\d.]+$", version),
        (rf'(REF = \\?"){TAG}', f"v{version}"),
        (rf"({HOST}{repository}(?:{tags})){TAG}", f"v{version}"),
    ]
    if reference(root) != f"v{version}":
        today = datetime.datetime.now(datetime.UTC).date()
        places.append((r"(?m)^(date-released: )[\d-]+$", today.isoformat()))

    def change(text: str) -> str:
        for pattern, new in places:
            text = re.sub(pattern, rf"\g<1>{new}", text)
        return text

    return rewrite(root, change)


def site(repository: str) -> str:
    """Return where GitHub Pages puts the site of a repository; that of a user has no folder."""
    owner, name = repository.split("/")
    host = f"{owner}.github.io"
    return host if name.lower() == host.lower() else f"{host}/{name}"


def set_repository(root: Path, repository: str) -> list[str]:
    """Give every link to the repository, and to its site on GitHub Pages, a new address."""
    old = current_repository(root)
    pattern = re.compile(rf"(?P<host>{HOST}){re.escape(old)}{END}|(?<=://){re.escape(site(old))}{END}")

    def change(text: str) -> str:
        return pattern.sub(
            lambda found: f"{found['host']}{repository}" if found["host"] else site(repository), text
        )

    return rewrite(root, change)


FORMS = {
    "version": (set_version, r"\d+\.\d+\.\d+", "0.2.0"),
    "repository": (set_repository, r"[A-Za-z0-9_-]+/(?!\.{1,2}$)[A-Za-z0-9._-]+(?<!\.git)", "owner/name"),
}


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Read the arguments and work."""
    parser = command_line(__doc__)
    parser.add_argument("what", choices=FORMS)
    parser.add_argument("value")
    given = parser.parse_args(arguments)
    command, form, example = FORMS[given.what]
    if not re.fullmatch(form, given.value):
        print(f"The {given.what} given is {given.value!r}; give one like {example}.", file=sys.stderr)
        return 2
    changed = command(root, given.value)
    print("\n".join(changed) or f"Nothing to do: the {given.what} is {given.value} already.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
