"""A recipe is what it says: its start, its optimizer, its schedule; it is trained once and goes on."""

import copy
import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from alexnet_lib import runs, training
from alexnet_lib.devices import Precision
from alexnet_lib.experiments import recipe as recipes
from alexnet_lib.experiments.initialization import whiten_first_layer, whitening_filters
from alexnet_lib.experiments.lrn import LocalRecipe
from alexnet_lib.experiments.recipe import Recipe, build, train_or_load
from alexnet_lib.experiments.relu import RaceRecipe
from alexnet_lib.language import BookError
from alexnet_lib.metrics import evaluate
from alexnet_lib.runs import TrainingConfig
from alexnet_lib.training import fit
from faithful_run import FaithfulRecipe
from grid_run import GridRecipe
from run_files import RESULTS
from tiny import TinyNet, assert_equal, tiny_loader, tiny_model, without_seconds
from transfer_run import TransferConfig

RECIPE = Recipe(
    network="TinyNet",
    dataset="shapes10",
    epochs=3,
    batch_size=16,
    optimizer="muon",
    learning_rate=0.05,
    muon_learning_rate=0.01,
    warmup=0.3,
    schedule="linear",
    label_smoothing=0.1,
    ema=0.5,
    dropout=0.2,
    initialization="kaiming",
    flips="alternating",
)


@pytest.fixture(autouse=True)
def small(small_data, monkeypatch):
    monkeypatch.setattr(runs, "source_hash", lambda modules: "the code")  # to read it all takes a while


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
    held = [id(p) for group in (kernels, others) for p in group["params"]]
    assert sorted(held) == sorted(id(p) for p in built.model.parameters())
    assert (kernels["initial_lr"], others["initial_lr"]) == (0.01, 0.05)
    assert built.loaders.train.flips == "alternating"
    assert [len(loader.dataset) for loader in built.loaders] == [90, 10, 20, 90]
    assert built.result() is built.ema.module
    assert [layer.p for layer in built.model.modules() if isinstance(layer, nn.Dropout)] == [0.2]


def test_labels_are_smoothed_as_the_recipe_says():
    (row,) = build(dataclasses.replace(RECIPE, epochs=1, batch_size=100, dropout=0.0), "cpu").fit()
    batch = build(dataclasses.replace(RECIPE, batch_size=100, dropout=0.0), "cpu")
    images, labels = next(iter(batch.loaders.train))
    expected = functional.cross_entropy(batch.model(images), labels, label_smoothing=0.1)
    assert row["train_loss"] == pytest.approx(expected.item(), rel=1e-4)


def test_a_recipe_learns_and_goes_on_after_an_interruption_bit_for_bit(tmp_path):
    whole = build(RECIPE, "cpu")
    history = whole.fit()
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    assert history[-1]["val_loss"] is not None and history[-1]["test_loss"] is None
    build(RECIPE, "cpu").fit(epochs=1, output=tmp_path)
    torch.manual_seed(9)
    resumed = build(RECIPE, "cpu")
    assert without_seconds(resumed.fit(output=tmp_path)) == without_seconds(history)
    assert_equal(resumed.result().state_dict(), whole.result().state_dict())
    assert_equal(resumed.model.state_dict(), whole.model.state_dict())


def test_a_recipe_is_trained_once_and_reported_alike(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ALEXNET_RUNS", str(tmp_path))
    first = train_or_load(RECIPE, "cpu", torch.float32)
    told = capsys.readouterr().out
    straight = build(RECIPE, "cpu")
    straight.fit()
    assert_equal(first.model.state_dict(), straight.result().state_dict())
    monkeypatch.setattr(training, "train_epoch", None)
    capsys.readouterr()
    again = train_or_load(RECIPE, "cpu", torch.float32)
    assert capsys.readouterr().out == told != ""
    assert again.history == first.history
    assert_equal(again.model.state_dict(), first.model.state_dict())
    measured = evaluate(again.model, straight.loaders.validation, "cpu")
    assert measured["loss"] == pytest.approx(first.history[-1]["val_loss"], rel=1e-6)
    for change in ({"seed": 1}, {"train_size": 40}, {"label_smoothing": 0.2}):
        with pytest.raises(TypeError):  # another recipe is another training
            train_or_load(dataclasses.replace(RECIPE, **change), "cpu", torch.float32)


def test_a_change_in_whatever_a_recipe_puts_to_work_trains_it_anew(monkeypatch):
    counted = []
    monkeypatch.setattr(recipes, "train_once", lambda config, data, code, *rest: counted.extend(code))
    train_or_load(RECIPE, "cpu", torch.float32)
    parts = ("recipe", "initialization", "muon", "schedule", "tensor_loader")
    assert {*(f"experiments/{name}" for name in parts), "facts.toml"} <= set(counted)


def test_with_a_goal_a_training_ends_once_its_error_is_at_it():
    whole = build(dataclasses.replace(RECIPE, goal=0.0), "cpu").fit()
    errors = [row["train_error"] for row in whole]
    assert len(errors) == 3 and min(errors) < 1
    goal = sorted(errors)[1]
    cut = build(dataclasses.replace(RECIPE, goal=goal), "cpu").fit()
    last = next(place for place, error in enumerate(errors) if error <= goal)
    assert [row["train_error"] for row in cut] == errors[: last + 1]


# What records and tries of earlier versions call a setting, and its values.
OLD_NAMES = {
    "warm_up": "warmup", "decay": "schedule", "averaging": "ema", "border": "padding_mode",
    "convolution_rate": "muon_learning_rate", "filters": "weight_standardization",
    "views": "test_time_augmentation", "start": "initialization",
}
GONE = ("middle_rate",)  # of a search for learning rates; the rate that it found stands in the history
OLD_VALUES = {
    "decay": {False: "constant", True: "linear"}, "border": {"black": "constant", "mirror": "reflect"},
    "filters": {"free": False, "centred": True}, "start": {"he": "kaiming"},
    "initialization": {"he": "kaiming", "glorot": "xavier", "small": "normal"},
}


def todays_names(settings: dict[str, object]) -> dict[str, object]:
    """Return the settings of a record, whichever version made it, under the names that ``Recipe`` has."""
    return {
        OLD_NAMES.get(name, name): OLD_VALUES.get(name, {}).get(value, value)
        for name, value in settings.items() if name not in GONE
    }


KINDS = {
    "race": RaceRecipe, "local": LocalRecipe, "faithful": FaithfulRecipe, "replica": FaithfulRecipe,
    "grid": GridRecipe,
}  # fmt: skip
OTHERS = {"baseline": TrainingConfig, "transfer": TransferConfig}


def test_every_record_is_a_recipe_of_today():
    records = sorted(RESULTS.glob("*-[0-9]*.json"))
    assert len(records) > 50
    for path in records:
        about = json.loads(path.read_text("utf-8"))
        kind = OTHERS.get(about["run"]) or KINDS.get(about["run"].split("_")[0], Recipe)
        settings = about["config"] if about["run"] in OTHERS else todays_names(about["config"])
        if settings.get("learning_rate", "") is None:  # the rate that a search found
            settings["learning_rate"] = about["history"][-1]["learning_rate"]
        assert kind(**settings).seed == about["seed"], path.name


def test_the_rate_rises_and_falls_in_straight_lines():
    recipe = dataclasses.replace(RECIPE, warmup=0.2)
    values = [recipe.rate_share(step, 500) for step in range(500)]
    assert values[0] == pytest.approx(1 / 101) and values[99] == pytest.approx(100 / 101)
    assert max(values) == values[100] == 1
    falling = torch.tensor(values[100:]).diff()
    torch.testing.assert_close(falling, torch.full((399,), -1 / 400), rtol=1e-3, atol=1e-6)
    assert values[-1] == pytest.approx(1 / 400)
    assert {Recipe().rate_share(step, 500) for step in range(500)} == {1.0}


@pytest.mark.parametrize("field", ["initialization", "optimizer", "flips", "schedule", "padding_mode"])
def test_a_choice_that_does_not_exist_is_refused_and_those_that_do_are_named(field):
    recipe = dataclasses.replace(RECIPE, **{field: "best"})
    with pytest.raises(BookError, match=f"'best' is no {field}; choose one of: "):
        build(recipe, "cpu")


# --- The first layer's answers to the images are uncorrelated and equally strong ---


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    """Noise whose neighbouring pixels and channels are alike, as in photos."""
    noise = torch.randn(64, 3, 18, 18, generator=torch.Generator().manual_seed(0))
    smooth = functional.avg_pool2d(noise, 3, stride=1)
    return 2 * smooth + smooth.roll(1, dims=1)


def covariance(answers: torch.Tensor) -> torch.Tensor:
    return torch.cov(answers.transpose(0, 1).flatten(start_dim=1))


def test_answers_have_the_identity_for_their_covariance_and_the_filters_stand_in_order(images):
    filters = whitening_filters(images)
    assert filters.shape == (27, 3, 3, 3)
    sizes = filters.flatten(start_dim=1).norm(dim=1)
    assert (sizes.diff() > -1e-4).all()  # the stronger a direction, the smaller its filter
    answers = functional.conv2d(images, filters)
    strong = covariance(answers)[:9, :9]  # the last directions are damped on purpose
    torch.testing.assert_close(strong, torch.eye(9), atol=0.05, rtol=0)
    random = covariance(functional.conv2d(images, torch.randn(27, 3, 3, 3)))[:9, :9]
    assert (random - torch.eye(9)).abs().max() > 0.5


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


def test_filters_are_reckoned_on_the_cpu_wherever_the_images_are(images):
    card = SimpleNamespace(cpu=lambda: images, shape=images.shape)  # Apple's can do nothing of the rest
    torch.testing.assert_close(whitening_filters(card), whitening_filters(images))


# --- Muon beside AdamW: checkpoints, and gradients in float16 ---

CPU = torch.device("cpu")
RATES = {"learning_rate": 0.01, "muon_learning_rate": 0.02, "weight_decay": 0.01}
BESIDE = Recipe(optimizer="muon_adam", weight_standardization=True, **RATES)


def trained(epochs: int, output: Path | None = None) -> tuple[dict, list[dict]]:
    """Train from the same start in float16; return weights, the optimizers' states, and the history."""
    model, loader = tiny_model(), tiny_loader()
    optimizers = BESIDE.make_optimizers(model)
    schedulers = [LambdaLR(optimizer, lambda step: 0.9**step) for optimizer in optimizers]
    torch.manual_seed(1)
    history = fit(
        model, loader, epochs=epochs, optimizer=optimizers, scheduler=schedulers, schedule_steps=True,
        device="cpu", dtype=torch.float16, output=output,
    )  # fmt: skip
    states = [optimizer.state_dict() for optimizer in optimizers]
    return {"model": model.state_dict(), "optimizers": states}, without_seconds(history)


def test_a_resumed_training_ends_bit_for_bit_as_an_uninterrupted_one(tmp_path):
    """In float16, whose scaler goes on too."""
    expected, history = trained(3)
    trained(1, tmp_path)
    state, again = trained(3, tmp_path)
    assert again == history
    assert_equal(state, expected)


def one_step(model: nn.Module, optimizers: list[Optimizer], dtype: torch.dtype, factor: float = 1.0) -> None:
    """Take a step down a loss that is multiplied by a factor."""
    precision = Precision(CPU, dtype)
    with precision.autocast():
        loss = model(torch.ones(4, 3, 32, 32)).float().square().mean() * factor
    model.zero_grad()
    precision.step(loss, optimizers)


def test_a_step_whose_gradients_overflow_changes_neither_weights_nor_state():
    model = tiny_model().eval()
    optimizers = BESIDE.make_optimizers(model)
    states = []
    for factor in (1.0, 1e30):  # a good step, then one whose gradients are not finite in float16
        one_step(model, optimizers, torch.float16, factor)
        kept = [optimizer.state_dict()["state"] for optimizer in optimizers]
        states.append(copy.deepcopy({"model": model.state_dict(), "states": kept}))
    assert_equal(states[1], states[0])
    start = tiny_model().state_dict()
    assert not torch.equal(states[0]["model"]["features.0.weight"], start["features.0.weight"])


def test_momentum_is_that_of_gradients_without_the_losss_scale():
    momentum = {}
    for dtype in (torch.float32, torch.float16):
        model = tiny_model().eval()
        muon, plain = BESIDE.make_optimizers(model)
        one_step(model, [muon, plain], dtype)
        momentum[dtype] = muon.state[model.features[0].weight]["momentum_buffer"]
    exact, scaled = momentum.values()
    torch.testing.assert_close(scaled, exact, rtol=0.02, atol=1e-3 * exact.abs().max().item())
