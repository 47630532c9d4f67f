"""The figures of a recipe's parts show the numbers they are given."""

import numpy as np
import torch

from alexnet_lib.plots.recipe import plot_filters, plot_schedules, plot_signal, plot_singular_values

SIGNALS = {"torch": {"Conv1": 0.5, "FC1": 0.01}, "kaiming": {"Conv1": 1.3, "FC1": 0.9}}


def test_each_start_is_a_curve_over_the_layers():
    axes = plot_signal(SIGNALS).axes[0]
    assert [line.get_label() for line in axes.lines] == list(SIGNALS)
    for line, signal in zip(axes.lines, SIGNALS.values(), strict=True):
        assert list(line.get_xdata()) == ["Conv1", "FC1"]
        assert list(line.get_ydata()) == list(signal.values())
    assert axes.get_yscale() == "log"


def test_a_filter_is_a_picture_whose_zero_is_grey():
    filters = torch.zeros(11, 3, 3, 3)
    filters[0, 0, 0, 1] = 4
    filters[0, 2, 2, 0] = -2
    filters[1:] = 1
    places = plot_filters(filters).axes
    assert [len(axes.images) for axes in places] == [1] * 11 + [0] * 7
    picture = np.asarray(places[0].images[0].get_array())
    assert picture.shape == (3, 3, 3)
    assert (picture[0, 1, 0], picture[2, 0, 2], picture[1, 1, 1]) == (1, 0.25, 0.5)
    assert not any(axes.axison for axes in places)


def test_a_schedule_is_drawn_in_percent_of_the_highest_rate():
    axes = plot_schedules({"post": [1.0] * 4, "top": [0.5, 1.0, 0.5, 0.25]}).axes[0]
    first, second = axes.lines
    np.testing.assert_allclose(first.get_ydata(), [100] * 4)
    np.testing.assert_allclose(second.get_ydata(), [50, 100, 50, 25])
    np.testing.assert_allclose(second.get_xdata(), [0, 25, 50, 75])


def test_singular_values_are_shares_of_the_largest():
    axes = plot_singular_values([8.0, 2.0, 1.0], torch.tensor([1.1, 1.0, 0.9])).axes[0]
    before, after = axes.lines
    np.testing.assert_allclose(before.get_ydata(), [1, 0.25, 0.125])
    np.testing.assert_allclose(after.get_ydata(), np.array([1.1, 1, 0.9]) / 1.1, rtol=1e-6)
    assert list(before.get_xdata()) == [1, 2, 3]


def test_words_are_in_the_language(language):
    words = []
    schedules = {"post": [1.0], "top": [1.0]}
    for figure in (plot_signal(SIGNALS), plot_schedules(schedules), plot_singular_values([1.0], [1.0])):
        words += [figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()]
    assert all(any("가" <= letter <= "힣" for letter in word) == (language == "ko") for word in words)
