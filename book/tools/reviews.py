"""Which texts were looked at in all languages: ``notebooks/reviewed.json`` holds their hashes.

The standard library is enough, for ``release.py`` asks here before anything is installed.
"""

import hashlib
import json
from collections.abc import Collection, Iterator
from itertools import zip_longest
from pathlib import Path

from languages import LANGUAGES, SOURCE
from notebook_files import is_link_line, pages_by_language, write_atomically

STATE = "notebooks/reviewed.json"
ABSENT = "-"

Reviews = dict[str, dict[str, str]]


def digest(text: str) -> str:
    """Return a short hash of a text; the line of links is made by a tool, not by a translator."""
    prose = [line for line in text.split("\n") if not is_link_line(line)]
    return hashlib.sha256("\n".join(prose).encode()).hexdigest()[:16]


def texts(path: Path) -> dict[str, str]:
    """Return the Markdown of a notebook, cell by cell, or a page as a whole, if there is one."""
    if not path.is_file():
        return {}
    if path.suffix == ".md":
        return {"page": path.read_text("utf-8")}
    cells = json.loads(path.read_text("utf-8"))["cells"]
    prose = (cell for cell in cells if cell["cell_type"] == "markdown" and "id" in cell)
    # A cell's source is one string or the list of its lines.
    return {cell["id"]: "".join(cell["source"]) for cell in prose}


def reviews(root: Path) -> Reviews:
    """Return the hashes of every text as it is now: ``{page: {cell: "SOURCE TRANSLATION ..."}}``."""
    now: Reviews = {}
    for folder, suffix in (("notebooks", ".ipynb"), ("book", ".md")):
        for page in pages_by_language(root, folder, suffix):
            source, *others = (texts(root / folder / language / page) for language in LANGUAGES)
            for cell in source:
                hashes = [digest(found[cell]) if cell in found else ABSENT for found in (source, *others)]
                if any(found != ABSENT for found in hashes[1:]):
                    now.setdefault(f"{folder}/{page}", {})[cell] = " ".join(hashes).removesuffix(f" {ABSENT}")
    return now


def reviewed(root: Path) -> Reviews:
    """Return the hashes of every text as they were when someone last looked at all languages."""
    path = root / STATE
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def unreviewed(root: Path) -> Iterator[tuple[str, str, str]]:
    """Yield page, cell and reason of each text of which a translation may have fallen behind."""
    seen = reviewed(root)
    for page, cells in reviews(root).items():
        for cell, now in cells.items():
            before = seen.get(page, {}).get(cell, "")
            pairs = zip_longest(before.split(), now.split(), fillvalue=ABSENT)
            changed = [language for language, pair in zip(LANGUAGES, pairs, strict=False) if len({*pair}) > 1]
            if SOURCE.code in changed and not before:
                yield page, cell, "was never reviewed"
            elif changed:
                yield page, cell, f"changed since the review: {', '.join(changed)}"


def stamp(root: Path, wanted: Collection[tuple[str, str]]) -> None:
    """Note the texts named (page, cell) as reviewed; forget texts that are gone."""
    seen = reviewed(root)
    state = {}
    for page, cells in sorted(reviews(root).items()):
        before = seen.get(page, {})
        kept = {cell: now if (page, cell) in wanted else before.get(cell) for cell, now in cells.items()}
        state[page] = {cell: hashes for cell, hashes in kept.items() if hashes}
    write_atomically(root / STATE, json.dumps(state, indent=1) + "\n")
