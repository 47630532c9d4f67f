"""The figures of chapter 12 show the numbers they are given."""

import numpy as np

from alexnet_lib.language import text
from alexnet_lib.plots.lrn import cell_name, plot_cells, plot_errors
from alexnet_lib.uncertainty import over_seeds

ERRORS = {
    ("none", 32): [14.0, 13.0, 15.0],
    ("lrn", 32): [12.0, 12.5],
    ("none", 64): [13.5, 13.0, 13.25],
    ("lrn", 64): [11.0],
}


def lines(axes, width):
    label = text("figures_lrn.width", width=width)
    return next(line for line in axes.get_lines() if line.get_label() == label)


def test_means_are_joined_by_width_and_every_seed_is_a_point():
    axes = plot_cells(ERRORS).figure.axes[0]
    np.testing.assert_allclose(lines(axes, 32).get_ydata(), [14, 12.25])
    np.testing.assert_allclose(lines(axes, 64).get_ydata(), [13.25, 11])
    points = [value for line in axes.get_lines() if line.get_marker() == "." for value in line.get_ydata()]
    assert sorted(points) == sorted(score for scores in ERRORS.values() for score in scores)


def test_a_spread_stands_only_where_there_are_three_seeds():
    axes = plot_cells(ERRORS).figure.axes[0]
    bars = [container for container in axes.containers if type(container).__name__ == "ErrorbarContainer"]
    ends = [bar.lines[2][0].get_segments()[0][:, 1] for bar in bars]
    expected = []
    for cell in (("none", 32), ("none", 64)):
        summary = over_seeds(ERRORS[cell])
        spread = summary.standard_deviation
        expected.append([summary.mean - spread, summary.mean + spread])
    np.testing.assert_allclose(ends, expected)


def test_curves_are_validation_errors_in_percent():
    history = [{"epoch": epoch, "val_accuracy": accuracy} for epoch, accuracy in ((1, 0.5), (2, 0.75))]
    axes = plot_errors({("lrn", 64): history, ("none", 32): history[:1]}).figure.axes[0]
    first, second = axes.get_lines()
    np.testing.assert_allclose(first.get_xydata(), [[1, 50], [2, 25]])
    assert [first.get_label(), second.get_label()] == [cell_name(("lrn", 64)), cell_name(("none", 32))]
    assert first.get_color() != second.get_color() and first.get_linestyle() != second.get_linestyle()
    assert axes.get_yscale() == "log"


def test_the_words_of_the_pictures_hold_their_numbers():
    means = plot_cells(ERRORS).alt
    for cell, scores in ERRORS.items():
        assert f"{cell_name(cell)}: {np.mean(scores):.1f}%" in means
    history = [{"epoch": 1, "val_accuracy": 0.5}, {"epoch": 2, "val_accuracy": 0.625}]
    assert f"{cell_name(('lrn', 64))}: 37.5%." in plot_errors({("lrn", 64): history}).alt
