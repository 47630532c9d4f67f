"""The notebooks as files: where they lie, and what form they are committed in.

``nbformat`` is imported where a notebook is read or written: the book's address is changed by
``release.py`` before anything is installed.
"""

import argparse
import io
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from languages import LANGUAGES, own_words

if TYPE_CHECKING:
    from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
SETUP_CELL = Path(__file__).with_name("setup_cell.py")
KEPT_METADATA = ("nbmake", "tags")
# The answer to an exercise: JupyterLab and Colab fold it by its metadata, the site by its tags.
FOLDED = {"cellView": "form", "jupyter": {"source_hidden": True}, "tags": ["answer", "hide-input"]}


def setup_source(language: str) -> str:
    """Return the cell that sets a notebook up; it speaks English where a language has no words for it."""
    source = SETUP_CELL.read_text("utf-8").rstrip("\n")
    for english, own in own_words(language).get("setup", {}).items():
        source = source.replace(english, own)
    return source


def chapters(root: Path, language: str) -> list[Path]:
    """Return the notebooks of a language, in the order of the chapters."""
    return sorted((root / "notebooks" / language).glob("[0-9][0-9]_*.ipynb"))


def pages_by_language(root: Path, folder: str, suffix: str) -> dict[str, list[str]]:
    """Return the pages of a folder, by their paths, each with the languages that have it."""
    found: dict[str, list[str]] = {}
    for language in LANGUAGES:
        home = root / folder / language
        for page in (path.relative_to(home) for path in sorted(home.rglob(f"*{suffix}"))):
            if not any(part[0] == "." for part in page.parts):  # Jupyter keeps copies in .ipynb_checkpoints
                found.setdefault(page.as_posix(), []).append(language)
    return dict(sorted(found.items()))


def read(path: Path) -> "NotebookNode":
    """Read a notebook as nbformat 4."""
    import nbformat

    return nbformat.read(path, as_version=4)


def as_text(notebook: "NotebookNode") -> str:
    """Return the text of a notebook file; short indents keep the differences of two versions small."""
    import nbformat

    return nbformat.writes(notebook, indent=1, ensure_ascii=False) + "\n"


def write_atomically(path: Path, content: str) -> None:
    """Write the whole file or none of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(content, "utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def command_line(description: str) -> argparse.ArgumentParser:
    """Return the parser of a tool's arguments, whose help is the tool's docstring as it is written.

    Where the encoding of standard output lacks a sign, its number is written, rather than the tool stopped.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    as_written = argparse.RawDescriptionHelpFormatter
    return argparse.ArgumentParser(description=description, formatter_class=as_written)


def cifar10_is_required() -> bool:
    """Tell whether a book without CIFAR-10 is no book: ``REQUIRE_CIFAR10`` is set, and not to 0."""
    return os.environ.get("REQUIRE_CIFAR10", "0") not in ("", "0")


def reference(root: Path = ROOT) -> str:
    """Return the tag that the notebooks belong to, such as ``v0.1.0``; importing torch would take seconds."""
    source = (root / "alexnet_lib/version.py").read_text("utf-8")
    return "v" + re.search(r'^__version__ = "(.+)"$', source, re.MULTILINE)[1]


def current_repository(root: Path) -> str:
    """Return the book's address as it stands: owner/name."""
    citation = (root / "CITATION.cff").read_text("utf-8")
    found = re.search(r"(?m)^repository-code: https://github\.com/([^/\s]+/[^/\s]+)/?$", citation)
    if not found:
        raise SystemExit(
            "CITATION.cff does not tell the book's address; give it the line "
            "repository-code: https://github.com/owner/name, as the book's other links have it."
        )
    return found[1]


def launch_links(name: str, language: str, ref: str) -> dict[str, str]:
    """Return where a notebook can be run, by the names of the services."""
    repository = current_repository(ROOT)
    here = f"{repository}/blob/{ref}/notebooks/{language}/{name}.ipynb"
    return {
        "Colab": f"https://colab.research.google.com/github/{here}",
        "Kaggle": f"https://kaggle.com/kernels/welcome?src=https://github.com/{here}",
        "Binder": f"https://mybinder.org/v2/gh/{repository}/{ref}?urlpath=lab/tree/notebooks/{language}/{name}.ipynb",
    }


def link_line(name: str, language: str, ref: str) -> str:
    """Return the line of links that stands in a notebook's first cell."""
    open_in = LANGUAGES[language].open
    links = {open_in.format(service): link for service, link in launch_links(name, language, ref).items()}
    for other in LANGUAGES.values():
        place = f"notebooks/{other.code}/{name}.ipynb"
        if other.code != language and (not other.begun or (ROOT / place).is_file()):
            links[other.name] = f"https://github.com/{current_repository(ROOT)}/blob/{ref}/{place}"
    return " · ".join(f"[{words}]({address})" for words, address in links.items())


def is_link_line(line: str) -> bool:
    """Tell the line of links from the prose around it."""
    return line.startswith("[") and "](https://colab.research.google.com/" in line


def trains(notebook: "NotebookNode") -> bool:
    """Tell whether a chapter trains a network: its parameters then name the epochs."""
    parameters = (cell.source for cell in notebook.cells if cell.id == "parameters")
    return any(re.search(r"^EPOCHS\b", source, re.MULTILINE) for source in parameters)


def notebook_metadata(notebook: "NotebookNode") -> dict[str, Any]:
    """Return the metadata of a chapter; Colab opens those that train with a GPU."""
    colab: dict[str, Any] = {"provenance": [], "toc_visible": True}
    metadata: dict[str, Any] = {
        "colab": colab,
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    if trains(notebook):
        metadata["accelerator"] = "GPU"
        colab["gpuType"] = "T4"
    return metadata


def committed_form(path: Path, root: Path = ROOT) -> str:
    """Return a notebook's text as it is to be committed: no outputs, the book's links, setup and metadata."""
    from nbformat import from_dict

    notebook = read(path)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = from_dict(notebook_metadata(notebook))
    links = link_line(path.stem, path.parent.name, reference(root))
    for cell in notebook.cells:
        kept = {key: cell.metadata[key] for key in KEPT_METADATA if key in cell.metadata}
        cell.metadata = from_dict(kept | (FOLDED if "answer" in kept.get("tags", []) else {}))
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if cell.id == "setup":
            cell.source = setup_source(path.parent.name)
        if cell.id == "title":
            lines = cell.source.split("\n")
            cell.source = "\n".join(links if is_link_line(line) else line for line in lines)
    return as_text(notebook)


def tags(cell: Mapping[str, Any]) -> list[str]:
    """Return the tags of a cell."""
    return cell["metadata"].get("tags", [])
