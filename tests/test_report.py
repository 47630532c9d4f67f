"""Sentences, tables, sources and records: Markdown in a notebook, plain text elsewhere."""

import ast
import inspect
import sys

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from myst_nb.ext.glue import extract_glue_data_cell

from alexnet_lib import networks, report
from alexnet_lib.language import set_language, text
from alexnet_lib.report import in_notebook, is_number, record, say, show_source, show_table


@pytest.fixture
def shown(monkeypatch) -> list:
    """Let a notebook's kernel run this; return what it displays."""
    displayed = []
    monkeypatch.setattr(report, "in_notebook", lambda: True)
    monkeypatch.setattr(
        "IPython.display.display", lambda *things, **options: displayed.append((things, options))
    )
    return displayed


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_sentence_is_printed_in_the_readers_language(capsys, language):
    set_language(language)
    say("recorded.absent", name="baseline", seed=3)
    assert capsys.readouterr().out == text("recorded.absent", name="baseline", seed=3) + "\n"


def test_a_sentence_is_markdown_in_a_notebook(shown, capsys):
    say("data.banner_shapes10")
    (markdown,), _ = shown[0]
    assert markdown._repr_markdown_() == text("data.banner_shapes10")
    assert capsys.readouterr().out == ""


def test_a_table_is_markdown_with_its_numbers_to_the_right(capsys):
    show_table(
        ["name", "count", "share", "change"], [["Conv1", 2688, "0.0%", "−1.5"], ["FC1", "—", "", "+2"]]
    )
    assert capsys.readouterr().out.splitlines() == [
        "| name | count | share | change |",
        "| :--- | ---: | ---: | ---: |",
        "| Conv1 | 2688 | 0.0% | −1.5 |",
        "| FC1 | — |  | +2 |",
    ]


@pytest.mark.parametrize("cell", ["1", "-1.5", "+2", "−3", "±0.1", "1,000", "0.5 s", "12%", "—", ""])
def test_numbers_are_told_by_their_first_digit(cell):
    assert is_number(cell)


@pytest.mark.parametrize("cell", ["Conv1", "a 1", "-", "(3, 32, 32)", "None", "표"])
def test_words_are_no_numbers(cell):
    assert not is_number(cell)


def test_the_source_shown_is_the_one_that_runs(capsys):
    show_source(networks.AlexNet)
    printed = capsys.readouterr().out
    assert printed.startswith("```python\n") and printed.endswith("\n```\n")
    source = printed.removeprefix("```python\n").removesuffix("```\n")
    assert ast.dump(ast.parse(source)) == ast.dump(ast.parse(inspect.getsource(networks.AlexNet)))


@pytest.mark.parametrize("value", [0.8123, 7, "baseline"])
def test_a_record_is_what_myst_nb_reads_and_shows_nothing(shown, value):
    record("accuracy", value)
    [((data,), options)] = shown
    assert options["raw"] is True
    output = nbformat.v4.new_output("display_data", data, metadata=options["metadata"])
    cell = nbformat.v4.new_code_cell(outputs=[output])
    [(name, read)] = extract_glue_data_cell(cell)
    assert name == "accuracy"
    assert {kind: ast.literal_eval(words) for kind, words in read["data"].items()} == {"text/plain": value}
    assert cell.outputs == []  # nothing is left to be seen


def test_outside_of_a_notebook_nothing_is_recorded(capsys):
    record("accuracy", 0.5)
    assert capsys.readouterr() == ("", "")


def test_a_kernel_makes_a_notebook_and_a_shell_alone_does_not(monkeypatch):
    assert in_notebook() is False
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    assert in_notebook() is False
    shell.kernel = object()
    assert in_notebook() is True
    monkeypatch.delitem(sys.modules, "IPython")
    assert in_notebook() is False
