"""The confusion matrix's figure, its two readings and the boldest mistakes agree with the counts."""

import numpy as np
import pytest
import sklearn.metrics
import torch
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from alexnet_lib.figures import COLOURS
from alexnet_lib.language import text
from alexnet_lib.plots.evaluation import (
    most_confident_mistakes,
    normalize_rows,
    plot_confusion_matrix,
    plot_mistakes,
    plot_precision_and_recall,
    precision,
    recall,
)

NAMES = ["gamma", "alpha", "beta"]
COUNTS = np.array([[6, 3, 1], [0, 4, 4], [2, 0, 0]])  # not symmetric, rows of unequal size


pytestmark = pytest.mark.usefixtures("language")


def cells(figure: Figure) -> dict[tuple[int, int], str]:
    """Return what stands in each cell, by (row, column) of the picture."""
    places = {word.get_position(): word.get_text() for word in figure.axes[0].texts}
    return {(row, column): words for (column, row), words in places.items()}


def row_shares(matrix: np.ndarray) -> dict[tuple[int, int], str]:
    return {
        (row, column): f"{count / sum(line):.2f}"
        for row, line in enumerate(matrix.tolist())
        for column, count in enumerate(line)
    }


def test_each_cell_holds_its_share_of_the_row():
    assert cells(plot_confusion_matrix(COUNTS, NAMES)) == row_shares(COUNTS)


def test_a_transposed_matrix_would_be_noticed():
    assert cells(plot_confusion_matrix(COUNTS.T, NAMES)) != row_shares(COUNTS)


def test_the_picture_has_the_true_classes_from_top_to_bottom():
    axes = plot_confusion_matrix(COUNTS, NAMES).axes[0]
    picture = axes.images[0]
    np.testing.assert_allclose(picture.get_array(), COUNTS / COUNTS.sum(axis=1, keepdims=True))
    assert picture.origin == "upper"
    for ticks in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert [tick.get_text() for tick in ticks] == NAMES
    assert axes.get_ylabel() == text("figures_evaluation.true_label")


def test_figures_have_the_ink_that_can_be_read_on_their_cell():
    figure = plot_confusion_matrix(np.array([[90, 10], [25, 75]]), NAMES[:2])
    colours = {words.get_text(): words.get_color() for words in figure.axes[0].texts}
    assert colours == {"0.90": "white", "0.10": "black", "0.25": "black", "0.75": "white"}


def test_accuracy_and_misclassification_rate_stand_below_the_matrix():
    label = plot_confusion_matrix(COUNTS, NAMES).axes[0].get_xlabel()
    assert "50.00%" in label  # 10 of 20
    label = plot_confusion_matrix(np.array([[3, 1], [0, 4]]), NAMES[:2]).axes[0].get_xlabel()
    assert "87.50%" in label and "12.50%" in label


def test_rows_sum_to_one_and_an_empty_row_is_not_a_number():
    normalized = normalize_rows(np.array([[3, 1], [0, 0]]))
    assert normalized[0].sum() == 1
    assert np.isnan(normalized[1]).all()


@pytest.fixture
def scored() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(5, (400,), generator=generator)
    logits = 2 * torch.randn(400, 5, generator=generator)
    logits[torch.arange(400), labels] += 2
    logits[:, 4] -= 100  # a class that is never predicted
    return logits, labels


def test_recall_reads_rows_and_precision_reads_columns_as_in_scikit_learn(scored):
    logits, labels = scored
    predictions = logits.argmax(dim=1)
    matrix = sklearn.metrics.confusion_matrix(labels, predictions)
    options = {"average": None, "zero_division": np.nan}
    expected_recall = sklearn.metrics.recall_score(labels, predictions, **options)
    expected_precision = sklearn.metrics.precision_score(labels, predictions, **options)
    np.testing.assert_allclose(recall(matrix), expected_recall)
    np.testing.assert_allclose(precision(matrix), expected_precision)
    assert np.isnan(precision(matrix)[4]) and recall(matrix)[4] == 0
    assert not np.allclose(recall(matrix.T), expected_recall)


def test_bars_are_as_long_as_recall_and_precision():
    axes = plot_precision_and_recall(COUNTS, NAMES).axes[0]
    first, second = axes.containers
    np.testing.assert_allclose([bar.get_width() for bar in first], [60, 50, 0])
    np.testing.assert_allclose([bar.get_width() for bar in second], [75, 400 / 7, 0])
    assert to_hex(first[0].get_facecolor()).upper() == COLOURS["blue"]
    assert to_hex(second[0].get_facecolor()).upper() == COLOURS["orange"]
    assert first.get_label() == text("figures_evaluation.recall")
    assert axes.yaxis_inverted()


def test_a_class_never_predicted_is_said_to_have_no_precision():
    axes = plot_precision_and_recall(np.array([[5, 0], [5, 0]]), NAMES[:2]).axes[0]
    words = [word.get_text() for word in axes.texts]
    assert words == ["100", "0", "50", text("figures_evaluation.undefined")]


def test_mistakes_are_all_wrong_and_the_surest_come_first(scored):
    logits, labels = scored
    indices, confidences = most_confident_mistakes(logits, labels)
    probabilities = np.exp(logits.double().numpy())
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    wrong = [
        (-probability.max(), index)
        for index, probability in enumerate(probabilities)
        if probability.argmax() != labels[index]
    ]
    assert indices.tolist() == [index for _, index in sorted(wrong)[:12]]
    np.testing.assert_allclose(confidences, -np.array(sorted(wrong)[:12])[:, 0])


def test_the_surest_mistakes_are_told_apart_where_float32_would_round_to_one():
    logits = torch.tensor([[0.0, 20.0], [0.0, 30.0], [40.0, 0.0], [0.0, 25.0]])
    indices, _ = most_confident_mistakes(logits, torch.zeros(4, dtype=torch.int64))
    assert indices.tolist() == [1, 3, 0]


def test_no_mistakes_give_no_images_and_an_empty_figure():
    indices, confidences = most_confident_mistakes(torch.eye(3), torch.arange(3))
    assert len(indices) == len(confidences) == 0
    figure = plot_mistakes(np.zeros((0, 4, 4, 3), np.uint8), [], [], [], NAMES)
    assert not any(axes.images for axes in figure.axes)


def test_each_picture_is_named_by_true_class_prediction_and_confidence():
    images = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3), dtype=np.uint8)
    figure = plot_mistakes(images, [0, 2], [1, 0], [0.99, 0.876], NAMES)
    shown = [axes for axes in figure.axes if axes.images]
    titles = [axes.get_title() for axes in shown]
    assert [title.split("\n")[0] for title in titles] == ["gamma → alpha", "beta → gamma"]
    assert "99.0%" in titles[0] and "87.6%" in titles[1]
    for axes, image in zip(shown, images, strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), image)


def test_labels_are_in_the_language(language):
    figures = (plot_confusion_matrix(COUNTS, NAMES), plot_precision_and_recall(COUNTS, NAMES))
    words = [axes.get_title() + axes.get_xlabel() for figure in figures for axes in figure.axes[:1]]
    words += [label.get_text() for label in figures[1].legends[0].get_texts()]
    assert len(words) == 4
    assert all(any("가" <= letter <= "힣" for letter in word) == (language == "ko") for word in words)
