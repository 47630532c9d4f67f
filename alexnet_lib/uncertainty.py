"""How sure a score is: intervals, paired tests, spread over seeds, the bootstrap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest
from torch import Tensor

from alexnet_lib.metrics import as_array

MINIMUM_FOR_SPREAD = 3


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
    if count < 1 or not 0 <= correct <= count:
        raise ValueError(f"{correct} right of {count}: give counts, the first no larger than the second")
    interval = binomtest(int(correct), int(count)).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


@dataclass(frozen=True)
class SeedSummary:
    """Runs that differ in nothing but the seed.

    ``count`` is how many; ``standard_deviation`` (of the sample, n - 1) is None below three, where
    it would say next to nothing.
    """

    count: int
    mean: float
    standard_deviation: float | None


def over_seeds(scores: Sequence[float]) -> SeedSummary:
    """Return number, mean and standard deviation of one score of several seeds."""
    if len(scores) == 0:
        raise ValueError("no scores: give one a seed")
    enough = len(scores) >= MINIMUM_FOR_SPREAD
    spread = float(np.std(scores, ddof=1)) if enough else None
    return SeedSummary(len(scores), float(np.mean(scores)), spread)


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


def class_matched_accuracy(
    right: NDArray[np.bool_], labels: NDArray[np.int64], chosen: NDArray[np.bool_]
) -> float:
    """Return the accuracy to expect of chosen images, were they like the others of their classes.

    Parameters
    ----------
    right, labels, chosen
        (N,): whether each image was predicted rightly, its class, and whether it is one of the
        chosen, of which there is at least one.

    Returns
    -------
    float
        A fraction; NaN if of some class every image was chosen, and there are no others.
    """
    others = ~chosen
    with np.errstate(invalid="ignore"):
        of_class = np.bincount(labels, right & others) / np.bincount(labels, others)
    return float(of_class[labels[chosen]].mean())


def bootstrap_interval(
    statistic: Callable[..., float],
    *columns: NDArray,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the interval of a statistic of images, by the percentiles of a bootstrap.

    Each draw takes as many images as there are, with replacement, and computes the statistic
    anew; the middle of the results is the interval (Efron and Tibshirani, An Introduction to
    the Bootstrap, 1993, chapter 13).

    Parameters
    ----------
    statistic
        Takes the columns and returns a number.
    columns
        One or more arrays (N,), an entry an image; drawn together.
    level
        The share of the results that lies in the interval.
    draws
        How often.
    seed
        Of the draws.
    """
    rng = np.random.default_rng(seed)
    images = len(columns[0])
    results = []
    for _ in range(draws):
        drawn = rng.integers(images, size=images)
        results.append(statistic(*(column[drawn] for column in columns)))
    low, high = np.quantile(results, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
