"""The pictures of chapters 1 to 8, and those that several chapters draw: images, curves, answers."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator, NullLocator
from matplotlib.transforms import offset_copy
from numpy.typing import ArrayLike, NDArray

from alexnet_lib.language import text
from alexnet_lib.layout import (
    PIXELS_PER_INCH,
    break_at,
    drawn_twice,
    is_narrow,
    legend_below,
    legend_inside,
    line_height,
    number_powers_of_ten,
    room,
    subplots,
)
from alexnet_lib.metrics import ReliabilityBins, expected_calibration_error
from alexnet_lib.notebook import COLOURS, Picture, as_written, with_minus_signs
from alexnet_lib.summary import LayerRow
from alexnet_lib.terminal import is_live
from alexnet_lib.training import History
from alexnet_lib.transforms import Statistics
from alexnet_lib.uncertainty import wilson_interval

MARGIN = 0.2  # inches: what the layout leaves between two images

# --- The contest ---

# Where a value stands: the curve falls from left to right, so these two corners are free of it.
ABOVE = {"xytext": (7, 3), "ha": "left", "va": "bottom"}
BELOW = {"xytext": (-7, -3), "ha": "right", "va": "top"}
WHITE = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.5}


@drawn_twice
def plot_top5_errors(
    winners: Mapping[int, tuple[str, float]],
    further_data: Mapping[int, float],
    runner_up: Mapping[int, float],
    human: float,
) -> Picture:
    """Draw each year's winning error, mark the steepest fall, and compare with a human.

    Parameters
    ----------
    winners
        By year, the winner and its top-5 error in percent.
    further_data, runner_up
        By year, in percent: what a winner reached with further data, and second place.
    human
        One person's error, in percent.
    """
    years = sorted(winners)
    errors = [winners[year][1] for year in years]
    # On a phone the names stand upright, below each other's feet; else they break where they may.
    names = as_written(winners[year][0].replace("-", "-" if is_narrow() else "-\n") for year in years)
    figure, axes = plt.subplots(figsize=(room(7.8), 3.8 if is_narrow() else 5))
    line = {"color": COLOURS["blue"], "label": text("figures_basics.winner")}
    axes.plot(years, errors, "o-", linewidth=2, zorder=2, **line)
    for year, error in zip(years, errors, strict=True):
        write_value(axes, year, error, ABOVE if error > human else BELOW)
    for name, points, marker, colour, place in (
        ("extra", further_data, "D", COLOURS["orange"], BELOW),
        ("second", runner_up, "x", COLOURS["grey"], ABOVE),
    ):
        style = {"marker": marker, "color": colour, "label": text(f"figures_basics.{name}")}
        axes.scatter(list(points), list(points.values()), zorder=3, **style)
        for year, error in points.items():
            write_value(axes, year, error, place)
    steepest = int(np.diff(errors).argmin())
    mark_fall(axes, years[steepest : steepest + 2], errors[steepest : steepest + 2])
    axes.axhline(human, color=COLOURS["green"], ls="--", label=text("figures_basics.human", error=human))
    axes.set(title=text("figures_basics.top5_title"), ylabel=text("figures_basics.error"))
    turn = {"rotation": 90, "linespacing": 1} if is_narrow() else {}
    axes.set_xticks(years, [f"{year}\n{name}" for year, name in zip(years, names, strict=True)], **turn)
    axes.set_xlabel(text("figures_basics.year"))
    axes.margins(x=0.08)  # the last value stands to the right of its point
    axes.set_ylim(bottom=0)
    legend_inside(axes, "upper right")
    words = text(
        "figures_basics.alt_top5", first=years[0], last=years[-1], start=errors[0], end=errors[-1],
        year=years[steepest + 1], before=errors[steepest], after=errors[steepest + 1], human=human,
        below=", ".join(str(year) for year in years if winners[year][1] < human),
    )  # fmt: skip
    return Picture(figure, words)


def write_value(axes: Axes, year: int, error: float, place: Mapping[str, Any]) -> None:
    """Write a value beside its point, on white against lines; on a phone without its unit."""
    words = f"{error}" if is_narrow() else f"{error}%"
    axes.annotate(words, (year, error), **place, textcoords="offset points", bbox=WHITE)


def mark_fall(axes: Axes, years: Sequence[int], errors: Sequence[float]) -> None:
    """Paint over the line between two years, and say by how many points the error fell."""
    axes.plot(years, errors, color=COLOURS["vermilion"], linewidth=5, zorder=1)
    words = text("figures_basics.fall", points=errors[0] - errors[1])
    style = {"color": COLOURS["vermilion"], "ha": "right", "va": "top"}
    middle = (np.mean(years), np.mean(errors))
    axes.annotate(words, middle, (-6 if is_narrow() else -14, -8), textcoords="offset points", **style)


# --- The data ---

LEFT = 0.9  # inches: what the words beside enlarged images take
LEVELS_PER_BIN = 4

# Colour and dash, so that the channels differ in grey as well.
CHANNELS = {
    "red": (COLOURS["vermilion"], "-"),
    "green": (COLOURS["green"], "--"),
    "blue": (COLOURS["blue"], ":"),
}


@drawn_twice
def plot_enlargements(
    versions: Sequence[NDArray[np.uint8]], names: Sequence[str], caption: str = ""
) -> Picture:
    """Show images pixel for pixel, and below them each of their versions enlarged to one size.

    Parameters
    ----------
    versions
        The same N images in one or more sizes, each (N, side, side, 3). The first is shown in its
        true size as well, one pixel of it a pixel of the page.
    names
        Written above the images, N of them.
    caption
        What to see in the picture; stands above it, and on the page below it.
    """
    names = as_written(names)
    true_side = versions[0].shape[1] / PIXELS_PER_INCH
    left, above = LEFT if not is_narrow() else 0.8 * LEFT, 0.65 if caption else 0.35  # inches
    top = above + true_side + 0.15  # inches: of the enlarged images
    width = room(LEFT + 1.7 * len(names))
    panel = (width - left) / len(names)  # inches: the side of an enlarged image
    height = top + panel * len(versions)
    figure = plt.figure(figsize=(width, height), layout="none")

    def show(picture: NDArray[np.uint8], x: float, y: float, size: float) -> Axes:
        """Place a picture by its upper left corner, in inches from that of the figure."""
        axes = figure.add_axes((x / width, 1 - (y + size) / height, size / width, size / height))
        axes.imshow(picture, interpolation="nearest")
        axes.axis("off")
        return axes

    def write(words: str, y: float) -> None:
        words = figure.text(0.8 * left / width, 1 - y / height, words, ha="right", va="center")
        break_at(words, 0.7 * left * figure.dpi)

    figure.suptitle(caption)
    write(text("figures_basics.true_size"), above + true_side / 2)
    for column, name in enumerate(names):
        x = left + panel * column
        show(versions[0][column], x + (panel - true_side) / 2, above, true_side).set_title(name)
        for row, version in enumerate(versions):
            show(version[column], x, top + panel * row, 0.95 * panel)
    sizes = ["{1}×{2}".format(*version.shape) for version in versions]
    for row, size in enumerate(sizes):
        write(size, top + panel * (row + 0.475))
    words = {"names": ", ".join(names), "sizes": ", ".join(sizes)}
    return Picture(figure, text("figures_basics.alt_enlargements", count=len(names), **words))


@drawn_twice
def plot_channel_histograms(pixels: NDArray[np.uint8], mean: Statistics, std: Statistics) -> Picture:
    """Draw how often each brightness occurs in a channel, before and after normalization.

    Parameters
    ----------
    pixels
        uint8, (N, H, W, 3).
    mean, std
        What the channels are normalized with, of pixels in [0, 1].
    """
    figure, panels = subplots(1, 2, sharey=True, height=3.8)
    # The edges of the bins: level 0 covers -0.5 to 0.5.
    edges = (np.arange(0, 257, LEVELS_PER_BIN) - 0.5) / 255
    for index, (channel, (colour, dash)) in enumerate(CHANNELS.items()):
        counts = np.bincount(pixels[..., index].ravel(), minlength=256)
        shares = 100 * counts.reshape(-1, LEVELS_PER_BIN).sum(axis=1) / counts.sum()
        style = {"color": colour, "linestyle": dash, "linewidth": 1.8}
        label = text(f"figures_basics.{channel}")
        panels[0].stairs(shares, edges, **style, label=label)
        panels[0].axvline(mean[index], **style)
        panels[1].stairs(shares, (edges - mean[index]) / std[index], **style)
    panels[1].axvline(0, color="black", linewidth=1.2)
    panels[0].set(title=text("figures_basics.before"), xlabel=text("figures_basics.brightness"))
    panels[0].set_ylabel(text("figures_basics.share_of_pixels", levels=LEVELS_PER_BIN))
    panels[1].set(title=text("figures_basics.after"), xlabel=text("figures_basics.normalized"))
    legend_below(figure, columns=3)
    figure.suptitle(text("figures_basics.histograms_title"))
    low, high = (np.array([0, 1])[:, None] - np.asarray(mean)) / np.asarray(std)
    return Picture(figure, text("figures_basics.alt_histograms", low=low.min(), high=high.max()))


# --- A batch ---


@drawn_twice
def show_images(
    images: Sequence[ArrayLike], titles: Sequence[object], columns: int = 5, caption: str = ""
) -> Picture:
    """Show images in rows, from left to right, with a title above each.

    Parameters
    ----------
    images
        Of one size, each (H, W, 3), uint8 or from 0 to 1, as ``to_pixels`` makes them of tensors; or (H, W)
        of any values, the smallest in black, the largest in white.
    titles
        One an image.
    columns
        Images a row; fewer, if the titles would touch. In a wall of columns they stand upright instead.
    caption
        What to see in the picture; stands above it, and on the page below it.
    """
    names = as_written(titles)
    figure = plt.figure()
    height, width = np.shape(images[0])[:2]
    headed = not any(names[columns:]) and len(images) > columns
    is_whole = headed or height > 2 * width  # a wall of columns, each one image or many
    upright = is_whole and columns_for(figure, names[:columns], columns) < columns
    if not is_whole:
        columns = columns_for(figure, names, columns)
    rows = math.ceil(len(images) / columns)
    side = min(3.2, room() / columns)
    lines = 1 + max(name.count("\n") for name in names)
    tall = (side - MARGIN) * height / width + MARGIN
    tallest = 0.7 if is_narrow() else 1.0  # inches: the longest of the classes' names
    titles_tall = tallest if upright else (lines * line_height() + 0.05) * (1 if headed else rows)
    # The page sets the caption; elsewhere it takes no room from the images.
    caption_tall = 2 * line_height() if caption and is_live() else 0
    figure.set_size_inches(side * columns, tall * rows + titles_tall + caption_tall)
    figure.suptitle(caption)
    for i, (image, name) in enumerate(zip(images, names, strict=True), start=1):
        axes = figure.add_subplot(rows, columns, i)
        axes.set_title(name, pad=4, rotation=90 if upright else 0)
        axes.set(xticks=[], yticks=[])  # unseen, and yet they would take time
        axes.axis("off")
        axes.imshow(image, cmap="gray")
    words = ", ".join(str(title).replace("\n", " ") for title in titles)
    if len(images) == 1:
        return Picture(figure, text("figures_basics.alt_image", title=words))
    beside = min(columns, len(images))
    return Picture(figure, text("figures_basics.alt_images", count=len(images), columns=beside, titles=words))


def columns_for(figure: Figure, names: Sequence[str], columns: int) -> int:
    """Return in how many columns titles do not touch: as many as asked, a part of them, or fewer."""
    words = figure.text(0, 0, max(names, key=len))
    widest = 0.0
    for name in names:
        words.set_text(name)
        widest = max(widest, words.get_window_extent().width / figure.dpi)
    words.remove()
    most = max(int(room() / (widest + 0.05)), 1)
    parts = [part for part in range(2, columns + 1) if columns % part == 0 and part <= most]
    return max(parts, default=min(columns, most))


# --- Curves ---

# A colour, a line and a marker each.
LINES = (("blue", "-", "o"), ("vermilion", "--", "s"), ("grey", ":", "^"))
FEW = 10  # points that are marked one by one
MARKERS = "osD^vP"


@drawn_twice
def plot_curves(
    places: Sequence[float] | Sequence[str],
    curves: Mapping[str, ArrayLike],
    across: str,
    up: str,
    *,
    log: bool = False,
    limits: tuple[float, float] | None = None,
    title: str = "",
) -> Picture:
    """Draw curves over the same places; a fourth looks as the first does.

    Parameters
    ----------
    places
        N numbers, or names.
    curves
        The heights of each, (N,), by its name in the legend.
    across, up
        What the axes are called.
    log
        Whether heights stand on a logarithmic axis.
    limits
        The lowest and the highest height to be seen; all are, unless given.
    title
        Stands above.
    """
    figure, axes = subplots(height=4.2)
    axes.set(xlabel=across, ylabel=up, title=title)
    if log:
        axes.set_yscale("log")
        number_powers_of_ten(axes.yaxis)
        axes.grid(axis="y", alpha=0.3)
    told = []
    for (name, heights), written, (colour, line, marker) in zip(
        curves.items(), as_written(curves), itertools.cycle(LINES), strict=False
    ):
        heights = np.asarray(heights)
        style = {"color": COLOURS[colour], "linestyle": line, "linewidth": 2}
        axes.plot(places, heights, **style, marker=marker if len(places) <= FEW else "", label=written)
        top = places[heights.argmax()]
        top = top if isinstance(top, str) else f"{top:.3g}"
        numbers = {"first": heights[0], "middle": heights[len(heights) // 2], "last": heights[-1]}
        told.append(text("figures_basics.alt_curve", name=name, **numbers, highest=heights.max(), top=top))
    axes.set_ylim(*limits or axes.get_ylim())
    legend_inside(axes)
    words = text("figures_basics.alt_curves", across=across, up=up, curves="; ".join(told))
    words = with_minus_signs(words)
    return Picture(figure, f"{title}. {words}" if title else words)


@drawn_twice
def plot_accuracies(
    places: Sequence[float],
    accuracies: Mapping[str, ArrayLike],
    count: int,
    across: str,
    title: str,
    *,
    log: bool = False,
    limits: tuple[float, float] | None = None,
) -> Picture:
    """Draw accuracies over places, each with Wilson's interval; a dotted line is guessing, where it is seen.

    Parameters
    ----------
    places
        (N,).
    accuracies
        By name in the legend, fractions (N,); or (N, draws), of which a line joins the means and dots are the
        draws.
    count
        How many images were answered.
    across, title
        Of the axis of places, and of the picture.
    log
        Whether places stand on a logarithmic axis.
    limits
        The lowest and the highest percentage to be seen; all are, unless given.
    """
    figure, axes = subplots(height=4.6)
    told = []
    looks = itertools.cycle(zip(COLOURS.values(), MARKERS, strict=False))
    styles = zip(accuracies, as_written(accuracies), looks, strict=False)
    for index, (name, written, (colour, marker)) in enumerate(styles):
        draws = np.asarray(accuracies[name]).reshape(len(places), -1)
        means = draws.mean(axis=1)
        ends = np.array([wilson_interval(round(mean * count), count) for mean in means])
        side = index - (len(accuracies) - 1) / 2
        beside = np.array(places) * 1.04**side if log else np.array(places) + 0.012 * np.ptp(places) * side
        style = {"color": colour, "marker": marker, "capsize": 3, "label": written}
        axes.errorbar(beside, 100 * means, yerr=100 * np.abs(ends.T - means), **style)
        if draws.shape[1] > 1:
            axes.plot(beside, 100 * draws, ".", color=colour, markersize=4, alpha=0.6)
        ends_of_line = {"first": 100 * means[0], "last": 100 * means[-1]}
        told.append(text("figures_basics.alt_accuracy", name=name, **ends_of_line))
    axes.set_ylim(*limits or axes.get_ylim())
    if axes.get_ylim()[0] <= 10:
        axes.axhline(10, color=COLOURS["grey"], linestyle=":", label=text("figures_basics.chance"))
    axes.set_xscale("log" if log else "linear")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(places, [f"{place:g}" for place in places])
    axes.set(xlabel=across, ylabel=text("figures_basics.test_accuracy"), title=title)
    axes.grid(alpha=0.3)
    legend_below(figure, *axes.get_legend_handles_labels(), columns=3)
    words = text("figures_basics.alt_accuracies", count=count, across=across, lines="; ".join(told))
    return Picture(figure, f"{title}. {words}")


# --- Answers ---

UNKNOWN = {"facecolor": "white", "edgecolor": COLOURS["grey"], "hatch": "////"}


@drawn_twice
def plot_class_bars(
    pictures: Sequence[ArrayLike],
    shares: Sequence[ArrayLike],
    class_names: Sequence[str],
    titles: Sequence[str] = (),
    across: str = "",
    unknown: NDArray[np.bool_] | None = None,
    caption: str = "",
) -> Picture:
    """Show pictures and below each a bar for every class, the longest in a colour of its own.

    Parameters
    ----------
    pictures
        Each (H, W, 3).
    shares
        Each (C,), from 0 to 1.
    class_names
        C names.
    titles
        One a picture; the class of the longest bar and its share, unless given.
    across
        What the bars are, on their axis; probabilities, unless said.
    unknown
        (N, C), True where a share is an equal part of answers that are not known; hatched.
    caption
        What to see in the picture; stands above it, and on the page below it.
    """
    names, headings = as_written(class_names), as_written(titles)
    size = (room(max(4.0, min(8.0, 2.6 * len(pictures) + 0.8))), 5)
    figure, panels = plt.subplots(2, len(pictures), figsize=size, height_ratios=[1, 1.5], squeeze=False)
    figure.suptitle(caption)
    hatched = np.zeros(np.shape(shares), dtype=bool) if unknown is None else unknown
    told = []
    for place, (above, below) in enumerate(panels.T):
        percent, best = 100 * np.asarray(shares[place]), int(np.argmax(shares[place]))
        answer = [names[best], f"{percent[best]:.0f}%"]
        above.imshow(pictures[place])
        above.axis("off")
        above.set_title(headings[place] if headings else ("\n" if is_narrow() else " ").join(answer))
        bars = below.barh(names, percent, color=COLOURS["blue"])
        bars[best].set_facecolor(COLOURS["orange"])
        for bar in itertools.compress(bars, hatched[place]):
            bar.set(**UNKNOWN)
        below.set(xlim=(0, 100), xticks=(0, 100) if is_narrow() else (0, 50, 100))
        below.invert_yaxis()
        if not is_narrow() or place == len(pictures) // 2:  # on a phone there is room for one
            below.set_xlabel(across or text("figures_basics.probability"))
        if place > 0:  # neighbours share an edge, where their first and last numbers would touch
            below.set_yticklabels([])
            below.get_xticklabels()[0].set_horizontalalignment("left")
        if place < len(pictures) - 1:
            below.get_xticklabels()[-1].set_horizontalalignment("right")
        heading = f"{titles[place]}: " if titles else ""
        told.append(f"{heading}{class_names[best]} {answer[1]}")
    if hatched.any():
        legend_below(figure, [Patch(**UNKNOWN)], [text("figures_basics.unknown")], columns=1)
    words = {"count": len(pictures), "across": across or text("figures_basics.probability")}
    return Picture(figure, text("figures_basics.alt_class_bars", answers=", ".join(told), **words))


# --- The network ---


@drawn_twice
def plot_convolution(image: ArrayLike, result: ArrayLike) -> Picture:
    """Show an image in grey beside what a kernel made of it, and where that is largest and smallest.

    Parameters
    ----------
    image
        (H, W), of any brightness.
    result
        (h, w), one number for each place of the kernel; drawn with 0 in middle grey.
    """
    image, result = np.asarray(image), np.asarray(result)
    figure, (left, right) = subplots(1, 2, width=7.5, height=4)
    left.imshow(image, cmap="gray")
    left.set_title(text("figures_basics.in_grey"))
    farthest = np.abs(result).max()
    drawn = right.imshow(result, cmap="gray", vmin=-farthest, vmax=farthest)
    right.set_title(text("figures_basics.after_kernel"))
    figure.colorbar(drawn, ax=right, fraction=0.046)
    height, width = np.subtract(image.shape, result.shape) + 1  # of the kernel
    places = {"largest": np.unravel_index(result.argmax(), result.shape)}
    places["smallest"] = np.unravel_index(result.argmin(), result.shape)
    for (name, (row, column)), colour, dash in zip(
        places.items(), (COLOURS["orange"], COLOURS["sky"]), ("-", "--"), strict=True
    ):
        style = {"fill": False, "edgecolor": colour, "linestyle": dash, "linewidth": 2}
        corner = (column - 0.5, row - 0.5)
        left.add_patch(Rectangle(corner, width, height, **style, label=text(f"figures_basics.{name}")))
        right.add_patch(Rectangle(corner, 1, 1, **style))
    legend_below(figure, columns=2)
    figure.suptitle(text("figures_basics.convolution_title"))
    words = text(
        "figures_basics.alt_convolution",
        rows=len(result), columns=result.shape[1], even=np.mean(np.abs(result) < farthest / 10),
        high=result.max(), low=result.min(), high_at=places["largest"], low_at=places["smallest"],
    )  # fmt: skip
    return Picture(figure, words)


@drawn_twice
def plot_parameters_and_macs(table: Sequence[LayerRow]) -> Picture:
    """Show each layer's share of the parameters to the left, of the multiply-accumulates to the right.

    Parameters
    ----------
    table
        As ``layer_table`` returns it; layers without parameters are left out.
    """
    rows = [row for row in table if row.parameters]
    names = as_written(row.name for row in rows)
    parameters, macs = [row.parameters for row in rows], [row.macs for row in rows]
    figure, (left, right) = subplots(1, 2, sharey=True, width=7.5, height=4.6)
    left.invert_yaxis()  # the first layer on top
    if not is_narrow():  # back to back, with the names between them
        left.invert_xaxis()  # before the bars get their labels, which else lie on them
        left.spines["left"].set_visible(False)
        left.spines["right"].set_visible(True)
        left.tick_params(axis="y", labelleft=False)
    for axes in (left, right):
        axes.tick_params(axis="y", left=False)
    right.tick_params(axis="y", labelleft=True)
    draw_shares(left, names, parameters, COLOURS["blue"])
    left.set_title(text("figures_basics.parameters", total=sum(parameters)))
    draw_shares(right, names, macs, COLOURS["orange"])
    right.set_title(text("figures_basics.macs", total=sum(macs)))
    figure.suptitle(text("figures_basics.shares_title"))
    # The same scale on both sides, with room for the words at the end of the longest bar.
    longest = max(bar.get_width() for axes in (left, right) for bar in axes.patches)
    left.set_xlim((0, 1.25 * longest) if is_narrow() else (1.25 * longest, 0))
    right.set_xlim(0, 1.25 * longest)
    most, busiest = max(rows, key=lambda row: row.parameters), max(rows, key=lambda row: row.macs)
    dense = [row for row in rows if row.kind == "Linear"]
    words = text(
        "figures_basics.alt_parameters_and_macs",
        most=most.name, parameters=most.parameters / sum(parameters),
        busiest=busiest.name, macs=busiest.macs / sum(macs),
        dense_parameters=sum(row.parameters for row in dense) / sum(parameters),
        dense_macs=sum(row.macs for row in dense) / sum(macs),
    )  # fmt: skip
    return Picture(figure, words)


def draw_shares(axes: Axes, names: Sequence[str], counts: Sequence[int], colour: str) -> None:
    """Draw one bar a layer: its share of the sum of all counts, in percent."""
    shares = [100 * count / sum(counts) for count in counts]
    axes.bar_label(axes.barh(names, shares, color=colour), fmt="%.1f%%", padding=4)
    axes.set_xlabel(text("figures_basics.share_of_total"))


# --- Training ---

# The parts of a neuron: how far along the way to the loss each stands, and whether beside it.
ERROR = "(a − t)²"
PARTS = {
    "x": (0, 0), "×": (1, 0), "w": (1, 1), "+": (2, 0), "b": (2, 1), "ReLU": (3, 0),
    ERROR: (4, 0), "t": (4, 1), "L": (5, 0),
}  # fmt: skip
JOINS = {
    "x": ("x", "×"), "w": ("w", "×"), "wx": ("×", "+"), "b": ("b", "+"), "z": ("+", "ReLU"),
    "a": ("ReLU", ERROR), "t": ("t", ERROR), "L": (ERROR, "L"),
}  # fmt: skip
# Colour and dash, so that the two directions differ in grey as well.
FORWARD = {"color": COLOURS["blue"], "linestyle": "-"}
BACKWARD = {"color": COLOURS["vermilion"], "linestyle": (0, (3, 1.5))}


@drawn_twice
def plot_backpropagation(pixel: float, weight: float, bias: float, target: float) -> Picture:
    """Draw a neuron as a graph: values on their way to the loss, and gradients on their way back.

    The neuron is ReLU(weight * pixel + bias), the loss its squared error, and the gradients are autograd's.
    The pixel and the target, which training leaves as they are, have none.
    """
    w, b = (torch.tensor(float(value), requires_grad=True) for value in (weight, bias))
    wx = w * pixel
    z = wx + b
    a = torch.relu(z)
    loss = (a - target) ** 2
    values = {"w": w, "wx": wx, "b": b, "z": z, "a": a, "L": loss}
    found = torch.autograd.grad(loss, list(values.values()))
    gradients = {name: gradient + 0 for name, gradient in zip(values, found, strict=True)}  # no -0
    values |= {"x": pixel, "t": target}
    figure, axes = plt.subplots(figsize=(room(), 4.2 if is_narrow() else 2.5))
    for name, (start, end) in JOINS.items():
        draw_arrow(axes, start, end, values[name], FORWARD)
        if name in gradients:
            draw_arrow(axes, end, start, gradients[name], BACKWARD)
    for part in PARTS:
        box = {"boxstyle": "round", "facecolor": "white"} if part not in "xwbtL" else None
        axes.text(*place_of(part), part, ha="center", va="center", bbox=box)
    axes.set_title(text("figures_basics.backpropagation_title"))
    axes.update_datalim([place_of(part) for part in PARTS])
    axes.margins(*(0.6, 0.06) if is_narrow() else (0.04, 0.25))
    axes.autoscale_view()
    axes.axis("off")
    lines = [Line2D([], [], **way) for way in (FORWARD, BACKWARD)]
    legend_below(figure, lines, [text("figures_basics.forward"), text("figures_basics.backward")], columns=2)
    words = text("figures_basics.alt_backpropagation", values=values, gradients=gradients)
    return Picture(figure, with_minus_signs(words))


def place_of(part: str) -> tuple[int, int]:
    """Return where a part of the neuron stands: the way goes to the right, and on a phone down."""
    along, beside = PARTS[part]
    return (-beside, -along) if is_narrow() else (along, beside)


def draw_arrow(axes: Axes, start: str, end: str, number: float, way: Mapping[str, Any]) -> None:
    """Draw an arrow between two parts, and its number: forward above or to the left, else opposite."""
    ends = np.array([place_of(start), place_of(end)])
    side = np.array((0, 1) if ends[0, 1] == ends[1, 1] else (-1, 0)) * (1 if way is FORWARD else -1)
    shifted = offset_copy(axes.transData, axes.figure, *(3 * side), units="points")
    begin, stop = ends + 0.26 * (ends[::-1] - ends)  # the parts themselves take the rest
    axes.annotate("", stop, begin, xycoords=shifted, arrowprops=way | {"arrowstyle": "->"})
    words = with_minus_signs(f"{number:g}")
    # A side of -1 takes the last word.
    where = {"ha": ("center", "left", "right")[side[0]], "va": ("center", "bottom", "top")[side[1]]}
    style = {"textcoords": "offset points", "color": way["color"]}
    axes.annotate(words, ends.mean(axis=0), 8 * side, **where, **style)


@drawn_twice
def plot_history(history: History, title: str = "") -> Picture:
    """Draw loss and accuracy by epoch, training and test, with the gap between them shaded.

    Dotted lines mark the loss and the accuracy of giving each of ten classes the same chance.

    Parameters
    ----------
    history
        As ``fit`` returns it, with a test loader.
    title
        Stands above both panels: what was trained, and how long.
    """
    figure, (losses, accuracies) = subplots(1, 2, height=4.5)
    draw_curves(losses, history, "loss", scale=1, chance=math.log(10))
    draw_curves(accuracies, history, "accuracy", scale=100, chance=10)
    # Both panels speak of the same lines: one legend, under both.
    lines, labels = accuracies.get_legend_handles_labels()
    legend_below(figure, lines, labels, columns=2)
    figure.suptitle(title)
    train, test = (100 * history[-1][f"{split}_accuracy"] for split in ("train", "test"))
    figures = {"epochs": len(history), "train": train, "test": test, "gap": train - test}
    words = with_minus_signs(text("figures_basics.alt_history", **figures))
    return Picture(figure, f"{title}. {words}" if title else words)


def draw_curves(axes: Axes, history: History, quantity: str, scale: float, chance: float) -> None:
    """Draw the two curves of one quantity, the shaded gap, its last value and the line of chance."""
    epochs = [row["epoch"] for row in history]
    train, test = ([scale * row[f"{split}_{quantity}"] for row in history] for split in ("train", "test"))
    axes.plot(epochs, train, "o-", color=COLOURS["blue"], label=text("figures_basics.train"))
    axes.plot(epochs, test, "s--", color=COLOURS["vermilion"], label=text("figures_basics.test"))
    shade = {"color": COLOURS["grey"], "alpha": 0.2, "linewidth": 0}
    axes.fill_between(epochs, train, test, **shade, label=text("figures_basics.gap"))
    axes.axhline(chance, color=COLOURS["grey"], ls=":", label=text("figures_basics.chance"))
    gap = text(f"figures_basics.gap_{quantity}", gap=train[-1] - test[-1])
    axes.set_title(text(f"figures_basics.{quantity}_title", gap=with_minus_signs(gap)))
    axes.set(xlabel=text("figures_basics.epoch"), ylabel=text(f"figures_basics.{quantity}_axis"))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.margins(y=0.1)  # a line at the value of chance is no edge of the panel
    axes.set_ylim(bottom=0)


# --- Confidence ---

@drawn_twice
def plot_reliability(models: Mapping[str, ReliabilityBins]) -> Picture:
    """Draw accuracy by confidence, a panel a model, and below how many predictions each bin holds.

    On the diagonal a network is right as often as it is sure; bars below it are those of one that
    trusts itself too much.

    Parameters
    ----------
    models
        One or more, by the names that stand above the panels; bins of equal number.
    """
    names = as_written(models)
    count = len(models)
    if is_narrow():  # a column of pairs
        size = (room(), 3.2 * count + 1)
        figure, panels = plt.subplots(2 * count, 1, figsize=size, height_ratios=(3, 1) * count)
        places = panels.reshape(count, 2).T
    else:
        figure, places = subplots(2, count, height=5.6, sharey="row", squeeze=False, height_ratios=(3, 1))
    errors = [100 * expected_calibration_error(binned) for binned in models.values()]
    for (upper, lower), name, binned, error in zip(places.T, names, models.values(), errors, strict=True):
        middles, width = (binned.edges[:-1] + binned.edges[1:]) / 2, binned.edges[1]
        style = {"width": 100 * width, "color": COLOURS["blue"], "edgecolor": "white"}
        upper.bar(100 * middles, 100 * np.nan_to_num(binned.accuracy), **style,
                  label=text("figures_basics.accuracy"))  # fmt: skip
        upper.plot(100 * binned.confidence, 100 * binned.accuracy, "o", color=COLOURS["orange"],
                   markeredgecolor="black", label=text("figures_basics.bin_means"))  # fmt: skip
        upper.plot([0, 100], [0, 100], "--", color="black", label=text("figures_basics.diagonal"))
        upper.set_title(text("figures_basics.panel", name=name, error=error))
        shares = 100 * binned.counts / binned.counts.sum()
        lower.bar(100 * middles, shares, **style | {"color": COLOURS["grey"]})
        lower.set(xlim=(0, 100), xlabel=text("figures_basics.confidence_axis"))
        upper.set(xlim=(0, 100), ylim=(0, 100))
        upper.tick_params(labelbottom=False)
    for upper, lower in places.T if is_narrow() else places[:, :1].T:
        upper.set_ylabel(text("figures_basics.accuracy_axis"))
        lower.set_ylabel(text("figures_basics.share_axis"))
    figure.suptitle(text("figures_basics.reliability_title"))
    legend_below(figure, *places[0, 0].get_legend_handles_labels(), columns=3)
    named = zip(models, errors, strict=True)
    told = ", ".join(text("figures_basics.error_of", name=name, error=error) for name, error in named)
    return Picture(figure, text("figures_basics.alt_reliability", errors=told))
