"""The committed notebooks and pages of the book are in order."""

import pytest
import yaml

import sync_notebooks
from alexnet_lib import __version__
from alexnet_lib.facts import facts
from notebook_files import LANGUAGES, ROOT, SETUP_CELL, chapters, read
from notebook_rules import problems, stray_hangul
from typed_numbers import measurements, typed_numbers

NOTEBOOKS = [path for language in LANGUAGES for path in chapters(ROOT, language)]
PAGES = [path for language in LANGUAGES for path in sorted((ROOT / "book" / language).rglob("*.md"))]


def place(path):
    return f"{path.parent.name}/{path.stem}"


def test_the_languages_are_in_step():
    assert list(sync_notebooks.problems()) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=place)
def test_a_notebook_keeps_the_rules(path):
    assert list(problems(path)) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=place)
def test_no_measurement_is_typed_in_a_notebook(path):
    cells = read(path).cells
    codes = [cell.source for cell in cells if cell.cell_type == "code"]
    texts = {cell.id: cell.source for cell in cells if cell.cell_type == "markdown"}
    found = {cell: list(typed_numbers(text, facts(), codes)) for cell, text in texts.items()}
    assert {cell: numbers for cell, numbers in found.items() if numbers} == {}


@pytest.mark.parametrize("path", PAGES, ids=place)
def test_no_measurement_is_typed_in_a_page(path):
    assert list(typed_numbers(path.read_text("utf-8"), facts())) == []


@pytest.mark.parametrize("path", [path for path in PAGES if path.parent.name == "en"], ids=place)
def test_an_english_page_holds_no_korean(path):
    assert not stray_hangul(path.read_text("utf-8"))


def test_every_notebook_has_the_setup_cell_of_this_version():
    assert f'REF = "v{__version__}"\n' in SETUP_CELL.read_text("utf-8")
    setups = {next(cell.source for cell in read(path).cells if cell.id == "setup") for path in NOTEBOOKS}
    assert setups == {SETUP_CELL.read_text("utf-8").rstrip("\n")}


def test_the_contents_list_every_notebook_and_mirror_each_other():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    files = [entry["file"] for part in contents["parts"] for entry in part["chapters"]]
    korean, english = ([file for file in files if f"/{language}/" in file] for language in LANGUAGES)
    assert [file.replace("/ko/", "/en/") for file in korean] == english
    notebooks = {path.relative_to(ROOT).with_suffix("").as_posix() for path in NOTEBOOKS}
    assert {file for file in files if file.startswith("notebooks/")} == notebooks


def test_the_facts_of_the_book_are_seen_in_its_pages():
    seen = [number for path in PAGES for number, _ in measurements(path.read_text("utf-8"))]
    assert "17.0" in seen  # of errata.md: a rule that found nothing would pass everywhere
