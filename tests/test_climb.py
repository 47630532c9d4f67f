"""A rung climbed here and now: its recipe, its data, fewer validation images."""

import dataclasses

import pytest
import torch

from alexnet_lib.experiments import ladder as module
from alexnet_lib.experiments.ladder import climb, climb_or_load, rung, with_fewer_validation_images
from alexnet_lib.experiments.recipe import Recipe, Training
from alexnet_lib.experiments.tensor_loader import TensorLoader
from alexnet_lib.language import BookError
from alexnet_lib.metrics import evaluate
from tiny import TinyImages, TinyNet


def tiny_build(recipe):
    """Return a training of the recipe's length, of a network that takes milliseconds."""
    torch.manual_seed(recipe.seed)
    model = TinyNet()
    loaders = [
        TensorLoader(TinyImages(count), (0.5,) * 3, (0.25,) * 3, 16, device="cpu") for count in (40, 50, 20)
    ]
    optimizer = torch.optim.SGD(model.parameters(), recipe.learning_rate)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
    return Training(recipe.epochs, model, *loaders, optimizer, scheduler, torch.nn.CrossEntropyLoss(), None)


@pytest.fixture
def built(monkeypatch):
    recipes = []

    def build(recipe):
        recipes.append(recipe)
        return tiny_build(recipe)

    monkeypatch.setattr(module, "build", build)
    monkeypatch.setattr(module, "choose_device", lambda: torch.device("cpu"))
    return recipes


def test_it_trains_by_the_recipe_of_the_rung(built):
    history = climb("smoothing", 30, epochs=2, dataset="shapes10", seed=4, train_size=40)
    assert built == [rung("smoothing", epochs=2, dataset="shapes10", seed=4, train_size=40)]
    assert [row["epoch"] for row in history] == [1, 2]
    assert all(row["val_accuracy"] is not None and row["test_accuracy"] is None for row in history)


def test_a_rung_that_is_none_is_named(built):
    with pytest.raises(BookError, match="'top' is no rung"):
        climb("top", 30, epochs=1)
    assert built == []


def test_only_the_first_validation_images_are_measured():
    training = tiny_build(Recipe())
    fewer = with_fewer_validation_images(training, 20)
    measured = evaluate(fewer.model, fewer.val_loader, "cpu")
    first = TensorLoader(TinyImages(50), (0.5,) * 3, (0.25,) * 3, device="cpu")
    images, labels = (torch.cat(parts)[:20] for parts in zip(*first, strict=True))
    loss = torch.nn.functional.cross_entropy(fewer.model.eval()(images), labels).item()
    assert measured["count"] == 20
    assert measured["loss"] == pytest.approx(loss, rel=1e-5)
    whole = evaluate(training.model, training.val_loader, "cpu")
    assert whole["count"] == 50 and whole["loss"] != pytest.approx(measured["loss"], rel=1e-3)


def test_all_else_stays_as_it_was():
    training = tiny_build(Recipe())
    fewer = with_fewer_validation_images(training, 20)
    assert len(training.val_loader.dataset) == 50
    for field in dataclasses.fields(Training):
        if field.name != "val_loader":
            assert getattr(fewer, field.name) is getattr(training, field.name)


def test_more_than_there_are_means_all():
    assert len(with_fewer_validation_images(tiny_build(Recipe()), 999).val_loader.dataset) == 50


def test_a_climb_is_made_once_and_reported_alike(built, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ALEXNET_RUNS", str(tmp_path))
    monkeypatch.setattr(module, "load_dataset", lambda *arguments, **options: TinyImages(40))
    monkeypatch.setattr(module, "fast_dtype", lambda device: torch.float32)
    first = climb_or_load("post", 50, epochs=2)
    told = capsys.readouterr().out
    assert climb_or_load("post", 50, epochs=2) == first
    assert capsys.readouterr().out == told != ""
    assert len(built) == 1
    climb_or_load("schedule", 50, epochs=2)
    climb_or_load("post", 40, epochs=2)
    assert len(built) == 3
