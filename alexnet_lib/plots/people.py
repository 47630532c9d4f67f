"""People beside a network: two confusion matrices and their difference, and where people disagree."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, PowerNorm
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from alexnet_lib.language import text
from alexnet_lib.layout import drawn_twice, is_narrow, room, subplots
from alexnet_lib.notebook import COLOURS, Picture, as_written, with_minus_signs
from alexnet_lib.uncertainty import wilson_interval

GROUPS = ("agree", "little", "more", "most")


def row_percent(matrix: NDArray) -> NDArray[np.float64]:
    """Return each row's shares in percent; zeros where a class has no image."""
    totals = matrix.sum(axis=1, keepdims=True)
    return np.divide(100 * matrix, totals, out=np.zeros(matrix.shape), where=totals > 0)


def ink_on(colour: tuple[float, float, float, float]) -> str:
    """Return the colour, black or white, that has the higher contrast on a colour.

    Parameters
    ----------
    colour
        Red, green, blue and opacity, from 0 to 1; its luminance is that of WCAG 2.2.
    """
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    # (1 + 0.05) / (luminance + 0.05) against (luminance + 0.05) / (0 + 0.05)
    return "white" if (luminance + 0.05) ** 2 < 1.05 * 0.05 else "black"


def draw_percent(
    axes: Axes, percent: NDArray, names: Sequence[str], style: str, colours: str, scale: Normalize
) -> AxesImage:
    """Draw a matrix of percentages, each cell with its figure in the format given."""
    picture = axes.imshow(percent, cmap=colours, norm=scale)
    for (row, column), value in np.ndenumerate(percent):
        if round(value) != 0:
            colour = ink_on(picture.cmap(scale(value)))
            words = with_minus_signs(format(value, style))
            axes.text(column, row, words, ha="center", va="center", color=colour)
    ticks = np.arange(len(names))
    axes.set_xticks(ticks, names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(ticks, names)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return picture


@drawn_twice
def plot_matrices_and_difference(
    people: NDArray, network: NDArray, class_names: Sequence[str], network_name: str
) -> Picture:
    """Draw the row-normalized confusion matrices of people and of a network, and what differs.

    Parameters
    ----------
    people, network
        (C, C), of the same images; the row is the label, the column the answer.
    class_names
        C names, in the order of both matrices.
    network_name
        For the title of the second matrix.
    """
    *class_names, network_name = as_written([*class_names, network_name])
    first, second = row_percent(people), row_percent(network)
    difference = second - first
    if is_narrow():
        figure, panels = plt.subplot_mosaic([["people"], ["network"], ["difference"]], figsize=(room(), 12))
    else:
        rows = [["people", "network"], ["difference", "difference"]]
        figure, panels = plt.subplot_mosaic(rows, figsize=(room(), 9.5), height_ratios=[1, 1.25])
    # The root makes the rare answers of people visible beside the common ones of a network.
    root = PowerNorm(0.5, vmin=0, vmax=100)
    titles = (text("figures_people.people"), text("figures_people.network", name=network_name))
    for name, percent, title in zip(("people", "network"), (first, second), titles, strict=True):
        picture = draw_percent(panels[name], percent, class_names, ".0f", "Blues", root)
        panels[name].set_title(title)
    if not is_narrow():
        panels["network"].set_yticklabels([])
    bar = {"location": "bottom" if is_narrow() else "right", "shrink": 0.75}
    words = text("figures_people.row_percent")
    figure.colorbar(picture, ax=[panels["people"], panels["network"]], label=words, **bar)
    largest = max(np.abs(difference).max(), 1)
    both_ways = Normalize(-largest, largest)
    picture = draw_percent(panels["difference"], difference, class_names, "+.0f", "PuOr_r", both_ways)
    panels["difference"].set_title(text("figures_people.difference"))
    figure.colorbar(picture, ax=panels["difference"], label=text("figures_people.points"), **bar)
    for name in ("people", "difference"):
        panels[name].set_ylabel(text("figures_people.label"))
    panels["difference"].set_xlabel(text("figures_people.answer"))
    figure.suptitle(text("figures_people.matrices_title"))
    row, column = np.unravel_index(np.abs(difference).argmax(), difference.shape)
    right = (100 * np.trace(matrix) / matrix.sum() for matrix in (people, network))
    where = {"row": class_names[row], "column": class_names[column], "points": difference[row, column]}
    words = dict(zip(("person", "network"), right, strict=True)) | where
    alt = text("figures_people.alt_matrices", images=round(network.sum()), **words)
    return Picture(figure, with_minus_signs(alt))


@drawn_twice
def plot_error_by_agreement(wrong: NDArray[np.bool_], groups: NDArray[np.int64]) -> Picture:
    """Show a network's error rate on images from those on which people agree to the most disputed.

    Parameters
    ----------
    wrong
        (N,), whether the network got each image wrong.
    groups
        (N,), 0 where all people agree, then 1, 2 and 3 as they disagree more. Bars end in Wilson's intervals.
    """
    members = [wrong[groups == group] for group in range(len(GROUPS))]
    percent = 100 * np.array([group.mean() for group in members])
    ends = 100 * np.array([wilson_interval(group.sum(), len(group)) for group in members])
    figure, axes = subplots(height=4.2)
    places = np.arange(len(GROUPS))
    axes.bar(places, percent, width=0.65, color=COLOURS["sky"])
    axes.errorbar(places, percent, yerr=np.abs(ends.T - percent), fmt="none", ecolor="black", capsize=4)
    words = [
        text("figures_people.group", name=text(f"figures_people.{key}"), count=len(group))
        for key, group in zip(GROUPS, members, strict=True)
    ]
    axes.set_xticks(places, words)
    axes.set(ylim=(0, None), xlabel=text("figures_people.disagreement"), ylabel=text("figures_people.error"))
    axes.set_title(text("figures_people.error_title"))
    return Picture(figure, text("figures_people.alt_error", first=percent[0], last=percent[-1]))
