"""The pictures of chapter 15: maps of what a network looks at, where images lie, damage."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import ArrayLike, NDArray

from alexnet_lib.experiments.inside import STRENGTHS
from alexnet_lib.language import text
from alexnet_lib.layout import drawn_twice, is_narrow, legend_below, room, subplots
from alexnet_lib.notebook import COLOURS, Picture, as_written

SHAPES = "o^sDvP*Xph"  # ten markers, and ten colours: the palette, black, and a darker brown


@drawn_twice
def plot_maps(
    image: NDArray, rows: Mapping[str, Sequence[ArrayLike]], columns: Sequence[str], caption: str = ""
) -> Picture:
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
    caption
        What to see in the picture; stands above it, and on the page below it.
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
    figure.suptitle(caption)
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
    panels: Mapping[str, NDArray], labels: NDArray[np.int64], class_names: Sequence[str], caption: str = ""
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
    caption
        What to see in the picture; stands above it, and on the page below it.
    """
    names, titles = as_written(class_names), as_written(panels)
    colours = [*COLOURS.values(), "black", "#7A4A1E"]
    figure, places = subplots(1, len(panels), height=3.9, squeeze=False)
    figure.suptitle(caption)
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
    figure.suptitle(text("figures_inside.damage_title"))
    kinds = ", ".join(text(f"figures_inside.{kind}") for kind in rows)
    return Picture(figure, text("figures_inside.alt_damage", kinds=kinds))
