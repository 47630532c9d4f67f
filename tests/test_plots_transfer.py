"""What the figures of chapter 9 draw, against the numbers they are given."""

import matplotlib as mpl
import pytest
from matplotlib.colors import to_hex

from alexnet_lib.experiments.transfer import PublishedNetwork
from alexnet_lib.language import set_language
from alexnet_lib.notebook import COLOURS
from alexnet_lib.plots.transfer import NETWORK_COLOURS, plot_accuracy_against_cost, plot_transfer

NETWORKS = [
    PublishedNetwork("First", 60_000_000, 700_000_000, 56.5),
    PublishedNetwork("Second", 140_000_000, 15_000_000_000, 71.6),
    PublishedNetwork("Third", 5_000_000, 400_000_000, 77.7),
]
ACCURACIES = {"frozen": [0.30, 0.42, 0.36], "fine-tuned": [0.5, 0.6, 0.4]}


@pytest.mark.parametrize(("panel", "costs"), [(0, [60, 140, 5]), (1, [0.7, 15, 0.4])])
def test_each_network_is_a_point_of_cost_and_accuracy(panel, costs):
    axes = plot_accuracy_against_cost(NETWORKS).axes[panel]
    points = [tuple(points.get_offsets()[0]) for points in axes.collections]
    assert points == [pytest.approx(pair) for pair in zip(costs, [56.5, 71.6, 77.7], strict=True)]
    assert axes.get_xscale() == "log" and axes.get_yscale() == "linear"


def test_a_network_has_the_same_name_and_colour_in_both_panels():
    for axes in plot_accuracy_against_cost(NETWORKS).axes:
        assert [label.get_text() for label in axes.texts] == ["First", "Second", "Third"]
        assert [label.xy for label in axes.texts] == [
            pytest.approx(tuple(points.get_offsets()[0])) for points in axes.collections
        ]
        colours = [to_hex(points.get_facecolor()[0]) for points in axes.collections]
        assert colours == [COLOURS[name].lower() for name in NETWORK_COLOURS[:3]]


def test_costs_are_written_as_plain_numbers():
    figure = plot_accuracy_against_cost(NETWORKS)
    figure.draw_without_rendering()
    left, right = ({label.get_text() for label in axes.get_xticklabels()} for axes in figure.axes)
    assert left >= {"5", "10", "20", "50", "100"}
    assert right >= {"0.5", "1", "2", "5", "10"}


def test_a_bar_is_the_mean_and_each_dot_a_draw_in_percent():
    axes = plot_transfer(ACCURACIES).axes[0]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([36, 50])
    for bar, dots, values in zip(axes.patches, axes.collections, ACCURACIES.values(), strict=True):
        across, down = dots.get_offsets().T
        assert list(across) == pytest.approx([100 * value for value in values])
        assert all(bar.get_y() < place < bar.get_y() + bar.get_height() for place in down)
    assert [label.get_text() for label in axes.texts] == ["mean 36.0%", "mean 50.0%"]


def test_equal_accuracies_stay_two_dots():
    dots = plot_transfer({"frozen": [0.3, 0.3, 0.3]}).axes[0].collections[0]
    assert len({tuple(dot) for dot in dots.get_offsets()}) == 3


def test_the_means_stand_in_a_column_outside_the_axis_which_ends_at_100():
    with mpl.rc_context({"figure.constrained_layout.use": True}):  # as alexnet_lib.setup has it
        figure = plot_transfer(ACCURACIES)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    assert axes.get_xlim() == (0, 100)
    edge = axes.get_window_extent().x1
    assert all(edge < label.get_window_extent().x0 for label in axes.texts)
    assert all(label.get_window_extent().x1 < figure.bbox.x1 for label in axes.texts)
    assert [label.xy[1] for label in axes.texts] == [0, 1]


@pytest.mark.parametrize("num_classes", [4, 10])
def test_the_line_stands_where_guessing_would(num_classes):
    axes = plot_transfer(ACCURACIES, num_classes).axes[0]
    assert list(axes.lines[0].get_xdata()) == [100 / num_classes] * 2


def test_the_first_way_stands_on_top():
    axes = plot_transfer(ACCURACIES).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == list(ACCURACIES)
    assert axes.yaxis_inverted()


@pytest.mark.parametrize(
    ("language", "cost", "transfer"),
    [("ko", ["백만 개", "10억 번", "정확도(%)"], ["n = 3", "테스트 정확도", "아무렇게나"]),
     ("en", ["millions", "billions", "accuracy (%)"], ["n = 3", "test accuracy", "guessing"])],
)
def test_words_follow_the_language_and_name_the_units(language, cost, transfer):
    set_language(language)
    left, right = plot_accuracy_against_cost(NETWORKS).axes
    shown = [left.get_xlabel(), right.get_xlabel(), left.get_ylabel()]
    assert all(word in label for word, label in zip(cost, shown, strict=True))
    figure = plot_transfer(ACCURACIES)
    axes = figure.axes[0]
    shown = [figure.get_suptitle(), axes.get_xlabel(), figure.legends[0].get_texts()[0].get_text()]
    assert all(word in label for word, label in zip(transfer, shown, strict=True))
