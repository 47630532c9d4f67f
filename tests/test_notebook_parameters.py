import pytest

from notebook_parameters import ArgumentProblem, check_names, parameters_of, value_of
from toy_book import toy_notebook


def test_quick_values_come_from_the_notebook_and_typed_ones_win():
    notebook = toy_notebook("ko")
    assert parameters_of(notebook, "quick", {}) == {"DATASET": "auto", "EPOCHS": 2}
    assert parameters_of(notebook, "full", {}) == {}
    assert parameters_of(notebook, "quick", {"EPOCHS": "3"}) == {"DATASET": "auto", "EPOCHS": 3}
    assert parameters_of(notebook, "full", {"EPOCHS": "3", "SEED": "1"}) == {"EPOCHS": 3}


@pytest.mark.parametrize(
    ("text", "annotation", "expected"),
    [
        ("3", "int", 3),
        ("1e-3", "float", 1e-3),
        ("3", "float", 3),
        ("auto", "str", "auto"),
        ("True", "bool", True),
        ("None", "int | None", None),
        ("5", "int | None", 5),
    ],
)
def test_a_typed_value_becomes_one_of_the_annotated_type(text, annotation, expected):
    value = value_of("SEED", text, annotation)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "annotation"), [("three", "int"), ("2.5", "int"), ("None", "int")]
)
def test_a_value_of_another_type_is_refused(text, annotation):
    with pytest.raises(ArgumentProblem, match=f"SEED is '{text}', but .* of type {annotation}"):
        value_of("SEED", text, annotation)


def test_a_parameter_of_one_notebook_is_enough():
    check_names(["SEED"], [toy_notebook("ko"), with_seed(toy_notebook("ko"))])
    with pytest.raises(ArgumentProblem, match=r"to set: SEED; there are DATASET, EPOCHS, TRAIN_SIZE\."):
        check_names(["SEED"], [toy_notebook("ko")])


def with_seed(notebook):
    notebook.cells[1].source += "\nSEED: int = 0"
    return notebook
