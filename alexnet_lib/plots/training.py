"""Learning curves: what the loss and the accuracy did, epoch by epoch."""

import math

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from alexnet_lib.figures import COLOURS
from alexnet_lib.language import text
from alexnet_lib.report import with_minus_signs
from alexnet_lib.training import History


def plot_history(history: History, num_classes: int = 10) -> Figure:
    """Draw loss and accuracy by epoch, training and test, with the gap between them shaded.

    Parameters
    ----------
    history
        As ``fit`` returns it, with a test loader.
    num_classes
        Gives the dotted lines: the loss and the accuracy of giving every class the same chance.
    """
    figure, (losses, accuracies) = plt.subplots(1, 2, figsize=(8, 4.2))
    draw_curves(losses, history, "loss", scale=1, chance=math.log(num_classes))
    draw_curves(accuracies, history, "accuracy", scale=100, chance=100 / num_classes)
    # Both panels speak of the same lines: one legend, under both.
    lines, labels = accuracies.get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside lower center", ncols=2)
    return figure


def draw_curves(axes: Axes, history: History, quantity: str, scale: float, chance: float) -> None:
    """Draw the two curves of one quantity, the shaded gap, its last value and the line of chance."""
    epochs = [row["epoch"] for row in history]
    train, test = ([scale * row[f"{split}_{quantity}"] for row in history] for split in ("train", "test"))
    axes.plot(epochs, train, "o-", color=COLOURS["blue"], label=text("figures_training.train"))
    axes.plot(epochs, test, "s--", color=COLOURS["vermilion"], label=text("figures_training.test"))
    shade = {"color": COLOURS["grey"], "alpha": 0.2, "linewidth": 0}
    axes.fill_between(epochs, train, test, **shade, label=text("figures_training.gap"))
    axes.axhline(chance, color=COLOURS["grey"], ls=":", label=text("figures_training.chance"))
    gap = text(f"figures_training.gap_{quantity}", gap=train[-1] - test[-1])
    title = text(f"figures_training.{quantity}_title", gap=with_minus_signs(gap))
    axes.set_title(title, fontsize="medium")
    axes.set_xlabel(text("figures_training.epoch"))
    axes.set_ylabel(text(f"figures_training.{quantity}_axis"))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.margins(y=0.1)  # a line at the value of chance is no edge of the panel
    axes.set_ylim(bottom=0)
