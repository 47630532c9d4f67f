"""The figures of chapter 14 show the numbers they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from alexnet_lib.language import text
from alexnet_lib.plots.people import (
    plot_answers,
    plot_captioned,
    plot_error_by_agreement,
    plot_matrices_and_difference,
)

NAMES = ["gamma", "alpha", "beta"]
PEOPLE = np.array([[9.0, 0.9, 0.1], [0, 4, 0], [0.5, 0, 1.5]])  # rows of unequal size
NETWORK = np.array([[6, 3, 1], [0, 4, 0], [0, 0, 2]])
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 4, 4, 3), dtype=np.uint8)


pytestmark = pytest.mark.usefixtures("language")


def cells(axes: plt.Axes) -> dict[tuple[int, int], str]:
    return {(row, column): words.get_text() for words in axes.texts for column, row in [words.get_position()]}


def panels() -> dict[str, plt.Axes]:
    figure = plot_matrices_and_difference(PEOPLE, NETWORK, NAMES, "baseline-0")
    titles = {
        text("figures_people.people"): "people",
        text("figures_people.network", name="baseline-0"): "network",
        text("figures_people.difference"): "difference",
    }
    return {titles[axes.get_title()]: axes for axes in figure.axes if axes.get_title()}


def test_both_matrices_hold_the_percentages_of_their_rows():
    shown = panels()
    assert cells(shown["people"]) == {
        (0, 0): "90", (0, 1): "9", (0, 2): "1", (1, 1): "100", (2, 0): "25", (2, 2): "75",
    }  # fmt: skip
    assert cells(shown["network"]) == {
        (0, 0): "60", (0, 1): "30", (0, 2): "10", (1, 1): "100", (2, 2): "100",
    }  # fmt: skip
    for name, matrix in (("people", PEOPLE), ("network", NETWORK)):
        picture = shown[name].images[0]
        np.testing.assert_allclose(picture.get_array(), 100 * matrix / matrix.sum(axis=1, keepdims=True))


def test_the_difference_is_the_network_less_people_in_points():
    shown = panels()["difference"]
    assert cells(shown) == {
        (0, 0): "−30", (0, 1): "+21", (0, 2): "+9", (2, 0): "−25", (2, 2): "+25",
    }  # fmt: skip
    scale = shown.images[0].norm
    assert scale.vmin == -scale.vmax == pytest.approx(-30)  # no difference is white


def test_both_matrices_share_one_scale_and_one_order():
    shown = panels()
    assert shown["people"].images[0].norm is shown["network"].images[0].norm
    for axes in shown.values():
        assert [tick.get_text() for tick in axes.get_xticklabels()] == NAMES
        assert axes.images[0].origin == "upper"


def test_equal_matrices_have_no_difference_and_no_error():
    figure = plot_matrices_and_difference(NETWORK, NETWORK, NAMES, "x")
    assert [cells(axes) for axes in figure.axes if axes.get_title() == text("figures_people.difference")] == [
        {}
    ]


def test_a_class_without_images_stays_empty():
    matrix = np.array([[1, 1], [0, 0]])
    figure = plot_matrices_and_difference(matrix, matrix, NAMES[:2], "x")
    shown = next(axes for axes in figure.axes if axes.get_title() == text("figures_people.people"))
    assert cells(shown) == {(0, 0): "50", (0, 1): "50"}


def test_answers_are_bars_below_their_image():
    shares = np.array([[1, 0, 0], [0.5, 0.25, 0.25], [0, 0.1, 0.9]])
    figure = plot_answers(IMAGES, shares, np.array([0, 1.04, 0.33]), NAMES, shares < 0)
    axes = figure.axes
    assert not figure.legends  # all is known
    for column in range(3):
        np.testing.assert_array_equal(axes[column].images[0].get_array(), IMAGES[column])
        widths = [bar.get_width() for bar in axes[3 + column].patches]
        np.testing.assert_allclose(widths, 100 * shares[column])
        assert axes[3 + column].yaxis_inverted()
    assert axes[1].get_title() == text("figures_people.entropy_of", entropy=1.04)


def test_answers_that_are_not_known_are_hatched_and_explained():
    shares = np.array([[0.5, 0.3, 0.1], [0.8, 0.1, 0.1]])
    spread = np.array([[False, False, True], [False, True, True]])
    figure = plot_answers(IMAGES[:2], shares, np.array([1, 0.6]), NAMES, spread)
    for axes, of_image, unknown in zip(figure.axes[2:], shares, spread, strict=True):
        for bar in axes.patches:
            place = round(bar.get_y() + bar.get_height() / 2)
            assert bar.get_width() == pytest.approx(100 * of_image[place])
            assert bool(bar.get_hatch()) == unknown[place]
    words = [line.get_text() for line in figure.legends[0].get_texts()]
    assert words == [text("figures_people.known"), text("figures_people.spread")]


def test_errors_stand_with_their_intervals_and_counts():
    intervals = [(0.1, 0.2), (0.15, 0.3), (0.3, 0.4), (0.45, 0.6)]
    errors = [0.14, 0.2, 0.36, 0.5]
    axes = plot_error_by_agreement(errors, intervals, [1000, 20, 30, 40]).axes[0]
    assert [bar.get_height() for bar in axes.patches] == pytest.approx([14, 20, 36, 50])
    lines = [segment[:, 1] for segment in axes.collections[0].get_segments()]
    np.testing.assert_allclose(lines, 100 * np.array(intervals))
    labels = [tick.get_text() for tick in axes.get_xticklabels()]
    assert "1,000" in labels[0] and text("figures_people.agree") in labels[0]
    assert len(set(labels)) == 4


def test_captions_stand_above_their_images_and_the_rest_is_empty():
    figure = plot_captioned(IMAGES, ["a", "b", "c"], columns=2)
    assert [axes.get_title() for axes in figure.axes] == ["a", "b", "c", ""]
    for axes, image in zip(figure.axes, IMAGES, strict=False):
        np.testing.assert_array_equal(axes.images[0].get_array(), image)
        assert not axes.axison


def test_words_are_in_the_language(language):
    shown = panels()
    words = [shown["difference"].get_xlabel(), shown["people"].get_title(), shown["people"].get_ylabel()]
    words.append(plot_error_by_agreement([0] * 4, [(0, 0)] * 4, [1] * 4).axes[0].get_ylabel())
    assert all(any("가" <= letter <= "힣" for letter in word) == (language == "ko") for word in words)
