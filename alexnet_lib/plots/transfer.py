"""Networks compared: what they score against what they cost, and what each way of starting reaches."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

from alexnet_lib.language import text
from alexnet_lib.layout import drawn_twice, legend_inside, subplots
from alexnet_lib.notebook import COLOURS, Picture, as_written
from alexnet_lib.uncertainty import wilson_interval

LINES = {"grey": "s", "orange": "D", "vermilion": "^", "blue": "o"}  # a colour and a marker each


@drawn_twice
def plot_accuracy_against_cost(
    parameters: Mapping[str, int], macs: Mapping[str, int], accuracies: Mapping[str, float]
) -> Picture:
    """Show each network's accuracy against its parameters and against its multiply-accumulates.

    Parameters
    ----------
    parameters, macs
        Of at most four networks, by name; both stand on logarithmic axes.
    accuracies
        In percent, by the same names.
    """
    figure, panels = subplots(1, 2, sharey=True, height=4.2)
    for axes, cost, costs, unit in zip(
        panels, ("parameters", "macs"), (parameters, macs), (1e6, 1e9), strict=True
    ):
        drawn = zip(accuracies.items(), as_written(accuracies), LINES, strict=False)
        for (name, accuracy), written, colour in drawn:
            place = (costs[name] / unit, accuracy)
            axes.scatter(*place, s=70, color=COLOURS[colour])
            axes.annotate(written, place, xytext=(0, 9), textcoords="offset points", ha="center")
        axes.set_xscale("log")
        axes.margins(x=0.25, y=0.18)
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.grid(alpha=0.3)
        axes.set_axisbelow(True)
        axes.set_xlabel(text(f"figures_transfer.{cost}"))
    panels[0].set_ylabel(text("figures_transfer.top1"))
    figure.suptitle(text("figures_transfer.cost_title"))
    points = [
        text("figures_transfer.alt_point", name=name, accuracy=accuracy,
             parameters=parameters[name], macs=macs[name])
        for name, accuracy in accuracies.items()
    ]
    return Picture(figure, text("figures_transfer.alt_cost", points="; ".join(points)))


@drawn_twice
def plot_transfer(accuracies: Mapping[str, Mapping[int, Sequence[float]]], test_images: int) -> Picture:
    """Show the test accuracy of each way of starting, against the number of training images.

    Parameters
    ----------
    accuracies
        By way (``"pixels"``, ``"frozen"``, ``"scratch"`` or ``"fine_tuned"``) and number of training
        images, an accuracy for each draw of them, as a fraction. A line joins the means, bars are Wilson's
        interval over the test images, and small dots are the draws.
    test_images
        How many were measured.
    """
    figure, axes = subplots(height=4.6)
    told = []
    for place, ((way, by_size), (colour, marker)) in enumerate(
        zip(accuracies.items(), LINES.items(), strict=False)
    ):
        sizes = np.array(list(by_size)) * 1.04 ** (place - (len(accuracies) - 1) / 2)  # side by side
        means = np.array([np.mean(draws) for draws in by_size.values()])
        ends = np.array([wilson_interval(round(mean * test_images), test_images) for mean in means])
        axes.errorbar(
            sizes,
            100 * means,
            yerr=100 * np.abs(ends.T - means),
            color=COLOURS[colour],
            marker=marker,
            capsize=3,
            label=text(f"figures_transfer.{way}"),
        )
        for size, draws in zip(sizes, by_size.values(), strict=True):
            axes.scatter([size] * len(draws), 100 * np.array(draws), s=9, color=COLOURS[colour], alpha=0.6)
        words = {"way": text(f"figures_transfer.{way}"), "first": 100 * means[0], "last": 100 * means[-1]}
        told.append(text("figures_transfer.alt_way", **words))
    shown = [*next(iter(accuracies.values()))]
    axes.set_xscale("log")
    axes.set_xticks(shown, [f"{size:g}" for size in shown])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(text("figures_transfer.training_images"))
    axes.set_ylabel(text("figures_basics.test_accuracy"))
    axes.grid(alpha=0.3)
    legend_inside(axes, "lower right")
    draws = len(next(iter(next(iter(accuracies.values())).values())))
    figure.suptitle(text("figures_transfer.transfer_title", draws=draws))
    alt = text("figures_transfer.alt_transfer", first=shown[0], last=shown[-1], ways="; ".join(told))
    return Picture(figure, alt)
