"""From a network's answers to scores: loss, accuracy, errors, confusion, calibration.

Recall and precision are scikit-learn's; chapter 8 computes them from the confusion matrix.
"""

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from alexnet_lib.devices import choose_device
from alexnet_lib.language import BookError


def predict_logits(
    model: nn.Module, loader: DataLoader, device: str | torch.device | None = None
) -> tuple[Tensor, Tensor]:
    """Run a model over a loader, in evaluation mode, and collect its scores.

    Returns
    -------
    logits, labels
        On the CPU: float32 (N, C) and int64 (N,), in the loader's order. The model is left where it
        was, and each of its layers in the mode it was in.
    """
    device = choose_device(device)
    logits, labels = [], []
    with evaluating(model, device), torch.inference_mode():
        for images, targets in loader:
            logits.append(model(images.to(device, non_blocking=True)).float())
            labels.append(targets)
    if not logits:
        raise BookError("no_images")
    labels = torch.cat(labels).cpu()
    check_kind(labels)
    # inference_mode marks its tensors; a clone outside of it is an ordinary one.
    return torch.cat(logits).cpu().clone(), labels.long()


@contextlib.contextmanager
def evaluating(model: nn.Module, device: torch.device | None = None) -> Iterator[None]:
    """Put a model into evaluation mode, on a device where one is given; and back, whatever happens.

    Each layer gets back the mode that it had: a frozen one is not woken.
    """
    modes = [(layer, layer.training) for layer in model.modules()]
    home = next((tensor.device for tensor in (*model.parameters(), *model.buffers())), device)
    # One that is there already stays untouched: a tensor of its own may lie elsewhere on purpose.
    moves = device is not None and (home.type, home.index or 0) != (device.type, device.index or 0)
    try:
        if moves:
            model.to(device)
        model.eval()
        yield
    finally:
        if moves:
            model.to(home)
        for layer, training in modes:
            layer.training = training


def check_kind(labels: Tensor) -> None:
    """Refuse labels that are not whole numbers, (N,)."""
    whole = not (labels.is_floating_point() or labels.is_complex() or labels.dtype == torch.bool)
    if labels.dim() != 1 or not whole:
        dtype = str(labels.dtype).removeprefix("torch.")
        raise BookError("labels_kind", shape=tuple(labels.shape), dtype=dtype)


def check_range(labels: NDArray | Tensor, num_classes: int) -> None:
    """Refuse class indices below zero or beyond the last class."""
    low, high = int(labels.min()), int(labels.max())
    if not 0 <= low <= high < num_classes:
        raise BookError("class_index", low=low, high=high, top=num_classes - 1)


def check_labels(labels: Tensor, num_classes: int) -> None:
    """Refuse labels that are not (N,) class indices from 0 to ``num_classes`` - 1.

    PyTorch ends in errors of its own, passes over -100 without a word, and on a card stops for good.
    """
    check_kind(labels)
    if len(labels):
        check_range(labels, num_classes)


def as_array(values: ArrayLike | Tensor) -> NDArray:
    """Return an array of what may be a tensor: on a card, with a gradient, or in a format NumPy lacks."""
    if isinstance(values, Tensor):
        values = values.detach().cpu()
        values = values.double() if values.is_floating_point() else values
    return np.asarray(values)


def evaluate(
    model: nn.Module, loader: DataLoader, device: str | torch.device | None = None
) -> dict[str, float | int]:
    """Return ``{"loss", "accuracy", "count"}``: means over images, accuracy as a fraction."""
    logits, labels = predict_logits(model, loader, device)
    check_labels(labels, logits.shape[1])
    return {
        "loss": functional.cross_entropy(logits.double(), labels).item(),
        "accuracy": 1 - top_k_error(logits, labels),
        "count": len(labels),
    }


def measure(
    model: nn.Module, loader: DataLoader | None, device: torch.device
) -> dict[str, float | None]:
    """Evaluate, and name the figures after the split they come from: ``val_...`` or ``test_...``."""
    row = dict.fromkeys(("val_loss", "val_accuracy", "test_loss", "test_accuracy"))
    if loader is not None:
        split = "val" if getattr(loader.dataset, "train", True) else "test"
        result = evaluate(model, loader, device)
        row |= {f"{split}_loss": result["loss"], f"{split}_accuracy": result["accuracy"]}
    return row


def top_k_error(scores: ArrayLike | Tensor, labels: ArrayLike | Tensor, k: int = 1) -> float:
    """Return the share of images whose label is not among the k highest scores.

    Parameters
    ----------
    scores
        (N, C); logits and probabilities give the same answer.
    labels
        (N,), class indices.
    k
        1 to C. Equal scores rank by class index, lowest first, as ``numpy.argmax`` does.

    Returns
    -------
    float
        In [0, 1].
    """
    scores, labels = as_array(scores).astype(float), as_array(labels)
    if scores.ndim != 2 or labels.shape != scores.shape[:1] or len(labels) == 0:
        raise ValueError(f"scores {scores.shape}, labels {labels.shape}: give (N, C) and (N,), N at least 1")
    if not 1 <= k <= scores.shape[1]:
        raise BookError("top_k", k=k, classes=scores.shape[1])
    check_range(labels, scores.shape[1])
    if np.isnan(scores).any():
        raise BookError("scores_not_numbers")
    best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    hit = (best == labels[:, None]).any(axis=1)
    return float(np.mean(~hit))


def confusion_matrix(
    labels: ArrayLike | Tensor, predictions: ArrayLike | Tensor, num_classes: int
) -> NDArray[np.int64]:
    """Count how often each class was taken for each other.

    Returns
    -------
    ndarray
        int64, (num_classes, num_classes); the row is the true class, the column the prediction.
    """
    labels, predictions = as_array(labels), as_array(predictions)
    if labels.ndim != 1 or labels.shape != predictions.shape or len(labels) == 0:
        shapes = f"labels {labels.shape}, predictions {predictions.shape}"
        raise ValueError(f"{shapes}: give both as (N,), N at least 1")
    # scikit-learn leaves out what is not among the classes; here that is a mistake.
    for values in (labels, predictions):
        check_range(values, num_classes)
    import sklearn.metrics  # here: it would be a quarter of the time in which every notebook is set up

    return sklearn.metrics.confusion_matrix(labels, predictions, labels=range(num_classes))


# Wider than any network of this book needs. If every prediction is right there is no best
# temperature: the colder the better, and the search ends at the lower of these.
COLDEST, HOTTEST = 0.05, 20.0


@dataclass(frozen=True)
class ReliabilityBins:
    """Predictions sorted into bins of equal width by their confidence.

    ``edges`` (B + 1,) run from 0 to 1, and a bin holds its upper edge; ``counts`` (B,) are images;
    ``confidence`` and ``accuracy`` (B,) are means over the bin's images, NaN where it has none.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]


def reliability_bins(logits: Tensor, labels: Tensor, bins: int = 10) -> ReliabilityBins:
    """Sort predictions by confidence, the highest softmax probability, and see how many are right.

    Parameters
    ----------
    logits, labels
        (N, C) and (N,), N at least 1.
    bins
        Ten, so that an edge is a tenth; Guo et al., "On Calibration of Modern Neural Networks"
        (2017), whose section 2 defines the diagram, take 15.
    """
    if logits.ndim != 2 or labels.shape != logits.shape[:1] or len(labels) == 0:
        shapes = f"logits {tuple(logits.shape)}, labels {tuple(labels.shape)}"
        raise ValueError(f"{shapes}: give (N, C) and (N,), N at least 1")
    # In float64: in float32 the surest predictions would all be 1.
    best, predictions = logits.detach().cpu().double().softmax(dim=1).max(dim=1)
    best, right = best.numpy(), (predictions == labels.cpu()).numpy()
    edges = np.linspace(0, 1, bins + 1)
    place = np.digitize(best, edges[1:-1], right=True)
    counts = np.bincount(place, minlength=bins)
    means = [
        np.divide(
            np.bincount(place, values, minlength=bins), counts, out=np.full(bins, np.nan), where=counts > 0
        )
        for values in (best, right)
    ]
    return ReliabilityBins(edges, counts, *means)


def expected_calibration_error(binned: ReliabilityBins) -> float:
    """Return the mean distance between confidence and accuracy, each bin weighted by its images.

    Returns
    -------
    float
        In [0, 1]; 0 where every bin is as often right as it is sure (Guo et al. 2017, equation 3).
        Opposite errors within a bin cancel, so it depends on the number of bins.
    """
    gaps = np.abs(binned.accuracy - binned.confidence)
    return float(np.nansum(gaps * binned.counts) / binned.counts.sum())


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """Return the one number that logits, divided by it, have the least cross-entropy with.

    Above 1 it makes every prediction less sure, below 1 more; the order of the classes, and so
    every prediction, stays (Guo et al. 2017, section 4.2).

    Parameters
    ----------
    logits, labels
        (N, C) and (N,), of images that are not those it will be judged by.
    """
    logits, labels = logits.detach().cpu().double(), labels.cpu().long()

    def loss(log_temperature: float) -> float:
        return functional.cross_entropy(logits / math.exp(log_temperature), labels).item()

    # Convex in 1 / temperature, so in its logarithm there is one valley and no other.
    bounds = (math.log(COLDEST), math.log(HOTTEST))
    from scipy.optimize import minimize_scalar  # here, as scikit-learn above

    with torch.no_grad():
        found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    return math.exp(found.x)
