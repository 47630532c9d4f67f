"""Activation functions drawn, and the learning rates that were tried with them."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.figure import Figure

from alexnet_lib.figures import COLOURS
from alexnet_lib.language import text
from alexnet_lib.race.activations import ACTIVATIONS
from alexnet_lib.race.rate_search import Trial

# As in the paper's figure 1: a solid line for ReLU, a dashed one for tanh.
STYLES = {
    "relu": ("blue", "-"), "tanh": ("vermilion", "--"), "sigmoid": ("green", ":"), "gelu": ("purple", "-."),
}
NEVER = 2  # times the highest loss: where a learning rate stands with which the loss became infinite


def plot_activations() -> Figure:
    """Draw the activations and, beside them, their slopes."""
    places = torch.linspace(-4, 4, 401, requires_grad=True)
    figure, (values, slopes) = plt.subplots(1, 2, figsize=(8, 4))
    for name, activation in ACTIVATIONS.items():
        outputs = activation()(places)
        (slope,) = torch.autograd.grad(outputs.sum(), places)
        colour, line = STYLES[name]
        style = {"color": COLOURS[colour], "linestyle": line, "linewidth": 2.5}
        values.plot(places.detach(), outputs.detach(), **style, label=text(f"race.{name}"))
        slopes.plot(places.detach(), slope, **style)
    values.set_ylim(-1.5, 3)
    values.set_ylabel(text("figures_race.output"))
    slopes.set_ylabel(text("figures_race.slope"))
    for axes in (values, slopes):
        axes.set_xlabel(text("figures_race.input"))
        axes.axhline(0, color="black", linewidth=0.8)
        axes.grid(alpha=0.3)
    figure.suptitle(text("figures_race.activations_title"))
    figure.legend(loc="outside lower center", ncols=len(ACTIVATIONS))
    return figure


def plot_search(searches: Mapping[str, Sequence[Trial]]) -> Figure:
    """Draw the training loss by learning rate; a ring marks the rate that is taken.

    Parameters
    ----------
    searches
        Key of ``STYLES``, and what ``search`` returned. A cross at the top stands for a loss that
        did not stay finite.
    """
    figure, axes = plt.subplots(figsize=(7, 4.2))
    losses = [trial["train_loss"] for tried in searches.values() for trial in tried]
    top = NEVER * max(loss for loss in losses if loss is not None)
    for name, tried in searches.items():
        colour, line = STYLES[name]
        rates = [trial["learning_rate"] for trial in tried]
        reached = np.array([trial["train_loss"] for trial in tried], dtype=float)  # None becomes NaN
        style = {"color": COLOURS[colour], "linewidth": 2}
        axes.plot(rates, reached, "o", linestyle=line, label=text(f"race.{name}"), **style)
        best = int(np.nanargmin(reached))
        ring = {"s": 200, "facecolor": "none", "edgecolor": COLOURS[colour], "linewidth": 2}
        axes.scatter(rates[best], reached[best], **ring)
        lost = [rate for rate, loss in zip(rates, reached, strict=True) if np.isnan(loss)]
        axes.plot(lost, [top] * len(lost), "x", color=COLOURS[colour], markersize=10)
    axes.set_xscale("log")
    axes.set_ylim(0, None)
    axes.set_xlabel(text("figures_race.learning_rate"))
    axes.set_ylabel(text("figures_race.search_loss"))
    axes.set_title(text("figures_race.search_title"))
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=len(searches))
    return figure
