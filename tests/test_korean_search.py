"""What a reader types finds the pages that hold it, though spaces and encoding differ."""

import json
import shutil
import subprocess
import unicodedata

import pytest

import korean_search
from korean_search import SPLIT_QUERY, SearchKorean

TEXT = "혼동 행렬과 활성화 함수를 봅니다. 손실은\n함수로 정하고, 합성곱(convolution) 레이어를 쌓습니다."


@pytest.fixture(scope="module")
def node() -> str:
    """Return the program that runs the browser's half, or skip."""
    if (program := shutil.which("node")) is None:
        pytest.skip("No Node is installed: the browser's half of the search was not run.")
    return program


def parts(node: str, query: str, script: str = SPLIT_QUERY) -> list[str]:
    call = f"{script}\nconsole.log(JSON.stringify(splitQuery({json.dumps(query)})))"
    done = subprocess.run([node, "-e", call], capture_output=True, text=True, encoding="utf-8", check=True)
    return json.loads(done.stdout)


def finds(node: str, query: str, script: str = SPLIT_QUERY) -> bool:
    """Tell whether all parts of a query are words of the text, as Sphinx asks."""
    return set(parts(node, query, script)) <= set(SearchKorean({}).split(TEXT))


@pytest.mark.parametrize(
    "query",
    ["혼동 행렬", "혼동행렬", "활성화함수를봅니다", "손실은함수", "손실", "수", "convolution", "합성곱"],
)
def test_a_query_finds_what_the_text_holds_with_or_without_its_spaces(node, query):
    assert finds(node, query)
    assert finds(node, unicodedata.normalize("NFD", query))


@pytest.mark.parametrize("query", ["혼돈행렬", "행렬혼동", "손실함수", "합성곱레이어", "뷁"])
def test_a_query_does_not_find_what_the_text_does_not_hold(node, query):
    assert not finds(node, query)


def test_hangul_in_parts_would_find_nothing_if_it_were_not_put_together(node):
    script = SPLIT_QUERY.replace('.normalize("NFC")', "")
    assert script != SPLIT_QUERY
    assert not finds(node, unicodedata.normalize("NFD", "손실"), script)


def test_words_written_together_would_find_nothing_if_pairs_ended_at_spaces(node, monkeypatch):
    monkeypatch.setattr(korean_search, "BETWEEN_HANGUL", korean_search.re.compile("(?!)"))
    assert not finds(node, "혼동행렬")
    assert finds(node, "혼동 행렬")


def test_a_text_in_parts_is_indexed_as_one_that_is_not():
    whole, apart = (SearchKorean({}).split(unicodedata.normalize(form, TEXT)) for form in ("NFC", "NFD"))
    assert whole == apart
