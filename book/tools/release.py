"""Rewrite what has to say the same in many files: the version, or the book's address.

python book/tools/release.py version 0.2.0
python book/tools/release.py repository owner/name
"""

import argparse
import datetime
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from notebook_files import ROOT, reference, write_atomically
from reviews import stamp, unreviewed

TAG = r"v\d+\.\d+\.\d+"


def tracked_texts(root: Path) -> dict[Path, str]:
    """Return the text files that git knows; the toy books of the tests keep addresses of their own."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--", ".", ":!tests"]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    texts = {}
    for path in (root / name for name in listing.split("\0") if name):
        try:
            texts[path] = path.read_text("utf-8")
        except (UnicodeDecodeError, FileNotFoundError):  # a picture, or deleted and not yet committed
            continue
    return texts


def rewrite(root: Path, change: Callable[[str], str]) -> list[str]:
    """Change every tracked text; return the files that changed. What was reviewed stays reviewed."""
    behind = {(page, cell) for page, cell, _ in unreviewed(root)}
    changed = []
    for path, before in tracked_texts(root).items():
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
    places = [
        (r'(?m)^(__version__ = ")[\d.]+(?=")', version),
        (r"(?m)^(version: )[\d.]+$", version),
        (rf'(REF = \\?"){TAG}', f"v{version}"),
        (rf"({repository}/(?:blob/|tree/|raw/|archive/refs/tags/)?){TAG}", f"v{version}"),
    ]
    if reference(root) != f"v{version}":
        today = datetime.datetime.now(datetime.UTC).date()
        places.append((r"(?m)^(date-released: )[\d-]+$", today.isoformat()))

    def change(text: str) -> str:
        for pattern, new in places:
            text = re.sub(pattern, rf"\g<1>{new}", text)
        return text

    return rewrite(root, change)


def current_repository(root: Path) -> str:
    """Return the book's address as it stands: owner/name."""
    citation = (root / "CITATION.cff").read_text("utf-8")
    return re.search(r"(?m)^repository-code: https://github\.com/(\S+?)/?$", citation)[1]


def set_repository(root: Path, repository: str) -> list[str]:
    """Give every link to the repository, and to its site on GitHub Pages, a new address."""
    old = current_repository(root)
    (owner, name), (new_owner, new_name) = old.split("/"), repository.split("/")
    addresses = {old: repository, f"{owner}.github.io/{name}": f"{new_owner}.github.io/{new_name}"}
    pattern = re.compile(rf"(?<![\w.-])({'|'.join(map(re.escape, addresses))})(?![\w-])")
    return rewrite(root, lambda text: pattern.sub(lambda match: addresses[match[1]], text))


FORMS = {
    "version": (set_version, r"\d+\.\d+\.\d+", "0.2.0"),
    "repository": (set_repository, r"[\w.-]+/[\w.-]+", "owner/name"),
}


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Read the arguments and work."""
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("what", choices=FORMS)
    parser.add_argument("value")
    given = parser.parse_args(arguments)
    command, form, example = FORMS[given.what]
    if not re.fullmatch(form, given.value):
        parser.error(f"the {given.what} given is {given.value!r}; give one like {example}.")
    changed = command(root, given.value)
    print("\n".join(changed) or f"Nothing to do: the {given.what} is {given.value} already.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
