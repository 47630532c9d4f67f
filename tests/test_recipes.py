"""A recipe is what it says: its start, its optimizer, its schedule; and it goes on where it stopped."""

import dataclasses

import pytest
import torch
from torch import nn

from alexnet_lib import models, shapes
from alexnet_lib.experiments.recipe import Recipe, build, initialize, make_optimizer, schedule
from alexnet_lib.language import BookError
from alexnet_lib.models import AlexNet
from tiny import TinyNet, assert_equal, without_seconds

RECIPE = Recipe(
    network="TinyNet", dataset="shapes10", epochs=3, batch_size=16, optimizer="muon", learning_rate=0.05,
    convolution_rate=0.01, warm_up=0.3, decay=True, label_smoothing=0.1, averaging=0.5, dropout=0.2,
    initialization="kaiming", flips="alternating",
)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Let shapes10 be 100 training and 20 test images, and the tiny network one of the library's."""
    monkeypatch.setattr(shapes, "COUNT", {True: 100, False: 20})
    monkeypatch.setattr(models, "TinyNet", TinyNet, raising=False)


def test_the_default_recipe_is_the_posts():
    training = build(Recipe(network="TinyNet", dataset="shapes10"), "cpu")
    assert isinstance(training.optimizer, torch.optim.Adam)
    group = training.optimizer.param_groups[0]
    assert (group["lr"], group["weight_decay"], group["betas"]) == (1e-3, 0, (0.9, 0.999))
    assert training.average is None and training.result() is training.model
    assert training.loss_fn.label_smoothing == 0
    assert [layer.p for layer in training.model.modules() if isinstance(layer, nn.Dropout)] == [0.5]
    torch.manual_seed(0)
    assert_equal(training.model.state_dict(), TinyNet().state_dict())
    assert training.train_loader.flips == "random" and training.train_loader.augment
    assert not training.val_loader.augment and not training.test_loader.augment


def test_a_recipe_is_built_as_it_says():
    training = build(RECIPE, "cpu")
    kernels, others = training.optimizer.param_groups
    assert kernels["orthogonal"] and not others["orthogonal"]
    assert [p.shape for p in kernels["params"]] == [(4, 3, 4, 4)]
    held = {id(p) for group in (kernels, others) for p in group["params"]}
    assert held == {id(p) for p in training.model.parameters()}
    assert (kernels["initial_lr"], others["initial_lr"]) == (0.01, 0.05)
    assert training.loss_fn.label_smoothing == 0.1
    assert training.train_loader.flips == "alternating"
    assert [len(loader.dataset) for loader in (training.train_loader, training.val_loader)] == [90, 10]
    assert training.result() is training.average.module
    assert [layer.p for layer in training.model.modules() if isinstance(layer, nn.Dropout)] == [0.2]


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "muon"])
def test_a_recipe_learns_and_goes_on_after_an_interruption_bit_for_bit(tmp_path, optimizer):
    recipe = dataclasses.replace(RECIPE, optimizer=optimizer, learning_rate=0.01)
    whole = build(recipe, "cpu")
    history = whole.fit(device="cpu")
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    assert history[-1]["val_loss"] is not None and history[-1]["test_loss"] is None
    begun = build(dataclasses.replace(recipe), "cpu")
    begun = dataclasses.replace(begun, epochs=1)
    begun.fit(device="cpu", output=tmp_path)
    torch.manual_seed(9)
    resumed = build(recipe, "cpu")
    assert without_seconds(resumed.fit(device="cpu", output=tmp_path)) == without_seconds(history)
    assert_equal(resumed.result().state_dict(), whole.result().state_dict())
    assert_equal(resumed.model.state_dict(), whole.model.state_dict())


def test_the_rate_rises_and_falls_in_straight_lines():
    share = schedule(dataclasses.replace(RECIPE, epochs=10, warm_up=0.2), steps_per_epoch=50)
    values = [share(step) for step in range(500)]
    assert values[0] == pytest.approx(1 / 101) and values[99] == pytest.approx(100 / 101)
    assert max(values) == values[100] == 1
    falling = torch.tensor(values[100:]).diff()
    torch.testing.assert_close(falling, torch.full((399,), -1 / 400), rtol=1e-3, atol=1e-6)
    assert values[-1] == pytest.approx(1 / 400)
    flat = schedule(Recipe(), steps_per_epoch=50)
    assert {flat(step) for step in range(500)} == {1.0}


def test_kaimings_start_keeps_the_signals_strength_where_torchs_lets_it_fade():
    """Behind the last convolution of AlexNet; images of unit variance go in (He et al., 2015)."""
    images = torch.randn(32, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    strength = {}
    for initialization in ("torch", "kaiming"):
        torch.manual_seed(0)
        model = AlexNet()
        initialize(model, initialization)
        with torch.no_grad():
            # Max-pooling would raise the strength by itself: leave it out.
            layers = [layer for layer in model.features if not isinstance(layer, nn.MaxPool2d)]
            strength[initialization] = nn.Sequential(*layers)(images[:, :, :8, :8]).square().mean().item()
    assert 0.2 < strength["kaiming"] < 5
    assert strength["torch"] < 0.01 * strength["kaiming"]


@pytest.mark.parametrize("field", ["initialization", "optimizer", "flips", "filters"])
def test_a_choice_that_does_not_exist_is_refused_and_those_that_do_are_named(field):
    recipe = dataclasses.replace(RECIPE, **{field: "best"})
    with pytest.raises(BookError, match=f"'best' is no {field}; choose one of: "):
        build(recipe, "cpu")


def test_the_optimizer_of_alexnet_orthogonalizes_its_five_convolutions_and_nothing_else():
    kernels, others = make_optimizer(AlexNet(), dataclasses.replace(RECIPE)).param_groups
    assert [tuple(p.shape[:2]) for p in kernels["params"]] == [
        (96, 3), (256, 96), (384, 256), (384, 384), (256, 384),
    ]
    assert len(others["params"]) == 11
