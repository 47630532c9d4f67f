"""Words of themes and tools: all that is said is translated, and all that is translated is said."""

import ast
import re

import pytest
from babel.messages.pofile import read_po

from languages import SOURCE
from notebook_files import ROOT
from words import LOCALE, catalogue, own

TRANSLATED = sorted(path.name for path in LOCALE.iterdir())
DOMAINS = ("sphinx", "booktheme", "book")
PLACES = [*ROOT.glob("book/tools/*.py"), *ROOT.glob("book/_ext/*.py"), *ROOT.glob("book/_templates/*.html")]


def words(language, domain):
    with (LOCALE / language / f"LC_MESSAGES/{domain}.po").open("rb") as file:
        return {message.id: message.string for message in read_po(file) if message.id}


def said(texts):
    """Return what tools, extensions and templates ask to be translated."""
    asked = re.compile(r"""\b(?:say|own\([\w.]+\))\((["'])(.*?)\1\)""")
    return {word for text in texts.values() for _, word in asked.findall(text)}


def written(texts):
    """Return every string of the tools and extensions."""
    trees = [ast.parse(text) for path, text in texts.items() if path.suffix == ".py"]
    constants = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str)}


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_books_own_words_are_those_that_its_tools_say(language):
    texts = {path: path.read_text("utf-8") for path in PLACES}
    translated = words(language, "book").keys()
    assert said(texts) - translated == set()
    assert {word for word in translated - said(texts) - written(texts) if ".pdf" not in word} == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_keeps_the_places_of_numbers_and_the_addresses(language):
    for word, translation in (pair for domain in DOMAINS for pair in words(language, domain).items()):
        for pattern in (r"\{[^}]*\}", r'href="[^"]*?(?=deed|")'):
            assert re.findall(pattern, word) == re.findall(pattern, translation)


def test_a_language_without_a_catalogue_speaks_english():
    assert own("xx")("Version") == "Version"
    assert own(SOURCE.code)("Version") != "Version"
    assert catalogue("ko", "booktheme").gettext("Fullscreen mode") == "전체 화면"
