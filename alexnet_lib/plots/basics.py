"""The pictures of chapters 1 to 8: the contest, the data, the network, its training, its mistakes."""

import itertools
import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from alexnet_lib.language import text
from alexnet_lib.metrics import ReliabilityBins, expected_calibration_error
from alexnet_lib.notebook import COLOURS, PIXELS_PER_INCH, Picture, as_written, ink_on, with_minus_signs
from alexnet_lib.summary import LayerRow
from alexnet_lib.training import History
from alexnet_lib.transforms import Statistics, denormalize, to_pixels

WIDEST = 8  # inches: what a page has room for

# --- The contest ---

Facts = Mapping[str, Mapping[str, Any]]

# Where a value stands: the curve falls from left to right, so these two corners are free of it.
ABOVE = {"xytext": (7, 3), "ha": "left", "va": "bottom"}
BELOW = {"xytext": (-7, -3), "ha": "right", "va": "top"}
WHITE = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.5}
# Beside a year's winner: what it reached with further data, and whoever came second.
BESIDE = {"extra": ("D", COLOURS["orange"], BELOW), "second": ("x", COLOURS["grey"], ABOVE)}


def plot_top5_errors(facts: Facts) -> Figure:
    """Draw each year's winning error, mark the steepest fall, and compare with a human.

    Parameters
    ----------
    facts
        As ``facts()`` returns them. Drawn are ``ilsvrc_YEAR``, ``ilsvrc_YEAR_extra``,
        ``ilsvrc_YEAR_second`` and ``ilsvrc_human``, all in percent.
    """
    winners = by_year(facts, "")
    years = sorted(winners)
    errors = [winners[year]["value"] for year in years]
    figure, axes = plt.subplots(figsize=(7.8, 5))
    line = {"color": COLOURS["blue"], "label": text("figures_basics.winner")}
    axes.plot(years, errors, "o-", linewidth=2, zorder=2, **line)
    write_values(axes, dict(zip(years, errors, strict=True)), ABOVE)
    for suffix, (marker, colour, place) in BESIDE.items():
        points = {year: fact["value"] for year, fact in by_year(facts, f"_{suffix}").items()}
        style = {"marker": marker, "color": colour, "label": text(f"figures_basics.{suffix}")}
        axes.scatter(list(points), list(points.values()), zorder=3, **style)
        write_values(axes, points, place)
    mark_steepest_fall(axes, years, errors)
    human = facts["ilsvrc_human"]["value"]
    axes.axhline(human, color=COLOURS["green"], ls="--", label=text("figures_basics.human", error=human))
    axes.set_title(text("figures_basics.top5_title"))
    axes.set_ylabel(text("figures_basics.error"))
    names = [winners[year]["winner"].replace("-", "-\n") for year in years]
    axes.set_xticks(years, [f"{year}\n{name}" for year, name in zip(years, names, strict=True)])
    axes.set_xlabel(text("figures_basics.year"))
    axes.margins(x=0.08)  # the last value stands to the right of its point
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper right")
    return figure


def write_values(axes: Axes, points: Mapping[int, float], place: Mapping[str, Any]) -> None:
    """Write each value beside its point, on white, so that no line runs through it."""
    for year, value in points.items():
        axes.annotate(f"{value}%", (year, value), **place, textcoords="offset points", bbox=WHITE)


def by_year(facts: Facts, suffix: str) -> dict[int, Mapping[str, Any]]:
    """Return the facts named ``ilsvrc_YEAR`` and a suffix, by year."""
    found = {re.fullmatch(rf"ilsvrc_(\d{{4}}){suffix}", name): fact for name, fact in facts.items()}
    return {int(match[1]): fact for match, fact in found.items() if match}


def mark_steepest_fall(axes: Axes, years: list[int], errors: list[float]) -> None:
    """Paint over the segment along which the error fell by the most points, and say by how many."""
    falls = -np.diff(errors)
    place = int(falls.argmax())
    start_end = slice(place, place + 2)
    axes.plot(years[start_end], errors[start_end], color=COLOURS["vermilion"], linewidth=5, zorder=1)
    middle = (np.mean(years[start_end]), np.mean(errors[start_end]))
    words = text("figures_basics.fall", points=falls[place])
    style = {"color": COLOURS["vermilion"], "ha": "right", "va": "top"}
    axes.annotate(words, middle, (-14, -8), textcoords="offset points", **style)


# --- The data ---

GAP = 1  # white pixels around each image of the wall
PANEL = 1.7  # inches: the side of an enlarged image
LEVELS_PER_BIN = 4

# Colour and dash, so that the channels differ in grey as well.
CHANNELS = {
    "red": (COLOURS["vermilion"], "-"),
    "green": (COLOURS["green"], "--"),
    "blue": (COLOURS["blue"], ":"),
}


def plot_wall(images: NDArray[np.uint8], names: Sequence[str]) -> Figure:
    """Show some images of each class, a row a class.

    Parameters
    ----------
    images
        (C, K, H, W, 3), K images of each of C classes.
    names
        Of the classes, C of them.
    """
    names = as_written(names)
    framed = np.pad(images, [(0, 0), (0, 0), (GAP, GAP), (GAP, GAP), (0, 0)], constant_values=255)
    classes, count, height, width, channels = framed.shape
    wall = framed.swapaxes(1, 2).reshape(classes * height, count * width, channels)
    figure, axes = plt.subplots(figsize=(8, 6.8 * classes / count))
    axes.imshow(wall, interpolation="nearest")
    axes.set_anchor("E")  # the room left over goes to the names
    axes.set_xticks([])
    axes.set_yticks(height * (np.arange(classes) + 0.5) - 0.5, names)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def plot_enlargements(versions: Sequence[NDArray[np.uint8]], names: Sequence[str]) -> Figure:
    """Show images pixel for pixel, and below them each of their versions enlarged to one size.

    Parameters
    ----------
    versions
        The same N images in one or more sizes, each (N, side, side, 3). The first is shown in its
        true size as well, one pixel of it a pixel of the page.
    names
        Written above the images, N of them.
    """
    names = as_written(names)
    true_side = versions[0].shape[1] / PIXELS_PER_INCH
    left, top = 0.9, true_side + 0.5  # inches: the words at the left, the row of true size
    width, height = left + PANEL * len(names), top + PANEL * len(versions)
    figure = plt.figure(figsize=(width, height), layout="none")

    def show(picture: NDArray[np.uint8], x: float, y: float, size: float) -> Axes:
        """Place a picture by its upper left corner, in inches from that of the figure."""
        axes = figure.add_axes((x / width, 1 - (y + size) / height, size / width, size / height))
        axes.imshow(picture, interpolation="nearest")
        axes.axis("off")
        return axes

    def write(words: str, y: float) -> None:
        figure.text(0.8 * left / width, 1 - y / height, words, ha="right", va="center")

    write(text("figures_basics.true_size"), 0.35 + true_side / 2)
    for column, name in enumerate(names):
        x = left + PANEL * column
        show(versions[0][column], x + (PANEL - true_side) / 2, 0.35, true_side).set_title(name)
        for row, version in enumerate(versions):
            show(version[column], x, top + PANEL * row, 0.95 * PANEL)
    for row, version in enumerate(versions):
        write("{1}×{2}".format(*version.shape), top + PANEL * (row + 0.475))
    return figure


def plot_channel_histograms(pixels: NDArray[np.uint8], mean: Statistics, std: Statistics) -> Figure:
    """Draw how often each brightness occurs in a channel, before and after normalization.

    Parameters
    ----------
    pixels
        uint8, (N, H, W, 3).
    mean, std
        What the channels are normalized with, of pixels in [0, 1].
    """
    figure, panels = plt.subplots(1, 2, sharey=True, figsize=(8, 3.8))
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
    panels[0].set_title(text("figures_basics.before"))
    panels[0].set_xlabel(text("figures_basics.brightness"))
    panels[0].set_ylabel(text("figures_basics.share_of_pixels", levels=LEVELS_PER_BIN))
    panels[1].set_title(text("figures_basics.after"))
    panels[1].set_xlabel(text("figures_basics.normalized"))
    figure.legend(loc="outside lower center", ncols=3)
    return figure


# --- A batch ---


def show_images(images: Sequence[ArrayLike], titles: Sequence[object], columns: int = 5) -> Picture:
    """Show images in rows, from left to right, with a title above each.

    Parameters
    ----------
    images
        Each (H, W, 3), uint8 or from 0 to 1, as ``to_pixels`` makes them of tensors; or (H, W) of
        any values, the smallest in black, the largest in white.
    titles
        One an image.
    columns
        Images a row.
    """
    names = as_written(titles)
    rows = math.ceil(len(images) / columns)
    side = min(2.4, WIDEST / columns)
    lines = 1 + max(name.count("\n") for name in names)
    figure = plt.figure(figsize=(side * columns, (side + 0.3 * lines) * rows))
    for i, (image, name) in enumerate(zip(images, names, strict=True), start=1):
        axes = figure.add_subplot(rows, columns, i)
        axes.set_title(name, weight="normal", pad=4)
        axes.axis("off")
        axes.imshow(image, cmap="gray")
    words = ", ".join(str(title).replace("\n", " ") for title in titles)
    return Picture(
        figure, text("figures_basics.alt_images", count=len(images), columns=columns, titles=words)
    )


# --- Augmentation ---


def plot_crop(padded: Tensor, top: int, left: int, size: int = 32) -> Figure:
    """Show a crop step by step: the padded image with the window on it, the crop, its mirror image.

    Parameters
    ----------
    padded
        uint8, (3, H, W), the padding included.
    top, left
        The first row and the first column of the window, in pixels.
    size
        Its side, in pixels.
    """
    crop = padded[:, top : top + size, left : left + size]
    pictures = {
        text("figures_basics.window"): padded,
        text("figures_basics.crop"): crop,
        text("figures_basics.flip"): crop.flip(-1),
    }
    figure, panels = plt.subplots(
        1, 3, figsize=(7.5, 3.2), width_ratios=[picture.shape[-1] for picture in pictures.values()]
    )
    for axes, (title, picture) in zip(panels, pictures.items(), strict=True):
        axes.imshow(picture.movedim(0, -1).numpy())
        axes.set_title(title)
        axes.axis("off")
    corner = (left - 0.5, top - 0.5)  # a pixel's centre lies on its number, its edge half before
    panels[0].add_patch(
        Rectangle(corner, size, size, fill=False, edgecolor=COLOURS["orange"], linewidth=3)
    )
    return figure


def plot_augmentations(images: Tensor, mean: Statistics, std: Statistics) -> Figure:
    """Show nine augmented images twice: as the network gets them, and denormalized.

    Parameters
    ----------
    images
        float32, (9, 3, H, W), normalized. On the left their values are shown as they are: what lies
        below 0 is black, what lies above 1 is as bright as the channel can be.
    mean, std
        What they were normalized with.
    """
    twins = {
        text("figures_basics.as_the_network"): to_pixels(images),
        text("figures_basics.as_we"): to_pixels(denormalize(images, mean, std)),
    }
    figure = plt.figure(figsize=(8, 4.3))
    for half, (title, pictures) in zip(figure.subfigures(1, 2, wspace=0.06), twins.items(), strict=True):
        half.suptitle(title)
        for axes, picture in zip(half.subplots(3, 3).flat, pictures, strict=True):
            axes.imshow(picture)
            axes.axis("off")
    return figure


def plot_padding_orders(
    pad_first: Tensor, normalize_first: Tensor, mean: Statistics, std: Statistics
) -> Figure:
    """Show, denormalized, what becomes of the border when padding comes before or after ``Normalize``.

    Parameters
    ----------
    pad_first, normalize_first
        float32, (3, H, W): the same image, the two steps in either order.
    mean, std
        What they were normalized with.
    """
    orders = {
        text("figures_basics.pad_first"): pad_first,
        text("figures_basics.normalize_first"): normalize_first,
    }
    figure, panels = plt.subplots(1, 2, figsize=(6.4, 3.5))
    for axes, (title, image) in zip(panels, orders.items(), strict=True):
        axes.imshow(to_pixels(denormalize(image, mean, std)))
        axes.set_title(title)
        axes.axis("off")
    return figure


# --- The network ---


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
    figure, (left, right) = plt.subplots(1, 2, sharey=True, figsize=(7.5, 4.6))
    # Back to back, with the names between them and the first layer on top.
    left.invert_xaxis()
    left.invert_yaxis()
    left.spines["left"].set_visible(False)
    left.spines["right"].set_visible(True)
    left.tick_params(axis="y", left=False, labelleft=False)
    right.tick_params(axis="y", left=False, labelleft=True)
    draw_shares(left, names, parameters, COLOURS["blue"])
    left.set_title(text("figures_basics.parameters", total=sum(parameters)))
    draw_shares(right, names, macs, COLOURS["orange"])
    right.set_title(text("figures_basics.macs", total=sum(macs)))
    # The same scale on both sides, with room for the words at the end of the longest bar.
    longest = max(bar.get_width() for axes in (left, right) for bar in axes.patches)
    left.set_xlim(1.25 * longest, 0)
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
    axes.plot(epochs, train, "o-", color=COLOURS["blue"], label=text("figures_basics.train"))
    axes.plot(epochs, test, "s--", color=COLOURS["vermilion"], label=text("figures_basics.test"))
    shade = {"color": COLOURS["grey"], "alpha": 0.2, "linewidth": 0}
    axes.fill_between(epochs, train, test, **shade, label=text("figures_basics.gap"))
    axes.axhline(chance, color=COLOURS["grey"], ls=":", label=text("figures_basics.chance"))
    gap = text(f"figures_basics.gap_{quantity}", gap=train[-1] - test[-1])
    title = text(f"figures_basics.{quantity}_title", gap=with_minus_signs(gap))
    axes.set_title(title, fontsize="medium")
    axes.set_xlabel(text("figures_basics.epoch"))
    axes.set_ylabel(text(f"figures_basics.{quantity}_axis"))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.margins(y=0.1)  # a line at the value of chance is no edge of the panel
    axes.set_ylim(bottom=0)


# --- Mistakes ---

Counts = NDArray[np.int64]
Shares = NDArray[np.float64]


def normalize_rows(matrix: Counts) -> Shares:
    """Divide each row by its sum: of the images of a class, the share that each prediction got."""
    return shares(matrix, matrix.sum(axis=1, keepdims=True))


def shares(counts: Counts, totals: Counts) -> Shares:
    """Divide; where there is nothing to divide by, the share is not a number."""
    return np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)


def recall(matrix: Counts) -> Shares:
    """Return for each class: of its images (its row), the share that was found, or NaN."""
    return shares(np.diag(matrix), matrix.sum(axis=1))


def precision(matrix: Counts) -> Shares:
    """Return for each class: of its predictions (its column), the share that is right, or NaN."""
    return shares(np.diag(matrix), matrix.sum(axis=0))


def plot_confusion_matrix(matrix: Counts, class_names: Sequence[str]) -> Figure:
    """Draw the row-normalized confusion matrix, with accuracy and misclassification rate below it.

    Parameters
    ----------
    matrix
        (C, C) counts; the row is the true class, the column the prediction.
    class_names
        C names, in the order of the matrix.
    """
    class_names = as_written(class_names)
    accuracy = np.trace(matrix) / matrix.sum()
    normalized = normalize_rows(matrix)
    figure, axes = plt.subplots(figsize=(8, 7))
    picture = axes.imshow(normalized, cmap="Blues", vmin=0)
    for row, column in itertools.product(range(len(matrix)), repeat=2):
        share = normalized[row, column]
        colour = ink_on(picture.cmap(picture.norm(share)))
        axes.text(column, row, f"{share:.2f}", ha="center", va="center", color=colour)
    ticks = np.arange(len(class_names))
    axes.set_xticks(ticks, class_names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(ticks, class_names)
    axes.spines[:].set_visible(False)
    axes.set_title(text("figures_basics.confusion_title", images=matrix.sum()))
    axes.set_ylabel(text("figures_basics.true_label"))
    axes.set_xlabel(
        text("figures_basics.predicted_label", accuracy=100 * accuracy, misclass=100 * (1 - accuracy))
    )
    figure.colorbar(picture, label=text("figures_basics.row_share"), shrink=0.8)
    return figure


def plot_precision_and_recall(matrix: Counts, class_names: Sequence[str]) -> Figure:
    """Draw two bars a class: precision, from its column, and recall, from its row.

    Parameters
    ----------
    matrix
        (C, C) counts; the row is the true class, the column the prediction.
    class_names
        C names, in the order of the matrix.
    """
    class_names = as_written(class_names)
    figure, axes = plt.subplots(figsize=(8, 5.5))
    places = np.arange(len(class_names))
    undefined = text("figures_basics.undefined")
    sides = (("recall", recall, -0.2, "blue", ""), ("precision", precision, 0.2, "orange", "//"))
    for name, measure, shift, colour, hatch in sides:
        values = 100 * measure(matrix)
        style = {"height": 0.4, "color": COLOURS[colour], "hatch": hatch, "edgecolor": "white"}
        bars = axes.barh(
            places + shift, np.nan_to_num(values), **style, label=text(f"figures_basics.{name}")
        )
        words = [undefined if np.isnan(value) else f"{value:.0f}" for value in values]
        axes.bar_label(bars, words, padding=3, fontsize="small")
    axes.set_yticks(places, class_names)
    axes.invert_yaxis()  # the matrix begins at the top, and so do the bars
    axes.set_xlim(0, 108)
    axes.set_xlabel(text("figures_basics.percent"))
    axes.set_title(text("figures_basics.precision_and_recall_title"))
    figure.legend(loc="outside lower center")
    return figure


def most_confident_mistakes(logits: Tensor, labels: Tensor, count: int = 12) -> tuple[Tensor, Tensor]:
    """Find the wrong predictions that the network was surest of.

    Returns
    -------
    indices, confidences
        Of at most ``count`` images, surest first; the confidence is the highest softmax probability.
    """
    # In float64: in float32 the surest of all would be ties at 1.
    confidences, predictions = logits.double().softmax(dim=1).max(dim=1)
    wrong = (predictions != labels).nonzero().flatten()
    order = confidences[wrong].argsort(descending=True, stable=True)[:count]
    return wrong[order], confidences[wrong[order]]


def plot_mistakes(
    images: NDArray[np.uint8],
    labels: ArrayLike,
    predictions: ArrayLike,
    confidences: ArrayLike,
    class_names: Sequence[str],
) -> Figure:
    """Show images, at most twelve, over each the true class, what it was taken for and how surely.

    Parameters
    ----------
    images
        (N, H, W, 3) pixels.
    labels, predictions, confidences
        (N,) each; confidences are probabilities.
    class_names
        Of all classes.
    """
    class_names = as_written(class_names)
    figure, places = plt.subplots(3, 4, figsize=(8, 7.2))
    for axes in places.flat:
        axes.axis("off")
    rows = zip(places.flat, images, labels, predictions, confidences, strict=False)
    for axes, image, label, prediction, confidence in rows:
        axes.imshow(image, interpolation="nearest")
        words = {"true": class_names[int(label)], "predicted": class_names[int(prediction)]}
        title = text("figures_basics.mistake", confidence=100 * float(confidence), **words)
        axes.set_title(title, fontsize="medium", fontweight="normal")
    figure.suptitle(text("figures_basics.mistakes_title"))
    return figure


# --- Confidence ---

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
                  label=text("figures_basics.accuracy"))  # fmt: skip
        upper.plot(100 * binned.confidence, 100 * binned.accuracy, "o", color=COLOURS["orange"],
                   markeredgecolor="black", label=text("figures_basics.bin_means"))  # fmt: skip
        upper.plot([0, 100], [0, 100], "--", color="black", label=text("figures_basics.diagonal"))
        error = 100 * expected_calibration_error(binned)
        words = text("figures_basics.panel", name=name, error=error)
        upper.set_title(wrapped(words, LETTERS // len(models)), fontsize="medium")
        lower.bar(
            100 * middles, 100 * binned.counts / binned.counts.sum(), **style | {"color": COLOURS["grey"]}
        )
        lower.set_xlabel(text("figures_basics.confidence_axis"))
    places[0, 0].set(xlim=(0, 100), ylim=(0, 100), ylabel=text("figures_basics.accuracy_axis"))
    places[1, 0].set_ylabel(text("figures_basics.share_axis"))
    figure.suptitle(text("figures_basics.reliability_title"))
    figure.legend(*places[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


# --- Pairs of images ---


def plot_pairs(images: NDArray[np.uint8], others: NDArray[np.uint8], titles: Sequence[str]) -> Figure:
    """Show pairs of images, three pairs a row: test image on the left, training image on the right.

    Parameters
    ----------
    images, others
        (P, H, W, 3) pixels, pair by pair; at most six pairs.
    titles
        One a pair.
    """
    titles = as_written(titles)
    figure = plt.figure(figsize=(8, 4.1))
    panels = figure.subfigures(2, 3).flat
    for panel, first, second, title in zip(panels, images, others, titles, strict=False):
        panel.suptitle(title, fontsize="medium")
        sides = (("pair_test", first), ("pair_train", second))
        for axes, (name, image) in zip(panel.subplots(1, 2), sides, strict=True):
            axes.imshow(image, interpolation="nearest")
            axes.set_title(text(f"figures_basics.{name}"), fontsize="small", fontweight="normal")
            axes.axis("off")
    return figure
