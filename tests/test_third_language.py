"""A third language is a matter of translation: a copy of a small book gets one, and its code is as it was."""

import hashlib
import os
import shutil
import subprocess
import sys

import pytest
from bs4 import BeautifulSoup

from languages import LANGUAGES, Language
from notebook_files import ROOT
from toy_book import NAME, toy_notebook, write_notebook

COPIED = (
    "CITATION.cff", "_config.yml", "alexnet_lib", "book/_ext", "book/_static", "book/_templates",
    "book/languages.toml", "book/locale", "book/node", "book/references.bib", "book/tools",
)  # fmt: skip
GERMAN = Language("de", "Deutsch", "de_DE", "Kapitel {}. ", "Mit {} öffnen", begun=True)
ENTRY = """
[[language]]
code = "de"
name = "Deutsch"
locale = "de_DE"
chapter = "Kapitel {}. "
open = "Mit {} öffnen"
begun = true
"""
MACHINE = "Diese Seite wurde von einer Maschine übersetzt, und noch hat sie niemand gelesen."
WORDS = f'# {MACHINE}\n[foot]\nreport = "Fehler melden"\n[site]\nread = "Auf Deutsch lesen"\n'
MORE = "02_more"
EPOCHS = {"ko": "에폭", "en": "epochs", "de": "Epochen"}
PAGES = {
    "ko": "# 작은 책\n\n세 언어로 된 작은 책의 첫 페이지입니다. 장 하나와 이 페이지가 전부이고, 짧습니다.\n",
    "en": "# A small book\n\nThe first page of a small book in three languages: a chapter and this page.\n",
    "de": f"# Ein kleines Buch\n\n{MACHINE} Es hat ein Kapitel und diese Seite.\n",
}


def code_of(book):
    """Return the hash of each file of code in a book."""
    paths = [path for folder in ("book", "alexnet_lib") for path in (book / folder).rglob("*")]
    kinds = (".py", ".js", ".mjs", ".html", ".css")
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if path.suffix in kinds}


def make(book, tool, *arguments):
    command = [sys.executable, f"book/tools/{tool}.py", *arguments]
    surroundings = os.environ | {"PYTHONPATH": str(book)}  # its own library
    done = subprocess.run(command, cwd=book, env=surroundings, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def book(tmp_path, monkeypatch):
    """Write a book of one page and one chapter in three languages, and of another chapter in two."""
    book = tmp_path / "book of three"
    ignored = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in COPIED:
        (book / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, book / name, ignore=ignored)
        elif (ROOT / name).is_file():
            shutil.copy(ROOT / name, book / name)
    code = code_of(book)
    monkeypatch.setitem(LANGUAGES, "de", GERMAN)
    (book / "book/languages.toml").open("a", encoding="utf-8").write(ENTRY)
    (book / "book/locale/de").mkdir()
    (book / "book/locale/de/words.toml").write_text(WORDS, "utf-8")
    (book / "alexnet_lib/text/language.toml").open("a", encoding="utf-8").write('de = "Deutsch"\n')
    entries = []
    for language, text in PAGES.items():
        notebook = toy_notebook(language)
        notebook.cells[3].source = f'print(f"{EPOCHS[language]}: {{EPOCHS}}")'
        write_notebook(book, language, notebook)
        (book / f"book/{language}").mkdir()
        (book / f"book/{language}/index.md").write_text(f"{text}\n:::{{chapters}} three\n:::\n", "utf-8")
        entries += [f"{{file: book/{language}/index}}", f"{{file: notebooks/{language}/{NAME}}}"]
        if language != "de":  # which is begun only
            write_notebook(book, language, toy_notebook(language, MORE), MORE)
            entries.append(f"{{file: notebooks/{language}/{MORE}}}")
    contents = f"parts: [{{caption: three, chapters: [{', '.join(entries)}]}}]\n"
    (book / "_toc.yml").write_text(f"format: jb-book\nroot: book/index\n{contents}", "utf-8")
    yield book
    assert code_of(book) == code


@pytest.mark.slow
def test_a_third_language_is_kept_in_step_run_and_built_without_a_change_of_code(book):
    make(book, "sync_notebooks", "--format", "--stamp", NAME, MORE, "index")
    make(book, "run_notebooks")
    make(book, "build_site")
    site = book / "_build/site"
    pages = {
        language: BeautifulSoup((site / language / f"{NAME}.html").read_text("utf-8"), "html.parser")
        for language in PAGES
    }
    for language, page in pages.items():
        assert page.html["lang"] == language
        links = {link["hreflang"]: link["href"] for link in page.select("a.language-switch")}
        assert links == {other: f"../{other}/{NAME}.html" for other in PAGES if other != language}
        assert f"{EPOCHS[language]}: 2" in page.get_text()
    assert "Fehler melden" in pages["de"].get_text()
    assert "노트북 내려받기" in pages["de"].get_text()  # a word that German lacks comes in the source's
    first = BeautifulSoup((site / "de/index.html").read_text("utf-8"), "html.parser").article
    assert MACHINE in first.get_text()
    # The first page lists the chapters that the contents have.
    assert first.find("a", href=f"{NAME}.html").get_text() == "Kapitel 1. What is there to learn?"
    assert "Auf Deutsch lesen" in (site / "index.html").read_text("utf-8")
    assert f"/de/{NAME}.html</loc>" in (site / "sitemap.xml").read_text("utf-8")
    more = BeautifulSoup((site / f"en/{MORE}.html").read_text("utf-8"), "html.parser")
    assert {link["hreflang"] for link in more.select("a.language-switch")} == {"ko"}
