"""Pairs of images that are nearly the same."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from alexnet_lib.language import text
from alexnet_lib.lettering import as_written


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
        sides = (("test", first), ("train", second))
        for axes, (name, image) in zip(panel.subplots(1, 2), sides, strict=True):
            axes.imshow(image, interpolation="nearest")
            axes.set_title(text(f"figures_duplicates.{name}"), fontsize="small", fontweight="normal")
            axes.axis("off")
    return figure
