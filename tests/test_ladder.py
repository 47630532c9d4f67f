"""Chapter 10: the rungs, what their records say, who overtakes whom, and the signal before any training."""

import dataclasses
import math
import re

import numpy as np
import pytest
import torch
from torch import nn

import record_runs
from alexnet_lib.experiments.ladder import (
    RUNGS,
    SAME_NETWORK,
    by_kind,
    changed,
    overtaking,
    rung,
    signal_by_layer,
    summarize,
)
from alexnet_lib.experiments.recipe import Recipe
from alexnet_lib.language import BookError, catalogue
from alexnet_lib.models import network_class

# --- One change a rung, and the plan of recorded runs climbs the same ladder ---


def test_the_lowest_rung_is_the_posts_recipe():
    assert rung("post") == Recipe()
    assert changed("post") == {}


@pytest.mark.parametrize("name", list(RUNGS)[1:])
def test_a_rung_changes_what_it_says_and_keeps_what_came_before(name):
    names = list(RUNGS)
    below, here = rung(names[names.index(name) - 1]), rung(name)
    assert here != below
    assert dataclasses.replace(below, **RUNGS[name]) == here
    assert changed(name).keys() == RUNGS[name].keys()
    assert all(before != after for before, after in changed(name).values())


def test_the_network_stays_the_posts_up_to_the_rung_that_says_so():
    networks = [rung(name).network for name in RUNGS]
    last = list(RUNGS).index(SAME_NETWORK)
    assert set(networks[: last + 1]) == {"AlexNet"} and "AlexNet" not in networks[last + 1 :]
    assert all(network_class(name) for name in networks)


def test_any_rung_takes_other_epochs_data_and_seed():
    recipe = rung("averaging", epochs=2, dataset="shapes10", seed=4, ema=0.5)
    assert (recipe.epochs, recipe.dataset, recipe.seed, recipe.ema) == (2, "shapes10", 4, 0.5)
    with pytest.raises(BookError, match="'top' is no rung; choose one of: post, "):
        rung("top")


def test_the_plan_trains_each_rung_once_and_both_ends_in_full():
    planned = dict(record_runs.planned())
    names = [name for name, config in record_runs.planned() if config.seed == 0]
    short = {f"rung_{name}": name for name in RUNGS}
    assert short.keys() <= set(names)
    for run, name in short.items():
        assert planned[run] == rung(name, epochs=planned[run].epochs)
    assert dataclasses.replace(planned["tuned"], seed=0) == rung(SAME_NETWORK, epochs=10)
    modern = planned["modern"]
    top = rung(list(RUNGS)[-1], epochs=modern.epochs, padding=modern.padding, test_time_augmentation=True)
    assert dataclasses.replace(modern, seed=0) == top


# --- What is said of the recorded ladder, against figures worked out by hand ---


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


# --- When one training overtakes another, in histories written by hand ---


def history(accuracies, seconds):
    seconds = seconds if isinstance(seconds, list) else [seconds] * len(accuracies)
    rows = enumerate(zip(accuracies, seconds, strict=True), start=1)
    return [{"epoch": epoch, "val_accuracy": value, "seconds": time} for epoch, (value, time) in rows]


def test_the_first_epoch_beyond_the_others_best_counts():
    assert overtaking(history([0.5, 0.7, 0.76, 0.8], 10), history([0.4, 0.75, 0.74], 50)) == 3


def test_to_pass_the_others_last_value_is_not_enough():
    """The other has fallen back from its best; who is held against its end overtakes too early."""
    mine, other = history([0.71, 0.73, 0.76], 10), history([0.6, 0.75, 0.70], 10)
    assert overtaking(mine, other) == 3
    against_the_end = next(row["epoch"] for row in mine if row["val_accuracy"] > 0.70)
    assert against_the_end == 1


# --- How much a network's outputs differ from image to image, layer by layer ---


class SmallNet(nn.Module):
    """Two convolutions and a fully connected layer, with dropout and biases."""

    def __init__(self):
        super().__init__()
        layers = nn.Conv2d(3, 5, 3), nn.ReLU(inplace=True), nn.Conv2d(5, 4, 3), nn.ReLU()
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(0.5), nn.Linear(4 * 4 * 4, 6))

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


@pytest.fixture
def model():
    torch.manual_seed(0)
    return SmallNet()


IMAGES = torch.randn(7, 3, 8, 8, generator=torch.Generator().manual_seed(1))


def by_hand(values):
    """Return the root of the mean variance over images, value by value in NumPy."""
    columns = values.detach().numpy().reshape(len(values), -1)
    return np.sqrt(np.mean([np.var(column, ddof=1) for column in columns.T]))


def test_the_signal_is_what_differs_over_images_before_the_activation(model):
    signal = signal_by_layer(model, IMAGES)
    first = model.features[0](IMAGES)
    second = model.features[2](torch.relu(first))
    last = model.classifier[1](torch.relu(second).flatten(1))
    wanted = {"Conv1": by_hand(first), "Conv2": by_hand(second), "FC1": by_hand(last)}
    assert list(signal) == list(wanted)
    assert signal == pytest.approx(wanted, rel=1e-5)
    # Behind ReLU there is less of it: a hook in the wrong place would be noticed.
    assert signal["Conv1"] != pytest.approx(by_hand(torch.relu(first)), rel=0.1)


def test_a_bias_is_no_signal(model):
    before = signal_by_layer(model, IMAGES)["Conv1"]
    nn.init.constant_(model.features[0].bias, 100)
    model.features[0].bias.data[0] = -100
    assert signal_by_layer(model, IMAGES)["Conv1"] == pytest.approx(before, rel=1e-3)
    assert model.features[0](IMAGES).std().item() > 50  # the deviation over all values would follow it


@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_left_as_it_was(model, training):
    model.train(training)
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    first = signal_by_layer(model, IMAGES)
    assert signal_by_layer(model, IMAGES) == first  # dropout would make the two differ
    assert model.training == training
    assert not any(layer._forward_hooks for layer in model.modules())
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())
