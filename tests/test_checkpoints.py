"""A training goes on bit for bit where it was cut, or says in a sentence what differs."""

import copy
import errno
import io
import json
import math
import os
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR, OneCycleLR, StepLR
from torch.utils.data import DataLoader

from alexnet_lib import checkpoints, training
from alexnet_lib.checkpoints import checkpoint_file, load_kept, save_atomically
from alexnet_lib.experiments.tensor_loader import TensorLoader
from alexnet_lib.language import BookError
from alexnet_lib.loaders import make_loader
from alexnet_lib.training import fit
from tiny import (
    AUGMENT,
    TinyImages,
    TinyNet,
    assert_equal,
    refused,
    tiny_loader,
    tiny_model,
    tiny_training,
    without_seconds,
)


@pytest.fixture(scope="module")
def uninterrupted() -> tuple[dict, list[dict]]:
    return tiny_training(4)


def assert_is(result: tuple[dict, list[dict]], expected: tuple[dict, list[dict]]) -> None:
    assert_equal(result[0], expected[0])
    assert without_seconds(result[1]) == without_seconds(expected[1])


def assert_resumes_bit_for_bit(folder: Path, expected: tuple[dict, list[dict]]) -> None:
    """Train two epochs, make everything anew, disturb the random state, and go on."""
    _, first = tiny_training(2, folder)
    torch.rand(3)
    result = tiny_training(4, folder)
    assert_is(result, expected)
    assert result[1][:2] == first  # their seconds too


def test_a_resumed_training_ends_as_if_it_had_not_been_interrupted(tmp_path, uninterrupted):
    assert_resumes_bit_for_bit(tmp_path, uninterrupted)


FORGETFUL = {
    "weights": {"model": tiny_model},
    "optimizer": {"optimizers": lambda: [torch.optim.Adam(tiny_model().parameters(), lr=0.01)]},
    "schedule": {"schedulers": lambda: [StepLR(torch.optim.SGD(tiny_model().parameters()), 3)]},
    "order of the images": {"loader": tiny_loader},
}


@pytest.mark.parametrize("forgotten", [*FORGETFUL, "random state"])
def test_a_resume_that_forgets_something_is_noticed(tmp_path, monkeypatch, uninterrupted, forgotten):
    load = training.load_checkpoint

    def forgetful(folder: Path, epochs: int, parts: checkpoints.Parts) -> list[dict]:
        # What is to be forgotten is put back into a stand-in.
        stand_ins = {part: make() for part, make in FORGETFUL[forgotten].items()}
        return load(folder, epochs, parts._replace(**stand_ins))

    if forgotten == "random state":
        monkeypatch.setattr(checkpoints, "set_random_state", lambda state: None)
    else:
        monkeypatch.setattr(training, "load_checkpoint", forgetful)
    with pytest.raises(AssertionError):
        assert_resumes_bit_for_bit(tmp_path, uninterrupted)


def test_every_random_stream_goes_on_where_it_was():
    state = copy.deepcopy(checkpoints.random_state())
    expected = [torch.rand(3).tolist(), np.random.normal(size=3).tolist(), [random.gauss(0, 1)]]
    file = io.BytesIO()
    torch.save(state, file)
    checkpoints.set_random_state(torch.load(io.BytesIO(file.getvalue()), weights_only=True))
    assert [torch.rand(3).tolist(), np.random.normal(size=3).tolist(), [random.gauss(0, 1)]] == expected


def test_a_finished_training_is_not_trained_again_and_shows_the_same_lines(tmp_path, capsys, monkeypatch):
    expected = tiny_training(2, tmp_path)
    lines = capsys.readouterr().out
    monkeypatch.setattr(training, "train_epoch", None)
    assert_is(tiny_training(2, tmp_path), expected)
    assert capsys.readouterr().out == lines


@pytest.fixture
def two_epochs(tmp_path) -> Path:
    tiny_training(2, tmp_path)
    return tmp_path


DAMAGES = {
    "last byte lost": lambda content: content[:-1],
    "empty": lambda _: b"",
    "another file": lambda _: b"not a checkpoint\n",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_checkpoint_is_named_and_training_begins_anew(two_epochs, capsys, uninterrupted, damage):
    path = checkpoint_file(two_epochs)
    path.write_bytes(damage(path.read_bytes()))
    capsys.readouterr()
    assert_is(tiny_training(4, two_epochs), uninterrupted)
    lines = capsys.readouterr().out.splitlines()
    assert str(path) in lines[0] and len(lines) == 5


def test_a_pickle_that_does_something_is_not_run(two_epochs, tmp_path):
    class Harmful:
        def __reduce__(self) -> tuple:
            return Path.touch, (tmp_path / "harm",)

    newest = checkpoint_file(two_epochs)
    torch.save({"format": 1, "model": Harmful()}, newest)
    assert load_kept(newest) is None
    tiny_training(4, two_epochs)
    assert not (tmp_path / "harm").exists()


def test_the_log_is_the_history_line_by_line_after_an_interruption_too(tmp_path):
    tiny_training(2, tmp_path)
    _, history = tiny_training(4, tmp_path)
    lines = (tmp_path / "history.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == history
    assert len(lines) == 4


def full_in_the_middle(value: object, file: io.BufferedWriter) -> None:
    file.write(b"PK half of it")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def full_in_torchs_words(value: object, file: io.BufferedWriter) -> None:
    raise RuntimeError("[enforce fail at inline_container.cc:862] . PytorchStreamWriter failed writing file")


@pytest.mark.parametrize("full", [full_in_the_middle, full_in_torchs_words])
def test_a_full_disk_leaves_the_checkpoint_before(two_epochs, monkeypatch, uninterrupted, full):
    before = {path: path.read_bytes() for path in two_epochs.iterdir()}
    with monkeypatch.context() as patch, pytest.raises(BookError) as caught:
        patch.setattr(torch, "save", full)
        tiny_training(4, two_epochs)
    assert caught.value.name == "cannot_write"
    assert "checkpoint.pt" in str(caught.value) and "as it was" in str(caught.value)
    assert {path: path.read_bytes() for path in two_epochs.iterdir()} == before
    assert_is(tiny_training(4, two_epochs), uninterrupted)


# --- It goes on as it was asked for, or says in a sentence what differs ---


def sgd(model: nn.Module, **options: object) -> torch.optim.SGD:
    return torch.optim.SGD(model.parameters(), **{"lr": 0.1, "momentum": 0.5} | options)


def train(
    folder: Path | None,
    epochs: int,
    model: nn.Module | Callable = tiny_model,
    loader: Callable = tiny_loader,
    optimizer: Callable = sgd,
    scheduler: Callable = lambda optimizer: StepLR(optimizer, 2),
) -> tuple[nn.Module, list[dict]]:
    """Train with parts that are made anew, as in a process that has just been started."""
    model = model if isinstance(model, nn.Module) else model()
    optimizer, loader = optimizer(model), loader()
    torch.manual_seed(0)
    parts = {"optimizer": optimizer, "scheduler": scheduler(optimizer), "device": "cpu", "output": folder}
    return model, fit(model, loader, epochs=epochs, **parts)


def changed(**changes: Callable) -> DataLoader:
    """Return the tiny loader with something of its images changed."""
    images = TinyImages(40, transform=AUGMENT)
    for name, change in changes.items():
        setattr(images, name, change(getattr(images, name)))
    return make_loader(images, 16, shuffle=True, seed=0)


OtherNet = type("OtherNet", (TinyNet,), {})  # the same weights under another name
DIFFERENT = {  # what the sentence names, and what is changed
    "network TinyNet, .* network OtherNet": {"model": OtherNet},
    r"images 40 .* images 25 \(": {"loader": lambda: tiny_loader(25)},
    r"images 40 \((\w+)\), .* images 40 \((?!\1)\w+\);": {
        "loader": lambda: changed(targets=lambda labels: labels[::-1])
    },
    r"images 40 \((\w+)\), but .* images 40 \((?!\1)\w+\);": {
        "loader": lambda: changed(data=lambda pixels: 255 - pixels)
    },
    "batch_size 16, .* batch_size 8": {"loader": lambda: tiny_loader(batch_size=8)},
    "seed 0, .* seed 1": {"loader": lambda: tiny_loader(seed=1)},
    "SGD's lr 0.1, .* SGD's lr 0.2": {"optimizer": partial(sgd, lr=0.2)},
    "SGD's momentum 0.5, .* SGD's momentum 0.6": {"optimizer": partial(sgd, momentum=0.6)},
    "optimizer ..SGD.., .* optimizer ..Adam..": {
        "optimizer": lambda model: torch.optim.Adam(model.parameters())
    },
    r"scheduler \['StepLR'\], .* scheduler \[\]": {"scheduler": lambda optimizer: None},
    "step_size 2, .* step_size 1": {"scheduler": partial(StepLR, step_size=1)},
}


@pytest.mark.parametrize("words", DIFFERENT)
def test_a_training_that_was_begun_otherwise_is_left_alone_and_the_difference_named(tmp_path, words):
    train(tmp_path, 1)
    kept = {path: path.read_bytes() for path in tmp_path.iterdir()}
    model = DIFFERENT[words].get("model", tiny_model)()
    start = copy.deepcopy(model.state_dict())
    with pytest.raises(BookError, match=f"begun with .*{words}") as caught:
        train(tmp_path, 2, **DIFFERENT[words] | {"model": model})
    assert caught.value.name == "checkpoint_differs"
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == kept
    assert_equal(model.state_dict(), start)


SCHEDULES = {
    "a cycle": lambda optimizer: OneCycleLR(optimizer, 0.1, total_steps=9),
    "numbers of NumPy's": lambda optimizer: LambdaLR(optimizer, lambda epoch: np.cos(epoch / 10)),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_what_a_schedule_has_moved_is_no_difference_and_numbers_of_numpys_are_read_back(tmp_path, name):
    numbers = partial(sgd, lr=np.float64(0.1), momentum=np.float64(0.5))
    parts = {"optimizer": numbers, "scheduler": SCHEDULES[name]}
    expected, history = train(None, 3, **parts)
    train(tmp_path, 1, **parts)
    model, again = train(tmp_path, 3, **parts)
    assert without_seconds(again) == without_seconds(history)
    assert_equal(model.state_dict(), expected.state_dict())


@pytest.mark.parametrize("value", [[0, {"function": math.sqrt}], {"array": np.arange(3)}])
def test_what_could_not_be_read_is_not_written(tmp_path, value):
    with pytest.raises(ValueError, match="A checkpoint cannot hold"):
        save_atomically(value, tmp_path / "value.pt")
    assert list(tmp_path.iterdir()) == []


def tensor_loader() -> TensorLoader:
    """Return a loader that keeps no state, where a DataLoader with a generator asks for one."""
    return TensorLoader(TinyImages(40), (0.5,) * 3, (0.5,) * 3, 16, augment=True, device="cpu")


@pytest.mark.parametrize(
    ("began", "change"),
    [({}, {"model": lambda: TinyNet(7)}), ({"loader": tensor_loader}, {"loader": changed})],
    ids=["another shape", "another kind of loader"],
)
def test_what_cannot_be_put_back_is_said_to_be_of_another_shape(tmp_path, began, change):
    train(tmp_path, 1, **began)
    with refused("checkpoint_shape"):
        train(tmp_path, 2, **began | change)


@pytest.mark.parametrize("content", [{"format": 1}, tiny_model().state_dict()], ids=["old", "weights alone"])
def test_another_format_is_refused(tmp_path, content):
    save_atomically(content, checkpoint_file(tmp_path))
    with refused("checkpoint_shape", checkpoint_file(tmp_path)):
        train(tmp_path, 2)


def test_fewer_epochs_than_were_made_are_named_before_anything_is_put_back(tmp_path, capsys):
    train(tmp_path, 3)
    capsys.readouterr()
    model = tiny_model()
    with pytest.raises(BookError, match=r"finished 3 epochs, but epochs is 2"):
        train(tmp_path, 2, model=model)
    assert capsys.readouterr().out == ""
    assert_equal(model.state_dict(), tiny_model().state_dict())
