"""Networks compared: what they score against what they cost, and what each way of learning reaches."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from alexnet_lib.experiments.transfer import PublishedNetwork
from alexnet_lib.language import text
from alexnet_lib.notebook import COLOURS, as_written

NETWORK_COLOURS = ("grey", "orange", "blue", "green")


def plot_accuracy_against_cost(networks: Sequence[PublishedNetwork]) -> Figure:
    """Show each network's Top-1 accuracy against its parameters and against its multiply-accumulates.

    Parameters
    ----------
    networks
        At most four, as ``published_networks`` returns them. Both costs stand on logarithmic axes.
    """
    figure, panels = plt.subplots(1, 2, sharey=True, figsize=(8, 4.2))
    for axes, cost, unit in zip(panels, ("parameters", "macs"), (1e6, 1e9), strict=True):
        for network, colour in zip(networks, NETWORK_COLOURS, strict=False):
            place = (getattr(network, cost) / unit, network.top1_accuracy)
            axes.scatter(*place, s=70, color=COLOURS[colour])
            axes.annotate(network.name, place, xytext=(0, 9), textcoords="offset points", ha="center")
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
    return figure


def plot_transfer(accuracies: Mapping[str, Sequence[float]], num_classes: int = 10) -> Figure:
    """Show the test accuracy of each way of learning: a bar for the mean, a dot for each draw.

    Parameters
    ----------
    accuracies
        Name of the way and its accuracies as fractions, one a draw.
    num_classes
        Of the task; a dashed line stands where guessing would.
    """
    ways = as_written(accuracies)
    figure, axes = plt.subplots(figsize=(7.5, 1.7 + 0.6 * len(accuracies)))
    for place, values in enumerate(accuracies.values()):
        percent = 100 * np.asarray(values)
        axes.barh(place, percent.mean(), height=0.6, color=COLOURS["sky"])
        places = place + np.linspace(-0.15, 0.15, len(percent))  # equal values stay two dots
        axes.scatter(percent, places, color=COLOURS["blue"], edgecolor="white", zorder=3)
        words = text("figures_transfer.mean", mean=percent.mean())
        axes.annotate(words, (1, place), (7, 0), ("axes fraction", "data"), "offset points", va="center")
    guessing = text("figures_transfer.guessing")
    axes.axvline(100 / num_classes, color=COLOURS["vermilion"], linestyle="--", label=guessing)
    figure.legend(loc="outside lower right")
    axes.set_yticks(range(len(ways)), ways)
    axes.invert_yaxis()  # the first way stands on top
    axes.set_xlim(0, 100)
    axes.set_xlabel(text("figures_transfer.accuracy"))
    draws = len(next(iter(accuracies.values())))
    figure.suptitle(text("figures_transfer.transfer_title", draws=draws))
    return figure
