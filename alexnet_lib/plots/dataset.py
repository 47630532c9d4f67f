"""What a data set looks like: a wall of its images, what small images keep, its channels' values."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from alexnet_lib.figures import COLOURS, PIXELS_PER_INCH
from alexnet_lib.language import text
from alexnet_lib.lettering import as_written
from alexnet_lib.transforms import Statistics

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

    write(text("figures_dataset.true_size"), 0.35 + true_side / 2)
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
        label = text(f"figures_dataset.{channel}")
        panels[0].stairs(shares, edges, **style, label=label)
        panels[0].axvline(mean[index], **style)
        panels[1].stairs(shares, (edges - mean[index]) / std[index], **style)
    panels[1].axvline(0, color="black", linewidth=1.2)
    panels[0].set_title(text("figures_dataset.before"))
    panels[0].set_xlabel(text("figures_dataset.brightness"))
    panels[0].set_ylabel(text("figures_dataset.share", levels=LEVELS_PER_BIN))
    panels[1].set_title(text("figures_dataset.after"))
    panels[1].set_xlabel(text("figures_dataset.normalized"))
    figure.legend(loc="outside lower center", ncols=3)
    return figure
