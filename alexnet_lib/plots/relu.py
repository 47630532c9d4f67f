"""The pictures of chapter 11: activation functions, and their race."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from torch import nn

from alexnet_lib.language import text
from alexnet_lib.layout import drawn_twice, legend_below, subplots
from alexnet_lib.notebook import COLOURS, Picture
from alexnet_lib.training import History

# As in the paper's figure 1: a solid line for ReLU, a dashed one for tanh.
STYLES = {
    "relu": ("blue", "-"), "tanh": ("vermilion", "--"), "sigmoid": ("green", ":"), "gelu": ("purple", "-."),
}


@drawn_twice
def plot_activations(activations: Mapping[str, type[nn.Module]]) -> Picture:
    """Draw activations, by key of ``STYLES``, and beside them their slopes."""
    places = torch.linspace(-4, 4, 401, requires_grad=True)
    figure, (values, slopes) = subplots(1, 2, height=4)
    for name, activation in activations.items():
        outputs = activation()(places)
        (slope,) = torch.autograd.grad(outputs.sum(), places)
        colour, line = STYLES[name]
        style = {"color": COLOURS[colour], "linestyle": line, "linewidth": 2.5}
        values.plot(places.detach(), outputs.detach(), **style, label=text(f"figures_relu.{name}"))
        slopes.plot(places.detach(), slope, **style)
    values.set(ylim=(-1.5, 3), ylabel=text("figures_relu.output"))
    slopes.set_ylabel(text("figures_relu.slope"))
    for axes in (values, slopes):
        axes.set_xlabel(text("figures_relu.input"))
        axes.axhline(0, color="black", linewidth=0.8)
        axes.grid(alpha=0.3)
    figure.suptitle(text("figures_relu.activations_title"))
    legend_below(figure, columns=len(activations))
    return Picture(figure, text("figures_relu.alt_activations"))


def draw_curves(
    axes: Axes, name: str, curves: Sequence[tuple[Sequence[float], Sequence[float]]], **style: object
) -> None:
    """Draw the curves of one function in its colour, a seed each, and name it once with their number."""
    colour, line = STYLES[name]
    words = text("figures_relu.racer", name=text(f"figures_relu.{name}"), count=len(curves))
    for places, heights in curves:
        axes.plot(places, heights, linestyle=line, color=COLOURS[colour], label=words, **style)
        words = None


@drawn_twice
def plot_race(
    races: Mapping[str, Sequence[History]],
    arrivals: Mapping[str, Sequence[float | None]],
    goal: float,
    factor: float,
    title: str,
) -> Picture:
    """Draw the training error by epoch, with the lines of the paper's figure 1.

    Parameters
    ----------
    races
        Key of ``STYLES``, ``"relu"`` among them, and a history a seed.
    arrivals
        By the same keys, after how many epochs each seed was at the goal, or None; a dot marks each.
    goal
        The training error to reach, a fraction; a dotted line.
    factor
        A diamond marks so many times ReLU's epochs to the goal, of the mean over seeds.
    title
        Who raced, and on how many images.
    """
    figure, axes = subplots(width=7.5, height=4.8)
    for name, histories in races.items():
        curves = [
            ([row["epoch"] for row in history], [100 * row["train_error"] for row in history])
            for history in histories
        ]
        draw_curves(axes, name, curves, linewidth=2)
        reached = [epoch for epoch in arrivals[name] if epoch is not None]
        axes.plot(reached, [100 * goal] * len(reached), "o", color=COLOURS[STYLES[name][0]])
    axes.axhline(100 * goal, color=COLOURS["grey"], linestyle=":")
    # Above the line, right of its middle: a curve that comes so far up here has not been at the goal.
    axes.annotate(text("figures_relu.goal", goal=100 * goal), (0.7, 100 * goal), (0, 5),
                  ("axes fraction", "data"), "offset points", ha="center", color=COLOURS["grey"])  # fmt: skip
    if None not in arrivals["relu"]:
        words = text("figures_relu.times", factor=factor)
        axes.plot(factor * np.mean(arrivals["relu"]), 100 * goal, "D", color="black", markerfacecolor="white",
                  markersize=9, linestyle="none", label=words)  # fmt: skip
    axes.set(xlim=(0, None), ylim=(0, None), title=title)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set(xlabel=text("figures_basics.epoch"), ylabel=text("figures_relu.training_error"))
    legend_below(figure, columns=2)
    told = "; ".join(
        f"{text(f'figures_relu.{name}')} "
        f"{', '.join('—' if epoch is None else f'{epoch:.1f}' for epoch in arrivals[name])}"
        for name in races
    )
    words = text("figures_relu.alt_race", goal=100 * goal, arrivals=told, factor=factor)
    return Picture(figure, f"{title}. {words}")


@drawn_twice
def plot_generalization(races: Mapping[str, Sequence[History]]) -> Picture:
    """Draw the validation error against the training error, a point an epoch.

    Parameters
    ----------
    races
        Key of ``STYLES``, and a history a seed.
    """
    figure, axes = subplots(width=6, height=5.4)
    for name, histories in races.items():
        curves = [
            ([100 * row["train_error"] for row in rows], [100 * (1 - row["val_accuracy"]) for row in rows])
            for rows in histories
        ]
        draw_curves(axes, name, curves, marker="o", markersize=4)
    limits = *axes.get_xlim(), *axes.get_ylim()
    both = [min(limits), max(limits)]
    axes.plot(both, both, color=COLOURS["grey"], linewidth=1, label=text("figures_relu.equal"))
    axes.set(xlim=both[::-1], ylim=both)  # training goes to the right
    axes.set(xlabel=text("figures_relu.training_error_falls"), ylabel=text("figures_relu.validation_error"))
    axes.set_title(text("figures_relu.generalization_title"))
    legend_below(figure, columns=2)
    last = {
        text(f"figures_relu.{name}"): 100 * np.mean([1 - rows[-1]["val_accuracy"] for rows in histories])
        for name, histories in races.items()
    }
    errors = ", ".join(f"{name} {error:.1f}%" for name, error in last.items())
    return Picture(figure, text("figures_relu.alt_generalization", errors=errors))
