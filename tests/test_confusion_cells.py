"""The functions that chapter 8 defines in its cells count and draw what they say, and run alone.

The code of its languages is the same (``test_code_parity``), so that of the first is run.
"""

import ast

import matplotlib.pyplot as plt
import numpy as np
import pytest

from languages import SOURCE
from notebook_files import ROOT, read

NAMES = ["gamma", "alpha", "beta"]
COUNTS = np.array([[6, 3, 1], [0, 4, 4], [2, 0, 0]])  # not symmetric, rows of unequal size


@pytest.fixture(scope="module")
def functions() -> dict:
    """Return what the cells define, with nothing at hand but NumPy and pyplot."""
    chapter = read(ROOT / f"notebooks/{SOURCE.code}/08_confusion.ipynb")
    cells = {cell.id: cell.source for cell in chapter.cells}
    tree = ast.parse(f"{cells['most-confused']}\n{cells['draw']}")
    defined = ast.Module([node for node in tree.body if isinstance(node, ast.FunctionDef)], [])
    names = {"np": np, "plt": plt}
    exec(compile(defined, "08_confusion", "exec"), names)
    return names


def drawn(figure) -> dict[tuple[int, int], str]:
    """Return what stands in each cell, by (row, column) of the matrix."""
    plt.close(figure)
    places = {word.get_position(): word.get_text() for word in figure.axes[0].texts}
    return {(row, column): words for (column, row), words in places.items()}


def row_shares(matrix: np.ndarray) -> dict[tuple[int, int], str]:
    return {
        (row, column): f"{count / sum(line):.2f}"
        for row, line in enumerate(matrix.tolist())
        for column, count in enumerate(line)
    }


def test_each_cell_holds_its_share_of_the_row(functions):
    plot = functions["plot_confusion_matrix"]
    assert drawn(plot(COUNTS, NAMES, "title")) == row_shares(COUNTS)
    assert drawn(plot(COUNTS.T, NAMES, "title")) != row_shares(COUNTS)


def test_true_classes_stand_from_top_to_bottom_and_the_accuracy_below(functions):
    figure = functions["plot_confusion_matrix"](COUNTS, NAMES, "title")
    axes = figure.axes[0]
    np.testing.assert_allclose(axes.images[0].get_array(), COUNTS / COUNTS.sum(axis=1, keepdims=True))
    assert axes.images[0].origin == "upper"
    for ticks in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert [tick.get_text() for tick in ticks] == NAMES
    assert axes.get_title() == "title" and "50.00%" in axes.get_xlabel()  # 10 of 20


def test_a_class_without_images_has_an_empty_row(functions):
    figure = functions["plot_confusion_matrix"](np.array([[3, 1], [0, 0]]), NAMES[:2], "title")
    assert drawn(figure) == {(0, 0): "0.75", (0, 1): "0.25", (1, 0): "0.00", (1, 1): "0.00"}


def test_the_pair_confused_most_often_counts_both_directions(functions):
    matrix = np.array([[50, 4, 6], [5, 50, 0], [2, 7, 50]])
    assert functions["most_confused"](matrix) == (0, 1)  # 9 against 8 and 7
