"""The tables of a page: their names, what heads their rows, and what a phone makes of wide ones."""

import html

import pytest
from docutils import nodes
from docutils.core import publish_doctree
from myst_parser.parsers.docutils_ import Parser

from tables import mend_table, name_tables, visit_table


def page(markdown):
    return publish_doctree(markdown, parser=Parser(), settings_overrides={"doctitle_xform": False})


def table(*rows):
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|:--" * len(rows[0]) + "|", *lines[1:]])


def mended(*rows):
    found = next(page(table(*rows)).findall(nodes.table))
    mend_table(found)
    return found


TWO = table("ab", "cd")
PAGE = f"# Title\n\n{TWO}\n\n## What `x` & \"y\" *is*\n\n{TWO}\n\n:::\n\n{TWO}\n\n### C\n\n{TWO}\n"


def test_the_tables_of_a_chapter_are_numbered_and_show_their_names():
    chapter = page(PAGE)
    name_tables(chapter, "표 8.{}")
    names = ["표 8.1 Title", '표 8.2 What x & "y" is', '표 8.3 What x & "y" is', "표 8.4 C"]
    assert [found["label"] for found in chapter.findall(nodes.table)] == names
    captions = [found for found in chapter.findall(nodes.paragraph) if "table-caption" in found["classes"]]
    assert [caption.astext() for caption in captions] == names
    for caption in captions:
        assert next(caption.findall(nodes.reference))["refuri"] == f"#{caption['ids'][0]}"
        assert isinstance(caption.next_node(descend=False, siblings=True), nodes.table)


def test_on_another_page_tables_under_one_heading_are_told_apart():
    other = page(PAGE)
    name_tables(other, "")
    names = ["Title", 'What x & "y" is', 'What x & "y" is (2)', "C"]
    assert [found["label"] for found in other.findall(nodes.table)] == names
    assert not any(found["classes"] for found in other.findall(nodes.paragraph))


@pytest.mark.parametrize(
    ("column", "heads"),
    [("one two", True), ("one one", False), ("1 2", False), ("one 2", False), ("one", False)],
)
def test_a_column_heads_its_rows_if_it_names_each_by_a_word(column, heads):
    found = mended("ab", *[(name, "1") for name in column.split()])
    assert [bool(part.get("stub")) for part in found.findall(nodes.colspec)] == [heads, False]


@pytest.mark.parametrize(
    ("text", "is_sentence"),
    [
        ("2,654,208", False),
        ("`[96, 256, 384, 384, 256]`", False),
        (f"`{'a' * 27}`", True),
        ("맞힌 예측의 평균 확신도", False),
        ("틀린 예측 가운데 **확신도**가 높은 것", True),
        ("1 &lt; 2 &amp; 2 &lt; 3 &amp; 3 <br />", False),
    ],
)
def test_a_cell_with_a_sentence_may_break_and_one_with_a_value_may_not(text, is_sentence):
    cell = mended("ab", (text, "1")).next_node(nodes.tbody).next_node(nodes.entry)
    assert ("sentence" in cell["classes"]) == is_sentence


LONG = "a value that is long"
SENTENCE = "a sentence that is as long as this one"


@pytest.mark.parametrize(
    ("rows", "form"),
    [
        (["abc", "123"], ([], None)),
        (["abcde", [LONG] * 5, [LONG] * 5], (["turned"], 5)),
        (["abcde", *[[LONG] * 5] * 4], (["headed"], 4)),
        (["abc", [LONG] * 3], (["headed"], 2)),
        (["abc", ["a", SENTENCE, SENTENCE]], (["headed"], 2)),
        (["ab", [SENTENCE, SENTENCE]], ([], None)),  # sentences break
        ([["long words in a head"] * 3, "123"], ([], None)),
        ([["100% − Top-5 − Top-1"] * 3, "123"], (["headed"], 2)),  # a sign keeps its numbers on its line
    ],
)
def test_a_table_that_is_too_wide_for_a_phone_has_a_form_for_it(rows, form):
    found = mended(*rows)
    wanted = [name for name in found["classes"] if not name.startswith("colwidths")]
    assert (wanted, found.get("tracks")) == form


class Translator:
    """Writes a table as the theme's does."""

    attval = staticmethod(html.escape)

    def __init__(self):
        self.body = []

    def visit_table(self, table):
        self.body += ["<div>", f'<table class="{" ".join([*table["classes"], "table"])}">']


@pytest.mark.parametrize(
    ("tracks", "told"), [({}, ""), ({"tracks": 5, "classes": ["turned"]}, ' style="--tracks: 5"')]
)
def test_a_table_is_written_as_the_theme_does_with_its_name_and_form(tracks, told):
    translator = Translator()
    visit_table(translator, nodes.table("", label="A < B", **tracks))
    classes = "turned table" if tracks else "table"
    assert translator.body == ["<div>", f'<table aria-label="A &lt; B"{told} class="{classes}">']
