"""The figures of chapter 14 show the numbers they are given."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from alexnet_lib.language import text
from alexnet_lib.plots.people import ink_on, plot_error_by_agreement, plot_matrices_and_difference

NAMES = ["gamma", "alpha", "beta"]
PEOPLE = np.array([[9.0, 0.9, 0.1], [0, 4, 0], [0.5, 0, 1.5]])  # rows of unequal size
NETWORK = np.array([[6, 3, 1], [0, 4, 0], [0, 0, 2]])


def cells(axes: plt.Axes) -> dict[tuple[int, int], str]:
    return {(row, column): words.get_text() for words in axes.texts for column, row in [words.get_position()]}


def panels() -> dict[str, plt.Axes]:
    figure = plot_matrices_and_difference(PEOPLE, NETWORK, NAMES, "baseline-0").figure
    titles = {
        text("figures_people.people"): "people",
        text("figures_people.network", name="baseline-0"): "network",
        text("figures_people.difference"): "difference",
    }
    return {titles[axes.get_title()]: axes for axes in figure.axes if axes.get_title()}


def test_both_matrices_hold_the_percentages_of_their_rows_and_the_third_points_between_them():
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
    assert cells(shown["difference"]) == {  # the network less people
        (0, 0): "−30", (0, 1): "+21", (0, 2): "+9", (2, 0): "−25", (2, 2): "+25",
    }  # fmt: skip
    scale = shown["difference"].images[0].norm
    assert scale.vmin == -scale.vmax == pytest.approx(-30)  # no difference is white


def test_errors_stand_with_wilsons_intervals_and_counts():
    groups = np.repeat([0, 1, 2, 3], [1000, 20, 30, 40])
    mistakes = ((1000, 140), (20, 4), (30, 9), (40, 20))
    wrong = np.concatenate([np.arange(count) < errors for count, errors in mistakes])
    picture = plot_error_by_agreement(wrong, groups)
    axes = picture.figure.axes[0]
    assert [bar.get_height() for bar in axes.patches] == pytest.approx([14, 20, 30, 50])
    lines = [segment[:, 1] for segment in axes.collections[0].get_segments()]
    # Wilson's interval for 20 of 40 by hand: 0.5 ± 1.96 / (1 + 3.84 / 40) * sqrt(0.25 / 40 + 3.84 / 6400)
    np.testing.assert_allclose(lines[3], [35.2, 64.8], atol=0.05)
    labels = [tick.get_text() for tick in axes.get_xticklabels()]
    assert "1,000" in labels[0] and text("figures_people.agree") in labels[0]
    assert len(set(labels)) == 4
    assert "14.0%" in picture.alt and "50.0%" in picture.alt


def test_what_is_said_of_the_matrices_is_what_they_hold():
    alt = plot_matrices_and_difference(PEOPLE, NETWORK, NAMES, "baseline-0").alt
    right = (100 * np.trace(matrix) / matrix.sum() for matrix in (PEOPLE, NETWORK))
    assert all(f"{value:.1f}%" in alt for value in right)
    assert "'gamma'" in alt and "−30.0" in alt


def contrast(first, second):
    """WCAG 2.2, with the luminance of relative sRGB."""

    def luminance(colour):
        linear = np.where(np.array(colour) <= 0.04045, np.array(colour) / 12.92,
                          ((np.array(colour) + 0.055) / 1.055) ** 2.4)  # fmt: skip
        return linear @ [0.2126, 0.7152, 0.0722] + 0.05

    low, high = sorted((luminance(first), luminance(second)))
    return high / low


@pytest.mark.parametrize("name", ["Blues", "PuOr_r"])
def test_the_ink_on_a_colour_is_always_the_one_with_more_contrast(name):
    for colour in mpl.colormaps[name](np.linspace(0, 1, 101)):
        inks = {"black": contrast(colour[:3], (0, 0, 0)), "white": contrast(colour[:3], (1, 1, 1))}
        assert ink_on(tuple(colour)) == max(inks, key=inks.get)
        assert max(inks.values()) >= 4.5  # what WCAG asks of text
