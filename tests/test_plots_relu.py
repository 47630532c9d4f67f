"""The figures of chapter 11 show what they are given, with the paper's lines and axes."""

import matplotlib.pyplot as plt
import numpy as np
import torch

from alexnet_lib.experiments.relu import ACTIVATIONS, Finish
from alexnet_lib.language import text
from alexnet_lib.plots.relu import (
    plot_activations,
    plot_finishes,
    plot_generalization,
    plot_race,
    plot_search,
)

# --- The race ---


def history(*errors: float) -> list[dict]:
    return [
        {"epoch": epoch, "train_error": error, "training_seconds": 1.0, "val_accuracy": 0.9 - error}
        for epoch, error in enumerate(errors, start=1)
    ]


RACES = {
    "relu": [history(0.5, 0.2), history(0.6, 0.4, 0.3, 0.25)],
    "tanh": [history(0.7, 0.5, 0.4, 0.3, 0.28)],
}


def lines(axes: plt.Axes, style: str) -> list[np.ndarray]:
    drawn = [line for line in axes.lines if line.get_linestyle() == style and len(line.get_xdata()) > 1]
    return [np.column_stack(line.get_data()) for line in drawn]


def test_activations_and_their_slopes_are_those_of_torch():
    values, slopes = plot_activations().figure.axes
    for index, activation in enumerate(ACTIVATIONS.values()):
        places = torch.tensor(np.asarray(values.lines[index].get_xdata()))
        np.testing.assert_allclose(values.lines[index].get_ydata(), activation()(places), atol=1e-6)
        difference = (activation()(places + 1e-3) - activation()(places - 1e-3)) / 2e-3
        away = places.abs() > 0.01  # at its corner ReLU has no slope
        np.testing.assert_allclose(
            np.asarray(slopes.lines[index].get_ydata())[away], difference[away], atol=2e-3
        )


def test_the_rate_with_the_lowest_loss_has_the_ring_and_a_lost_one_a_cross():
    tried = [
        {"learning_rate": 0.01, "train_loss": 1.5, "train_error": 0.5},
        {"learning_rate": 0.03, "train_loss": 1.2, "train_error": 0.6},
        {"learning_rate": 0.09, "train_loss": None, "train_error": None},
    ]
    axes = plot_search({"relu": tried}).figure.axes[0]
    np.testing.assert_allclose(axes.collections[0].get_offsets(), [[0.03, 1.2]])
    crosses = [line for line in axes.lines if line.get_marker() == "x"]
    assert [list(line.get_xdata()) for line in crosses] == [[0.09]]
    assert crosses[0].get_ydata()[0] > 1.5 and axes.get_xscale() == "log"


def test_relu_is_solid_and_tanh_dashed_as_in_the_paper():
    axes = plot_race(RACES, goal=0.25, factor=6).figure.axes[0]
    np.testing.assert_allclose(lines(axes, "-")[0], [[1, 50], [2, 20]])
    np.testing.assert_allclose(lines(axes, "-")[1], [[1, 60], [2, 40], [3, 30], [4, 25]])
    np.testing.assert_allclose(lines(axes, "--")[0][:, 1], [70, 50, 40, 30, 28])
    assert axes.get_ylim() == (0, 75)
    np.testing.assert_allclose(lines(axes, ":")[0][:, 1], 25)


def marks(axes: plt.Axes, marker: str) -> list[tuple[float, float]]:
    return [
        (line.get_xdata()[0], line.get_ydata()[0])
        for line in axes.lines if line.get_marker() == marker and len(line.get_xdata()) == 1
    ]  # fmt: skip


def test_arrivals_have_a_dot_and_the_papers_claim_a_diamond_at_six_times_relus_mean():
    axes = plot_race(RACES, goal=0.25, factor=6).figure.axes[0]
    assert marks(axes, "o") == [(2, 20), (4, 25)]  # tanh did not arrive
    assert marks(axes, "D") == [(18, 25)]
    assert axes.get_xlim()[1] > 18
    assert marks(plot_race(RACES, goal=0.25, factor=2).figure.axes[0], "D") != [(18, 25)]


def test_there_is_no_diamond_where_relu_did_not_arrive():
    axes = plot_race(RACES, goal=0.1, factor=6).figure.axes[0]
    assert marks(axes, "D") == marks(axes, "o") == []


def test_bars_are_means_and_what_did_not_arrive_is_hatched():
    ends = {"a": [Finish(4, 1, True), Finish(7, 1, True), Finish(4, 2, True)], "b": [Finish(40, 9, False)]}
    axes = plot_finishes(ends).figure.axes[0]
    assert [bar.get_width() for bar in axes.patches] == [5, 40]
    dots = [dots.get_offsets() for dots in axes.collections]
    assert [len(each) for each in dots] == [3, 1] and dots[1][0].tolist() == [40, 1]  # in the bar's middle
    assert [bool(bar.get_hatch()) for bar in axes.patches] == [False, True]
    assert [words.get_text() for words in axes.texts] == ["4, 4, 7", text("race.more_than", value=40)]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["a", "b"] and axes.yaxis_inverted()
    assert all(place == round(place) for place in axes.get_xticks())  # there is no half of an epoch


def test_test_error_stands_over_training_error():
    axes = plot_generalization({"tanh": RACES["tanh"]}).figure.axes[0]
    curve = lines(axes, "--")[0]
    np.testing.assert_allclose(curve, [[70, 80], [50, 60], [40, 50], [30, 40], [28, 38]])
    assert axes.get_xlim()[0] > axes.get_xlim()[1]  # training goes to the right


def test_the_words_of_the_pictures_hold_their_numbers(language):
    race = plot_race(RACES, goal=0.25, factor=6).alt
    assert "ReLU 2, 4; tanh " in race and "25%" in race and "6" in race
    last = plot_generalization(RACES).alt
    assert "ReLU 32.5%" in last and "38.0%" in last
    losses = {0.01: 2.0, 0.03: 1.0, 1: None}
    tried = [{"learning_rate": rate, "train_loss": loss} for rate, loss in losses.items()]
    assert "ReLU 0.03." in plot_search({"relu": tried}).alt
