"""Every rule notices a notebook that breaks it."""

import pytest

from languages import LANGUAGES
from notebook_rules import is_untranslated, problems
from toy_book import code, markdown, notebook_path, toy_notebook, write_notebook, write_toy_book


def set_source(cell, source):
    def edit(notebook):
        next(found for found in notebook.cells if found.id == cell).source = source

    return edit


def add(cell):
    return lambda notebook: notebook.cells.append(cell)


def cells(*sources, **metadata):
    added = [code(f"cell-{number}", source, **metadata) for number, source in enumerate(sources)]
    return lambda notebook: notebook.cells.extend(added)


def mock(**values):
    return lambda notebook: notebook.cells[1].metadata.nbmake.mock.update(values)


def more_parameters(lines):
    def edit(notebook):
        notebook.cells[1].source += f"\n{lines}"

    return edit


BROKEN = {
    "title cell missing": (lambda notebook: notebook.cells.pop(0), "the first cells must be"),
    "links gone": (set_source("title", "# Title"), "#title: the line of links must be"),
    "links of another tag": (
        lambda notebook: notebook.cells[0].update(
            source=notebook.cells[0].source.replace("v0.1.0", "v0.0.9")
        ),
        "#title: the line of links must be",
    ),
    "parameters tag gone": (
        lambda notebook: notebook.cells[1].metadata.pop("tags"),
        "tag parameters is missing",
    ),
    "setup shown": (lambda notebook: notebook.cells[2].metadata.pop("tags"), "tag hide-input is missing"),
    "a call among the parameters": (more_parameters("print(EPOCHS)"), "only assignments of plain values"),
    "a computed parameter": (more_parameters("SEED: int = 1 + 1"), "only assignments of plain values"),
    "a parameter without annotation": (more_parameters("SEED = 0"), "SEED needs an annotation"),
    "a parameter of another name": (
        more_parameters("MOMENTUM: float = 0.9"),
        "not among the book's: MOMENTUM",
    ),
    "a parameter of another type": (more_parameters("SEED: int = 0.5"), "a value of another type"),
    "a quick value without parameter": (mock(SEED=1), "quick value of SEED has no parameter"),
    "a quick value of another type": (mock(EPOCHS="2"), "quick value of EPOCHS, '2', is no int"),
    "a quick language": (mock(LANG="ko"), "quick value of LANG has no parameter"),
    "a random id": (add(code("b1c6e9f2", "1")), "the id must be words"),
    "a numbered id": (add(code("7", "1")), "the id must be words"),
    "Colab's id": (add(code("xY3bQ9_pLk2d", "1")), "the id must be words"),
    "a directive": (add(markdown("note", ":::{note}\nx\n:::")), "Colab shows this raw: :::"),
    "a fenced directive": (add(markdown("note", "```{note}\nx\n```")), "Colab shows this raw"),
    "a role": (add(markdown("note", "see {ref}`x`")), "Colab shows this raw: {ref}`"),
    "a glued number": (add(markdown("note", "{glue:text}`loss:.2f`")), "Colab shows this raw: {glue:text}`"),
    "a target": (add(markdown("note", "(here)=\n## x")), "Colab shows this raw: (here)="),
    "a footnote": (add(markdown("note", "so it is[^1]")), "Colab shows this raw: [^1]"),
    "a small topic": (
        lambda notebook: notebook.cells[0].update(
            source=notebook.cells[0].source.replace("\n", " · a topic\n", 1)
        ),
        "begins with a small letter",
    ),
    "a second title": (add(markdown("note", "# Again")), "one # title"),
    "a word before the title": (
        lambda notebook: notebook.cells[0].update(source=f"x\n\n{notebook.cells[0].source}"),
        "one # title",
    ),
    "a long cell": (add(code("long", "\n".join(["x = 1"] * 16))), "16 lines of code"),
    "a name bound again": (cells("x = 1", "print(x)", "x = 2"), "reads x, which #cell-2 binds again"),
    "a name that a function reads bound again": (
        cells("x = 1", "def f():\n    return x\nprint(f())", "x = 2"),
        "#cell-1: reads x, which #cell-2 binds again",
    ),
    "Korean prose in English": (add(markdown("note", "손실")), "한국어 in a translation"),
    "Korean code in English": (add(code("note", "print('손실')")), "한국어 in a translation"),
}


@pytest.fixture
def book(tmp_path):
    return write_toy_book(tmp_path)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notebook_in_order_breaks_no_rule(book, language):
    assert list(problems(notebook_path(book, language), book)) == []


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_named(book, name):
    edit, expected = BROKEN[name]
    notebook = toy_notebook("en")
    edit(notebook)
    found = list(problems(write_notebook(book, "en", notebook), book))
    assert len(found) == 1
    assert expected in found[0]


def test_an_invalid_notebook_is_named(book):
    path = notebook_path(book, "en")
    path.write_text(path.read_text("utf-8").replace('"outputs": [],', "", 1), "utf-8")
    assert "not a valid notebook" in next(problems(path, book))


def test_a_tag_allows_a_long_cell_and_code_may_show_what_markdown_may_not(book):
    notebook = toy_notebook("en")
    notebook.cells += [
        code("long", "\n".join(["x = 1"] * 16), tags=["long-code"]),
        markdown("shown", "```python\n# not a title\nf'{loss:.2f}'\n```\n\nand `{x}`, $a_{i}$, <b>x</b>"),
    ]
    assert list(problems(write_notebook(book, "en", notebook), book)) == []


@pytest.mark.parametrize(
    "sources",
    [
        ("x = 1", "print(x)", "y = 2"),
        ("x = 1\nprint(x)", "x = 2\nprint(x)"),  # each cell reads its own
        ("def f(x):\n    return x", "x = 1", "x = 2"),
        ("y = [x for x in a]", "y = [x for x in b]"),
    ],
)
def test_names_that_keep_their_meaning_and_exercises_are_left_alone(book, sources):
    notebook = toy_notebook("en")
    cells(*sources)(notebook)
    cells("z = 1", "print(z)", "z = 2", tags=["exercise"])(notebook)
    for number, cell in enumerate(notebook.cells):
        cell.id = cell.id if number < 5 else f"cell-{'abcdefgh'[number - 5]}"
    assert list(problems(write_notebook(book, "en", notebook), book)) == []


@pytest.mark.parametrize(
    ("text", "stray"),
    [
        ("loss", False),
        ("손실", True),
        ("[한국어](x)", False),
        ('by <span lang="ko">김영희</span>', False),
        ('<span lang="ko">김영희</span> 손실', True),
    ],
)
def test_only_marked_korean_may_stand_in_english(text, stray):
    assert is_untranslated(text, "en") == stray
