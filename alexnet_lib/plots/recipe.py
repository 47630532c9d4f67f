"""The parts of a recipe one by one: first signal, first filters, a schedule, the directions of a step."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from torch import Tensor

from alexnet_lib.figures import COLOURS
from alexnet_lib.language import text
from alexnet_lib.lettering import as_written

FILTERS_A_ROW = 9
STYLES = (("o-", "blue"), ("s--", "vermilion"))


def plot_signal(signals: Mapping[str, Mapping[str, float]]) -> Figure:
    """Show how strong the signal is in each layer, for two ways of drawing the first weights.

    Parameters
    ----------
    signals
        For each name of the legend, what ``signal_by_layer`` returns.
    """
    names = as_written(signals)
    figure, axes = plt.subplots(figsize=(8, 4.2))
    for name, signal, (style, colour) in zip(names, signals.values(), STYLES, strict=True):
        axes.plot(list(signal), list(signal.values()), style, color=COLOURS[colour], label=name)
    axes.set_yscale("log")
    axes.grid(axis="y", alpha=0.3)
    axes.set_xlabel(text("figures_recipe.layer"))
    axes.set_ylabel(text("figures_recipe.deviation"))
    axes.legend()
    return figure


def plot_filters(filters: Tensor) -> Figure:
    """Show filters as pictures, the first at the top left; grey is zero.

    Parameters
    ----------
    filters
        (N, 3, k, k). Each is scaled by its largest value.
    """
    rows = -(-len(filters) // FILTERS_A_ROW)
    figure, places = plt.subplots(rows, FILTERS_A_ROW, figsize=(8, 0.95 * rows), squeeze=False)
    for axes in places.flat:
        axes.axis("off")
    for axes, kernel in zip(places.flat, filters, strict=False):
        scaled = 0.5 + kernel / (2 * kernel.abs().max())
        axes.imshow(scaled.permute(1, 2, 0).numpy(), interpolation="nearest")
    return figure


def plot_schedules(shares: Mapping[str, Sequence[float]]) -> Figure:
    """Show how high the learning rate is at each step of a training, for two recipes.

    Parameters
    ----------
    shares
        For each name of the legend, the share of the highest rate step by step; as many steps each.
    """
    names = as_written(shares)
    figure, axes = plt.subplots(figsize=(8, 3.6))
    for name, values, (style, colour) in zip(names, shares.values(), STYLES, strict=True):
        percent = 100 * np.asarray(values)
        done = 100 * np.arange(len(percent)) / len(percent)
        axes.plot(done, percent, style[1:], color=COLOURS[colour], label=name)
    axes.set_ylim(0, 105)
    axes.set_xlabel(text("figures_recipe.done"))
    axes.set_ylabel(text("figures_recipe.rate"))
    axes.legend()
    return figure


def plot_singular_values(before: ArrayLike, after: ArrayLike) -> Figure:
    """Show the singular values of a step, each set divided by its largest, before and after Muon.

    Parameters
    ----------
    before, after
        (N,), largest first; none may be negative.
    """
    figure, axes = plt.subplots(figsize=(8, 4.2))
    names = ("before", "after")
    for values, name, (style, colour) in zip((before, after), names, STYLES, strict=True):
        values = np.asarray(values)
        places = np.arange(1, len(values) + 1)
        words = text(f"figures_recipe.{name}")
        axes.plot(places, values / values[0], style[1:], color=COLOURS[colour], label=words)
    axes.set_yscale("log")
    axes.set_ylim(1e-4, 2)  # below, nothing but rounding
    axes.grid(axis="y", alpha=0.3)
    axes.set_xlabel(text("figures_recipe.direction"))
    axes.set_ylabel(text("figures_recipe.singular"))
    axes.legend()
    return figure
