"""How sure a score is: intervals, several seeds and paired tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binomtest
from torch import Tensor

from alexnet_lib.metrics import as_array

MINIMUM_FOR_SPREAD = 3  # seeds; the deviation of fewer says next to nothing


def wilson_interval(correct: int, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the interval that one run's accuracy leaves open, were other images to be drawn.

    It speaks of the choice of images only: another seed would give other predictions as well.

    Parameters
    ----------
    correct, count
        Images predicted rightly, and all images; at least one.
    confidence
        How often, in the long run, such intervals hold the true accuracy.

    Returns
    -------
    low, high
        Fractions. Score interval without correction for continuity: E. B. Wilson, "Probable
        Inference, the Law of Succession, and Statistical Inference", JASA 22 (1927).
    """
    interval = binomtest(int(correct), int(count)).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


@dataclass(frozen=True)
class RunSummary:
    """Runs of one recipe that differ in the seed alone: the accuracy of each, on ``images`` images.

    ``flop`` is a mean over the runs.
    """

    accuracies: tuple[float, ...]
    images: int
    flop: float

    @property
    def count(self) -> int:
        """How many runs."""
        return len(self.accuracies)

    @property
    def accuracy(self) -> float:
        """The mean over the runs."""
        return sum(self.accuracies) / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval around the mean: what the choice of the images leaves open."""
        return wilson_interval(round(self.accuracy * self.images), self.images)


def summarize(runs: Sequence[Mapping[str, Any]], scores: str = "test") -> RunSummary:
    """Return what runs of one recipe come to.

    Parameters
    ----------
    runs
        JSON of recorded runs, one a seed, at least one.
    scores
        ``"test"``, or ``"test_views"`` where they were measured.
    """
    accuracies = tuple(1 - run[scores]["top1_error"] for run in runs)
    return RunSummary(accuracies, runs[0][scores]["count"], float(np.mean([run["flop"] for run in runs])))


@dataclass(frozen=True)
class PairedComparison:
    """Two runs on the same images.

    ``only_first`` and ``only_second`` count the images that one run alone predicts rightly;
    ``p_value`` is the chance that a fair coin divides them at least as unevenly.
    """

    only_first: int
    only_second: int
    p_value: float


def mcnemar(
    labels: ArrayLike | Tensor, first: ArrayLike | Tensor, second: ArrayLike | Tensor
) -> PairedComparison:
    """Compare two runs' predictions of the same images by McNemar's test, exact and two-sided.

    Images that both runs get right, or both wrong, say nothing about which is better.

    Parameters
    ----------
    labels, first, second
        (N,) class indices: the truth, and what each run predicts.

    Returns
    -------
    PairedComparison
        Source: Q. McNemar, "Note on the sampling error of the difference between correlated
        proportions or percentages", Psychometrika 12 (1947); here with the binomial distribution
        in place of its approximation.
    """
    labels, first, second = (as_array(values) for values in (labels, first, second))
    if labels.ndim != 1 or not labels.shape == first.shape == second.shape:
        raise ValueError(f"shapes {labels.shape}, {first.shape}, {second.shape}: give three of (N,)")
    right, other_right = first == labels, second == labels
    only_first, only_second = int(np.sum(right & ~other_right)), int(np.sum(~right & other_right))
    differ = only_first + only_second
    p_value = float(binomtest(only_first, differ).pvalue) if differ else 1.0
    return PairedComparison(only_first, only_second, p_value)
