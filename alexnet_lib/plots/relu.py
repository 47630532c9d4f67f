"""The pictures of chapter 11: activation functions, their learning rates, and the race."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch

from alexnet_lib.experiments.relu import ACTIVATIONS, Finish, Trial, best_rate, epochs_words, finish
from alexnet_lib.language import text
from alexnet_lib.layout import drawn_twice, legend_below, plain_number, room, subplots
from alexnet_lib.notebook import COLOURS, Picture, as_written
from alexnet_lib.training import History

# --- Activation functions ---

# As in the paper's figure 1: a solid line for ReLU, a dashed one for tanh.
STYLES = {
    "relu": ("blue", "-"), "tanh": ("vermilion", "--"), "sigmoid": ("green", ":"), "gelu": ("purple", "-."),
}
NEVER = 2  # times the highest loss: where a learning rate stands with which the loss became infinite


@drawn_twice
def plot_activations() -> Picture:
    """Draw the activations and, beside them, their slopes."""
    places = torch.linspace(-4, 4, 401, requires_grad=True)
    figure, (values, slopes) = subplots(1, 2, height=4)
    for name, activation in ACTIVATIONS.items():
        outputs = activation()(places)
        (slope,) = torch.autograd.grad(outputs.sum(), places)
        colour, line = STYLES[name]
        style = {"color": COLOURS[colour], "linestyle": line, "linewidth": 2.5}
        values.plot(places.detach(), outputs.detach(), **style, label=text(f"race.{name}"))
        slopes.plot(places.detach(), slope, **style)
    values.set_ylim(-1.5, 3)
    values.set_ylabel(text("figures_relu.output"))
    slopes.set_ylabel(text("figures_relu.slope"))
    for axes in (values, slopes):
        axes.set_xlabel(text("figures_relu.input"))
        axes.axhline(0, color="black", linewidth=0.8)
        axes.grid(alpha=0.3)
    figure.suptitle(text("figures_relu.activations_title"))
    legend_below(figure, columns=len(ACTIVATIONS))
    return Picture(figure, text("figures_relu.alt_activations"))


@drawn_twice
def plot_search(searches: Mapping[str, Sequence[Trial]]) -> Picture:
    """Draw the training loss by learning rate; a ring marks the rate that is taken.

    Parameters
    ----------
    searches
        Key of ``STYLES``, and what ``search`` returned. A cross at the top stands for a loss that
        did not stay finite.
    """
    figure, axes = subplots(width=7, height=4.2)
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
    axes.xaxis.set_major_formatter(plain_number)
    axes.set_ylim(0, None)
    axes.set_xlabel(text("figures_relu.learning_rate"))
    axes.set_ylabel(text("figures_relu.search_loss"))
    axes.set_title(text("figures_relu.search_title"))
    axes.grid(alpha=0.3)
    legend_below(figure, columns=len(searches))
    taken = ", ".join(f"{text(f'race.{name}')} {best_rate(tried):g}" for name, tried in searches.items())
    return Picture(figure, text("figures_relu.alt_search", rates=taken))


# --- The race ---

PAPERS_AXIS = 75  # percent: where the paper's figure ends


@drawn_twice
def plot_race(races: Mapping[str, Sequence[History]], goal: float, factor: float) -> Picture:
    """Draw the training error by epoch, with the axes and the lines of the paper's figure 1.

    Parameters
    ----------
    races
        Key of ``STYLES``, ``"relu"`` among them, and a history a seed.
    goal
        The training error to reach, a fraction; a dotted line.
    factor
        What the paper claims. A diamond marks where the slower network would arrive, were it so
        here: so many times ReLU's epochs, of the mean over seeds.
    """
    figure, axes = subplots(width=7.5, height=4.8)
    highest, last = PAPERS_AXIS, 0
    for name, histories in races.items():
        colour, line = STYLES[name]
        words = text("figures_relu.racer", name=text(f"race.{name}"), count=len(histories))
        for history in histories:
            percent = [100 * row["train_error"] for row in history]
            axes.plot(range(1, len(percent) + 1), percent, linestyle=line, color=COLOURS[colour],
                      linewidth=2, label=words)  # fmt: skip
            end = finish(history, goal)
            if end.reached:
                axes.plot(end.epochs, percent[end.epochs - 1], "o", color=COLOURS[colour])
            highest, last, words = max(highest, *percent), max(last, len(percent)), None
    axes.axhline(100 * goal, color=COLOURS["grey"], linestyle=":")
    # Below the right end of the line: a curve that comes so far has not been at the goal.
    axes.annotate(text("figures_relu.goal", goal=100 * goal), (1, 100 * goal), (-4, -13),
                  ("axes fraction", "data"), "offset points", ha="right", color=COLOURS["grey"])  # fmt: skip
    ends = [finish(history, goal) for history in races["relu"]]
    if all(end.reached for end in ends):
        place = factor * float(np.mean([end.epochs for end in ends]))
        axes.plot(place, 100 * goal, "D", color="black", markerfacecolor="white", markersize=9,
                  linestyle="none", label=text("figures_relu.claim", factor=factor))  # fmt: skip
        last = max(last, place)
    axes.set_xlim(0, 1.05 * last)
    axes.set_ylim(0, highest)
    axes.set_xlabel(text("figures_relu.epochs"))
    axes.set_ylabel(text("figures_relu.training_error"))
    axes.set_title(text("figures_relu.race_title"))
    legend_below(figure, columns=2)
    ends = {
        text(f"race.{name}"): ", ".join(epochs_words(finish(history, goal)) for history in histories)
        for name, histories in races.items()
    }
    arrivals = "; ".join(f"{name} {epochs}" for name, epochs in ends.items())
    words = text("figures_relu.alt_race", goal=100 * goal, arrivals=arrivals, factor=factor)
    return Picture(figure, words)


@drawn_twice
def plot_finishes(finishes: Mapping[str, Sequence[Finish]]) -> Picture:
    """Draw the epochs that each racer took: a bar for the mean, a dot a seed; an arrow where more.

    Parameters
    ----------
    finishes
        Name in the reader's words, and a finish a seed.
    """
    names = as_written(finishes)
    figure, axes = plt.subplots(figsize=(room(), 1.4 + 0.5 * len(finishes)))
    longest = max(end.epochs for ends in finishes.values() for end in ends)
    for place, ends in enumerate(finishes.values()):
        epochs = [end.epochs for end in ends]
        arrived = all(end.reached for end in ends)
        axes.barh(place, np.mean(epochs), height=0.6, color=COLOURS["sky"], hatch=None if arrived else "//",
                  edgecolor="white")  # fmt: skip
        axes.scatter(epochs, place + np.linspace(-0.3, 0.3, len(epochs) + 2)[1:-1], color=COLOURS["blue"],
                     edgecolor="white", zorder=3)  # fmt: skip
        words = ", ".join(epochs_words(end) for end in sorted(ends))
        axes.annotate(words, (max(epochs), place), xytext=(9, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()  # the first stands on top
    axes.set_xlim(0, 1.3 * longest)
    axes.xaxis.get_major_locator().set_params(integer=True)  # there is no half of an epoch
    all_arrived = all(end.reached for ends in finishes.values() for end in ends)
    axes.set_xlabel(text("figures_relu.epochs_to_goal" if all_arrived else "figures_relu.epochs_made"))
    axes.set_title(text("figures_relu.finishes_title"))
    ends = "; ".join(
        f"{name} {', '.join(map(epochs_words, sorted(ends)))}" for name, ends in finishes.items()
    )
    return Picture(figure, text("figures_relu.alt_finishes", ends=ends))


@drawn_twice
def plot_generalization(races: Mapping[str, Sequence[History]]) -> Picture:
    """Draw the validation error against the training error, a point an epoch.

    Parameters
    ----------
    races
        Key of ``STYLES``, and a history a seed.
    """
    figure, axes = subplots(width=6, height=5.4)
    highest = 0.0
    for name, histories in races.items():
        colour, line = STYLES[name]
        words = text("figures_relu.racer", name=text(f"race.{name}"), count=len(histories))
        for history in histories:
            train = [100 * row["train_error"] for row in history]
            unseen = [100 * (1 - row["val_accuracy"]) for row in history]
            axes.plot(train, unseen, "o", linestyle=line, color=COLOURS[colour], markersize=4, label=words)
            highest, words = max(highest, *train, *unseen), None
    equal = {"color": COLOURS["grey"], "linewidth": 1, "label": text("figures_relu.equal")}
    axes.plot([0, highest], [0, highest], **equal)
    axes.set_xlim(highest, 0)  # training goes to the right
    axes.set_ylim(0, highest)
    axes.set_xlabel(text("figures_relu.training_error_falls"))
    axes.set_ylabel(text("figures_relu.validation_error"))
    axes.set_title(text("figures_relu.generalization_title"))
    legend_below(figure, columns=2)
    last = {
        text(f"race.{name}"): 100 * np.mean([1 - history[-1]["val_accuracy"] for history in histories])
        for name, histories in races.items()
    }
    errors = ", ".join(f"{name} {error:.1f}%" for name, error in last.items())
    return Picture(figure, text("figures_relu.alt_generalization", errors=errors))
