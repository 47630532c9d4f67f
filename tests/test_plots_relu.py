"""The figures of chapter 11 show what they are given, with the paper's lines and axes."""

import matplotlib.pyplot as plt
import numpy as np
import torch

from alexnet_lib.experiments.relu import ACTIVATIONS
from alexnet_lib.plots.relu import plot_activations, plot_generalization, plot_race


def history(*errors: float) -> list[dict]:
    return [
        {"epoch": epoch, "train_error": error, "val_accuracy": 0.9 - error}
        for epoch, error in enumerate(errors, start=1)
    ]


RACES = {
    "relu": [history(0.5, 0.2), history(0.6, 0.4, 0.3, 0.25)],
    "tanh": [history(0.7, 0.5, 0.4, 0.3, 0.28)],
}
ENDS = {"relu": [1.8, 4.0], "tanh": [None]}


def lines(axes: plt.Axes, style: str) -> list[np.ndarray]:
    drawn = [line for line in axes.lines if line.get_linestyle() == style and len(line.get_xdata()) > 1]
    return [np.column_stack(line.get_data()) for line in drawn]


def test_activations_and_their_slopes_are_those_of_torch():
    values, slopes = plot_activations(ACTIVATIONS).figure.axes
    for index, activation in enumerate(ACTIVATIONS.values()):
        places = torch.tensor(np.asarray(values.lines[index].get_xdata()))
        np.testing.assert_allclose(values.lines[index].get_ydata(), activation()(places), atol=1e-6)
        difference = (activation()(places + 1e-3) - activation()(places - 1e-3)) / 2e-3
        away = places.abs() > 0.01  # at its corner ReLU has no slope
        np.testing.assert_allclose(
            np.asarray(slopes.lines[index].get_ydata())[away], difference[away], atol=2e-3
        )


def marks(axes: plt.Axes, marker: str) -> list[tuple[float, float]]:
    drawn = [line for line in axes.lines if line.get_marker() == marker]
    return [tuple(place) for line in drawn for place in np.column_stack(line.get_data())]


def test_a_race_has_the_papers_lines_a_dot_an_arrival_and_a_diamond_at_six_times_relus_mean():
    axes = plot_race(RACES, ENDS, goal=0.25, factor=6, title="").figure.axes[0]
    np.testing.assert_allclose(lines(axes, "-")[0], [[1, 50], [2, 20]])
    np.testing.assert_allclose(lines(axes, "-")[1], [[1, 60], [2, 40], [3, 30], [4, 25]])
    np.testing.assert_allclose(lines(axes, "--")[0][:, 1], [70, 50, 40, 30, 28])
    np.testing.assert_allclose(lines(axes, ":")[0][:, 1], 25)
    np.testing.assert_allclose(marks(axes, "o"), [(1.8, 25), (4, 25)])
    np.testing.assert_allclose(marks(axes, "D"), [(6 * 2.9, 25)])
    assert axes.get_xlim()[1] > 6 * 2.9
    late = plot_race(RACES, ENDS | {"relu": [1.8, None]}, goal=0.25, factor=6, title="").figure.axes[0]
    assert marks(late, "D") == []


def test_test_error_stands_over_training_error():
    axes = plot_generalization({"tanh": RACES["tanh"]}).figure.axes[0]
    curve = lines(axes, "--")[0]
    np.testing.assert_allclose(curve, [[70, 80], [50, 60], [40, 50], [30, 40], [28, 38]])
    assert axes.get_xlim()[0] > axes.get_xlim()[1]  # training goes to the right


def test_the_words_of_the_pictures_hold_their_numbers():
    race = plot_race(RACES, ENDS, goal=0.25, factor=6, title="A short race").alt
    assert race.startswith("A short race. ") and "ReLU 1.8, 4.0; tanh " in race and "25%" in race
    last = plot_generalization(RACES).alt
    assert "ReLU 32.5%" in last and "38.0%" in last
