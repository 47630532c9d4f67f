"""What serves the page is counted, and a name that changes its meaning is found."""

import pytest

from chapter_reports import plumbing, rebound
from toy_book import code, toy_notebook


def chapter(*sources, **metadata):
    notebook = toy_notebook("en")
    notebook.cells[3:] = [code(f"cell-{i}", source, **metadata) for i, source in enumerate(sources)]
    return notebook


LESSON = "# a comment\nx = 1\n\nprint(x)"


@pytest.mark.parametrize(
    ("source", "serving", "total"),
    [
        (LESSON, 0, 2),
        (f"{LESSON}\nsay('a.b', x=x)", 1, 3),
        (f"{LESSON}\nsay(\n    'a.b',\n    x=x,\n)", 4, 6),
        (f"{LESSON}\nrecord('x', x)\nprint(text('a.b'))", 2, 4),
        (f"{LESSON}\nkey = 'chapter_03.mean'", 1, 3),
        (f"{LESSON}\nplt.text(0, 0, 'x')", 0, 3),
    ],
)
def test_the_lines_that_serve_the_page_are_counted(source, serving, total):
    assert plumbing(chapter(source)) == (serving, total)
    assert plumbing(chapter(source, tags=["remove-cell"])) == (0, 0)


def test_a_cell_that_would_say_something_else_when_run_again_is_named():
    found = list(rebound(chapter("x = 1", "print(x)", "x = 2")))
    assert found == ["#cell-1 reads x, which #cell-2 binds again"]


@pytest.mark.parametrize(
    "sources",
    [
        ("x = 1", "print(x)", "y = 2"),
        ("x = 1\nprint(x)", "x = 2\nprint(x)"),  # each cell reads its own
        ("for x in a:\n    print(x)", "for x in b:\n    print(x)"),
        ("def f(x):\n    return x", "x = 1", "x = 2"),
        ("y = [x for x in a]", "y = [x for x in b]"),
    ],
)
def test_names_that_keep_their_meaning_are_left_alone(sources):
    assert list(rebound(chapter(*sources))) == []


def test_a_function_that_reads_a_name_bound_again_is_named():
    cells = ("x = 1", "def f():\n    return x\nprint(f())", "x = 2")
    assert list(rebound(chapter(*cells))) == ["#cell-1 reads x, which #cell-2 binds again"]
