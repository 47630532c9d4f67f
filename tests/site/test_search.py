"""What a reader types finds every page that holds it, however it is spelled; what explains it comes first."""

import re
import tomllib
from pathlib import Path

import pytest
from reading import LISTED, QUERIES, search_problems
from test_pages import replace

from conftest import served
from notebook_files import LANGUAGES

EXPECTED = tomllib.loads(Path(__file__).with_name("queries.toml").read_text("utf-8"))
FIRST = """async (query) => {
  const hits = await bookSearch(query);
  // The sentence of the glossary is shown above what is found elsewhere.
  return (hits.find((hit) => hit.page !== "glossary") ?? { page: "nothing" }).page;
}"""


def test_every_query_finds_every_page(reader, address, site):
    assert list(search_problems(reader, address, site)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_that_explains_a_word_comes_first(reader, address, site, language):
    if not (site / f"{language}/data_quality.html").is_file():
        pytest.skip("The stub does not have the pages that readers look for.")
    page = reader.new_page()
    page.goto(f"{address}/{language}/search.html")
    found = {query: page.evaluate(FIRST, query) for query in EXPECTED[language]}
    page.close()
    wrong = {
        query: first
        for query, first in found.items()
        if not first.startswith(tuple(EXPECTED[language][query].split("|")))
    }
    assert wrong == {}


def test_a_reader_finds_a_section_by_keyboard_alone_while_typing(reader, stub):
    with served(stub / "_build/site") as address:
        page = reader.new_page()
        page.goto(f"{address}/ko/index.html", wait_until="networkidle")
        page.keyboard.press("Control+k")
        page.keyboard.type("손실은어디까지")
        page.wait_for_selector(".search-hits a")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/ko/01_stub.html#*")
        page.close()


def test_a_result_of_the_page_of_the_search_opens_at_its_section(reader, stub):
    with served(stub / "_build/site") as address:
        page = reader.new_page()
        page.goto(f"{address}/ko/search.html?q=%EC%86%90%EC%8B%A4%EC%9D%80")  # 손실은
        page.wait_for_selector("#search-results li > a")
        assert "/ko/01_stub.html" in page.evaluate(LISTED)
        page.locator("#search-results li > a", has_text="줄어들까요").first.click()
        page.wait_for_url("**/ko/01_stub.html#*")
        heading = page.locator(":target, section:has(> :target)").first.inner_text()
        assert "손실은 어디까지 줄어들까요?" in heading
        page.close()


def test_a_word_is_found_whatever_particle_it_carries(reader, stub):
    with served(stub / "_build/site") as address:
        page = reader.new_page()
        page.goto(f"{address}/ko/search.html")
        for typed in ("과적합을", "과적합이라는", "혼동행렬에서는"):
            assert page.evaluate("async (query) => (await bookSearch(query)).length", typed), typed
        assert not page.evaluate("async (query) => (await bookSearch(query)).length", "뷁뷁")
        page.close()


def test_words_without_their_spaces_are_found_lacking_where_letters_must_touch(damaged, reader):
    replace(damaged, "ko/_static/search.js", re.escape('.join("[\\\\s-]?")'), '.join("")')
    with served(damaged) as address:
        problems = list(search_problems(reader, address, damaged))
    assert "ko/search.html: 혼동행렬 does not find ko/01_stub.html" in problems


def test_hangul_in_parts_is_found_lacking_where_it_is_not_put_together(damaged, reader):
    replace(damaged, "ko/_static/search.js", re.escape('text.normalize("NFC")'), "text")
    with served(damaged) as address:
        problems = list(search_problems(reader, address, damaged))
    assert any("does not find ko/01_stub.html" in problem for problem in problems)
    assert not any(f": {QUERIES[0]} does not find" in problem for problem in problems)
