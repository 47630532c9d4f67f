"""The picture of chapter 10 shows what it is given."""

import numpy as np
from matplotlib.colors import to_hex

from alexnet_lib.experiments.ladder import RUNGS
from alexnet_lib.language import text
from alexnet_lib.notebook import COLOURS
from alexnet_lib.plots.ladder import plot_ladder
from alexnet_lib.uncertainty import RunSummary, wilson_interval


def summary(accuracy, flop=2e14, count=1):
    seeds = accuracy + 0.002 * (np.arange(count) - (count - 1) / 2)
    return RunSummary(tuple(seeds), 10_000, flop)


ACCURACIES = np.linspace(0.5, 0.85, len(RUNGS))
FLOPS = 2e14 * 1.1 ** np.arange(len(RUNGS))
SHORT = {name: summary(*pair) for name, pair in zip(RUNGS, zip(ACCURACIES, FLOPS, strict=True), strict=True)}
ENDS = {"twin": summary(0.75, 8e14, 3), "modern": summary(0.93, 2e15)}


def panels(rungs=SHORT, ends=ENDS):
    return plot_ladder(RUNGS, rungs, ends).figure.axes


def points(container):
    return np.column_stack(container.lines[0].get_data()).astype(float)  # errorbar keeps objects


def bar_ends(container):
    return np.array([segment[:, 1] for segment in container.lines[2][0].get_segments()])


def test_the_rungs_stand_in_order_and_against_their_computation_with_intervals_and_numbers():
    steps, costs = panels()
    (line,) = steps.containers
    np.testing.assert_allclose(points(line), np.column_stack([np.arange(len(RUNGS)), 100 * ACCURACIES]))
    ends = [wilson_interval(round(10_000 * accuracy), 10_000) for accuracy in ACCURACIES]
    np.testing.assert_allclose(bar_ends(line), 100 * np.array(ends))
    labels = [label.get_text() for label in steps.get_xticklabels()]
    assert labels == [f"{number} {text(f'figures_ladder.label_{name}')}" for number, name in enumerate(RUNGS)]
    short = costs.containers[0]
    np.testing.assert_allclose(points(short), np.column_stack([FLOPS / 1e15, 100 * ACCURACIES]))
    assert [label.get_text() for label in costs.texts] == [str(number) for number in range(len(RUNGS))]
    np.testing.assert_allclose([label.xy for label in costs.texts], points(short))  # they rise with the rungs
    assert costs.get_xscale() == "log"


def test_full_runs_are_marked_points_and_the_legend_says_how_many():
    figure = plot_ladder(RUNGS, SHORT, ENDS).figure
    twin, modern = figure.axes[1].containers[1:]
    np.testing.assert_allclose(points(twin), [[0.8, 75]])
    np.testing.assert_allclose(points(modern), [[2, 93]])
    np.testing.assert_allclose(bar_ends(twin), [100 * np.array(wilson_interval(7500, 10_000))])
    (seeds,) = [line for line in figure.axes[1].lines if line.get_marker() == "."]
    np.testing.assert_allclose(np.column_stack(seeds.get_data()), [[0.8, 74.8], [0.8, 75], [0.8, 75.2]])
    assert to_hex(twin.lines[0].get_color()) == COLOURS["grey"].lower()
    shown = [label.get_text() for label in figure.legends[0].get_texts()]
    assert shown == [
        text("figures_ladder.short", count=1),
        text("figures_ladder.end", name="twin", count=3),
        text("figures_ladder.end", name="modern", count=1),
    ]


def test_a_line_joins_a_rung_to_the_next_and_none_where_one_is_missing():
    def joined(some):
        drawn = panels({name: SHORT[name] for name in some}, {})
        return [[len(line.get_xdata()) for line in axes.get_lines()].count(2) for axes in drawn]

    names = list(RUNGS)
    assert joined(names) == [len(names) - 1] * 2
    assert joined(names[:2] + names[3:5]) == [2, 2]
    assert joined(names[::2]) == [0, 0]
