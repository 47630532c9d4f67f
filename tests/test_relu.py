"""Chapter 11: the network and the race by hand, and what its records say, counted another way."""

import dataclasses
import json
import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch.nn import functional

from alexnet_lib import shapes
from alexnet_lib.experiments import recipe as recipes
from alexnet_lib.experiments import relu
from alexnet_lib.experiments.initialization import initialize
from alexnet_lib.experiments.recipe import MEASURED, build, make_loaders
from alexnet_lib.experiments.relu import ACTIVATIONS, VARIANTS, FourLayerNet, RaceRecipe, Variant, arrival
from record_runs import planned
from run_files import RESULTS
from tiny import parameters


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_network_is_the_one_written_out_by_hand(activation):
    model = RaceRecipe(activation=activation).make_model(10)
    formulas = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "gelu": functional.gelu}
    images = torch.randn(4, 3, 32, 32)
    values = images
    for conv in (model.features[0], model.features[3], model.features[6]):
        values = functional.conv2d(values, conv.weight, conv.bias, padding=2)
        values = functional.max_pool2d(functional.pad(values, (0, 1, 0, 1), value=-math.inf), 3, stride=2)
        values = formulas[activation](values)
    expected = values.reshape(4, -1) @ model.classifier.weight.T + model.classifier.bias
    torch.testing.assert_close(model(images), expected)


# Conv2 has 32 maps of 5 x 5 inputs and as many outputs; the classifier 1,024 inputs and 10 outputs.
SPREADS = {
    "kaiming": {"features.3": math.sqrt(2 / 800), "classifier": math.sqrt(2 / 1024)},
    "xavier": {"features.3": math.sqrt(2 / 1600), "classifier": math.sqrt(2 / 1034)},
    "normal": {"features.3": 0.01, "classifier": 0.01},
}


@pytest.mark.parametrize("initialization", SPREADS)
def test_first_weights_have_the_spread_of_their_formula(initialization):
    drawn = {layer: [] for layer in SPREADS[initialization]}
    for seed in range(30):  # of many networks, so that it is precise
        torch.manual_seed(seed)
        model = FourLayerNet()
        initialize(model, initialization)
        for layer, weights in drawn.items():
            weights.append(model.get_parameter(f"{layer}.weight").detach().flatten())
            assert not model.get_parameter(f"{layer}.bias").any()
    spread = {layer: torch.cat(weights).std().item() for layer, weights in drawn.items()}
    assert spread == pytest.approx(SPREADS[initialization], rel=0.01)


def test_networks_of_one_seed_differ_in_nothing_but_the_activation():
    recipes = RaceRecipe(), RaceRecipe(activation="tanh"), RaceRecipe(seed=1)
    relu, tanh, other = (recipe.make_model(10) for recipe in recipes)
    assert all(torch.equal(a, b) for a, b in zip(relu.parameters(), tanh.parameters(), strict=True))
    assert not torch.equal(next(relu.parameters()), next(other.parameters()))


def test_the_two_variants_differ_in_what_the_paper_leaves_open():
    assert {variant: parameters(FourLayerNet(variant=variant)) for variant in VARIANTS} == {
        1: 89_578, 2: 66_570,
    }  # fmt: skip


CONFIG = RaceRecipe(dataset="shapes10", epochs=3, batch_size=16, learning_rate=0.02, goal=0.0)


@pytest.fixture
def small(monkeypatch):
    """Let shapes10 be 60 training and 20 test images, and the network's maps few."""
    monkeypatch.setattr(shapes, "COUNT", {True: 60, False: 20})
    few = Variant(3, (4, 4, 4), torch.nn.MaxPool2d, pooling_size=2)
    monkeypatch.setattr(relu, "VARIANTS", {1: few})


@pytest.mark.usefixtures("small")
def test_the_error_is_measured_on_the_first_training_images(monkeypatch):
    assert MEASURED == 10_000
    monkeypatch.setattr(recipes, "MEASURED", 20)
    loaders = make_loaders(dataclasses.replace(CONFIG, train_size=50, test_size=10), "cpu")
    assert [len(part.dataset) for part in loaders] == [50, 10, 10, 20]
    ((_, labels),) = loaders.measured
    assert labels.tolist() == loaders.train.dataset.targets[:20]
    assert loaders.test.dataset.train is False and loaders.validation.dataset.train is True
    seen = {image.tobytes() for image in loaders.train.dataset.data}
    assert not any(image.tobytes() in seen for image in loaders.validation.dataset.data)


# --- The race ---


@pytest.mark.usefixtures("small")
def test_a_race_is_a_training_written_out_by_hand():
    loaders = make_loaders(CONFIG, "cpu")
    model = CONFIG.make_model(10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    errors = []
    for epoch in (1, 2, 3):
        loaders.train.set_epoch(epoch)
        for images, labels in loaders.train:
            optimizer.zero_grad()
            functional.cross_entropy(model(images), labels).backward()
            optimizer.step()
        images, labels = next(iter(loaders.measured))
        with torch.no_grad():
            errors.append((model(images).argmax(1) != labels).float().mean().item())
    raced = [row["train_error"] for row in build(CONFIG, "cpu").fit()]
    assert raced == pytest.approx(errors, abs=1e-6) and errors[-1] < errors[0]


def history(*errors: float) -> list[dict]:
    return [{"epoch": epoch, "train_error": error} for epoch, error in enumerate(errors, start=1)]


@pytest.mark.parametrize("errors", [(0.5, 0.26, 0.16), (0.6, 0.5, 0.45, 0.2, 0.1), (0.4, 0.24, 0.3, 0.2)])
def test_the_arrival_lies_on_the_straight_line_between_two_measurements(errors):
    epoch = arrival(history(*errors), 0.25)
    assert np.interp(epoch, range(1, len(errors) + 1), errors) == pytest.approx(0.25)
    assert epoch < 1 + next(place for place, error in enumerate(errors) if error <= 0.25)  # the first time


def test_an_arrival_in_the_first_epoch_counts_it_whole_and_without_one_there_is_none():
    assert arrival(history(0.2, 0.1), 0.25) == 1
    assert arrival(history(0.6, 0.25), 0.25) == 2
    assert arrival(history(0.6, 0.3), 0.25) is None


# --- The records ---


def races(name: str) -> list[dict]:
    return [json.loads(path.read_text("utf-8")) for path in sorted(RESULTS.glob(f"race_{name}-*.json"))]


def test_the_plan_gives_every_recorded_race_the_rate_that_it_ran_at():
    plan = {(name, recipe.seed): recipe for name, recipe in planned() if isinstance(recipe, RaceRecipe)}
    recorded = [json.loads(path.read_text("utf-8")) for path in RESULTS.glob("race_*.json")]
    assert len(recorded) > 20
    for about in recorded:
        recipe = plan[about["run"], about["seed"]]
        assert {row["learning_rate"] for row in about["history"]} == {recipe.learning_rate}, about["run"]
        assert (recipe.activation, recipe.variant) == (
            about["config"]["activation"], about["config"]["variant"],
        )  # fmt: skip


def epochs_to_the_goal(name: str) -> np.ndarray:
    """Read the arrivals off the whole curve, as it never goes up before them."""
    ends = []
    for about in races(name):
        errors = [row["train_error"] for row in about["history"]]
        assert errors == sorted(errors, reverse=True)
        ends.append(np.interp(-0.25, [-error for error in errors], range(1, len(errors) + 1)))
    return np.array(ends)


def test_at_one_rate_the_interval_of_the_factor_holds_1_and_not_6():
    logs = np.log(epochs_to_the_goal("tanh_equal_rate") / epochs_to_the_goal("relu_equal_rate"))
    assert len(logs) == 3
    low, high = np.exp(stats.ttest_1samp(logs, 0).confidence_interval(0.95))
    assert low < 1 < high < 6


def test_another_rate_made_a_larger_difference_than_another_function():
    slowest = max(max(epochs_to_the_goal(f"{name}_equal_rate")) for name in ("relu", "tanh", "gelu"))
    late = [
        len(about["history"]) - 1 for name in ("relu", "tanh", "gelu") for about in races(name)
        if about["history"][-1]["learning_rate"] == 0.03
    ]  # fmt: skip
    assert len(late) == 4 and min(late) > 2 * slowest


def test_the_search_for_the_sigmoids_rate_found_nothing_and_relus_a_tie():
    tried = {name: races(name)[seed]["extra"]["search"] for name, seed in (("sigmoid", 0), ("relu", 2))}
    losses = {name: [trial["train_loss"] for trial in trials] for name, trials in tried.items()}
    assert losses["sigmoid"] == pytest.approx([math.log(10)] * 3, abs=0.01)
    assert losses["relu"][1] == pytest.approx(losses["relu"][2], abs=0.005)


def test_of_the_late_ones_one_has_a_higher_and_one_a_lower_test_error():
    in_time = np.mean([about["test"]["top1_error"] for about in races("relu_equal_rate")])
    assert races("sigmoid")[0]["test"]["top1_error"] < in_time < races("relu")[2]["test"]["top1_error"]
