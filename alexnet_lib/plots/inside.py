"""The pictures of chapter 15: maps of what a network looks at, where images lie, where it breaks."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import ArrayLike, NDArray

from alexnet_lib.experiments.inside import STRENGTHS
from alexnet_lib.language import text
from alexnet_lib.layout import drawn_twice, is_narrow, legend_below, room, subplots
from alexnet_lib.notebook import COLOURS, Picture, as_written
from alexnet_lib.uncertainty import wilson_interval

MARKERS = "osD^vP"
SHAPES = "o^sDvP*Xph"  # ten markers, and ten colours: the palette, black, and a darker brown


@drawn_twice
def plot_maps(image: NDArray, rows: Mapping[str, Sequence[ArrayLike]], columns: Sequence[str]) -> Picture:
    """Show an image and, for each network, what several methods make of it.

    Parameters
    ----------
    image
        (H, W, 3).
    rows
        By the name of a network, a map for each method, (h, w); each in colours of its own, from its
        smallest value (dark) to its largest (light).
    columns
        The names of the methods.
    """
    names, methods = as_written(rows), as_written(columns)
    height, width = np.shape(image)[:2]
    count, each = 1 + len(methods), 1.65
    if is_narrow():  # a network a column
        size = (room(), count * min(each, room() / (len(rows) + 0.5)))
        figure, panels = plt.subplots(count, len(rows), figsize=size, squeeze=False)
        panels, above, beside = panels.T, "ylabel", "title"
    else:
        size = (room(), each * len(rows) + 0.4)
        figure, panels = plt.subplots(len(rows), count, figsize=size, squeeze=False)
        above, beside = "title", "ylabel"
    told = []
    for row, (name, maps) in zip(panels, zip(names, rows.values(), strict=True), strict=True):
        row[0].imshow(image)
        row[0].set(**{beside: name})
        for axes, method, values in zip(row[1:], columns, maps, strict=True):
            values = np.asarray(values)
            axes.imshow(values, cmap="viridis", extent=(0, width, height, 0))
            told.append(f"{name}, {method}: {where_lightest(values)}")
    for axes, title in zip(panels[0], [text("figures_inside.image"), *methods], strict=True):
        axes.set(**{above: title})
    for axes in panels.flat:
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
    return Picture(figure, text("figures_inside.alt_maps", maps="; ".join(told)))


def where_lightest(values: NDArray) -> str:
    """Say where a map is largest, in percent of its height and width, or that it is the same everywhere."""
    if np.ptp(values) == 0:
        return text("figures_inside.flat")
    place = np.unravel_index(values.argmax(), values.shape)
    down, across = (int((at + 0.5) / side * 100) for at, side in zip(place, values.shape, strict=True))
    return text("figures_inside.lightest", down=down, across=across)


@drawn_twice
def plot_embeddings(
    panels: Mapping[str, NDArray], labels: NDArray[np.int64], class_names: Sequence[str]
) -> Picture:
    """Show images as points, coloured by their label, in one or more planes.

    Parameters
    ----------
    panels
        By title, the points (N, 2). The axes have no unit, and are left without numbers.
    labels
        (N,).
    class_names
        At most ten.
    """
    names, titles = as_written(class_names), as_written(panels)
    colours = [*COLOURS.values(), "black", "#7A4A1E"]
    figure, places = subplots(1, len(panels), height=3.9, squeeze=False)
    for axes, title, points in zip(places.flat, titles, panels.values(), strict=True):
        for label, name in enumerate(names):
            of_class = points[labels == label]
            style = {"color": colours[label], "marker": SHAPES[label]}
            axes.scatter(*of_class.T, s=9, alpha=0.8, linewidths=0, **style, label=name)
        axes.set_title(title)
        axes.set(xticks=[], yticks=[])
        axes.set_aspect("equal", adjustable="datalim")  # a distance is the same in every direction
    legend = legend_below(figure, *places[0, 0].get_legend_handles_labels(), columns=5)
    for handle in legend.legend_handles:
        handle.set_sizes([40])
    words = {"count": len(labels), "titles": ", ".join(panels), "names": ", ".join(class_names)}
    return Picture(figure, text("figures_inside.alt_embeddings", **words))


@drawn_twice
def plot_damage(rows: Mapping[str, NDArray[np.uint8]]) -> Picture:
    """Show one image, damaged: a row a kind, a column a strength, with its level above.

    Parameters
    ----------
    rows
        By a key of ``STRENGTHS``, the image at each of the five strengths, (5, H, W, 3).
    """
    size = (room(7.6), (1.15 if is_narrow() else 1.55) * len(rows))
    figure, panels = plt.subplots(len(rows), 5, figsize=size, squeeze=False)
    for row, (kind, images) in zip(panels, rows.items(), strict=True):
        if not is_narrow():
            row[0].set_ylabel(text(f"figures_inside.{kind}_unit"), rotation=0, ha="right", va="center")
        for axes, level, image in zip(row, STRENGTHS[kind], images, strict=True):
            axes.imshow(image)
            is_named = is_narrow() and axes is row[2]  # a phone has no room beside the images
            name = f"{text(f'figures_inside.{kind}')}\n" if is_named else ""
            axes.set_title(f"{name}{level:g}", weight="normal", pad=3)
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
    kinds = ", ".join(text(f"figures_inside.{kind}") for kind in rows)
    return Picture(figure, text("figures_inside.alt_damage", kinds=kinds))


@drawn_twice
def plot_breaks(correct: Mapping[str, Sequence[int]], count: int, places: Sequence[float]) -> Picture:
    """Show how the accuracy falls as images are made worse.

    Parameters
    ----------
    correct
        By kind (a key of ``STRENGTHS``, or ``"fgsm"`` and ``"signs"``), how many images were answered
        rightly at each place. Bars are Wilson's intervals.
    count
        How many images there are.
    places
        The strengths, 0 first; of ``"fgsm"`` and ``"signs"`` the levels of 255.
    """
    figure, axes = subplots(height=4.4)
    step = 0.012 * (max(places) - min(places))
    told = []
    for index, (kind, right) in enumerate(correct.items()):
        percent = 100 * np.array(right) / count
        ends = 100 * np.array([wilson_interval(each, count) for each in right])
        beside = np.array(places) + step * (index - (len(correct) - 1) / 2)
        style = {"color": list(COLOURS.values())[index], "marker": MARKERS[index], "capsize": 3}
        name = text(f"figures_inside.{kind}")
        axes.errorbar(beside, percent, yerr=np.abs(ends.T - percent), **style, label=name)
        told.append(text("figures_inside.alt_break", name=name, first=percent[0], last=percent[-1]))
    axes.axhline(10, color=COLOURS["grey"], linestyle=":", label=text("figures_inside.chance"))
    axes.set_ylim(0, 102)
    axes.set_xticks(places)
    title, unit = ("attack_title", "levels") if "fgsm" in correct else ("break_title", "strength")
    axes.set_xlabel(text(f"figures_inside.{unit}"))
    axes.set_ylabel(text("figures_basics.accuracy_axis"))
    axes.set_title(text(f"figures_inside.{title}", count=count))
    legend_below(figure, *axes.get_legend_handles_labels(), columns=3)
    return Picture(figure, text("figures_inside.alt_breaks", count=count, kinds="; ".join(told)))


@drawn_twice
def plot_photos(
    pictures: Sequence[NDArray[np.uint8]], probabilities: Sequence[ArrayLike], class_names: Sequence[str]
) -> Picture:
    """Show pictures and below each the probability that a network gives to every class.

    Parameters
    ----------
    pictures
        Each (H, W, 3), as the network gets it.
    probabilities
        Each (C,).
    class_names
        C names.
    """
    names = as_written(class_names)
    size = (room(max(4.0, min(8.0, 2.6 * len(pictures) + 0.8))), 5)
    figure, panels = plt.subplots(2, len(pictures), figsize=size, height_ratios=[1, 1.5], squeeze=False)
    told = []
    for (above, below), picture, values in zip(panels.T, pictures, probabilities, strict=True):
        percent, best = 100 * np.asarray(values), int(np.argmax(values))
        above.imshow(picture)
        above.axis("off")
        above.set_title(("\n" if is_narrow() else " ").join([names[best], f"{percent[best]:.0f}%"]))
        colours = [COLOURS["orange"] if place == best else COLOURS["blue"] for place in range(len(names))]
        below.barh(names, percent, color=colours)
        below.set_xlim(0, 100)
        below.set_xticks((0, 100) if is_narrow() else (0, 50, 100))
        below.invert_yaxis()
        below.set_xlabel(text("figures_inside.probability"))
        if below is not panels[1, 0]:
            below.set_yticklabels([])
            below.get_xticklabels()[0].set_horizontalalignment("left")
        if below is not panels[1, -1]:
            below.get_xticklabels()[-1].set_horizontalalignment("right")
        told.append(f"{class_names[best]} {percent[best]:.0f}%")
    words = {"count": len(pictures), "answers": ", ".join(told)}
    return Picture(figure, text("figures_inside.alt_photos", **words))
