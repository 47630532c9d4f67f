"""The factor is counted by hand from small histories; what did not arrive is a bound, not a number."""

import math
import statistics

import pytest

from alexnet_lib.experiments.relu import Finish, Ratio, epochs_words, finish, ratio, ratio_words, speedup
from alexnet_lib.language import BookError, set_language

GOAL = 0.25


def history(*errors: float, seconds: float = 2.0) -> list[dict]:
    """Return rows whose measuring took far longer than the training."""
    return [
        {"epoch": epoch, "train_error": error, "training_seconds": seconds, "seconds": 100.0}
        for epoch, error in enumerate(errors, start=1)
    ]


FAST, SLOW, LATE = history(0.5, 0.25), history(0.6, 0.5, 0.4, 0.3, 0.2, seconds=4), history(0.6, 0.5, 0.4)


def test_the_first_epoch_at_the_goal_counts_whatever_comes_after():
    assert finish(FAST, GOAL) == Finish(2, 4.0, True)
    assert finish(SLOW, GOAL) == Finish(5, 20.0, True)
    assert finish(history(0.5, 0.2, 0.3, 0.1), GOAL) == Finish(2, 4.0, True)


def test_the_goal_itself_is_enough_and_a_little_more_is_not():
    assert finish(history(0.25), GOAL).reached
    assert not finish(history(0.2501), GOAL).reached


def test_without_arrival_the_last_epoch_is_a_bound():
    assert finish(LATE, GOAL) == Finish(3, 6.0, False)


def broken_finish(rows: list[dict], goal: float) -> Finish:
    """A broken twin: it counts measuring as training, and takes the best epoch for the first."""
    best = min(rows, key=lambda row: row["train_error"])
    return Finish(best["epoch"], sum(row["seconds"] for row in rows), best["train_error"] <= goal)


def test_a_finish_that_counts_measuring_or_later_epochs_would_be_noticed():
    rows = history(0.5, 0.2, 0.1)
    assert broken_finish(rows, GOAL) != finish(rows, GOAL) == Finish(2, 4.0, True)


@pytest.mark.parametrize(
    ("fast", "slow", "expected"),
    [
        (FAST, SLOW, Ratio(2.5, "=")),
        (FAST, LATE, Ratio(1.5, ">")),
        (LATE, SLOW, Ratio(5 / 3, "<")),
        (LATE, LATE, Ratio(1.0, "?")),
    ],
)
def test_a_ratio_says_whether_it_is_one_or_a_bound(fast, slow, expected):
    assert ratio(finish(fast, GOAL), finish(slow, GOAL), "epochs") == expected


def test_epochs_and_seconds_are_different_factors():
    ends = finish(FAST, GOAL), finish(SLOW, GOAL)
    assert ratio(*ends, "epochs").value == 2.5
    assert ratio(*ends, "seconds").value == 5.0


def test_three_seeds_have_a_mean_and_a_spread():
    slow = {seed: history(*[0.5] * (epochs - 1), 0.1) for seed, epochs in ((0, 4), (1, 6), (2, 14))}
    found = speedup(dict.fromkeys(range(3), FAST), slow, GOAL, "epochs")
    assert [each.value for each in found.ratios] == [2, 3, 7]
    assert found.mean == 4 and found.standard_deviation == pytest.approx(statistics.stdev([2, 3, 7]))
    assert found.mean != pytest.approx(math.prod([2, 3, 7]) ** (1 / 3))


def test_each_seed_meets_its_own_and_one_without_a_partner_waits():
    fast = {0: history(0.1), 1: history(0.5, 0.1), 2: history(0.1)}
    slow = {1: history(0.5, 0.5, 0.5, 0.1), 0: history(0.5, 0.1), 5: history(0.1)}
    assert [each.value for each in speedup(fast, slow, GOAL, "epochs").ratios] == [2, 2]


def test_fewer_than_three_seeds_have_neither_mean_nor_spread():
    two = {0: FAST, 1: FAST}
    found = speedup(two, {0: SLOW, 1: SLOW}, GOAL, "epochs")
    assert len(found.ratios) == 2 and found.mean is None and found.standard_deviation is None


def test_bounds_have_no_mean():
    found = speedup(dict.fromkeys(range(3), FAST), {0: SLOW, 1: SLOW, 2: LATE}, GOAL, "epochs")
    assert found.mean is None and [each.bound for each in found.ratios] == ["=", "=", ">"]


@pytest.mark.parametrize("rows", [[], [{"epoch": 1, "train_loss": 1.0}]])
def test_a_history_of_another_training_is_refused(rows):
    with pytest.raises(BookError, match="run_race"):
        finish(rows, GOAL)


@pytest.mark.parametrize(
    ("language", "more", "less"),
    [("ko", "2.5 초과", "2.5 미만"), ("en", "more than 2.5", "less than 2.5")],
)
def test_words_do_not_hide_a_bound(language, more, less):
    set_language(language)
    words = [ratio_words(Ratio(2.5, bound)) for bound in "=><?"]
    assert words == ["2.5", more, less, "—"]
    assert epochs_words(Finish(7, 1, True)) == "7"
    assert epochs_words(Finish(40, 1, False)) == {"ko": "40 초과", "en": "more than 40"}[language]
