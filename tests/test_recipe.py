"""A recipe is what it says: its start, its optimizer, its schedule; it is trained once and goes on."""


import dataclasses
import json

import pytest
import torch
from torch import nn
from torch.nn import functional

from alexnet_lib import models, shapes, training
from alexnet_lib.experiments.lrn import LocalRecipe
from alexnet_lib.experiments.recipe import (
    Recipe,
    build,
    initialize,
    schedule,
    todays_names,
    train_or_load,
    whiten_first_layer,
    whitening_filters,
)
from alexnet_lib.experiments.relu import RaceRecipe
from alexnet_lib.experiments.transfer import TransferConfig
from alexnet_lib.language import BookError
from alexnet_lib.metrics import evaluate
from alexnet_lib.models import AlexNet
from alexnet_lib.runs import TrainingConfig
from run_files import RESULTS
from tiny import TinyNet, assert_equal, without_seconds

# --- Recipes ---


RECIPE = Recipe(
    network="TinyNet", dataset="shapes10", epochs=3, batch_size=16, optimizer="muon", learning_rate=0.05,
    muon_learning_rate=0.01, warmup=0.3, schedule="linear", label_smoothing=0.1, ema=0.5, dropout=0.2,
    initialization="kaiming", flips="alternating",
)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Let shapes10 be 100 training and 20 test images, and the tiny network one of the library's."""
    monkeypatch.setattr(shapes, "COUNT", {True: 100, False: 20})
    monkeypatch.setitem(models.NETWORKS, "TinyNet", TinyNet)


def test_the_default_recipe_is_the_posts():
    built = build(Recipe(network="TinyNet", dataset="shapes10"), "cpu")
    (optimizer,) = built.optimizers
    assert isinstance(optimizer, torch.optim.Adam)
    group = optimizer.param_groups[0]
    assert (group["lr"], group["weight_decay"], group["betas"]) == (1e-3, 0, (0.9, 0.999))
    assert built.ema is None and built.result() is built.model
    assert [layer.p for layer in built.model.modules() if isinstance(layer, nn.Dropout)] == [0.5]
    torch.manual_seed(0)
    assert_equal(built.model.state_dict(), TinyNet().state_dict())
    assert built.loaders.train.flips == "random"
    assert [loader.augment for loader in built.loaders] == [True, False, False, False]


def test_a_recipe_is_built_as_it_says():
    built = build(RECIPE, "cpu")
    kernels, others = (optimizer.param_groups[0] for optimizer in built.optimizers)
    assert [p.shape for p in kernels["params"]] == [(4, 3, 4, 4)]
    held = {id(p) for group in (kernels, others) for p in group["params"]}
    assert held == {id(p) for p in built.model.parameters()}
    assert (kernels["initial_lr"], others["initial_lr"]) == (0.01, 0.05)
    assert built.loaders.train.flips == "alternating"
    assert [len(loader.dataset) for loader in built.loaders] == [90, 10, 20, 90]
    assert built.result() is built.ema.module
    assert [layer.p for layer in built.model.modules() if isinstance(layer, nn.Dropout)] == [0.2]


def test_only_so_many_images_are_learned_and_measured():
    built = build(dataclasses.replace(RECIPE, train_size=30, test_size=8), "cpu")
    assert [len(loader.dataset) for loader in built.loaders] == [30, 8, 8, 30]
    assert built.loaders.measured.dataset.targets == built.loaders.train.dataset.targets


def test_labels_are_smoothed_as_the_recipe_says():
    losses = []
    for smoothing in (0.0, 0.3):
        recipe = dataclasses.replace(RECIPE, epochs=1, label_smoothing=smoothing)
        losses.append(build(recipe, "cpu").fit()[0]["train_loss"])
    assert losses[0] != pytest.approx(losses[1], rel=1e-3)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "muon"])
def test_a_recipe_learns_and_goes_on_after_an_interruption_bit_for_bit(tmp_path, optimizer):
    recipe = dataclasses.replace(RECIPE, optimizer=optimizer, learning_rate=0.01)
    whole = build(recipe, "cpu")
    history = whole.fit()
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    assert history[-1]["val_loss"] is not None and history[-1]["test_loss"] is None
    build(recipe, "cpu").fit(epochs=1, output=tmp_path)
    torch.manual_seed(9)
    resumed = build(recipe, "cpu")
    assert without_seconds(resumed.fit(output=tmp_path)) == without_seconds(history)
    assert_equal(resumed.result().state_dict(), whole.result().state_dict())
    assert_equal(resumed.model.state_dict(), whole.model.state_dict())


@pytest.mark.parametrize("recipe", [RECIPE, dataclasses.replace(RECIPE, ema=0.0)], ids=["average", "plain"])
def test_a_recipe_is_trained_once_and_reported_alike(tmp_path, monkeypatch, capsys, recipe):
    monkeypatch.setenv("ALEXNET_RUNS", str(tmp_path))
    first = train_or_load(recipe, "cpu", torch.float32)
    told = capsys.readouterr().out
    straight = build(recipe, "cpu")
    straight.fit()
    assert_equal(first.model.state_dict(), straight.result().state_dict())
    monkeypatch.setattr(training, "train_epoch", None)
    capsys.readouterr()
    again = train_or_load(recipe, "cpu", torch.float32)
    assert capsys.readouterr().out == told != ""
    assert again.history == first.history
    assert_equal(again.model.state_dict(), first.model.state_dict())
    measured = evaluate(again.model, straight.loaders.validation, "cpu")
    assert measured["loss"] == pytest.approx(first.history[-1]["val_loss"], rel=1e-6)
    for change in ({"seed": 1}, {"train_size": 40}, {"label_smoothing": 0.2}):
        with pytest.raises(TypeError):  # another recipe is another training
            train_or_load(dataclasses.replace(recipe, **change), "cpu", torch.float32)


def test_a_second_notebook_says_that_it_waits(assert_it_waits, monkeypatch, tmp_path):
    monkeypatch.setenv("ALEXNET_RUNS", str(tmp_path))
    recipe = dataclasses.replace(RECIPE, epochs=1)
    train_or_load(recipe, "cpu")
    assert_it_waits(lambda: train_or_load(recipe, "cpu"))


def test_with_a_goal_a_training_ends_once_its_error_is_at_it():
    whole = build(dataclasses.replace(RECIPE, goal=0.0), "cpu").fit()
    errors = [row["train_error"] for row in whole]
    assert len(errors) == 3 and min(errors) < 1
    goal = sorted(errors)[1]
    cut = build(dataclasses.replace(RECIPE, goal=goal), "cpu").fit()
    last = next(place for place, error in enumerate(errors) if error <= goal)
    assert [row["train_error"] for row in cut] == errors[: last + 1]


def test_settings_of_older_records_are_read_under_todays_names():
    """A recipe as the version of September 2026 wrote it, every field changed from its default."""
    old = {
        "network": "ModernAlexNet", "optimizer": "muon_adam", "convolution_rate": 0.1, "filters": "centred",
        "warm_up": 0.2, "decay": True, "averaging": 0.1, "border": "mirror", "padding": 2, "views": True,
    }  # fmt: skip
    assert Recipe(**todays_names(old)) == Recipe(
        network="ModernAlexNet", optimizer="muon_adam", muon_learning_rate=0.1, weight_standardization=True,
        warmup=0.2, schedule="linear", ema=0.1, padding_mode="reflect", padding=2,
        test_time_augmentation=True,
    )  # fmt: skip
    assert todays_names({"initialization": "glorot"}) == {"initialization": "xavier"}
    assert todays_names({"start": "file"}) == {"initialization": "file"}


KINDS = {"race": RaceRecipe, "local": LocalRecipe}
OTHERS = {"baseline": TrainingConfig, "transfer": TransferConfig}


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*-[0-9]*.json")), ids=lambda path: path.stem)
def test_every_record_is_a_recipe_of_today(path):
    about = json.loads(path.read_text("utf-8"))
    if about["run"] in OTHERS:
        assert OTHERS[about["run"]](**about["config"]).seed == about["seed"]
        return
    kind = KINDS.get(about["run"].split("_")[0], Recipe)
    assert kind(**todays_names(about["config"])).seed == about["seed"]


def test_the_rate_rises_and_falls_in_straight_lines():
    share = schedule(dataclasses.replace(RECIPE, epochs=10, warmup=0.2), steps_per_epoch=50)
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


@pytest.mark.parametrize("field", ["initialization", "optimizer", "flips", "schedule", "padding_mode"])
def test_a_choice_that_does_not_exist_is_refused_and_those_that_do_are_named(field):
    recipe = dataclasses.replace(RECIPE, **{field: "best"})
    with pytest.raises(BookError, match=f"'best' is no {field}; choose one of: "):
        build(recipe, "cpu")


def test_the_optimizer_of_alexnet_orthogonalizes_its_five_convolutions_and_nothing_else():
    kernels, others = (optimizer.param_groups[0] for optimizer in RECIPE.make_optimizers(AlexNet()))
    assert [tuple(p.shape[:2]) for p in kernels["params"]] == [
        (96, 3), (256, 96), (384, 256), (384, 384), (256, 384),
    ]
    assert len(others["params"]) == 11


# --- The first layer's answers to the images are uncorrelated and equally strong ---


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    """Noise whose neighbouring pixels and channels are alike, as in photos."""
    noise = torch.randn(64, 3, 18, 18, generator=torch.Generator().manual_seed(0))
    smooth = functional.avg_pool2d(noise, 3, stride=1)
    return 2 * smooth + smooth.roll(1, dims=1)


def covariance(answers: torch.Tensor) -> torch.Tensor:
    return torch.cov(answers.transpose(0, 1).flatten(start_dim=1))


def test_answers_have_the_identity_for_their_covariance(images):
    answers = functional.conv2d(images, whitening_filters(images))
    strong = covariance(answers)[:9, :9]  # the last directions are damped on purpose
    torch.testing.assert_close(strong, torch.eye(9), atol=0.05, rtol=0)
    random = covariance(functional.conv2d(images, torch.randn(27, 3, 3, 3)))[:9, :9]
    assert (random - torch.eye(9)).abs().max() > 0.5


def test_the_filters_are_ordered_by_the_strength_of_their_direction(images):
    filters = whitening_filters(images).flatten(start_dim=1)
    assert filters.shape == (27, 27)
    assert (filters.norm(dim=1).diff() > -1e-4).all()  # the stronger a direction, the smaller its filter


@pytest.mark.parametrize(("outputs", "drawn"), [(96, 54), (54, 54), (20, 20)])
def test_each_filter_has_its_opposite_and_the_rest_keep_their_weights(images, outputs, drawn):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, outputs, 3, padding=1), nn.ReLU())
    before = model[0].weight.detach().clone()
    whiten_first_layer(model, images)
    weight = model[0].weight
    torch.testing.assert_close(weight[27:drawn], -weight[: max(drawn - 27, 0)])
    assert torch.equal(weight[drawn:], before[drawn:])
    assert not torch.isclose(weight[:drawn], before[:drawn]).all(dim=(1, 2, 3)).any()
    assert weight.requires_grad


class OnApplesCard(torch.Tensor):
    """A tensor as on MPS: it knows no float64, and finds no eigenvectors."""

    @classmethod
    def __torch_function__(cls, function, types, arguments=(), options=None):
        if function.__name__ in ("double", "linalg_eigh"):
            raise TypeError("Cannot convert a MPS Tensor to float64")
        return super().__torch_function__(function, types, arguments, options or {})

    def cpu(self) -> torch.Tensor:
        return self.as_subclass(torch.Tensor)


def test_filters_are_reckoned_on_the_cpu_wherever_the_images_are(images):
    card = images.as_subclass(OnApplesCard)
    with pytest.raises(TypeError, match="MPS"):
        card.double()
    torch.testing.assert_close(whitening_filters(card), whitening_filters(images))
