"""Is a confidence the chance of being right? Reliability bins, calibration error, temperature."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from torch import Tensor
from torch.nn import functional

from alexnet_lib.errors import BookError

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
        raise BookError("scores_shape", scores=tuple(logits.shape), labels=tuple(labels.shape))
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
    with torch.no_grad():
        found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    return math.exp(found.x)
