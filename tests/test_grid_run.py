"""Chapter 11's grid of learning rates: the networks, the readings and the arrivals, counted another way."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from alexnet_lib import shapes
from alexnet_lib.experiments import relu
from alexnet_lib.experiments.recipe import build, make_loaders
from alexnet_lib.experiments.relu import FourLayerNet, RaceRecipe, Variant
from grid_run import FileNet, GridRecipe, epochs_to_goal, race, readings
from record_runs import planned
from tiny import assert_equal, without_seconds

CONFIG = GridRecipe(dataset="shapes10", epochs=3, batch_size=16, learning_rate=0.04, halvings=0, goal=0.0)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Let shapes10 be 60 training and 20 test images: four steps an epoch."""
    monkeypatch.setattr(shapes, "COUNT", {True: 60, False: 20})


@pytest.fixture
def few(monkeypatch):
    """Let the networks have few maps."""
    monkeypatch.setattr(relu, "VARIANTS", {1: Variant(3, (4, 4, 4), torch.nn.MaxPool2d, pooling_size=2)})


# --- The network of the 18 % file ---


def mean_of_windows(values: torch.Tensor) -> torch.Tensor:
    """Average over 3x3 windows with stride 2; of one that goes past the edge, over what lies inside."""
    count, channels, side, _ = values.shape
    out = torch.empty(count, channels, side // 2, side // 2)
    for row in range(side // 2):
        for column in range(side // 2):
            window = values[:, :, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
            out[:, :, row, column] = window.mean(dim=(2, 3))
    return out


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_the_files_network_is_the_one_written_out_by_hand(activation):
    torch.manual_seed(0)
    model, bend = FileNet(activation), getattr(torch, activation)
    conv1, conv2, conv3 = (layer for layer in model.features if isinstance(layer, torch.nn.Conv2d))
    assert [layer.weight.shape for layer in (conv1, conv2, conv3)] == [
        (32, 3, 5, 5), (32, 32, 5, 5), (64, 32, 5, 5),
    ]  # fmt: skip
    images = torch.randn(2, 3, 32, 32)
    values = functional.conv2d(images, conv1.weight, conv1.bias, padding=2)
    values = functional.max_pool2d(functional.pad(values, (0, 1, 0, 1), value=-math.inf), 3, stride=2)
    values = bend(values)
    for conv in (conv2, conv3):
        values = mean_of_windows(bend(functional.conv2d(values, conv.weight, conv.bias, padding=2)))
    expected = values.flatten(1) @ model.classifier.weight.T + model.classifier.bias
    torch.testing.assert_close(model(images), expected)
    other = FourLayerNet(activation)
    other.load_state_dict(dict(zip(other.state_dict(), model.state_dict().values(), strict=True)))
    assert not torch.allclose(other(images), expected)


# --- The two starts ---


def test_in_units_a_race_of_the_grid_is_the_chapters_race():
    ours = build(dataclasses.replace(CONFIG, seed=1), "cpu")
    theirs = build(RaceRecipe(dataset="shapes10", batch_size=16, seed=1), "cpu")
    assert_equal(ours.model.state_dict(), theirs.model.state_dict())
    pairs = zip(ours.loaders.train, theirs.loaders.train, strict=True)
    assert all(torch.equal(a, b) for (a, _), (b, _) in pairs)
    assert {group["lr"] for group in ours.optimizers[0].param_groups} == {0.04}


@pytest.mark.parametrize("network", ["FourLayerNet", "FileNet"])
def test_the_files_start_has_its_deviations_its_pixels_and_twice_the_rate_for_biases(network):
    recipe = dataclasses.replace(CONFIG, network=network, initialization="file", learning_rate=0.01)
    training = build(recipe, "cpu")
    front, net = training.model
    weights = [p for p in net.parameters() if p.dim() > 1]
    deviations = [weight.std().item() for weight in weights]
    assert deviations == pytest.approx([0.0001, 0.01, 0.01, 0.01], rel=0.05)
    assert not any(p.any() for p in net.parameters() if p.dim() == 1)
    pixels, _ = next(iter(training.loaders.train))
    torch.testing.assert_close(pixels, pixels.round(), atol=1e-3, rtol=0)
    whole = shapes.Shapes10(train=True).data.mean(axis=0).transpose(2, 0, 1)
    np.testing.assert_allclose(front(pixels), pixels.numpy() - whole, atol=1e-2)
    (optimizer,) = training.optimizers
    rates = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    assert [rates[id(p)] for p in net.parameters()] == [0.01, 0.02] * 4
    assert all(group["momentum"] == 0.9 and not group["weight_decay"] for group in optimizer.param_groups)
    tanh = dataclasses.replace(recipe, activation="tanh").make_model(10)
    assert_equal(dict(tanh.named_parameters()), dict(training.model.named_parameters()))


# --- The readings ---


def by_hand(recipe: GridRecipe, epochs: int) -> list[float]:
    """Train without the library's loop, and read the error before every step and at the end."""
    loaders, model = make_loaders(recipe, "cpu"), recipe.make_model(10)
    optimizer = torch.optim.SGD(model.parameters(), recipe.learning_rate, momentum=0.9)
    images, labels = next(iter(loaders.measured))
    errors = []

    def read() -> None:
        with torch.no_grad():
            errors.append((model(images).argmax(1) != labels).float().mean().item())

    read()
    for epoch in range(1, epochs + 1):
        loaders.train.set_epoch(epoch)
        for batch, answers in loaders.train:
            optimizer.zero_grad()
            functional.cross_entropy(model(batch), answers).backward()
            optimizer.step()
            read()
    return errors


@pytest.mark.usefixtures("few")
def test_the_error_is_read_every_quarter_and_the_race_ends_with_two_readings_below(tmp_path):
    expected = by_hand(CONFIG, 6)  # four steps an epoch: a reading each
    assert expected[-1] < expected[0]
    long = dataclasses.replace(CONFIG, epochs=6)
    for number, goal in enumerate((0.0, min(expected) + 0.01, expected[0] - 0.1)):
        history = race(build(dataclasses.replace(long, goal=goal), "cpu"), tmp_path / str(number))
        ends = [place for place in range(1, 25) if max(expected[place - 1], expected[place]) < goal]
        epochs = math.ceil(ends[0] / 4) if ends else 6
        assert len(history) == epochs
        assert readings(history) == pytest.approx(expected[: 4 * epochs + 1], abs=1e-6)
        assert history[-1]["train_error"] == pytest.approx(expected[4 * epochs])


@pytest.mark.usefixtures("few")
def test_a_race_interrupted_goes_on_as_if_it_had_not_been(tmp_path):
    whole = race(build(CONFIG, "cpu"), tmp_path / "whole")
    race(build(CONFIG, "cpu"), tmp_path / "part", epochs=2)
    assert without_seconds(race(build(CONFIG, "cpu"), tmp_path / "part")) == without_seconds(whole)
    assert len(whole) == 3


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("rate", [1e3, 1e30])
def test_a_race_that_bursts_is_one_that_did_not_arrive(tmp_path: Path, rate):
    history = race(build(dataclasses.replace(CONFIG, learning_rate=rate, goal=0.25), "cpu"), tmp_path)
    assert epochs_to_goal(readings(history), 0.25) is None
    assert rate < 1e30 or history == []


@pytest.mark.parametrize(
    ("errors", "epochs"),
    [
        ([0.9, 0.5, 0.3, 0.2, 0.1], (2 + 0.5) / 4),
        ([0.9, 0.5, 0.24, 0.3, 0.26, 0.2, 0.1], (4 + 1 / 6) / 4),  # one reading below may be chance
        ([0.9, 0.25, 0.2, 0.24], 1 / 4),
        ([0.9, 0.5, 0.2, 0.25, 0.2], None),
        ([], None),
    ],
)
def test_the_arrival_is_at_the_first_of_two_readings_below(errors, epochs):
    assert epochs_to_goal(errors, 0.25) == (None if epochs is None else pytest.approx(epochs))


# --- The plan ---


def test_both_functions_race_at_the_same_nine_rates_and_the_files_own_is_among_them():
    plan = {(name, grid.seed): grid for name, grid in planned() if isinstance(grid, GridRecipe)}
    assert len(plan) == 2 * 2 * 2 * 3
    for (name, seed), grid in plan.items():
        partner = plan[name.replace("_relu", "_tanh"), seed]
        assert dataclasses.replace(grid, activation="tanh") == partner
        rates = [each.learning_rate for each in grid.races()]
        assert len(rates) == 9 and np.divide(rates[:-1], rates[1:]) == pytest.approx(2)
        assert grid.epochs == 40 and grid.goal == 0.25
        raw, theirs = grid.initialization == "file", grid.network == "FileNet"
        assert name.split("_")[1:3] == ["file" if theirs else "ours", "raw" if raw else "unit"]
        assert min(rates) < (0.001 if raw else 0.01) < max(rates)
        assert all(each.halvings == 0 for each in grid.races())
