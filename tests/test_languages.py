"""One list names the languages of the book; another one is a matter of translation."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sync_notebooks
from alexnet_lib import language
from languages import LANGUAGES, TRANSLATIONS, Language, read_languages
from notebook_files import ROOT, read
from toy_book import NAME, notebook_path, toy_notebook, write_notebook, write_toy_book

THIRD = Language("xx", "Third", "xx_XX", "{}. ", "Open in {}", begun=True)


def test_the_catalogue_speaks_the_languages_of_the_book():
    assert set(language.LANGUAGES) == set(read_languages()), (
        "alexnet_lib/text/language.toml and book/languages.toml name the same languages"
    )


@pytest.mark.skipif(LANGUAGES.keys() == read_languages().keys(), reason="no translation is begun")
def test_what_there_is_of_a_translation_that_is_begun_is_in_step():
    tool = [sys.executable, ROOT / "book/tools/sync_notebooks.py"]
    done = subprocess.run(tool, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.fixture
def book(tmp_path, monkeypatch):
    """Write a book of three languages; the third has no page yet."""
    root = write_toy_book(tmp_path)
    monkeypatch.setitem(LANGUAGES, THIRD.code, THIRD)
    monkeypatch.setattr(sync_notebooks, "TRANSLATIONS", [*TRANSLATIONS, THIRD])
    return root


def test_a_translation_that_is_begun_needs_no_page_and_one_that_is_there_is_kept_in_step(book):
    assert list(sync_notebooks.problems(book)) == []
    write_notebook(book, "xx", toy_notebook("xx"))
    found = list(sync_notebooks.problems(book))
    assert len(found) == 1
    assert f"{NAME}.ipynb#title,closing: changed since the review: xx" in found[0]
    assert sync_notebooks.main(["--stamp", NAME], book) == 0
    notebook = toy_notebook("xx")
    notebook.cells[3].source = "print(EPOCHS)"
    write_notebook(book, "xx", notebook)
    places = [found.partition(":")[0] for found in sync_notebooks.problems(book)]
    assert places == [f"xx/{NAME}.ipynb#training"]
    assert sync_notebooks.main(["--code"], book) == 0
    assert read(notebook_path(book, "xx")).cells[1].source.startswith('LANG = "xx"\n')


def test_a_translation_that_is_not_begun_only_needs_every_page(book, monkeypatch):
    monkeypatch.setitem(LANGUAGES, "xx", Language(**{**vars(THIRD), "begun": False}))
    missing = [found.split(";")[0] for found in sync_notebooks.problems(book) if "is missing" in found]
    assert missing == [f"notebooks/xx/{NAME}.ipynb is missing", "book/xx/index.md is missing"]


def code_strings(path: Path):
    """Yield the strings of a file of code, docstrings aside."""
    tree = ast.parse(path.read_text("utf-8"))
    said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in said:
            yield node.value


def test_no_code_names_a_language():
    codes = re.compile(rf"(?<![\w-])(?:{'|'.join(LANGUAGES)})(?![\w-])")
    folders = ("book/_ext", "book/runs", "book/tools", "alexnet_lib")
    paths = {path for folder in folders for path in (ROOT / folder).rglob("*.py")}
    naming = {path.name for path in paths if any(map(codes.search, code_strings(path)))}
    assert not naming
