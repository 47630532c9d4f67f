"""The archive that a reader takes home: the notebooks of both languages and all that they need of the book.

Unpacked beside a data folder it runs without a network, where PyTorch and the others are installed. For a
class it holds the notebooks once more, without the answers to their exercises and questions.
"""

import zipfile
from pathlib import Path

from notebook_files import as_text, read, tags
from practice_cells import QUESTION

NAME = "alexnet-notebooks.zip"
# The environment installs the library from the unpacked folder; _toc.yml tells where data and results lie.
WANTED = (
    "notebooks/*/*.ipynb", "alexnet_lib/**/*", "book/results/**/*", "book/weights/*", "_toc.yml",
    "environment.yml", "pyproject.toml", "LICENSE", "LICENSE-text",
)  # fmt: skip
# Of these, chapters read the record alone and not the logits, which are most of its bytes, or (rung_*, twin)
# a column of a table from them; as for the larger weights, whoever opens their chapter fetches them.
UNREAD = (
    "book/weights/modern_*.pt",
    *(f"book/results/{name}-*.npz" for name in (
        "*_all", "race_*", "rung_*", "small_alexnet", "transfer", "twin",
        "local_batch_*", "local_*_32_*", "superseded/*",
    )),
)  # fmt: skip
WITHOUT_ANSWERS = "notebooks-without-answers"
THEN = (1980, 1, 1, 0, 0, 0)  # the same files make the same archive


def archive_files(root: Path) -> list[Path]:
    """Return what goes into the archive, sorted."""
    wanted, unread = ({path for name in names for path in root.glob(name)} for names in (WANTED, UNREAD))
    return sorted(
        path
        for path in wanted - unread
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    )


def without_answers(path: Path) -> str:
    """Return a notebook's text without the answers to its exercises and the reasons of its questions."""
    notebook = read(path)
    notebook.cells = [cell for cell in notebook.cells if "answer" not in tags(cell)]
    for cell in notebook.cells:
        cell.source = QUESTION.sub(r"\g<asked>\n\n\g<options>", cell.source)
    return as_text(notebook)


def write_archive(root: Path, folder: Path) -> None:
    """Write the archive into a folder, whole or not at all."""
    contents = {path.relative_to(root).as_posix(): path.read_bytes() for path in archive_files(root)}
    for path in sorted(root.glob("notebooks/*/*.ipynb")):
        contents[f"{WITHOUT_ANSWERS}/{path.parent.name}/{path.name}"] = without_answers(path).encode()
    partial = folder / f".{NAME}.partial"
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            place = zipfile.ZipInfo(f"alexnet-book/{name}", THEN)
            place.external_attr = 0o644 << 16
            archive.writestr(place, content, zipfile.ZIP_DEFLATED)
    partial.replace(folder / NAME)
