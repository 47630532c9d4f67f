"""The bootstrap agrees with SciPy's and with a formula, and covers the truth as often as it says."""

import numpy as np
import pytest
import scipy.stats

from alexnet_lib.uncertainty import bootstrap_interval


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    return np.corrcoef(first, second)[0, 1]


def test_the_interval_of_a_mean_is_that_of_the_formula():
    values = np.random.default_rng(0).normal(3, 2, size=400)
    half = 1.96 * values.std() / 20
    low, high = bootstrap_interval(np.mean, values, draws=4000)
    assert low == pytest.approx(values.mean() - half, abs=0.02)
    assert high == pytest.approx(values.mean() + half, abs=0.02)


def test_the_interval_of_a_correlation_is_scipys_and_near_fishers():
    rng = np.random.default_rng(1)
    first = rng.normal(size=300)
    second = 0.5 * first + rng.normal(size=300)
    ours = bootstrap_interval(correlation, first, second)
    options = {"paired": True, "vectorized": False, "method": "percentile", "n_resamples": 1000}
    theirs = scipy.stats.bootstrap((first, second), correlation, **options, rng=2).confidence_interval
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.02)
    fisher = scipy.stats.pearsonr(first, second).confidence_interval(0.95)
    assert ours == pytest.approx((fisher.low, fisher.high), abs=0.03)


def test_columns_are_drawn_together():
    """Drawn apart, a column would lose its correlation with itself."""
    values = np.random.default_rng(3).normal(size=50)
    assert bootstrap_interval(correlation, values, values, draws=50) == pytest.approx((1, 1))


def test_it_covers_the_truth_about_as_often_as_its_level():
    rng = np.random.default_rng(4)
    covered = 0
    for seed in range(200):
        low, high = bootstrap_interval(np.mean, rng.normal(size=60), level=0.8, draws=200, seed=seed)
        covered += low <= 0 <= high
    assert 0.7 < covered / 200 < 0.9


def test_the_same_seed_gives_the_same_interval():
    values = np.arange(20.0)
    assert bootstrap_interval(np.mean, values) == bootstrap_interval(np.mean, values)
    assert bootstrap_interval(np.mean, values) != bootstrap_interval(np.mean, values, seed=1)
