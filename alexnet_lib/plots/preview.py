"""The blog post's preview: a grid of images, each under the name of its class."""

import math
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from alexnet_lib.lettering import as_written


def plot_preview(pixels: NDArray[np.uint8], names: Sequence[str], columns: int = 5) -> Figure:
    """Show images in rows, from left to right, with a name above each.

    Parameters
    ----------
    pixels
        uint8, (N, H, W, 3), as ``to_pixels`` returns them.
    names
        One an image.
    columns
        Images a row.
    """
    names = as_written(names)
    rows = math.ceil(len(pixels) / columns)
    figure = plt.figure(figsize=(1.4 * columns, 1.7 * rows))
    for i, (picture, name) in enumerate(zip(pixels, names, strict=True), start=1):
        axes = figure.add_subplot(rows, columns, i)
        axes.set_title(name, weight="normal", pad=4)
        axes.axis("off")
        axes.imshow(picture)
    return figure
