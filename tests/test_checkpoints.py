"""A training that was interrupted, killed, or whose last checkpoint is damaged ends bit for bit the same."""

import copy
import errno
import io
import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from alexnet_lib import checkpoints, training
from alexnet_lib.checkpoints import checkpoint_file, load_plain, save_atomically
from alexnet_lib.language import BookError
from alexnet_lib.training import fit
from processes import run, train_and_die, train_and_die_writing, train_to_the_end
from tiny import (
    AUGMENT,
    TinyImages,
    TinyNet,
    assert_equal,
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


def test_training_and_saving_is_the_same_as_training(tmp_path, uninterrupted):
    assert_is(tiny_training(4, tmp_path), uninterrupted)


def test_a_training_resumed_after_each_epoch_ends_the_same(tmp_path, uninterrupted):
    for epochs in (1, 2, 3, 4):
        result = tiny_training(epochs, tmp_path)
    assert_is(result, uninterrupted)


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

    def forgetful(folder: Path, epochs: int, **state: object) -> list[dict]:
        # What is to be forgotten is put back into a stand-in.
        return load(folder, epochs, **state | {part: make() for part, make in FORGETFUL[forgotten].items()})

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


def test_a_plain_loader_without_a_generator_resumes_too(tmp_path):
    def train(epochs: int, output: Path | None) -> dict:
        model = tiny_model()
        fit(
            model,
            DataLoader(TinyImages(40, transform=AUGMENT), 16, shuffle=True),
            epochs=epochs,
            device="cpu",
            output=output,
        )
        return model.state_dict()

    train(1, tmp_path)
    assert_equal(train(3, tmp_path), train(3, None))


def test_the_last_epoch_is_kept_and_nothing_else(tmp_path):
    for epochs in (1, 5):
        tiny_training(epochs, tmp_path)
        assert names(tmp_path) == ["checkpoint.pt"]
        assert len(load_plain(checkpoint_file(tmp_path))["history"]) == epochs


def test_a_finished_training_is_not_trained_again_and_shows_the_same_lines(tmp_path, capsys, monkeypatch):
    expected = tiny_training(2, tmp_path)
    lines = capsys.readouterr().out
    monkeypatch.setattr(training, "train_epoch", None)
    assert_is(tiny_training(2, tmp_path), expected)
    assert capsys.readouterr().out == lines


def test_a_training_begun_anew_takes_the_place_of_the_old_one(tmp_path, uninterrupted):
    tiny_training(5, tmp_path)
    _, history = tiny_training(1, tmp_path, resume=False)
    assert len(history) == 1
    assert_is(tiny_training(4, tmp_path), uninterrupted)


def test_an_interruption_before_the_first_new_checkpoint_keeps_the_old_one(tmp_path, monkeypatch):
    tiny_training(3, tmp_path)
    before = checkpoint_file(tmp_path).read_bytes()
    monkeypatch.setattr(TinyImages, "__getitem__", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        tiny_training(1, tmp_path, resume=False)
    assert checkpoint_file(tmp_path).read_bytes() == before


@pytest.mark.parametrize("seed", range(4))
def test_kill_9_at_random_moments_changes_nothing_in_the_end(tmp_path, uninterrupted, seed):
    rng = random.Random(seed)
    for _ in range(3):
        assert run(train_and_die, tmp_path / "run", rng.randrange(30, 120)) == -9
    assert run(train_to_the_end, tmp_path / "run", tmp_path / "result.pt") == 0
    result = torch.load(tmp_path / "result.pt", weights_only=True)
    assert_is(result, uninterrupted)
    assert names(tmp_path / "run") == ["checkpoint.pt"]


@pytest.mark.parametrize(
    ("moment", "left", "epoch"),
    [
        ("half written", [".checkpoint.pt.partial", "checkpoint.pt"], 1),
        ("before it has its name", [".checkpoint.pt.partial", "checkpoint.pt"], 1),
        ("before the partial file is looked for", ["checkpoint.pt"], 2),
    ],
)
def test_kill_9_while_writing_leaves_a_whole_checkpoint(tmp_path, uninterrupted, moment, left, epoch):
    assert run(train_and_die_writing, tmp_path, moment) == -9
    assert names(tmp_path) == left
    assert len(load_plain(checkpoint_file(tmp_path))["history"]) == epoch
    assert_is(tiny_training(4, tmp_path), uninterrupted)
    assert names(tmp_path) == ["checkpoint.pt"]


@pytest.fixture
def two_epochs(tmp_path) -> Path:
    tiny_training(2, tmp_path)
    return tmp_path


def truncate(content: bytes) -> bytes:
    return content[: len(content) // 2]


def lose_the_end(content: bytes) -> bytes:
    return content[:-1]


def pickled(value: object) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


DAMAGES = {
    "truncated": truncate,
    "last byte lost": lose_the_end,
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
    assert lines[0].startswith(f"The checkpoint '{path}' is damaged; delete it.")
    assert lines[0].endswith("training begins anew.")
    assert lines[1].startswith("epoch 1/4") and len(lines) == 5


def test_a_pickle_that_does_something_is_not_run(two_epochs, tmp_path):
    class Harmful:
        def __reduce__(self) -> tuple:
            return Path.touch, (tmp_path / "harm",)

    newest = checkpoint_file(two_epochs)
    newest.write_bytes(pickled({"format": 1, "model": Harmful()}))
    with pytest.raises(BookError, match="holds more than tensors and plain values, so it was not opened"):
        load_plain(newest)
    tiny_training(4, two_epochs)
    assert not (tmp_path / "harm").exists()


def test_the_log_is_the_history_line_by_line_after_an_interruption_too(tmp_path):
    tiny_training(2, tmp_path)
    _, history = tiny_training(4, tmp_path)
    lines = (tmp_path / "history.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == history
    assert len(lines) == 4


def rewrite(path: Path, **changes: object) -> None:
    save_atomically(load_plain(path) | changes, path)


@pytest.mark.parametrize("given", [0, 1, None])
def test_another_format_is_refused(two_epochs, given):
    newest = checkpoint_file(two_epochs)
    rewrite(newest, format=given)
    with pytest.raises(BookError, match=rf"format \({given}\)") as caught:
        tiny_training(4, two_epochs)
    assert caught.value.name == "checkpoint_format" and str(newest) in str(caught.value)


def test_weights_without_the_rest_are_refused(two_epochs):
    save_atomically(tiny_model().state_dict(), checkpoint_file(two_epochs))
    with pytest.raises(BookError, match=r"format \(None\)"):
        tiny_training(4, two_epochs)


class OtherNet(TinyNet):
    """Has the same weights under another name."""


def train(model: nn.Module, folder: Path, make_optimizer: Callable = torch.optim.Adam) -> None:
    """Ask for what ``tiny_training`` asks for, but with another network or optimizer."""
    optimizer = make_optimizer(model.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.1)
    options = {"optimizer": optimizer, "scheduler": scheduler, "device": "cpu", "output": folder}
    fit(model, tiny_loader(), epochs=4, **options)


def test_a_checkpoint_of_another_network_is_refused(two_epochs):
    with pytest.raises(BookError, match=r"begun with network TinyNet, .* has network OtherNet") as caught:
        train(OtherNet(), two_epochs)
    assert caught.value.name == "checkpoint_differs"


def two_groups(parameters, lr: float) -> torch.optim.Optimizer:
    first, *rest = parameters
    return torch.optim.Adam([{"params": [first]}, {"params": rest}], lr=lr)


@pytest.mark.parametrize(
    ("num_classes", "make_optimizer", "expected"),
    [
        (7, torch.optim.Adam, "checkpoint_shape"),
        (10, two_groups, "checkpoint_differs"),
        (10, torch.optim.SGD, "checkpoint_differs"),
        (10, torch.optim.Adagrad, "checkpoint_differs"),
    ],
    ids=["other shapes", "other groups", "another optimizer", "one more optimizer"],
)
def test_weights_and_optimizers_that_do_not_fit_are_refused(
    two_epochs, num_classes, make_optimizer, expected
):
    before = {path: path.read_bytes() for path in two_epochs.iterdir()}
    with pytest.raises(BookError) as caught:
        train(TinyNet(num_classes), two_epochs, make_optimizer)
    assert caught.value.name == expected
    assert {path: path.read_bytes() for path in two_epochs.iterdir()} == before


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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_disk_that_is_really_full_is_said_to_be(tmp_path, monkeypatch):
    path = tmp_path / "value.pt"
    save_atomically({"value": 1}, path)
    monkeypatch.setattr(Path, "open", lambda *_: open("/dev/full", "wb", buffering=0))  # noqa: PTH123, SIM115
    with pytest.raises(BookError) as caught:
        save_atomically({"value": torch.zeros(1000)}, path)
    assert caught.value.name == "cannot_write"
    monkeypatch.undo()
    assert load_plain(path) == {"value": 1}


def test_a_place_that_cannot_be_a_folder_is_said_to_be_unwritable(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BookError) as caught:
        tiny_training(1, tmp_path / "file")
    assert caught.value.name == "cannot_write"
    assert (tmp_path / "file").is_file()


def test_what_is_saved_is_read_back_bit_for_bit(tmp_path):
    value = {"a": torch.randn(3, 4), "b": [1, 0.1, None, "한글"], "c": {"d": (True, 2**60)}}
    save_atomically(value, tmp_path / "new/folder/value.pt")
    assert_equal(load_plain(tmp_path / "new/folder/value.pt"), value)
    assert names(tmp_path / "new/folder") == ["value.pt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_an_interruption_while_writing_leaves_no_rubbish(tmp_path, monkeypatch, error):
    path = tmp_path / "value.pt"
    save_atomically({"value": 1}, path)

    def interrupted(value: object, file: io.BufferedWriter) -> None:
        file.write(b"half")
        raise error

    monkeypatch.setattr(torch, "save", interrupted)
    with pytest.raises(error):
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
