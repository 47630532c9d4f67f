"""The figure of chapter 12's cells shows the numbers it is given."""

import numpy as np

from alexnet_lib.language import text
from alexnet_lib.plots.lrn import plot_cells

ERRORS = {
    ("none", 32): [14.0, 13.0, 15.0],
    ("lrn", 32): [12.0, 12.5],
    ("none", 64): [13.5, 13.0, 13.25],
    ("lrn", 64): [11.0],
}


def lines(axes, width):
    label = text("figures_lrn.width", width=width)
    return next(line for line in axes.get_lines() if line.get_label() == label)


def test_means_are_joined_by_width_every_seed_is_a_point_and_of_three_there_is_a_spread():
    axes = plot_cells(ERRORS, {"theirs": 12}).figure.axes[0]
    np.testing.assert_allclose(lines(axes, 32).get_ydata(), [14, 12.25])
    np.testing.assert_allclose(lines(axes, 64).get_ydata(), [13.25, 11])
    points = [value for line in axes.get_lines() if line.get_marker() == "." for value in line.get_ydata()]
    assert sorted(points) == sorted(score for scores in ERRORS.values() for score in scores)
    bars = [container for container in axes.containers if type(container).__name__ == "ErrorbarContainer"]
    ends = [bar.lines[2][0].get_segments()[0][:, 1] for bar in bars]
    # By hand: the deviations of 14, 13, 15 and of 13.5, 13, 13.25, with n - 1.
    np.testing.assert_allclose(ends, [[14 - 1, 14 + 1], [13.25 - 0.25, 13.25 + 0.25]])


def test_what_is_not_recorded_is_left_out():
    axes = plot_cells(ERRORS | {("lrn", 32): []}, {}).figure.axes[0]
    assert len(lines(axes, 32).get_ydata()) == 1
