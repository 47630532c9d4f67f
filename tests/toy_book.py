"""A book of one chapter with a library of a few lines, for the tools that keep and run notebooks."""

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from languages import LANGUAGES
from notebook_files import (
    ROOT,
    as_text,
    committed_form,
    current_repository,
    link_line,
    notebook_metadata,
    setup_source,
)
from reviews import stamp, unreviewed

LIBRARY = '''"""A stand-in that needs no torch."""

import sys

from alexnet_lib.version import __version__


class BookError(Exception):
    def _render_traceback_(self):
        return [str(self)]


def setup(language, ref):
    print(language, ref)
    print("a warning", file=sys.stderr)
'''
NAME = "01_toy"
REPOSITORY = current_repository(ROOT)


def markdown(cell: str, source: str) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(source, id=cell)


def code(cell: str, source: str, **metadata) -> NotebookNode:
    return nbformat.v4.new_code_cell(source, id=cell, metadata=metadata)


def words(language: str, korean: str, english: str) -> str:
    """Return Korean words for a language with letters of its own, else English ones."""
    return korean if LANGUAGES[language].letters else english


def title(language: str) -> str:
    question = words(language, "무엇을 배울까요?", "What is there to learn?")
    return f"# {LANGUAGES[language].chapter.format(1)}{question}"


def toy_notebook(language: str, name: str = NAME) -> NotebookNode:
    """Return a chapter that keeps every rule."""
    opening = words(language, "무엇일까요?", "What is it?")
    closing = words(language, "## 해 보기\n\n에폭을 바꿔 보세요.", "## Try it\n\nChange the epochs.")
    assignments = (
        f'LANG = "{language}"\nDATASET: str = "cifar10"\nEPOCHS: int = 10\nTRAIN_SIZE: int | None = None'
    )
    mock = {"mock": {"DATASET": "auto", "EPOCHS": 2}}
    cells = [
        markdown("title", f"{title(language)}\n\n{link_line(name, language, 'v0.1.0')}\n\n{opening}"),
        code("parameters", assignments, tags=["parameters"], nbmake=mock),
        code("setup", setup_source(language), tags=["hide-input"]),
        code("training", "print(DATASET, EPOCHS, TRAIN_SIZE)"),
        markdown("closing", closing),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata = nbformat.from_dict(notebook_metadata(notebook))
    return notebook


def figure(alt):
    metadata = {"image/png": {"alt": alt, "width": 640, "height": 400}}
    shown = {"image/png": "iVBORw0KGgo=", "text/plain": "x"}
    return nbformat.v4.new_output("display_data", shown, metadata=metadata)


def notebook_path(root: Path, language: str, name: str = NAME) -> Path:
    return root / "notebooks" / language / f"{name}.ipynb"


def write_notebook(root: Path, language: str, notebook: NotebookNode, name: str = NAME) -> Path:
    path = notebook_path(root, language, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_text(notebook), "utf-8")
    return path


def write_toy_book(root: Path) -> Path:
    """Write a book that is in order: both languages in step and reviewed."""
    (root / "alexnet_lib").mkdir(parents=True)
    (root / "alexnet_lib/__init__.py").write_text(LIBRARY, "utf-8")
    (root / "alexnet_lib/version.py").write_text('__version__ = "0.1.0"\n', "utf-8")
    for language in LANGUAGES:
        path = write_notebook(root, language, toy_notebook(language))
        path.write_text(committed_form(path, root), "utf-8")
        (root / f"book/{language}").mkdir(parents=True)
        page = f"{title(language)}\n\n[Code](https://github.com/{REPOSITORY}/blob/v0.1.0/README.md)\n"
        (root / f"book/{language}/index.md").write_text(page, "utf-8")
    stamp(root, {(page, cell) for page, cell, _ in unreviewed(root)})
    return root
