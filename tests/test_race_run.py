"""A race stops at its goal, measures apart from training, and goes on bit for bit where it was cut."""

import dataclasses
import time

import pytest
import torch
from torch.nn import functional

from alexnet_lib import shapes, training
from alexnet_lib.experiments import recipe as recipes
from alexnet_lib.experiments import relu
from alexnet_lib.experiments.recipe import MEASURED, build, make_loaders, train_or_load
from alexnet_lib.experiments.relu import RaceRecipe, Variant, best_rate, search, try_rate
from alexnet_lib.experiments.tensor_loader import TensorLoader
from alexnet_lib.language import BookError
from alexnet_lib.transforms import channel_statistics
from tiny import TinyImages, assert_equal, without_seconds

CONFIG = RaceRecipe(
    dataset="shapes10", epochs=4, batch_size=16, learning_rate=0.05, middle_rate=0.03, goal=0.0
)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Let shapes10 be 60 training and 20 test images, and the network's maps few."""
    monkeypatch.setattr(shapes, "COUNT", {True: 60, False: 20})
    few = Variant(3, (4, 4, 4), torch.nn.MaxPool2d, pooling_size=2)
    monkeypatch.setattr(relu, "VARIANTS", {1: few})


def epoch_of(loader: TensorLoader, number: int) -> tuple[torch.Tensor, list[int]]:
    loader.set_epoch(number)
    images, labels = zip(*loader, strict=True)
    return torch.cat(images), torch.cat(labels).tolist()


# --- The images ---


def test_shuffling_changes_the_order_and_nothing_else():
    images = TinyImages(50)
    statistics = channel_statistics(images)
    plain, _ = epoch_of(TensorLoader(images, *statistics, device="cpu"), 1)
    options = {"augment": True, "padding": 0, "flips": "none"}
    loader = TensorLoader(images, *statistics, batch_size=16, seed=3, device="cpu", **options)
    shuffled, labels = epoch_of(loader, 1)
    order = (shuffled.flatten(1)[:, None] == plain.flatten(1)).all(dim=2).nonzero()[:, 1]
    assert sorted(order.tolist()) == list(range(50)) and order.tolist() != list(range(50))
    assert labels == [images.targets[place] for place in order]
    assert not torch.equal(epoch_of(loader, 2)[0], shuffled)
    assert torch.equal(epoch_of(loader, 1)[0], shuffled)


def test_a_loader_that_flips_or_crops_would_be_noticed():
    images = TinyImages(50)
    statistics = channel_statistics(images)
    plain, _ = epoch_of(TensorLoader(images, *statistics, device="cpu"), 1)
    flipping = TensorLoader(images, *statistics, augment=True, padding=0, device="cpu")
    shuffled, _ = epoch_of(flipping, 1)
    same = (shuffled.flatten(1)[:, None] == plain.flatten(1)).all(dim=2)
    assert same.any(dim=1).sum() < 50


def test_the_error_is_measured_on_the_first_training_images(monkeypatch):
    assert MEASURED == 10_000
    monkeypatch.setattr(recipes, "MEASURED", 20)
    loaders = make_loaders(dataclasses.replace(CONFIG, train_size=50, test_size=10), "cpu")
    assert [len(part.dataset) for part in loaders] == [50, 10, 10, 20]
    assert epoch_of(loaders.measured, 1)[1] == loaders.train.dataset.targets[:20]
    assert loaders.test.dataset.train is False and loaders.validation.dataset.train is True
    seen = {image.tobytes() for image in loaders.train.dataset.data}
    assert not any(image.tobytes() in seen for image in loaders.validation.dataset.data)


# --- The search ---


def test_the_optimizer_has_momentum_and_no_decay():
    (optimizer,) = CONFIG.make_optimizers(torch.nn.Linear(1, 1))
    group = optimizer.param_groups[0]
    assert (group["lr"], group["momentum"], group["weight_decay"], group["nesterov"]) == (0.05, 0.9, 0, False)


def test_a_trial_is_a_short_training_written_out_by_hand():
    loaders = make_loaders(CONFIG, "cpu")
    model = CONFIG.make_model(10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    for epoch in (1, 2, 3):
        loaders.train.set_epoch(epoch)
        for images, labels in loaders.train:
            optimizer.zero_grad()
            functional.cross_entropy(model(images), labels).backward()
            optimizer.step()
    images, labels = next(iter(loaders.measured))
    with torch.no_grad():
        logits = model(images)
    trial = try_rate(dataclasses.replace(CONFIG, learning_rate=0.02, epochs=3), loaders)
    assert trial["learning_rate"] == 0.02
    assert trial["train_loss"] == pytest.approx(functional.cross_entropy(logits, labels).item(), rel=1e-3)
    assert trial["train_error"] == pytest.approx((logits.argmax(1) != labels).float().mean().item(), abs=1e-6)


def test_three_rates_are_tried_a_factor_of_three_apart_on_the_first_images(monkeypatch):
    sizes = []
    monkeypatch.setattr(relu, "MEASURED", 20)
    monkeypatch.setattr(relu, "try_rate", lambda recipe, loaders: sizes.append(
        (recipe.epochs, len(loaders.train.dataset))) or {"learning_rate": recipe.learning_rate})
    rates = [trial["learning_rate"] for trial in search(CONFIG, "cpu")]
    assert rates == pytest.approx([0.01, 0.03, 0.09])
    assert sizes == [(3, 20)] * 3


def test_a_rate_that_blows_up_is_none_and_is_not_taken():
    tried = search(dataclasses.replace(CONFIG, middle_rate=1e20), "cpu")
    assert {trial["train_loss"] for trial in tried} == {None}
    with pytest.raises(BookError, match="middle_rate"):
        best_rate(tried)
    assert best_rate([*tried, {"learning_rate": 0.5, "train_loss": 9.0, "train_error": 0.9}]) == 0.5


def test_the_lowest_loss_decides_where_errors_are_equal():
    tried = [{"learning_rate": rate, "train_loss": loss, "train_error": 0.9}
             for rate, loss in ((0.1, 2.3), (0.3, 2.2), (0.9, 2.25))]  # fmt: skip
    assert best_rate(tried) == 0.3


# --- The race ---


def test_a_race_stops_at_its_goal_and_not_before():
    whole = build(CONFIG, "cpu").fit()
    errors = [row["train_error"] for row in whole]
    assert len(errors) == CONFIG.epochs and min(errors[1:]) < errors[0]
    goal = min(errors)
    cut = build(dataclasses.replace(CONFIG, goal=goal), "cpu").fit()
    assert without_seconds(cut) == without_seconds(whole[: errors.index(goal) + 1])


def test_measuring_is_not_counted_as_training(monkeypatch):
    def slowly(*arguments):
        time.sleep(0.2)
        return {"loss": 1.0, "accuracy": 0.5, "count": 1}

    monkeypatch.setattr(recipes, "evaluate", slowly)
    (row,) = build(dataclasses.replace(CONFIG, epochs=1), "cpu").fit()
    assert row["train_error"] == 0.5
    assert row["seconds"] > row["training_seconds"] + 0.2


def test_an_interrupted_race_goes_on_bit_for_bit(tmp_path):
    whole, cut = build(CONFIG, "cpu"), build(CONFIG, "cpu")
    history = whole.fit()
    cut.fit(epochs=2, output=tmp_path)
    resumed = build(CONFIG, "cpu")
    assert without_seconds(resumed.fit(output=tmp_path)) == without_seconds(history)
    assert_equal(resumed.model.state_dict(), whole.model.state_dict())


def test_a_race_resumed_without_its_momentum_would_be_noticed():
    """A broken twin: the optimizer's state is lost in the interruption."""
    whole, cut = build(CONFIG, "cpu"), build(CONFIG, "cpu")
    whole.fit()
    cut.fit(epochs=2)
    optimizer = torch.optim.SGD(cut.model.parameters(), lr=0.05, momentum=0.9)
    for epoch in (3, 4):
        cut.loaders.train.set_epoch(epoch)
        for images, labels in cut.loaders.train:
            optimizer.zero_grad()
            functional.cross_entropy(cut.model(images), labels).backward()
            optimizer.step()
    assert not torch.equal(cut.model.classifier.weight, whole.model.classifier.weight)


def test_the_same_race_is_run_once(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("ALEXNET_RUNS", str(tmp_path))
    first = train_or_load(CONFIG, "cpu", torch.float32)
    said = capsys.readouterr().out
    assert said.count("error on training images") == len(first.history)
    monkeypatch.setattr(training, "train_epoch", lambda *_: pytest.fail("trained again"))
    again = train_or_load(dataclasses.replace(CONFIG, train_size=60), "cpu", torch.float32)
    assert again.history == first.history
    assert capsys.readouterr().out == said


@pytest.mark.parametrize("change", [{"seed": 1}, {"activation": "tanh"}, {"initialization": "normal"}])
def test_another_race_is_another(change, monkeypatch, tmp_path):
    monkeypatch.setenv("ALEXNET_RUNS", str(tmp_path))
    train_or_load(CONFIG, "cpu", torch.float32)
    train_or_load(dataclasses.replace(CONFIG, **change), "cpu", torch.float32)
    assert len(list(tmp_path.glob("*/finished.pt"))) == 2
