"""A race stops at its goal, measures apart from training, and goes on bit for bit where it was cut."""

import dataclasses
import json
import time

import pytest
import torch
from torch.nn import functional

from alexnet_lib import shapes
from alexnet_lib.experiments import relu
from alexnet_lib.experiments.recipe import Outcome
from alexnet_lib.experiments.relu import (
    MEASURED_IMAGES,
    RaceConfig,
    ShuffledLoader,
    Variant,
    best_rate,
    make_optimizer,
    prepare_track,
    race_or_load,
    run_race,
    search,
    starting_network,
    try_rate,
)
from alexnet_lib.experiments.tensor_loader import TensorLoader
from alexnet_lib.language import BookError
from alexnet_lib.metrics import predict_logits
from alexnet_lib.transforms import channel_statistics
from tiny import TinyImages, assert_equal

CONFIG = RaceConfig(dataset="shapes10", epochs=4, batch_size=16, middle_rate=0.03, goal=0.0)
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Let shapes10 be 60 training and 20 test images, and the network's maps few."""
    monkeypatch.setattr(shapes, "COUNT", {True: 60, False: 20})
    few = Variant(3, (4, 4, 4), torch.nn.MaxPool2d, pooling_size=2)
    monkeypatch.setattr("alexnet_lib.experiments.relu.VARIANTS", {1: few})


def without_times(history: list[dict]) -> list[dict]:
    timed = ("seconds", "training_seconds")
    return [{key: value for key, value in row.items() if key not in timed} for row in history]


def epoch_of(loader: TensorLoader, number: int) -> tuple[torch.Tensor, list[int]]:
    loader.set_epoch(number)
    images, labels = zip(*loader, strict=True)
    return torch.cat(images), torch.cat(labels).tolist()


# --- The images ---


def test_shuffling_changes_the_order_and_nothing_else():
    images = TinyImages(50)
    statistics = channel_statistics(images)
    plain, _ = epoch_of(TensorLoader(images, *statistics, device="cpu"), 1)
    loader = ShuffledLoader(images, *statistics, batch_size=16, seed=3, device="cpu")
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
    assert MEASURED_IMAGES == 10_000
    monkeypatch.setattr("alexnet_lib.experiments.relu.MEASURED_IMAGES", 20)
    track = prepare_track(dataclasses.replace(CONFIG, train_size=50, test_size=10), CPU)
    parts = (track.train, track.search, track.measured, track.validation, track.test)
    assert [len(part.dataset) for part in parts] == [50, 20, 20, 10, 10]
    assert epoch_of(track.measured, 1)[1] == track.train.dataset.targets[:20]
    assert sorted(epoch_of(track.search, 1)[1]) == sorted(track.train.dataset.targets[:20])
    assert track.test.dataset.train is False and track.validation.dataset.train is True
    seen = {image.tobytes() for image in track.train.dataset.data}
    assert not any(image.tobytes() in seen for image in track.validation.dataset.data)


# --- The search ---


def test_the_optimizer_has_momentum_and_no_decay():
    group = make_optimizer(torch.nn.Linear(1, 1), 0.1).param_groups[0]
    assert (group["lr"], group["momentum"], group["weight_decay"], group["nesterov"]) == (0.1, 0.9, 0, False)


def test_a_trial_is_a_short_training_written_out_by_hand():
    track = prepare_track(CONFIG, CPU)
    model = starting_network(CONFIG, track)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    for epoch in (1, 2, 3):
        track.search.set_epoch(epoch)
        for images, labels in track.search:
            optimizer.zero_grad()
            functional.cross_entropy(model(images), labels).backward()
            optimizer.step()
    images, labels = next(iter(TensorLoader(track.search.dataset, *channel_statistics(track.search.dataset),
                                            batch_size=60, device="cpu")))  # fmt: skip
    with torch.no_grad():
        logits = model(images)
    trial = try_rate(CONFIG, track, 0.02)
    assert trial["learning_rate"] == 0.02
    assert trial["train_loss"] == pytest.approx(functional.cross_entropy(logits, labels).item(), rel=1e-3)
    assert trial["train_error"] == pytest.approx((logits.argmax(1) != labels).float().mean().item(), abs=1e-6)


def test_three_rates_are_tried_a_factor_of_three_apart():
    rates = [trial["learning_rate"] for trial in search(CONFIG, prepare_track(CONFIG, CPU))]
    assert rates == pytest.approx([0.01, 0.03, 0.09])


def test_a_rate_that_blows_up_is_none_and_is_not_taken():
    wild = dataclasses.replace(CONFIG, middle_rate=1e20)
    tried = search(wild, prepare_track(wild, CPU))
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
    whole = run_race(dataclasses.replace(CONFIG, learning_rate=0.05), device="cpu").history
    errors = [row["train_error"] for row in whole]
    assert len(errors) == CONFIG.epochs and min(errors[1:]) < errors[0]
    goal = min(errors)
    cut = run_race(dataclasses.replace(CONFIG, learning_rate=0.05, goal=goal), device="cpu").history
    assert without_times(cut) == without_times(whole[: errors.index(goal) + 1])


def test_what_a_race_comes_to():
    outcome = run_race(CONFIG, device="cpu")
    assert isinstance(outcome, Outcome)
    assert outcome.counts == {"train": 50, "validation": 10, "test": 20}
    assert outcome.image_shape == (3, 32, 32) and outcome.steps_images == 50 * len(outcome.history)
    assert outcome.logits.shape == (20, 10) and outcome.labels.shape == (20,)
    assert len(outcome.extra["search"]) == 3
    json.dumps(outcome.extra), json.dumps(outcome.history)
    last = outcome.history[-1]
    assert last["learning_rate"] == best_rate(outcome.extra["search"])
    assert last["test_loss"] is None and last["val_loss"] > 0
    test = prepare_track(CONFIG, CPU).test  # measured once, when the race is over
    torch.testing.assert_close((outcome.logits, outcome.labels), predict_logits(outcome.model, test, CPU))
    assert run_race(dataclasses.replace(CONFIG, learning_rate=0.1), device="cpu").extra == {"search": []}


def test_measuring_is_not_counted_as_training(monkeypatch):
    def slowly(*arguments):
        time.sleep(0.2)
        return {"loss": 1.0, "accuracy": 0.5, "count": 1}

    monkeypatch.setattr(relu, "evaluate", slowly)
    config = dataclasses.replace(CONFIG, learning_rate=0.01, epochs=1)
    (row,) = run_race(config, device="cpu").history
    assert row["train_error"] == 0.5
    assert row["seconds"] > row["training_seconds"] + 0.2


def test_an_interrupted_race_goes_on_bit_for_bit_without_searching_again(tmp_path, monkeypatch):
    whole = run_race(CONFIG, tmp_path / "whole", device="cpu")
    run_race(dataclasses.replace(CONFIG, epochs=2), tmp_path / "cut", device="cpu")
    monkeypatch.setattr(relu, "search", lambda *_: pytest.fail("searched again"))
    resumed = run_race(CONFIG, tmp_path / "cut", device="cpu")
    assert without_times(resumed.history) == without_times(whole.history)
    assert_equal(resumed.model.state_dict(), whole.model.state_dict())
    assert resumed.extra == whole.extra


def test_a_race_resumed_without_its_momentum_would_be_noticed(tmp_path):
    """A broken twin: the optimizer's state is lost in the interruption."""
    whole = run_race(CONFIG, tmp_path / "whole", device="cpu")
    cut = run_race(dataclasses.replace(CONFIG, epochs=2), tmp_path / "cut", device="cpu")
    track = prepare_track(CONFIG, CPU)
    rate = cut.history[-1]["learning_rate"]
    optimizer = make_optimizer(cut.model, rate)
    for epoch in (3, 4):
        track.train.set_epoch(epoch)
        for images, labels in track.train:
            optimizer.zero_grad()
            functional.cross_entropy(cut.model(images), labels).backward()
            optimizer.step()
    assert not torch.equal(cut.model.classifier.weight, whole.model.classifier.weight)


def test_the_same_race_is_run_once(monkeypatch, capsys):
    first = race_or_load(CONFIG, "cpu")
    said = capsys.readouterr().out
    assert said.count("training error") == len(first.history)
    monkeypatch.setattr(relu, "train_epoch", lambda *_: pytest.fail("trained again"))
    again = race_or_load(dataclasses.replace(CONFIG, train_size=60), "cpu")
    assert again.history == first.history and torch.equal(again.logits, first.logits)
    assert capsys.readouterr().out == said


def test_a_second_notebook_says_that_it_waits_for_the_race(assert_it_waits, monkeypatch, tmp_path):
    monkeypatch.setenv("ALEXNET_RUNS", str(tmp_path))
    race_or_load(CONFIG, "cpu")
    assert_it_waits(lambda: race_or_load(CONFIG, "cpu"))


@pytest.mark.parametrize("change", [{"seed": 1}, {"activation": "tanh"}, {"initialization": "small"}])
def test_another_race_is_another(change, monkeypatch):
    race_or_load(CONFIG, "cpu")
    monkeypatch.setattr(relu, "run_on", lambda track, config, folder: list(folder.iterdir()))
    files = race_or_load(dataclasses.replace(CONFIG, **change), "cpu")
    assert [file.name for file in files] == [".lock"]
