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
        ("2.5", "int", ArgumentProblem),
        ("None", "int", ArgumentProblem),
    ],
)
def test_a_typed_value_becomes_one_of_the_annotated_type_or_is_refused(text, annotation, expected):
    if expected is ArgumentProblem:
        with pytest.raises(ArgumentProblem, match=f"SEED is '{text}', but .* of type {annotation}"):
            value_of("SEED", text, annotation)
    else:
        value = value_of("SEED", text, annotation)
        assert (value, type(value)) == (expected, type(expected))


def test_a_parameter_of_one_notebook_is_enough():
    seeded = toy_notebook("ko")
    seeded.cells[1].source += "\nSEED: int = 0"
    check_names(["SEED"], [toy_notebook("ko"), seeded])
    with pytest.raises(ArgumentProblem, match=r"to set: SEED; there are DATASET, EPOCHS, TRAIN_SIZE\."):
        check_names(["SEED"], [toy_notebook("ko")])
