"""The factor is counted by hand from small histories; what did not arrive is a bound, not a number."""

import math

import pytest

from alexnet_lib.experiments.relu import Finish, epochs_words, finish, ratio, ratio_words, ratios
from alexnet_lib.language import set_language

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
        (FAST, SLOW, (2.5, 2.5)),
        (FAST, LATE, (1.5, math.inf)),
        (LATE, SLOW, (0.0, 5 / 3)),
        (LATE, LATE, (0.0, math.inf)),
    ],
)
def test_a_ratio_says_whether_it_is_one_or_a_bound(fast, slow, expected):
    assert ratio(finish(fast, GOAL), finish(slow, GOAL), "epochs") == expected


def test_epochs_and_seconds_are_different_factors():
    ends = finish(FAST, GOAL), finish(SLOW, GOAL)
    assert ratio(*ends, "epochs") == (2.5, 2.5)
    assert ratio(*ends, "seconds") == (5.0, 5.0)


def test_each_seed_meets_its_own_and_one_without_a_partner_waits():
    fast = {0: history(0.1), 1: history(0.5, 0.1), 2: history(0.1)}
    slow = {1: history(0.5, 0.5, 0.5, 0.1), 0: history(0.5, 0.1), 5: history(0.1)}
    assert ratios(fast, slow, GOAL, "epochs") == [(2, 2), (2, 2)]


@pytest.mark.parametrize(
    ("language", "more", "less"),
    [("ko", "2.5 초과", "2.5 미만"), ("en", "more than 2.5", "less than 2.5")],
)
def test_words_do_not_hide_a_bound(language, more, less):
    set_language(language)
    bounds = ((2.5, 2.5), (2.5, math.inf), (0.0, 2.5), (0.0, math.inf))
    words = [ratio_words(*each) for each in bounds]
    assert words == ["2.5", more, less, "—"]
    assert epochs_words(Finish(7, 1, True)) == "7"
    assert epochs_words(Finish(40, 1, False)) == {"ko": "40 초과", "en": "more than 40"}[language]
