"""Intervals, runs of several seeds and paired tests agree with formulas and with counting out every case."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import chi2, norm

from alexnet_lib.uncertainty import mcnemar, summarize, wilson_interval


def wilson_by_formula(correct: int, count: int, confidence: float) -> tuple[float, float]:
    z = norm.ppf((1 + confidence) / 2)
    share = correct / count
    centre = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return centre - half, centre + half


def wald(correct: int, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Compute the interval of many textbooks, which is empty where every image is right."""
    share, z = correct / count, norm.ppf((1 + confidence) / 2)
    half = z * math.sqrt(share * (1 - share) / count)
    return share - half, share + half


def assert_is_wilsons(function) -> None:
    for correct, count in ((0, 10), (10, 10), (1, 3), (7, 9), (760, 1000), (7600, 10_000), (9999, 10_000)):
        for confidence in (0.8, 0.95, 0.99):
            expected = wilson_by_formula(correct, count, confidence)
            assert function(correct, count, confidence) == pytest.approx(expected, abs=1e-12)


def test_the_interval_is_wilsons_formula():
    assert_is_wilsons(wilson_interval)


def test_the_interval_of_the_normal_approximation_is_noticed():
    with pytest.raises(AssertionError):
        assert_is_wilsons(wald)


def by_coins(only_first: int, only_second: int) -> Fraction:
    """Toss every sequence of coins, and count those that fall at least as unevenly."""
    differ = only_first + only_second
    gap = abs(only_first - only_second)
    tosses = list(itertools.product((0, 1), repeat=differ))
    return Fraction(sum(abs(2 * sum(toss) - differ) >= gap for toss in tosses), len(tosses))


def runs(only_first: int, only_second: int, both: int = 5, neither: int = 4) -> tuple[np.ndarray, ...]:
    """Make labels and two runs' predictions with given numbers of images that each gets right."""
    pattern = [(1, 0)] * only_first + [(0, 1)] * only_second + [(1, 1)] * both + [(0, 0)] * neither
    rng = np.random.default_rng(0)
    right = rng.permutation(np.array(pattern, dtype=bool))
    labels = rng.integers(10, size=len(right))
    first, second = (np.where(right[:, i], labels, (labels + 1 + i) % 10) for i in (0, 1))
    return labels, first, second


def assert_is_mcnemars(function) -> None:
    for only_first, only_second in itertools.product(range(6), repeat=2):
        result = function(*runs(only_first, only_second))
        assert (result.only_first, result.only_second) == (only_first, only_second)
        assert result.p_value == pytest.approx(float(by_coins(only_first, only_second)))


def test_the_p_value_is_that_of_tossing_coins():
    assert_is_mcnemars(mcnemar)


@pytest.mark.parametrize(
    "broken",
    [
        lambda labels, first, second: mcnemar(labels, second, first),
        lambda labels, first, second: mcnemar(first, labels, second),
        lambda labels, first, second: mcnemar(labels, first[::-1], second),
    ],
    ids=["runs swapped", "labels swapped", "another order"],
)
def test_runs_and_labels_in_other_places_are_noticed(broken):
    with pytest.raises(AssertionError):
        assert_is_mcnemars(broken)


def test_with_many_images_it_comes_near_the_chi_squared_of_mcnemar():
    labels, first, second = runs(530, 470, both=100, neither=100)
    corrected = (abs(530 - 470) - 1) ** 2 / 1000
    assert mcnemar(labels, first, second).p_value == pytest.approx(chi2.sf(corrected, 1), abs=1e-3)


@pytest.mark.parametrize("shapes", [((3,), (3,), (2,)), ((3,), (2,), (3,)), ((3, 1), (3, 1), (3, 1))])
def test_arrays_that_do_not_belong_together_are_told_their_shapes(shapes):
    with pytest.raises(ValueError, match="shapes"):
        mcnemar(*(np.zeros(shape) for shape in shapes))


@pytest.mark.parametrize("accuracies", [(0.75,), (0.70, 0.72, 0.77)])
def test_runs_have_their_means_and_wilsons_interval_for_one_set_of_images(accuracies):
    scores = [{"top1_error": 1 - accuracy, "count": 400} for accuracy in accuracies]
    views = {"test_views": {"top1_error": 0.05, "count": 400}}
    runs = [views | {"test": each, "flop": flop} for each, flop in zip(scores, (1, 2, 6), strict=False)]
    summary = summarize(runs)
    assert summary.accuracies == pytest.approx(accuracies) and summary.images == 400
    assert summary.interval == wilson_interval(round(400 * np.mean(accuracies)), 400)
    assert summary.flop == (3 if len(runs) == 3 else 1)
    assert summarize(runs, "test_views").accuracy == pytest.approx(0.95)
