"""The picture of chapter 10: the ladder that the parts of a recipe make."""

import itertools
from collections.abc import Collection, Mapping

import numpy as np
from matplotlib.axes import Axes

from alexnet_lib.language import text
from alexnet_lib.layout import drawn_twice, is_narrow, legend_below, number_powers_of_ten, subplots
from alexnet_lib.notebook import COLOURS, Picture
from alexnet_lib.uncertainty import RunSummary

FLOP_UNIT = 1e15
END_COLOURS = {"twin": "grey", "tuned": "green", "modern": "vermilion"}
END_MARKERS = {"twin": "s", "tuned": "D", "modern": "^"}
APART, APART_NARROW = 1.7, 2.6  # percentage points: the height of a number beside its point


@drawn_twice
def plot_ladder(
    order: Collection[str], rungs: Mapping[str, RunSummary], ends: Mapping[str, RunSummary]
) -> Picture:
    """Show the short run of each rung, left in order and right against its computation, with the full runs.

    Parameters
    ----------
    order
        The names of all rungs, from the lowest up.
    rungs
        Short runs, by name of the rung, at least one; those that are missing are left out.
    ends
        Full runs: any of ``twin``, ``tuned``, ``modern``. Every bar is Wilson's interval over the
        images; where a run has several seeds, each of them is a dot beside the mean.
    """
    figure, (steps, costs) = subplots(1, 2, sharey=True, height=5, width_ratios=[1.25, 1])
    numbers = {name: number for number, name in enumerate(order) if name in rungs}
    short = [rungs[name] for name in numbers]
    places = list(numbers.values())
    draw_rungs(steps, places, places, short)
    draw_rungs(costs, places, [summary.flop / FLOP_UNIT for summary in short], short)
    # From the lowest point up, numbers to the left and to the right in turn, and none on top of another.
    free = [-np.inf, -np.inf]
    for rank, name in enumerate(sorted(numbers, key=lambda name: rungs[name].accuracy)):
        place = (rungs[name].flop / FLOP_UNIT, max(100 * rungs[name].accuracy, free[rank % 2]))
        free[rank % 2] = place[1] + (APART_NARROW if is_narrow() else APART)
        side, align = ((-7, 0), "right") if rank % 2 == 0 else ((7, 0), "left")
        costs.annotate(
            str(numbers[name]), place, xytext=side, textcoords="offset points", ha=align, va="center"
        )
    for name, summary in ends.items():
        words = text("figures_ladder.end", name=name, count=summary.count)
        costs.errorbar(
            summary.flop / FLOP_UNIT, 100 * summary.accuracy, yerr=bars([summary]), capsize=4, ms=9,
            fmt=END_MARKERS[name], color=COLOURS[END_COLOURS[name]], label=words,
        )
        draw_seeds(costs, summary.flop / FLOP_UNIT, summary)
    labels = [f"{number} {text(f'figures_ladder.label_{name}')}" for number, name in enumerate(order)]
    steps.set_xticks(range(len(order)), labels, rotation=50, ha="right", rotation_mode="anchor")
    steps.set(xlim=(-0.5, len(order) - 0.5), ylabel=text("figures_basics.test_accuracy"))
    steps.set_title(text("figures_ladder.steps_title"))
    costs.set(xscale="log", xlabel=text("figures_ladder.flop"), title=text("figures_ladder.costs_title"))
    costs.margins(x=0.15)
    number_powers_of_ten(costs.xaxis, times=(1, 2, 5))
    for axes in (steps, costs):
        axes.grid(axis="y", alpha=0.3)
        axes.set_axisbelow(True)
    legend_below(figure, *costs.get_legend_handles_labels(), columns=2)
    figure.suptitle(text("figures_ladder.title"))
    shown = sorted({**rungs, **ends}.items(), key=lambda item: item[1].accuracy)
    (lowest, worst), (highest, best) = shown[0], shown[-1]
    words = text(
        "figures_ladder.alt_ladder", rungs=len(rungs), ends=len(ends),
        lowest=lowest, low=100 * worst.accuracy, highest=highest, high=100 * best.accuracy,
    )  # fmt: skip
    return Picture(figure, words)


def draw_rungs(axes: Axes, numbers: list[int], places: list[float], short: list[RunSummary]) -> None:
    """Draw the short runs, with a line from each rung to the next; where one is missing, there is none."""
    percent = [100 * summary.accuracy for summary in short]
    words = text("figures_ladder.short", count=min(summary.count for summary in short))
    axes.errorbar(
        places, percent, yerr=bars(short), fmt="o", color=COLOURS["blue"], elinewidth=1.2, ms=4, capsize=3,
        label=words,
    )
    points = zip(numbers, places, percent, strict=True)
    for place, summary in zip(places, short, strict=True):
        draw_seeds(axes, place, summary)
    for (number, *start), (following, *end) in itertools.pairwise(points):
        if following == number + 1:
            axes.plot(*zip(start, end, strict=True), color=COLOURS["blue"], lw=1.2)


def draw_seeds(axes: Axes, place: float, summary: RunSummary) -> None:
    """Draw the accuracy of each seed as a dot, where there is more than one."""
    if summary.count > 1:
        percent = 100 * np.array(summary.accuracies)
        axes.plot([place] * summary.count, percent, ".", color="black", ms=3, zorder=3)


def bars(summaries: list[RunSummary]) -> np.ndarray:
    """Return how far Wilson's intervals reach down and up, in percentage points: (2, N)."""
    ends = np.array([summary.interval for summary in summaries]).T
    accuracies = np.array([summary.accuracy for summary in summaries])
    return 100 * np.abs(ends - accuracies)
