"""What the figures of chapter 9 draw and say, against the numbers they are given."""

import numpy as np
import pytest

from alexnet_lib.plots.transfer import plot_accuracy_against_cost, plot_transfer
from alexnet_lib.uncertainty import wilson_interval

PARAMETERS = {"First": 60_000_000, "Second": 140_000_000, "Third": 5_000_000}
MACS = {"First": 700_000_000, "Second": 15_000_000_000, "Third": 400_000_000}
TOP1 = {"First": 56.5, "Second": 71.6, "Third": 77.7}
ACCURACIES = {
    "scratch": {20: [0.70, 0.74, 0.72], 100: [0.90, 0.93, 0.96]},
    "fine_tuned": {20: [0.80, 0.80, 0.80], 100: [0.97, 0.98, 0.99]},
}


@pytest.mark.parametrize(("panel", "costs"), [(0, [60, 140, 5]), (1, [0.7, 15, 0.4])])
def test_each_network_is_a_point_of_cost_and_accuracy(panel, costs):
    axes = plot_accuracy_against_cost(PARAMETERS, MACS, TOP1).figure.axes[panel]
    points = [tuple(points.get_offsets()[0]) for points in axes.collections]
    assert points == [pytest.approx(pair) for pair in zip(costs, TOP1.values(), strict=True)]
    assert [label.get_text() for label in axes.texts] == list(TOP1)
    assert axes.get_xscale() == "log" and axes.get_yscale() == "linear"


def test_a_line_joins_the_means_and_a_bar_is_wilsons_interval():
    axes = plot_transfer(ACCURACIES, test_images=500).figure.axes[0]
    for container, by_size in zip(axes.containers, ACCURACIES.values(), strict=True):
        means = np.array([np.mean(draws) for draws in by_size.values()])
        line, _, (bars,) = container
        np.testing.assert_allclose(line.get_ydata(), 100 * means)
        for segment, mean in zip(bars.get_segments(), means, strict=True):
            np.testing.assert_allclose(segment[:, 1], 100 * np.array(wilson_interval(round(500 * mean), 500)))


def test_every_draw_is_a_dot_at_the_place_of_its_line():
    axes = plot_transfer(ACCURACIES, test_images=500).figure.axes[0]
    dots = [points for points in axes.collections if len(points.get_offsets()) == 3]
    drawn = [draws for by_size in ACCURACIES.values() for draws in by_size.values()]
    assert len(dots) == len(drawn)
    for points, draws in zip(dots, drawn, strict=True):
        across, up = points.get_offsets().T
        assert len(set(across)) == 1
        assert list(up) == pytest.approx([100 * value for value in draws])


def test_the_words_of_a_picture_hold_its_numbers(language):
    cost = plot_accuracy_against_cost(PARAMETERS, MACS, TOP1).alt
    assert all(number in cost for number in ("56.5", "60,000,000", "700,000,000", "77.7", "5,000,000"))
    transfer = plot_transfer(ACCURACIES, test_images=500)
    assert all(number in transfer.alt for number in ("72.0", "93.0", "80.0", "98.0", "20", "100"))
    assert "n = 3" in transfer.figure.get_suptitle()
