"""Which texts were looked at in both languages: ``notebooks/reviewed.json`` holds their hashes.

The standard library is enough, for ``release.py`` asks here before anything is installed.
"""

import hashlib
import json
from collections.abc import Collection, Iterator
from pathlib import Path

from notebook_files import LANGUAGES, is_link_line, twins, write_atomically

STATE = "notebooks/reviewed.json"

Reviews = dict[str, dict[str, str]]


def digest(text: str) -> str:
    """Return a short hash of a text; the line of links is made by a tool, not by a translator."""
    prose = [line for line in text.split("\n") if not is_link_line(line)]
    return hashlib.sha256("\n".join(prose).encode()).hexdigest()[:16]


def texts(path: Path) -> dict[str, str]:
    """Return the Markdown of a notebook, cell by cell."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    prose = (cell for cell in cells if cell["cell_type"] == "markdown" and "id" in cell)
    # A cell's source is one string or the list of its lines.
    return {cell["id"]: "".join(cell["source"]) for cell in prose}


def reviews(root: Path) -> Reviews:
    """Return both hashes of every text as it is now: ``{page: {cell: "KOREAN ENGLISH"}}``."""
    now: Reviews = {}
    for page in twins(root, "notebooks", ".ipynb")[0]:
        ko, en = (texts(root / "notebooks" / language / page) for language in LANGUAGES)
        now[f"notebooks/{page}"] = {
            cell: f"{digest(korean)} {digest(en[cell])}" for cell, korean in ko.items() if cell in en
        }
    for page in twins(root, "book", ".md")[0]:
        ko, en = ((root / "book" / language / page).read_text("utf-8") for language in LANGUAGES)
        now[f"book/{page}"] = {"page": f"{digest(ko)} {digest(en)}"}
    return now


def reviewed(root: Path) -> Reviews:
    """Return both hashes of every text as they were when someone last looked at both."""
    path = root / STATE
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def unreviewed(root: Path) -> Iterator[tuple[str, str, str]]:
    """Yield page, cell and reason of each text whose other language may have fallen behind."""
    seen = reviewed(root)
    for page, cells in reviews(root).items():
        for cell, now in cells.items():
            before = seen.get(page, {}).get(cell)
            if before is None:
                yield page, cell, "was never reviewed in both languages"
            elif before != now:
                korean, english = (old != new for old, new in zip(before.split(), now.split(), strict=True))
                which = "both languages" if korean and english else "the Korean" if korean else "the English"
                yield page, cell, f"{which} changed since the review"


def stamp(root: Path, wanted: Collection[tuple[str, str]]) -> None:
    """Note the texts named (page, cell) as reviewed; forget texts that are gone."""
    seen = reviewed(root)
    state = {}
    for page, cells in sorted(reviews(root).items()):
        before = seen.get(page, {})
        kept = {cell: now if (page, cell) in wanted else before.get(cell) for cell, now in cells.items()}
        state[page] = {cell: hashes for cell, hashes in kept.items() if hashes}
    write_atomically(root / STATE, json.dumps(state, indent=1) + "\n")
