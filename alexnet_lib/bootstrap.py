"""How far a figure could have come out otherwise: the bootstrap."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


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
