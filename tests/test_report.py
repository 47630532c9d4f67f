"""Sentences, tables, sources and records: Markdown in a notebook, plain text elsewhere."""

import ast
import inspect
import sys

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import Markdown
from myst_nb.ext.glue import extract_glue_data_cell

from alexnet_lib import models, notebook
from alexnet_lib.language import set_language, text
from alexnet_lib.notebook import (
    in_notebook,
    is_number,
    power_of_ten,
    probability_words,
    record,
    say,
    show_source,
    show_table,
    with_minus_signs,
)


@pytest.fixture
def shown(monkeypatch) -> list:
    """Let a notebook's kernel run this; return what it displays."""
    displayed = []
    monkeypatch.setattr(notebook, "in_notebook", lambda: True)
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
    words = text("data.banner_shapes10")
    assert shown == [(({"text/markdown": words, "text/plain": words},), {"raw": True})]
    assert capsys.readouterr().out == ""


def test_words_that_begin_with_an_address_are_shown_and_nothing_is_fetched(shown, monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("the network was asked")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    sentence = "https://example.org/weights.pth is not there."
    with pytest.raises(AssertionError, match="network"):
        Markdown(sentence)  # what there is to guard against
    notebook.show_markdown(sentence)
    [((data,), _)] = shown
    assert data["text/markdown"] == sentence


def test_markdown_has_the_kinds_that_ipythons_own_has(shown):
    own, _ = InteractiveShell().display_formatter.format(Markdown("words"))
    notebook.show_markdown("words")
    [((data,), _)] = shown
    assert data.keys() == own.keys()


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


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("**-0.14%p**", "**−0.14%p**"),
        ("(-1.989, -2)", "(−1.989, −2)"),
        ("CIFAR-10, 2012-10, Top-5", "CIFAR-10, 2012-10, Top-5"),
        ("`x[-1]` is -1", "`x[-1]` is −1"),
        ("a - 1", "a - 1"),
    ],
)
def test_negative_numbers_have_a_minus_sign_outside_code(words, shown, capsys):
    assert with_minus_signs(words) == shown
    show_table(["value"], [[words]])
    assert capsys.readouterr().out.splitlines()[2] == f"| {shown} |"


@pytest.mark.parametrize(
    ("value", "words"),
    [(1.0, "1"), (0.0312, "0.031"), (0.001, "0.001"), (0.00099, "9.9×10⁻⁴"), (1.3e-264, "1.3×10⁻²⁶⁴"),
     (8e-16, "8.0×10⁻¹⁶")],
)  # fmt: skip
def test_a_probability_has_two_digits_or_a_power_of_ten(value, words):
    assert probability_words(value) == words


def test_a_power_of_ten_has_two_digits():
    assert power_of_ten(8.7e14) == "8.7×10¹⁴"


@pytest.mark.parametrize("cell", ["1", "-1.5", "+2", "−3", "±0.1", "1,000", "0.5 s", "12%", "—", ""])
def test_numbers_are_told_by_their_first_digit(cell):
    assert is_number(cell)


@pytest.mark.parametrize("cell", ["Conv1", "a 1", "-", "(3, 32, 32)", "None", "표"])
def test_words_are_no_numbers(cell):
    assert not is_number(cell)


def test_the_source_shown_is_the_one_that_runs(capsys):
    show_source(models.AlexNet)
    printed = capsys.readouterr().out
    assert printed.startswith("```python\n") and printed.endswith("\n```\n")
    source = printed.removeprefix("```python\n").removesuffix("```\n")
    assert ast.dump(ast.parse(source)) == ast.dump(ast.parse(inspect.getsource(models.AlexNet)))


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
