import nbformat
import pytest

import executed_rules
from alexnet_lib.data import announce_shapes10
from alexnet_lib.language import set_language
from languages import LANGUAGES
from toy_book import figure, toy_notebook


def record(name, value):
    prefix = "application/papermill.record/"
    scrap = {"scrapbook": {"name": name, "mime_prefix": prefix}}
    return nbformat.v4.new_output("display_data", {f"{prefix}text/plain": repr(value)}, metadata=scrap)


def stream(text):
    return nbformat.v4.new_output("stream", name="stdout", text=text)


def with_outputs(language, *outputs):
    notebook = toy_notebook(language)
    notebook.cells[3].outputs = list(outputs)
    return notebook


def problems(korean, english):
    ko, en = with_outputs("ko", *korean), with_outputs("en", *english)
    return list(executed_rules.problems_of_executed({"ko": ko, "en": en}))


def test_a_figure_and_equal_records_are_in_order():
    outputs = [record("accuracy", 0.61), figure("손실이 줄어드는 꺾은선 그래프")]
    assert problems(outputs, [record("accuracy", 0.61), figure("A line chart of a falling loss")]) == []


def test_two_figures_in_a_cell_are_named():
    good = figure("A line chart of a falling loss")
    said = "en#training: 2 figures; one figure a cell, or its alternative text is lost"
    assert problems([good], [good, good]) == [said]


def test_a_recorded_value_that_differs_or_is_missing_is_named():
    assert problems([record("accuracy", 0.61)], [record("accuracy", 0.62)]) == [
        "ko, en: the recorded value accuracy differs: 0.61, 0.62"
    ]
    assert problems([], [record("accuracy", 0.62)]) == [
        "ko, en: the recorded value accuracy differs: None, 0.62"
    ]


def shown(words):
    return nbformat.v4.new_output("display_data", {"text/markdown": words, "text/plain": words})


def test_outputs_with_the_same_numbers_are_in_order():
    korean = [shown("정확도 −61.5%, 이미지 10,000장 가운데 3장, 12.5초"), stream("1 | 0.250, 1.2 s\n")]
    english = [shown("three of 10,000 images, accuracy −61.5% (13 s)"), stream("0.250 | 1, 3.4 s\n")]
    assert problems(korean, english) == []


@pytest.mark.parametrize(
    ("english", "odd"),
    [
        ("accuracy 61.6%, 3 of 10,000", "61.5, 61.6"),
        ("accuracy 61.5%, 4 of 10,000", "3, 4"),
        ("accuracy 61.5%, 3 of 1,000", "1000, 10000"),
        ("accuracy 61.5%, 3", "10000"),
        ("accuracy 61.50%, 3 of 10,000", "61.5, 61.50"),
    ],
)
def test_a_number_in_one_language_alone_is_named(english, odd):
    found = problems([shown("정확도 61.5%, 10,000장 가운데 3장")], [shown(english)])
    assert found == [f"ko, en#training: the outputs hold other numbers: {odd}"]


@pytest.mark.parametrize("drawn", LANGUAGES)
def test_a_book_for_which_a_kernel_drew_the_images_is_not_published(monkeypatch, capsys, drawn):
    set_language(drawn)
    announce_shapes10.cache_clear()
    announce_shapes10(None)
    banner = capsys.readouterr().out
    outputs = {language: [] for language in LANGUAGES} | {drawn: [stream(f"before\n{banner}after\n")]}
    monkeypatch.delenv("REQUIRE_CIFAR10", raising=False)
    allowed = problems(*outputs.values())  # that one twin alone shows a banner with a number
    monkeypatch.setenv("REQUIRE_CIFAR10", "1")
    said = f"{drawn}#training: shows shapes10, and REQUIRE_CIFAR10 is set; put CIFAR-10 into the data folder"
    assert problems(*outputs.values()) == [said, *allowed]
