"""A training goes on bit for bit where it was cut, or says in a sentence what differs."""

import copy
import errno
import io
import json
import math
import os
import random
from collections import Counter, OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    LambdaLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    SequentialLR,
    StepLR,
)
from torch.utils.data import DataLoader

from alexnet_lib import checkpoints, training
from alexnet_lib.checkpoints import (
    checkpoint_file,
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
from processes import run, train_and_die, train_and_die_writing, train_to_the_end
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


def names(folder: Path) -> list[str]:
    """Return the files of a folder, but for the log."""
    return sorted(path.name for path in folder.iterdir() if "history.jsonl" not in path.name)


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
    "schedule": {
        "schedulers": lambda: [torch.optim.lr_scheduler.StepLR(torch.optim.SGD(tiny_model().parameters()), 3)]
    },
    "order of the images": {"loader": tiny_loader},
}


@pytest.mark.parametrize("forgotten", FORGETFUL)
def test_a_resume_that_forgets_something_is_noticed(tmp_path, monkeypatch, uninterrupted, forgotten):
    load = training.load_checkpoint

    def forgetful(folder: Path, epochs: int, parts: checkpoints.Parts) -> list[dict]:
        # What is to be forgotten is put back into a stand-in.
        stand_ins = {part: make() for part, make in FORGETFUL[forgotten].items()}
        return load(folder, epochs, parts._replace(**stand_ins))

    monkeypatch.setattr(training, "load_checkpoint", forgetful)
    with pytest.raises(AssertionError):
        assert_resumes_bit_for_bit(tmp_path, uninterrupted)


def test_a_resume_that_forgets_the_random_state_is_noticed(tmp_path, monkeypatch, uninterrupted):
    monkeypatch.setattr(checkpoints, "set_random_state", lambda state: None)
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


def test_an_interruption_before_the_first_new_checkpoint_keeps_the_old_one(tmp_path, monkeypatch):
    tiny_training(3, tmp_path)
    before = checkpoint_file(tmp_path).read_bytes()
    monkeypatch.setattr(TinyImages, "__getitem__", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        tiny_training(1, tmp_path, resume=False)
    assert checkpoint_file(tmp_path).read_bytes() == before


def test_kill_9_at_random_moments_changes_nothing_in_the_end(tmp_path, uninterrupted):
    rng = random.Random(0)
    for _ in range(2):
        assert run(train_and_die, tmp_path / "run", rng.randrange(30, 120)) == -9
    assert run(train_to_the_end, tmp_path / "run", tmp_path / "result.pt") == 0
    result = torch.load(tmp_path / "result.pt", weights_only=True)
    assert_is(result, uninterrupted)
    assert names(tmp_path / "run") == ["checkpoint.pt"]


def test_kill_9_while_writing_leaves_the_checkpoint_before(tmp_path, uninterrupted):
    assert run(train_and_die_writing, tmp_path) == -9
    assert names(tmp_path) == [".checkpoint.pt.partial", "checkpoint.pt"]
    assert len(load_plain(checkpoint_file(tmp_path))["history"]) == 1
    assert_is(tiny_training(4, tmp_path), uninterrupted)
    assert names(tmp_path) == ["checkpoint.pt"]


@pytest.fixture
def two_epochs(tmp_path) -> Path:
    tiny_training(2, tmp_path)
    return tmp_path


def pickled(value: object) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


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
    newest.write_bytes(pickled({"format": 1, "model": Harmful()}))
    with refused("checkpoint_unreadable"):
        load_plain(newest)
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


@pytest.mark.parametrize(("owner", "name"), [(torch, "save"), (Path, "replace")])
def test_an_interruption_while_writing_leaves_the_file_before_and_no_rubbish(
    tmp_path, monkeypatch, owner, name
):
    path = tmp_path / "value.pt"
    save_atomically({"value": 1}, path)

    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, name, interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_atomically({"value": 2}, path)
    assert load_plain(path) == {"value": 1}
    assert names(tmp_path) == ["value.pt"]


def test_apples_card_draws_on_where_it_was(tmp_path, monkeypatch):
    """Dropout on MPS draws from a generator of its own."""
    kept = []
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.mps, "get_rng_state", lambda: torch.tensor([1, 2, 3], dtype=torch.uint8))
    monkeypatch.setattr(torch.mps, "set_rng_state", lambda state: kept.append(state.tolist()))
    tiny_training(1, tmp_path)
    tiny_training(2, tmp_path)
    assert kept == [[1, 2, 3]]


# --- It goes on as it was asked for, or says in a sentence what differs ---


def sgd(model: nn.Module, **options: object) -> torch.optim.SGD:
    return torch.optim.SGD(model.parameters(), **{"lr": 0.1, "momentum": 0.5} | options)


def adam(model: nn.Module) -> torch.optim.Adam:
    return torch.optim.Adam(model.parameters(), lr=0.1)


def two_groups(model: nn.Module) -> torch.optim.SGD:
    groups = [{"params": model.features.parameters()}, {"params": model.classifier.parameters()}]
    return torch.optim.SGD(groups, lr=0.1, momentum=0.5)


def muon(model: nn.Module, standardized: bool = False) -> list[torch.optim.Optimizer]:
    options = {"muon_learning_rate": 0.02, "weight_standardization": standardized}
    return Recipe(optimizer="muon_adam", **options).make_optimizers(model)


def train(
    folder: Path | None,
    epochs: int,
    model: nn.Module | Callable = tiny_model,
    loader: Callable = tiny_loader,
    optimizer: Callable = sgd,
    scheduler: Callable = lambda optimizer: None,
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


class OtherNet(TinyNet):
    """Has the same weights under another name."""


STEPS = {"scheduler": lambda optimizer: StepLR(optimizer, 2)}
DIFFERENT = {  # what is named, and the change; or what the training began with, and the change
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
    r"learning_rate \[0.1\], .* learning_rate \[0.2\]": {"optimizer": partial(sgd, lr=0.2)},
    r"learning_rate \[0.1\], .* learning_rate \[0.1, 0.1\]": {"optimizer": two_groups},
    "momentum .0.5., .* momentum .0.6.": {"optimizer": partial(sgd, momentum=0.6)},
    "nesterov .False., .* nesterov .True.": {"optimizer": partial(sgd, nesterov=True)},
    "optimizer ..SGD.., .* optimizer ..Adam..": {"optimizer": adam},
    r"weight_standardization \[False, None\], .* weight_standardization \[True, None\]": (
        {"optimizer": muon},
        {"optimizer": partial(muon, standardized=True)},
    ),
    r"scheduler \[\], .* scheduler \['StepLR'\]": STEPS,
    "step_size 2, .* step_size 1": (STEPS, {"scheduler": lambda optimizer: StepLR(optimizer, 1)}),
    "milestones .*, but .* milestones ": (
        {"scheduler": lambda optimizer: MultiStepLR(optimizer, [2])},
        {"scheduler": lambda optimizer: MultiStepLR(optimizer, [1])},
    ),
}


@pytest.mark.parametrize("words", DIFFERENT)
def test_a_training_that_was_begun_otherwise_is_left_alone_and_the_difference_named(tmp_path, words):
    case = DIFFERENT[words]
    began, change = case if isinstance(case, tuple) else ({}, case)
    train(tmp_path, 1, **began)
    train(tmp_path, 2, **began)
    kept = {path: path.read_bytes() for path in tmp_path.iterdir()}
    model = change.get("model", tiny_model)()
    start = copy.deepcopy(model.state_dict())
    with pytest.raises(BookError, match=f"begun with .*{words}") as caught:
        train(tmp_path, 3, **began | change | {"model": model})
    assert caught.value.name == "checkpoint_differs"
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == kept
    assert_equal(model.state_dict(), start)


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


def test_the_same_steps_computed_faster_are_no_other_training(tmp_path):
    train(tmp_path, 1, optimizer=partial(sgd, fused=False))
    assert len(train(tmp_path, 2, optimizer=partial(sgd, fused=True))[1]) == 2


class Halving(LRScheduler):
    """Counts for itself, under a name of its own."""

    halved = 0

    def get_lr(self) -> list[float]:
        self.halved += 1
        return [rate / 2**self.halved for rate in self.base_lrs]


SCHEDULERS = {
    "a cycle": lambda optimizer: OneCycleLR(optimizer, 0.1, total_steps=9),
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


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_rate_that_a_schedule_has_moved_is_no_other_rate(tmp_path, capsys, name):
    """And what was reckoned with NumPy's numbers, rates and momenta too, is read back."""
    numbers = partial(sgd, lr=np.linspace(0.1, 0.2, 2)[0], momentum=np.float64(0.5))
    parts = {"optimizer": numbers, "scheduler": SCHEDULERS[name]}
    expected, history = train(None, 3, **parts)
    train(tmp_path, 1, **parts)
    model, again = train(tmp_path, 3, **parts)
    assert without_seconds(again) == without_seconds(history)
    assert_equal(model.state_dict(), expected.state_dict())
    assert "damaged" not in capsys.readouterr().out
    assert {type(row["learning_rate"]) for row in again} == {float}


def test_a_learning_rate_that_is_a_tensor_stands_in_the_history_as_a_number(tmp_path):
    _, history = train(tmp_path, 1, optimizer=partial(sgd, lr=torch.tensor(0.5), foreach=False))
    assert history[0]["learning_rate"] == 0.5 and type(history[0]["learning_rate"]) is float


def test_fewer_epochs_than_were_made_are_named_before_anything_is_put_back(tmp_path, capsys):
    train(tmp_path, 3)
    capsys.readouterr()
    model = tiny_model()
    with pytest.raises(BookError, match=r"finished 3 epochs, but epochs is 2"):
        train(tmp_path, 2, model=model)
    assert capsys.readouterr().out == ""
    assert_equal(model.state_dict(), tiny_model().state_dict())


def test_labels_are_told_apart_whatever_holds_them():
    """The words for a long array leave out its middle."""
    known = []
    for label in (3, 4):
        images = TinyImages(1200)
        images.targets[600] = label
        known.append(images_of(images))
        for kept_as in (np.array, torch.tensor):
            images.targets = kept_as(list(images.targets))
            assert images_of(images) == known[-1]
        images.labels = images.targets  # as torchvision's SVHN calls them
        del images.targets
        assert images_of(images) == known[-1]
    assert known[0] != known[1]


def test_batches_in_a_list_are_kept_and_gone_on_with(tmp_path):
    batches = [(torch.rand(4, 3, 32, 32), torch.arange(4)) for _ in range(3)]
    expected, _ = train(None, 2, loader=lambda: batches)
    train(tmp_path, 1, loader=lambda: batches)
    # Dropout draws on where it was, though the batches have no generator.
    assert_equal(train(tmp_path, 2, loader=lambda: batches)[0].state_dict(), expected.state_dict())


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


@pytest.mark.parametrize("value", [[0, {"state": Own()}], {"array": np.arange(3)}, {"function": math.sqrt}])
def test_what_could_not_be_read_is_not_written(tmp_path, value):
    with pytest.raises(ValueError, match="A checkpoint cannot hold"):
        save_atomically(value, tmp_path / "value.pt")
    assert names(tmp_path) == []


def test_a_number_of_numpys_as_once_written_is_no_checkpoint(tmp_path):
    torch.save({"rate": np.float64(1)}, tmp_path / "value.pt")
    with refused("checkpoint_unreadable"):
        load_plain(tmp_path / "value.pt")
