"""The names of a page's tables, and what a phone makes of those that are too wide."""

import pytest
from bs4 import BeautifulSoup

from page_tables import label_of, mend_tables

BOX = '<div class="pst-scrollable-table-container">'


def table(heads, *rows):
    head, *body = ("".join(f"<{tag}>{cell}</{tag}>" for cell in row) for tag, row in
                   zip(["th"] + ["td"] * len(rows), (heads, *rows), strict=True))  # fmt: skip
    lines = "".join(f"<tr>{row}</tr>" for row in body)
    return f'<table class="table"><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>'


def form_of(text):
    found = BeautifulSoup(text, "html.parser").table
    return " ".join(found["class"][1:]), found.get("style", "")


def test_the_tables_of_a_chapter_are_numbered_and_show_their_names():
    assert label_of("en", "results") == ""
    label = label_of("ko", "08_confusion")
    boxed = f"{BOX}{table('ab', 'cd')}</div>"
    page = f"<h2>A &lt; B</h2>{boxed}<table></table><h3>C</h3>{boxed}"
    mended = mend_tables(page, label)
    assert mend_tables(mended, label) == mended
    soup = BeautifulSoup(mended, "html.parser")
    captions = soup.select("p.table-caption")
    assert [caption.get_text() for caption in captions] == ["표 8.1 A < B", "표 8.2 C"]
    assert [caption.a["href"][1:] for caption in captions] == [caption["id"] for caption in captions]
    names = ["표 8.1 A < B", "A < B (2)", "표 8.2 C"]
    assert [found["aria-label"] for found in soup.select("table")] == names


LONG = "a value that is long"
SENTENCE = "a sentence that is as long as this one"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (table("abc", "123"), ("", "")),
        (table("abcde", [LONG] * 5, [LONG] * 5), ("turned", "--tracks: 5")),
        (table("abcde", *[[LONG] * 5] * 4), ("headed", "--tracks: 4")),
        (table("abc", [LONG] * 3), ("headed", "--tracks: 2")),
        (table("abc", ["a", SENTENCE, SENTENCE]), ("headed", "--tracks: 2")),
        (table("ab", [SENTENCE, SENTENCE]), ("", "")),  # sentences break
        (table(["long words in a head"] * 3, "123"), ("", "")),
    ],
)
def test_a_table_that_is_too_wide_for_a_phone_has_a_form_for_it(text, form):
    assert form_of(mend_tables(text)) == form
    assert mend_tables(mend_tables(text)) == mend_tables(text)
