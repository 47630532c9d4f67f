"""The committed notebooks and pages of the book are in order."""

import re

import pytest
import yaml

import sync_notebooks
from alexnet_lib.records import facts
from languages import LANGUAGES
from notebook_files import ROOT, chapters, read
from notebook_rules import is_untranslated, problems
from page_head import LONGEST, SHORTEST
from practice_cells import QUESTION
from site_config import language_contents
from typed_numbers import measurements, typed_numbers, words_and_code

NOTEBOOKS = [path for language in LANGUAGES for path in chapters(ROOT, language)]
PAGES = [path for language in LANGUAGES for path in sorted((ROOT / "book" / language).rglob("*.md"))]


def place(path):
    return f"{path.parent.name}/{path.stem}"


def test_the_languages_are_in_step():
    found = list(sync_notebooks.problems())
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=place)
def test_a_notebook_keeps_the_rules(path):
    found = list(problems(path))
    assert not found, "\n".join(found)


def without_options(source):
    """Leave out what a question offers to choose from: numbers to be worked out, most of them wrong."""
    return QUESTION.sub(r"\g<asked>", source)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=place)
def test_no_measurement_is_typed_in_a_notebook(path):
    cells = [cell for cell in read(path).cells if cell.id != "setup"]
    code_cells = [cell for cell in cells if cell.cell_type == "code"]
    words, codes = words_and_code(cell.source for cell in code_cells)
    texts = {cell.id: without_options(cell.source) for cell in cells if cell.cell_type == "markdown"}
    texts |= {cell.id: "\n\n".join(typed) for cell, typed in zip(code_cells, words, strict=True)}
    found = {cell: list(typed_numbers(text, facts(), codes)) for cell, text in texts.items()}
    typed = {cell: numbers for cell, numbers in found.items() if numbers}
    assert not typed, f"a cell shows such numbers, or facts.toml has them with their source: {typed}"


@pytest.mark.parametrize("path", PAGES, ids=place)
def test_no_measurement_is_typed_in_a_page(path):
    typed = list(typed_numbers(path.read_text("utf-8"), facts()))
    assert not typed, f"a cell records such numbers for {{glue:text}}, or facts.toml has them: {typed}"


@pytest.mark.parametrize("path", PAGES, ids=place)
def test_a_page_is_in_its_language(path):
    assert not is_untranslated(path.read_text("utf-8"), path.parent.name)


def test_the_contents_list_every_page_and_mirror_each_other():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    files = [entry["file"] for part in contents["parts"] for entry in part["chapters"]]
    files = [file for file in files if file.split("/")[1] in LANGUAGES]
    there = {path.relative_to(ROOT).with_suffix("").as_posix() for path in [*NOTEBOOKS, *PAGES]}
    assert {*files} == there, f"name in _toc.yml every page, and nothing else: {sorted({*files} ^ there)}"
    source, *others = (
        [file.replace(f"/{language}/", "/") for file in files if f"/{language}/" in file]
        for language in LANGUAGES
    )
    for other in others:
        alone = sorted({*other} ^ {*source})
        assert other == source, f"the same pages in the same order; only under one language: {alone}"


@pytest.mark.parametrize("path", PAGES, ids=place)
def test_a_page_begins_with_a_description(path):
    head = re.match(r"---\n(.+?)\n---\n", path.read_text("utf-8"), re.DOTALL)
    about = yaml.safe_load(head[1]) if head else {}
    described = about.get("myst", {}).get("html_meta", {}).get("description", "")
    assert SHORTEST <= len(described) <= LONGEST, (
        f"{SHORTEST} to {LONGEST} characters in the head of the page, at myst: html_meta: description"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chapter_has_its_number_and_the_pages_that_name_chapters_follow(language):
    begins = LANGUAGES[language].chapter
    numbers = [int(path.stem[:2]) for path in chapters(ROOT, language)]
    titles = [read(path).cells[0].source for path in chapters(ROOT, language)]
    expected = [f"# {begins.format(number)}" for number in numbers]
    assert [title[: len(begin)] for title, begin in zip(titles, expected, strict=True)] == expected
    teachers = (ROOT / f"book/{language}/teachers.md").read_text("utf-8")
    asked = {n for n in range(100) if f"\n**{begins.format(n).strip()}**" in teachers}
    assert asked and asked <= set(numbers)  # questions for a class may come later than the chapter
    # The first page lists the parts of the contents, each under its caption.
    index = (ROOT / f"book/{language}/index.md").read_text("utf-8")
    captions = [part["caption"] for part in language_contents(ROOT, language)["parts"]]
    assert re.findall(r"{chapters} (.+)\n", index) == captions
    assert [caption for caption in captions if f"\n### {caption}\n" not in index] == []


@pytest.mark.parametrize("chapter", chapters(ROOT, "ko"), ids=lambda path: path.stem)
def test_a_chapter_says_at_its_head_how_long_it_takes_and_how_a_gpu_is_switched_on(chapter):
    notebooks = [read(ROOT / "notebooks" / language / chapter.name) for language in LANGUAGES]
    heads = ["\n".join(re.findall("(?m)^>.*", notebook.cells[0].source)) for notebook in notebooks]
    minutes = {re.search(r"\b\d+(?=분| minutes)", head)[0] for head in heads}
    assert len(minutes) == 1
    for notebook, head in zip(notebooks, heads, strict=True):
        told = {place in head for place in ("T4 GPU", "GPU T4 x2")}  # as Colab and Kaggle name it
        assert told == {"accelerator" in notebook.metadata}


def test_no_page_counts_the_chapters():
    # The last chapter's number, said as the end of a span, is wrong as soon as there is another one.
    count = len(chapters(ROOT, "ko"))
    said = rf"부터 {count}장|chapters \d+ to {count}\b|{count}개의? 장|{count} chapters"
    span = re.compile(said, re.IGNORECASE)
    texts = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES]
    assert [path.name for path in texts if span.search(path.read_text("utf-8"))] == []
    assert span.search(f"10장부터 {count}장까지") and span.search(f"Chapters 10 to {count} each")


def test_the_facts_of_the_book_are_seen_in_its_pages():
    seen = [number for path in PAGES for number, _ in measurements(path.read_text("utf-8"))]
    assert "17.0" in seen  # of errata.md: a rule that found nothing would pass everywhere
