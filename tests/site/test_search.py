"""What a reader types finds every page that holds it, however it is spelled; what explains it comes first."""

import re
import tomllib
import unicodedata
from pathlib import Path

import pytest
from pages import NOT_PROSE, pages
from reading import QUERIES

from browser import complaints
from notebook_files import LANGUAGES

EXPECTED = tomllib.loads(Path(__file__).with_name("queries.toml").read_text("utf-8"))
FIRST = """async (query) => {
  const hits = await bookSearch(query);
  // The sentence of the glossary is shown above what is found elsewhere.
  return (hits.find((hit) => hit.page !== "glossary") ?? { page: "nothing" }).page;
}"""
LISTED = "[...document.querySelectorAll('#search-results li > a')].map((link) => link.pathname)"
SEARCH = "async (query) => (await bookSearch(query)).map((hit) => `/ko/${hit.page}.html`)"


def search_problems(page, address, site):
    """Yield the Korean pages that hold a word, with whatever particle, and that its search does not list.

    A query is typed as the book writes it, without its spaces, and in parts, as macOS gives it.
    """
    found = complaints(page, address)
    page.goto(f"{address}/ko/search.html?q={QUERIES[0]}", wait_until="networkidle")
    yield from (f"ko/search.html: {complaint}" for complaint in found)
    if not page.locator("#search-results li mark").count():
        yield "ko/search.html: the results do not show the word that was sought"
    korean = {place: each for place, each in pages(site).items() if each.language == "ko"}
    # The first page lists the titles of the chapters, which are found in the chapters.
    apart = ("ko/search.html", "ko/index.html")
    texts = {f"/{place}": each.text(NOT_PROSE) for place, each in korean.items() if place not in apart}
    for query in QUERIES:
        for typed in {query, query.replace(" ", ""), unicodedata.normalize("NFD", query)}:
            listed = page.evaluate(SEARCH, typed)
            for place, text in texts.items():
                if query in text and place not in listed:
                    yield f"ko/search.html: {typed} does not find {place[1:]}"


def test_every_query_finds_every_page(page, address, site):
    assert list(search_problems(page, address, site)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_that_explains_a_word_comes_first(visit, address, site, language):
    if not (site / f"{language}/data_quality.html").is_file():
        pytest.skip("The stub does not have the pages that readers look for.")
    page = visit(f"{address}/{language}/search.html")
    found = {query: page.evaluate(FIRST, query) for query in EXPECTED[language]}
    assert {
        query: first
        for query, first in found.items()
        if not first.startswith(tuple(EXPECTED[language][query].split("|")))
    } == {}


def test_a_reader_finds_a_section_by_keyboard_alone_while_typing(visit, stub_address):
    page = visit(f"{stub_address}/ko/index.html")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+k")
    page.keyboard.type("손실은어디까지")
    page.wait_for_selector(".search-hits a")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog .search-hits", state="hidden")
    page.keyboard.press("Control+k")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ko/01_stub.html#*")


def test_a_result_of_the_page_of_the_search_opens_at_its_section(visit, stub_address):
    page = visit(f"{stub_address}/ko/search.html?q=손실은")
    page.wait_for_selector("#search-results li > a")
    assert "/ko/01_stub.html" in page.evaluate(LISTED)
    page.locator("#search-results li > a", has_text="줄어들까요").first.click()
    page.wait_for_url("**/ko/01_stub.html#*")
    heading = page.locator(":target, section:has(> :target)").first.inner_text()
    assert "손실은 어디까지 줄어들까요?" in heading


def test_a_word_is_found_whatever_particle_it_carries(visit, stub_address):
    page = visit(f"{stub_address}/ko/search.html")
    for typed in ("과적합을", "과적합이라는", "혼동행렬에서는"):
        assert page.evaluate(SEARCH, typed), typed
    assert not page.evaluate(SEARCH, "뷁뷁")


def test_words_without_their_spaces_are_found_lacking_where_letters_must_touch(damage, damaged, page):
    address = damage("ko/_static/search.js", re.escape('.join("[\\\\s-]?")'), '.join("")')
    problems = list(search_problems(page, address, damaged))
    assert "ko/search.html: 혼동행렬 does not find ko/01_stub.html" in problems


def test_hangul_in_parts_is_found_lacking_where_it_is_not_put_together(damage, damaged, page):
    address = damage("ko/_static/search.js", re.escape('text.normalize("NFC")'), "text")
    problems = list(search_problems(page, address, damaged))
    assert any("does not find ko/01_stub.html" in problem for problem in problems)
    assert not any(f": {QUERIES[0]} does not find" in problem for problem in problems)
