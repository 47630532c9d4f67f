"""What a classifier gets wrong: the confusion matrix, its two ways to be read, its boldest mistakes."""

import itertools
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from alexnet_lib.figures import COLOURS, ink_on
from alexnet_lib.language import text
from alexnet_lib.lettering import as_written

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
    axes.set_title(text("figures_evaluation.confusion_title", images=matrix.sum()))
    axes.set_ylabel(text("figures_evaluation.true_label"))
    axes.set_xlabel(
        text("figures_evaluation.predicted_label", accuracy=100 * accuracy, misclass=100 * (1 - accuracy))
    )
    figure.colorbar(picture, label=text("figures_evaluation.row_share"), shrink=0.8)
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
    undefined = text("figures_evaluation.undefined")
    sides = (("recall", recall, -0.2, "blue", ""), ("precision", precision, 0.2, "orange", "//"))
    for name, measure, shift, colour, hatch in sides:
        values = 100 * measure(matrix)
        style = {"height": 0.4, "color": COLOURS[colour], "hatch": hatch, "edgecolor": "white"}
        bars = axes.barh(
            places + shift, np.nan_to_num(values), **style, label=text(f"figures_evaluation.{name}")
        )
        words = [undefined if np.isnan(value) else f"{value:.0f}" for value in values]
        axes.bar_label(bars, words, padding=3, fontsize="small")
    axes.set_yticks(places, class_names)
    axes.invert_yaxis()  # the matrix begins at the top, and so do the bars
    axes.set_xlim(0, 108)
    axes.set_xlabel(text("figures_evaluation.percent"))
    axes.set_title(text("figures_evaluation.precision_and_recall_title"))
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
        title = text("figures_evaluation.mistake", confidence=100 * float(confidence), **words)
        axes.set_title(title, fontsize="medium", fontweight="normal")
    figure.suptitle(text("figures_evaluation.mistakes_title"))
    return figure
