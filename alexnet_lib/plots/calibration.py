"""The reliability diagram: how often a network is right, by how sure it was."""

import textwrap
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from alexnet_lib.calibration import ReliabilityBins, expected_calibration_error
from alexnet_lib.figures import COLOURS
from alexnet_lib.language import text
from alexnet_lib.lettering import as_written

LETTERS = 84  # of the medium font beside each other in a figure


def wrapped(words: str, width: int) -> str:
    """Break lines so that none is wider than so many Latin letters; a Korean one is as wide as two."""
    lines = []
    for line in words.split("\n"):
        korean = sum("가" <= letter <= "힣" for letter in line)
        lines += textwrap.wrap(line, max(width * len(line) // (len(line) + korean), 1))
    return "\n".join(lines)


def plot_reliability(models: Mapping[str, ReliabilityBins]) -> Figure:
    """Draw accuracy by confidence, a panel a model, and below how many predictions each bin holds.

    On the diagonal a network is right as often as it is sure; bars below it are those of one that
    trusts itself too much.

    Parameters
    ----------
    models
        One or more, by the names that stand above the panels; bins of equal number.
    """
    names = as_written(models)
    figure, places = plt.subplots(
        2, len(models), figsize=(8, 5.6), sharex=True, sharey="row", squeeze=False, height_ratios=(3, 1)
    )
    for (upper, lower), name, binned in zip(places.T, names, models.values(), strict=True):
        middles, width = (binned.edges[:-1] + binned.edges[1:]) / 2, binned.edges[1]
        style = {"width": 100 * width, "color": COLOURS["blue"], "edgecolor": "white"}
        upper.bar(100 * middles, 100 * np.nan_to_num(binned.accuracy), **style,
                  label=text("figures_calibration.accuracy"))  # fmt: skip
        upper.plot(100 * binned.confidence, 100 * binned.accuracy, "o", color=COLOURS["orange"],
                   markeredgecolor="black", label=text("figures_calibration.bin_means"))  # fmt: skip
        upper.plot([0, 100], [0, 100], "--", color="black", label=text("figures_calibration.diagonal"))
        error = 100 * expected_calibration_error(binned)
        words = text("figures_calibration.panel", name=name, error=error)
        upper.set_title(wrapped(words, LETTERS // len(models)), fontsize="medium")
        lower.bar(
            100 * middles, 100 * binned.counts / binned.counts.sum(), **style | {"color": COLOURS["grey"]}
        )
        lower.set_xlabel(text("figures_calibration.confidence_axis"))
    places[0, 0].set(xlim=(0, 100), ylim=(0, 100), ylabel=text("figures_calibration.accuracy_axis"))
    places[1, 0].set_ylabel(text("figures_calibration.share_axis"))
    figure.suptitle(text("figures_calibration.title"))
    figure.legend(*places[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure
