"""What is said of the recorded ladder, against figures worked out by hand."""

import math
import re

import numpy as np
import pytest

from alexnet_lib.experiments.ladder import RUNGS, by_kind, changed, summarize, worth
from alexnet_lib.language import catalogue


def run(accuracy, count=10_000, flop=2e14, seconds=300, **others):
    scores = {"top1_error": 1 - accuracy, "count": count}
    return {"test": scores, "flop": flop, "duration_seconds": seconds} | others


def rung_summaries(accuracies):
    return {name: summarize([run(value)]) for name, value in zip(RUNGS, accuracies, strict=True)}


def wilson(share, count, z=1.959964):
    """Return Wilson's interval, written out."""
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return middle - half, middle + half


# --- Summaries ---


def test_one_run_has_wilsons_interval():
    summary = summarize([run(0.75, count=400)])
    assert (summary.count, summary.images) == (1, 400)
    assert summary.accuracy == pytest.approx(0.75)
    assert summary.interval == pytest.approx(wilson(0.75, 400), abs=1e-6)


def test_three_runs_have_their_means_and_the_interval_means_what_it_does_for_one():
    accuracies = (0.70, 0.72, 0.77)
    costs = ((1, 10), (2, 20), (6, 60))
    runs = [run(a, flop=f, seconds=s) for a, (f, s) in zip(accuracies, costs, strict=True)]
    summary = summarize(runs)
    assert summary.accuracies == pytest.approx(accuracies)
    assert summary.interval == pytest.approx(wilson(0.73, 10_000), abs=1e-6)
    assert (summary.flop, summary.seconds) == (3, 30)


def test_views_are_summarized_from_their_own_scores():
    about = run(0.9) | {"test_views": {"top1_error": 0.05, "count": 10_000}}
    assert summarize([about], "test_views").accuracy == pytest.approx(0.95)
    assert summarize([about]).accuracy == pytest.approx(0.9)


# --- What the rungs are worth ---


def test_the_steps_add_up_to_the_whole_ladder():
    accuracies = np.linspace(0.5, 0.9, len(RUNGS)) ** 2
    steps = worth(rung_summaries(accuracies))
    assert list(steps) == list(RUNGS)[1:]
    assert sum(steps.values()) == pytest.approx(accuracies[-1] - accuracies[0])


def test_a_rung_without_the_one_below_it_has_no_step():
    rungs = rung_summaries(np.linspace(0.5, 0.9, len(RUNGS)))
    names = list(RUNGS)
    del rungs[names[2]]
    assert {names[2], names[3]}.isdisjoint(worth(rungs))
    assert by_kind(rungs) is None
    assert worth({}) == {}


def kinds_by_hand(accuracies, is_network):
    steps = dict(zip(list(RUNGS)[1:], np.diff(accuracies), strict=True))
    network = sum(step for name, step in steps.items() if is_network(name))
    return {"recipe": sum(steps.values()) - network, "network": network}


def test_rungs_of_the_network_are_those_that_change_it():
    accuracies = np.random.default_rng(0).uniform(0.5, 0.9, len(RUNGS))
    found = by_kind(rung_summaries(accuracies))
    assert found == pytest.approx(kinds_by_hand(accuracies, lambda name: "network" in changed(name)))
    # A rung that only stands above them is none of them.
    above = list(RUNGS)[next(i for i, name in enumerate(RUNGS) if "network" in changed(name)) :]
    if any("network" not in changed(name) for name in above):
        assert found != pytest.approx(kinds_by_hand(accuracies, above.__contains__))


# --- Words ---


@pytest.mark.parametrize("kind", ["label", "why"])
def test_every_rung_has_its_words_and_no_others_have(kind):
    names = {key.removeprefix(f"ladder.{kind}_") for key in catalogue() if key.startswith(f"ladder.{kind}_")}
    assert names == set(RUNGS)
    for language in ("ko", "en"):
        words = [catalogue()[f"ladder.{kind}_{name}"][language] for name in RUNGS]
        assert len(set(words)) == len(RUNGS)
        if kind == "why":
            assert all(re.fullmatch(r"[^.?!]+\.", sentence) for sentence in words)
