"""Chapter 10: the rungs, what their records say, and the signal before any training."""

import dataclasses
import json
import math

import numpy as np
import pytest
import torch
from torch import nn

import record_runs
from alexnet_lib.experiments.ladder import RUNGS, compare, rung, signal_by_layer
from alexnet_lib.experiments.recipe import Recipe
from alexnet_lib.language import BookError
from alexnet_lib.models import network_class
from alexnet_lib.records import RecordedRun
from run_files import RESULTS

# --- One change a rung, and the plan of recorded runs climbs the same ladder ---


def test_the_lowest_rung_is_the_posts_recipe():
    assert rung("post") == Recipe()


@pytest.mark.parametrize("name", list(RUNGS)[1:])
def test_a_rung_changes_what_it_says_and_keeps_what_came_before(name):
    names = list(RUNGS)
    below, here = rung(names[names.index(name) - 1]), rung(name)
    assert here != below
    assert dataclasses.replace(below, **RUNGS[name]) == here
    assert all(getattr(below, field) != new for field, new in RUNGS[name].items())


def test_the_network_stays_the_posts_up_to_the_rung_that_tuned_is_trained_by():
    networks = [rung(name).network for name in RUNGS]
    last = list(RUNGS).index("filters")
    assert set(networks[: last + 1]) == {"AlexNet"} and "AlexNet" not in networks[last + 1 :]
    assert all(network_class(name) for name in networks)


def test_any_rung_takes_other_epochs_data_and_seed():
    recipe = rung("averaging", epochs=2, dataset="shapes10", seed=4, ema=0.5)
    assert (recipe.epochs, recipe.dataset, recipe.seed, recipe.ema) == (2, "shapes10", 4, 0.5)
    with pytest.raises(BookError, match="'top' is no rung; choose one of: post, "):
        rung("top")


def test_the_plan_trains_each_rung_once_and_the_four_pairs_of_network_and_recipe_in_full():
    planned = dict(record_runs.planned())
    names = [name for name, config in record_runs.planned() if config.seed == 0]
    short = {f"rung_{name}": name for name in RUNGS}
    assert short.keys() <= set(names)
    for run, name in short.items():
        assert planned[run] == rung(name, epochs=planned[run].epochs)
    assert dataclasses.replace(planned["tuned"], seed=0) == rung("filters", epochs=10)
    modern = planned["modern"]
    top = rung(list(RUNGS)[-1], epochs=modern.epochs, padding=modern.padding, test_time_augmentation=True)
    assert dataclasses.replace(modern, seed=0) == top
    assert dataclasses.replace(planned["twin"], seed=0) == rung("post", epochs=10)
    alone = dataclasses.replace(planned["modern_post"], seed=0)  # the network of modern, and no more of it
    assert alone == dataclasses.replace(rung("post"), network=modern.network, epochs=modern.epochs)


# --- What the chapter says of the records ---


def test_the_first_tuned_and_modern_fell_short_of_their_goals():
    for name, goal, score in (("tuned", 0.9, "test"), ("modern", 0.94, "test_views")):
        about = json.loads((RESULTS / f"superseded/{name}-0.json").read_text("utf-8"))
        assert 1 - about[score]["top1_error"] < goal


def test_another_recipe_alone_took_more_than_half_of_the_mistakes_in_as_many_epochs():
    old, new = (json.loads((RESULTS / f"{name}-0.json").read_text("utf-8")) for name in ("twin", "tuned"))
    assert old["config"]["network"] == new["config"]["network"] == "AlexNet"
    assert len(old["history"]) == len(new["history"])
    assert new["test"]["top1_error"] < old["test"]["top1_error"] / 2


def test_what_the_chapter_says_was_compared_was_and_the_rest_of_the_recipe_was_not():
    tries = [
        json.loads(line)["recipe"]
        for file in ("search.jsonl", "search_long.jsonl")
        for line in (RESULTS / file).read_text("utf-8").splitlines()
    ]
    new = [recipe for recipe in tries if "warm_up" in recipe]  # the post's recipe has none

    def values(field, network=None):
        return {recipe.get(field) for recipe in new if network in (None, recipe.get("network", "AlexNet"))}

    compared = ("optimizer", "learning_rate", "convolution_rate", "dropout", "padding", "filters")
    assert all(len(values(field, "AlexNet")) > 1 for field in compared)
    assert len(values("network")) > 5
    assert values("label_smoothing") == {0.1} and values("warm_up") == {0.2}
    assert len(tries) - len(new) == 1  # the post's recipe, without any other setting


# --- Two recipes on the same images ---

LABELS = np.zeros(200, dtype=np.int64)


def answered(wrong):
    """Return a record that is right about all images but some."""
    logits = np.zeros((200, 10), dtype=np.float32)
    logits[:, 0] = 1
    logits[np.asarray(wrong), 1] = 2
    return RecordedRun({}, logits, LABELS)


def coin(few, many):
    """Return how often a fair coin divides so many tosses at least as unevenly."""
    tosses = few + many
    return min(1, 2 * sum(math.comb(tosses, count) for count in range(few + 1)) / 2**tosses)


def test_a_step_of_one_seed_is_judged_by_the_images_that_one_run_alone_is_right_about():
    runs = {("low", 0): answered(range(12)), ("high", 0): answered(range(10, 14)), ("low", 1): answered([0])}
    step = compare(runs, "low", "high")
    assert (step.count, step.gain) == (1, pytest.approx(8 / 200))
    assert step.p_value == pytest.approx(coin(2, 10))
    back = compare(runs, "high", "low")
    assert (back.gain, back.p_value) == (-step.gain, pytest.approx(step.p_value))
    assert compare(runs, "low", "other") is None


def test_of_two_seeds_the_less_certain_one_counts():
    runs = {("low", seed): answered(range(20)) for seed in (0, 1)}
    runs |= {("high", 0): answered(range(12, 20)), ("high", 1): answered(range(3, 20))}
    step = compare(runs, "low", "high")
    assert (step.count, step.gain) == (2, pytest.approx((12 + 3) / 2 / 200))
    assert step.p_value == pytest.approx(coin(0, 3))


def test_three_seeds_are_judged_by_their_spread_pair_by_pair():
    gains = np.array([2, 4, 9])
    runs = {("low", seed): answered(range(50 + 20 * seed)) for seed in range(3)}
    runs |= {("high", seed): answered(range(gain, 50 + 20 * seed)) for seed, gain in enumerate(gains)}
    step = compare(runs, "low", "high")
    assert (step.count, step.gain) == (3, pytest.approx(gains.mean() / 200))
    # Student's t with two degrees of freedom has a closed form.
    t = gains.mean() / (gains.std(ddof=1) / math.sqrt(3))
    assert step.p_value == pytest.approx(1 - t / math.sqrt(2 + t**2))


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


def test_the_model_is_left_as_it_was(model):
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    first = signal_by_layer(model, IMAGES)
    assert signal_by_layer(model, IMAGES) == first  # dropout would make the two differ
    assert model.training
    assert not any(layer._forward_hooks for layer in model.modules())
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())
