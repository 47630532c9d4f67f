"""The figures of chapter 13: the three columns, the log's learning rates, the colour noise."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from alexnet_lib.experiments.claims import Verdict, claim_text, learning_rate_at
from alexnet_lib.language import text
from alexnet_lib.notebook import COLOURS, as_written
from alexnet_lib.records import fact

COLUMNS = ("paper", "code", "pytorch")
MARK_COLOURS = {"✓": COLOURS["blue"], "✗": COLOURS["vermilion"], "–": COLOURS["grey"]}


def plot_claims(verdicts: Mapping[str, Verdict]) -> Figure:
    """Show each claim in a row, with a tick, a cross or a dash for the paper, the code and PyTorch.

    Parameters
    ----------
    verdicts
        As ``check_claims`` returns them.
    """
    figure, axes = plt.subplots(figsize=(8, 1 + 0.36 * len(verdicts)))
    for row, verdict in enumerate(verdicts.values()):
        if row % 2 == 0:
            axes.axhspan(row - 0.5, row + 0.5, color="0.95", zorder=0)
        for column, mark in enumerate(verdict.marks):
            style = {"ha": "center", "va": "center", "fontsize": 17, "color": MARK_COLOURS[mark]}
            axes.text(column, row, mark, **style)
    axes.set_xlim(-0.5, len(COLUMNS) - 0.5)
    axes.set_ylim(len(verdicts) - 0.5, -0.5)  # the first claim stands on top
    axes.set_xticks(range(len(COLUMNS)), [text(f"claims.column_{column}") for column in COLUMNS])
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(verdicts)), [claim_text(name) for name in verdicts])
    axes.tick_params(length=0)
    axes.set_xlabel(text("figures_claims.legend"))
    axes.spines[:].set_visible(False)
    return figure


def plot_learning_rates() -> Figure:
    """Show the learning rates of the paper's run epoch by epoch, as its notes have them."""
    epochs = np.arange(fact("code_epoch_end") + 1)
    figure, axes = plt.subplots(figsize=(7.5, 3.6))
    others = [learning_rate_at(epoch) for epoch in epochs]
    conv1 = np.array([learning_rate_at(epoch, "conv1") for epoch in epochs])
    conv1[conv1 == 0] = np.nan  # frozen: zero has no place on a logarithmic axis
    axes.step(epochs, others, where="post", color=COLOURS["blue"], linewidth=2.5)
    axes.step(epochs, conv1, where="post", color=COLOURS["vermilion"], linewidth=2.5, linestyle="--")
    axes.annotate(text("figures_claims.others"), (epochs[-1], others[-1]), color=COLOURS["blue"])
    last = np.flatnonzero(np.isfinite(conv1))[-1]
    place = {"xytext": (0, -16), "textcoords": "offset points", "ha": "right"}
    axes.annotate(
        text("figures_claims.conv1"), (epochs[last], conv1[last]), color=COLOURS["vermilion"], **place
    )
    axes.set_yscale("log")
    axes.set_ylim(min(others) / 4, 2 * max(others))
    axes.set_xlim(0, 1.25 * epochs[-1])
    axes.set_xlabel(text("figures_claims.epoch"))
    axes.set_ylabel(text("figures_claims.learning_rate"))
    axes.set_title(text("figures_claims.rates_title"))
    return figure


def plot_colour_noise(
    original: NDArray[np.uint8], noisy: Mapping[str, Sequence[NDArray[np.uint8]]]
) -> Figure:
    """Show an image, and beside it the same image with several draws of colour noise, a row for each way.

    Parameters
    ----------
    original
        uint8, (H, W, 3).
    noisy
        Name of the way, and as many images of the same shape for each.
    """
    ways = as_written(noisy)
    draws = len(next(iter(noisy.values())))
    shape = (len(noisy), draws + 1)
    figure, grid = plt.subplots(*shape, figsize=(8, 1.6 * len(noisy) + 0.3), squeeze=False)
    for panels, way, images in zip(grid, ways, noisy.values(), strict=True):
        for axes, image in zip(panels, [original, *images], strict=True):
            axes.imshow(image)
            axes.axis("off")
        panels[0].set_title(text("figures_claims.original"), fontsize=10)
        panels[1 + (draws - 1) // 2].set_title(way, fontsize=10)
    return figure
