"""Korean words are found on every page that holds them, whatever particle they carry; offline too."""

from reading import QUERIES, search_problems
from test_pages import replace

from conftest import served


def test_every_query_finds_every_page(reader, address, site):
    assert list(search_problems(reader, address, site)) == []


def test_results_without_excerpts_are_found(damaged, reader):
    for page in ("01_stub", "index"):
        replace(damaged, f"ko/{page}.html", ' role="main"', "")
    with served(damaged) as address:
        problems = list(search_problems(reader, address, damaged))
    assert "ko/search.html: the results show no text of the pages" in problems


def test_without_the_pairs_of_syllables_korean_search_is_found_lacking(damaged, reader):
    replace(damaged, "ko/_static/language_data.js", "function splitQuery", "function noSplitQuery")
    with served(damaged) as address:
        problems = list(search_problems(reader, address, damaged))
    assert f"ko/search.html: {QUERIES[0]} does not find ko/01_stub.html" in problems
