"""What the figure of chapter 9 draws and says, against the numbers it is given."""

import pytest

from alexnet_lib.plots.transfer import plot_accuracy_against_cost

PARAMETERS = {"First": 60_000_000, "Second": 140_000_000, "Third": 5_000_000}
MACS = {"First": 700_000_000, "Second": 15_000_000_000, "Third": 400_000_000}
TOP1 = {"First": 56.5, "Second": 71.6, "Third": 77.7}


@pytest.mark.parametrize(("panel", "costs"), [(0, [60, 140, 5]), (1, [0.7, 15, 0.4])])
def test_each_network_is_a_point_of_cost_and_accuracy(panel, costs):
    axes = plot_accuracy_against_cost(PARAMETERS, MACS, TOP1).figure.axes[panel]
    points = [tuple(points.get_offsets()[0]) for points in axes.collections]
    assert points == [pytest.approx(pair) for pair in zip(costs, TOP1.values(), strict=True)]
    assert [label.get_text() for label in axes.texts] == list(TOP1)
    assert axes.get_xscale() == "log" and axes.get_yscale() == "linear"


def test_the_words_of_a_picture_hold_its_numbers():
    cost = plot_accuracy_against_cost(PARAMETERS, MACS, TOP1).alt
    assert all(number in cost for number in ("56.5", "60,000,000", "700,000,000", "77.7", "5,000,000"))
