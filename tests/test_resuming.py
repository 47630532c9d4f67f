"""A training goes on as it was asked for, or says in a sentence what differs; what is written can be read."""

import math
from collections import Counter, OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    LambdaLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    SequentialLR,
    StepLR,
)
from torch.utils.data import DataLoader, TensorDataset

from alexnet_lib.checkpoints import (
    images_of,
    load_plain,
    plain,
    save_atomically,
)
from alexnet_lib.experiments.recipe import Recipe
from alexnet_lib.experiments.tensor_loader import TensorLoader
from alexnet_lib.language import BookError
from alexnet_lib.loaders import make_loader
from alexnet_lib.training import fit
from tiny import AUGMENT, TinyImages, assert_equal, tiny_loader, tiny_model, without_seconds


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def other_labels(count: int = 40) -> DataLoader:
    images = TinyImages(count, transform=AUGMENT)
    images.targets = images.targets[::-1]
    return make_loader(images, 16, shuffle=True, seed=0)


def other_pixels() -> DataLoader:
    images = TinyImages(40, transform=AUGMENT)
    images.data = 255 - images.data
    return make_loader(images, 16, shuffle=True, seed=0)


def train(folder: Path, epochs: int, loader: DataLoader | None = None, **options: object) -> nn.Module:
    model = tiny_model()
    fit(model, loader or tiny_loader(), epochs=epochs, device="cpu", output=folder, **options)
    return model


LOADERS = {
    "images 40 .* has images 25 ": lambda: tiny_loader(25),
    "batch_size 16, .* has batch_size 8;": lambda: tiny_loader(batch_size=8),
    "seed 0, .* has seed 1;": lambda: tiny_loader(seed=1),
    r"images 40 \((\w+)\), .* has images 40 \((?!\1)": other_labels,
    r"images 40 \((\w+)\), but .* images 40 \((?!\1)": other_pixels,
}


@pytest.mark.parametrize("words", LOADERS)
def test_other_images_or_batches_than_the_training_began_with_are_named(tmp_path, words):
    train(tmp_path, 1)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(BookError, match=words) as caught:
        train(tmp_path, 2, LOADERS[words]())
    assert caught.value.name == "checkpoint_differs" and "resume=False" in str(caught.value)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_another_learning_rate_is_named_and_leaves_the_model_as_it_was(tmp_path):
    train(tmp_path, 1, learning_rate=1e-3)
    model = tiny_model()
    words = r"begun with learning_rate \[0.001\], but this one has learning_rate \[1e-05\]"
    with pytest.raises(BookError, match=words):
        fit(model, tiny_loader(), epochs=2, learning_rate=1e-5, device="cpu", output=tmp_path)
    assert_equal(model.state_dict(), tiny_model().state_dict())
    # Both ways out that the sentence names.
    history = fit(model, tiny_loader(), epochs=1, learning_rate=1e-5, device="cpu", output=tmp_path / "other")
    assert [row["learning_rate"] for row in history] == [1e-5]
    train(tmp_path, 1, learning_rate=1e-5, resume=False)
    train(tmp_path, 2, learning_rate=1e-5)


def sgd(model: nn.Module, **options: object) -> torch.optim.SGD:
    return torch.optim.SGD(model.parameters(), **{"lr": 0.1, "momentum": 0.5, "weight_decay": 0.1} | options)


OPTIMIZERS = {
    "learning_rate": {"lr": 0.2},
    "momentum": {"momentum": 0.6},
    "weight_decay": {"weight_decay": 0.2},
    "nesterov": {"nesterov": True},
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_other_numbers_of_an_optimizer_are_named(tmp_path, name):
    def go(epochs: int, **options: object) -> None:
        model = tiny_model()
        optimizer = sgd(model, **options)
        fit(model, tiny_loader(), epochs=epochs, device="cpu", output=tmp_path, optimizer=optimizer)

    go(1)
    go(2)
    with pytest.raises(BookError, match=rf"begun with {name} \S+, but this one has {name} ") as caught:
        go(3, **OPTIMIZERS[name])
    assert caught.value.name == "checkpoint_differs"


def test_an_option_of_one_group_is_named_too(tmp_path):
    def go(epochs: int, standardized: bool) -> None:
        model = tiny_model()
        recipe = Recipe(
            optimizer="muon_adam", muon_learning_rate=0.02, weight_standardization=standardized
        )
        optimizers = recipe.make_optimizers(model)
        fit(model, tiny_loader(), epochs=epochs, device="cpu", output=tmp_path, optimizer=optimizers)

    go(1, standardized=False)
    go(2, standardized=False)
    name = "weight_standardization"
    with pytest.raises(BookError, match=rf"{name} \[False, None\], .* has {name} \[True, None\]"):
        go(3, standardized=True)


def test_the_same_steps_computed_faster_are_no_other_training(tmp_path):
    for epochs, fused in ((1, False), (2, True)):
        model = tiny_model()
        optimizer = sgd(model, fused=fused)
        history = fit(model, tiny_loader(), epochs=epochs, device="cpu", output=tmp_path, optimizer=optimizer)
    assert len(history) == 2


class Halving(LRScheduler):
    """Counts for itself, under a name of its own."""

    halved = 0

    def get_lr(self) -> list[float]:
        self.halved += 1
        return [rate / 2**self.halved for rate in self.base_lrs]


SCHEDULERS = {
    "a step": lambda optimizer: StepLR(optimizer, 1, gamma=0.5),
    "a cycle": lambda optimizer: OneCycleLR(optimizer, 0.1, total_steps=9),
    "a list of epochs": lambda optimizer: MultiStepLR(optimizer, [1, 2]),
    "a wave": lambda optimizer: CosineAnnealingLR(optimizer, 3),
    "waves": lambda optimizer: CosineAnnealingWarmRestarts(optimizer, 1, T_mult=2),
    "up and down": lambda optimizer: CyclicLR(optimizer, 0.01, 0.1, step_size_up=2),
    "one after the other": lambda optimizer: SequentialLR(
        optimizer, [ConstantLR(optimizer), StepLR(optimizer, 1)], milestones=[1]
    ),
    "one's own": Halving,
    "numbers of NumPy's": lambda optimizer: LambdaLR(
        optimizer, lambda epoch: (1 + np.cos(np.pi * epoch / 10)) / 2
    ),
}


def scheduled(make: Callable, epochs: int, output: Path | None) -> tuple[dict, list[dict]]:
    model = tiny_model()
    optimizer = sgd(model, lr=np.linspace(0.1, 0.2, 2)[0], momentum=np.float64(0.5))
    torch.manual_seed(0)
    options = {"optimizer": optimizer, "scheduler": make(optimizer), "device": "cpu", "output": output}
    history = fit(model, tiny_loader(), epochs=epochs, **options)
    return model.state_dict(), without_seconds(history)


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_rate_that_a_schedule_has_moved_is_no_other_rate(tmp_path, capsys, name):
    """And what was reckoned with NumPy's numbers, rates and momenta too, is read back."""
    expected, history = scheduled(SCHEDULERS[name], 3, None)
    scheduled(SCHEDULERS[name], 1, tmp_path)
    state, again = scheduled(SCHEDULERS[name], 3, tmp_path)
    assert again == history
    assert_equal(state, expected)
    assert "damaged" not in capsys.readouterr().out
    assert {type(row["learning_rate"]) for row in again} == {float}


def test_the_same_objects_go_on_in_the_same_kernel(tmp_path):
    model, loader = tiny_model(), tiny_loader()
    optimizer = sgd(model)
    scheduler = StepLR(optimizer, 1, gamma=0.5)
    options = {"optimizer": optimizer, "scheduler": scheduler, "device": "cpu", "output": tmp_path}
    fit(model, loader, epochs=1, **options)
    assert len(fit(model, loader, epochs=3, **options)) == 3


def test_a_learning_rate_that_is_a_tensor_stands_in_the_history_as_a_number(tmp_path):
    model = tiny_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=torch.tensor(0.5))
    history = fit(model, tiny_loader(), epochs=1, optimizer=optimizer, device="cpu", output=tmp_path)
    assert history[0]["learning_rate"] == 0.5 and type(history[0]["learning_rate"]) is float


def test_a_schedule_that_was_not_there_is_named(tmp_path):
    def go(epochs: int, scheduled: bool) -> None:
        model = tiny_model()
        optimizer = sgd(model)
        scheduler = StepLR(optimizer, 3) if scheduled else None
        options = {"optimizer": optimizer, "scheduler": scheduler, "device": "cpu", "output": tmp_path}
        fit(model, tiny_loader(), epochs=epochs, **options)

    go(1, scheduled=False)
    with pytest.raises(BookError, match=r"begun with scheduler \[\], .* has scheduler \['StepLR'\]"):
        go(2, scheduled=True)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda optimizer, number: StepLR(optimizer, number), "step_size 2, .* has step_size 1;"),
        (lambda optimizer, number: CosineAnnealingLR(optimizer, number), "T_max 2, .* has T_max 1;"),
        (lambda optimizer, number: MultiStepLR(optimizer, [number]), "milestones .* has milestones "),
    ],
    ids=["steps", "a wave", "a list of epochs"],
)
def test_a_schedule_of_other_numbers_is_named(tmp_path, make, words):
    def go(epochs: int, number: int) -> None:
        model = tiny_model()
        optimizer = sgd(model)
        options = {"optimizer": optimizer, "scheduler": make(optimizer, number)}
        fit(model, tiny_loader(), epochs=epochs, device="cpu", output=tmp_path, **options)

    go(1, 2)
    with pytest.raises(BookError, match=f"begun with {words}") as caught:
        go(2, 1)
    assert caught.value.name == "checkpoint_differs"


def test_fewer_epochs_than_were_made_are_named_before_anything_is_put_back(tmp_path, capsys):
    train(tmp_path, 3)
    capsys.readouterr()
    model = tiny_model()
    with pytest.raises(BookError, match=r"has already finished 3 epochs, but epochs is 2; give at least 3"):
        fit(model, tiny_loader(), epochs=2, device="cpu", output=tmp_path)
    assert capsys.readouterr().out == ""
    assert_equal(model.state_dict(), tiny_model().state_dict())
    assert names(tmp_path) == ["checkpoint.pt", "history.jsonl"]


def test_another_kind_of_loader_is_no_raw_error(tmp_path):
    """A TensorLoader keeps no state; a DataLoader with a generator asks for one."""
    images = TinyImages(40, transform=AUGMENT)
    loader = TensorLoader(images, (0.5,) * 3, (0.5,) * 3, 16, augment=True, device="cpu")
    train(tmp_path, 1, loader)
    with pytest.raises(BookError) as caught:
        train(tmp_path, 2, make_loader(images, 16, shuffle=True, seed=0))
    assert caught.value.name == "checkpoint_shape"


def test_a_data_set_that_holds_no_array_is_told_apart_by_its_length(tmp_path):
    def loader(count: int) -> DataLoader:
        return DataLoader(TensorDataset(torch.zeros(count, 3, 32, 32), torch.zeros(count).long()), 4)

    train(tmp_path, 1, loader(8))
    train(tmp_path, 2, loader(8))
    with pytest.raises(BookError, match="begun with images 8, but this one has images 9"):
        train(tmp_path, 3, loader(9))


def as_svhn(images: TinyImages) -> None:
    """Torchvision's SVHN calls them so."""
    images.labels = np.array(images.targets)
    del images.targets


def as_array(images: TinyImages) -> None:
    images.targets = np.array(images.targets)


def as_tensor(images: TinyImages) -> None:
    images.targets = torch.tensor(images.targets)


@pytest.mark.parametrize("kept_as", [as_svhn, as_array, as_tensor])
def test_labels_are_told_apart_whatever_holds_them(kept_as):
    """The words for a long array leave out its middle."""
    known = []
    for label in (3, 4):
        images = TinyImages(3000)
        images.targets[1500] = label
        expected = images_of(images)
        kept_as(images)
        known.append(images_of(images))
        assert known[-1] == expected
    assert known[0] != known[1]


def test_batches_in_a_list_are_kept_and_gone_on_with(tmp_path):
    batches = [(torch.rand(4, 3, 32, 32), torch.arange(4)) for _ in range(3)]
    expected = train(tmp_path / "whole", 2, batches).state_dict()
    train(tmp_path / "parts", 1, batches)
    assert_equal(train(tmp_path / "parts", 2, batches).state_dict(), expected)


def test_the_advice_after_a_loss_that_is_not_finite_leads_out(tmp_path):
    model = tiny_model()
    with pytest.raises(BookError, match="make a new model and optimizer, and train with a lower") as caught:
        fit(model, tiny_loader(), epochs=3, learning_rate=1e37, device="cpu", output=tmp_path)
    assert caught.value.name == "loss_not_finite"
    with pytest.raises(BookError, match="step 1"):  # its weights are spoilt
        fit(model, tiny_loader(), epochs=1, learning_rate=1e-3, device="cpu")
    for options in ({"output": tmp_path / "another"}, {"output": tmp_path, "resume": False}):
        history = fit(tiny_model(), tiny_loader(), epochs=1, learning_rate=1e-3, device="cpu", **options)
        assert math.isfinite(history[0]["train_loss"])


WRITTEN = {
    "numbers of NumPy's": (
        {"rate": np.float64(0.1), "steps": [np.int64(3), np.float32(0.5)], np.int64(1): (np.bool_(True),)},
        {"rate": 0.1, "steps": [3, 0.5], 1: (True,)},
    ),
    "plain values": ({"a": [1, 2.5, None, "한글", b"x", True], "b": (1, {2})},) * 2,
    "what schedulers keep": (
        {"milestones": Counter([3, 3]), "groups": OrderedDict(a=1), "dtype": torch.float16},
    ) * 2,
    "tensors": ({"weights": torch.arange(3.0), "size": torch.Size([3]), "device": torch.device("cpu")},) * 2,
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_what_can_be_written_can_be_read(tmp_path, name):
    given, expected = WRITTEN[name]
    save_atomically(given, tmp_path / "value.pt")
    assert_equal(load_plain(tmp_path / "value.pt"), expected)
    assert_equal(plain(given), expected)


class Own:
    """An object of someone's own."""


UNREADABLE = {
    "[1]['state']": [0, {"state": Own()}],
    "['array']": {"array": np.arange(3)},
    "['path']": {"path": Path("here")},
    "['function']": {"function": math.sqrt},
}


@pytest.mark.parametrize("place", UNREADABLE)
def test_what_could_not_be_read_is_not_written(tmp_path, place):
    with pytest.raises(BookError) as caught:
        save_atomically(UNREADABLE[place], tmp_path / "value.pt")
    assert caught.value.name == "not_plain" and place in str(caught.value)
    assert names(tmp_path) == []


@pytest.mark.parametrize("value", [np.float64(1.0), np.int64(1)], ids=repr)
def test_an_intact_file_is_not_called_damaged(tmp_path, value):
    """As it was written before numbers became Python's."""
    torch.save({"rate": value}, tmp_path / "value.pt")
    with pytest.raises(BookError, match="is not damaged, but") as caught:
        load_plain(tmp_path / "value.pt")
    assert caught.value.name == "checkpoint_not_plain"
