"""Trainings that are killed, asked for twice at once, or shared by two processes.

In one file, since its processes begin from a server that has torch: to start it takes seconds.
"""

import contextlib
import io
import itertools
import multiprocessing
import os
import random
import shutil
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import distributed, nn
from torch.utils.data import DataLoader
from torchvision.transforms import ToTensor

from alexnet_lib import models, runs, shapes, training
from alexnet_lib.checkpoints import checkpoint_file, load_kept
from alexnet_lib.metrics import evaluate
from tiny import TinyImages, TinyNet, assert_equal, tiny_model, tiny_training, without_seconds
from train_ddp import train

FORKSERVER = multiprocessing.get_context("forkserver")
FORKSERVER.set_forkserver_preload(["alexnet_lib", "pytest"])  # and torch with them


def start(target: Callable, *arguments: object) -> multiprocessing.Process:
    process = FORKSERVER.Process(target=target, args=arguments)
    process.start()
    return process


def run(target: Callable, *arguments: object) -> int:
    """Run a function in a process of its own and return its exit code; -9 after ``kill -9``."""
    process = start(target, *arguments)
    process.join()
    return process.exitcode


def run_two(target: Callable, *arguments: tuple) -> None:
    """Run a function in two processes at once, and see both come to their end."""
    processes = [start(target, *own) for own in arguments]
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]


def kill_this_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: object, name: str, action: Callable) -> None:
    """Let an action come before each call of a function."""
    function = getattr(owner, name)

    def both(*arguments: Any, **options: Any) -> Any:
        action(*arguments)
        return function(*arguments, **options)

    setattr(owner, name, both)


# --- Killed ---


def train_and_die(folder: Path, event: int) -> None:
    """Train four epochs; be killed at an event: an image is read or a file is touched."""
    events = iter(range(event))

    def count(*arguments: object) -> None:
        if next(events, None) is None:
            kill_this_process()

    before(TinyImages, "__getitem__", count)
    before(os, "fsync", count)
    before(Path, "replace", count)
    before(Path, "unlink", count)
    torch.set_num_threads(1)
    tiny_training(4, folder)


def train_and_die_writing(folder: Path) -> None:
    """Train four epochs; be killed when half of the second checkpoint is written."""
    times = itertools.count(1)

    def half_written(value: object, file: io.BufferedWriter) -> None:
        if next(times) == 2:
            whole = io.BytesIO()
            save(value, whole)
            file.write(whole.getvalue()[: len(whole.getvalue()) // 2])
            file.flush()
            kill_this_process()

    save = torch.save
    before(torch, "save", half_written)
    torch.set_num_threads(1)
    tiny_training(4, folder)


def assert_goes_on_to_the_same_end(folder: Path) -> None:
    result, history = tiny_training(4, folder)
    expected, uninterrupted = tiny_training(4)
    assert_equal(result, expected)
    assert without_seconds(history) == without_seconds(uninterrupted)
    assert names(folder) == ["checkpoint.pt"]


def names(folder: Path) -> list[str]:
    """Return the files of a folder, but for the log."""
    return sorted(path.name for path in folder.iterdir() if "history.jsonl" not in path.name)


def test_kill_9_at_random_moments_changes_nothing_in_the_end(tmp_path):
    rng = random.Random(0)
    for _ in range(2):
        assert run(train_and_die, tmp_path, rng.randrange(30, 120)) == -9
    assert_goes_on_to_the_same_end(tmp_path)


def test_kill_9_while_writing_leaves_the_checkpoint_before(tmp_path):
    assert run(train_and_die_writing, tmp_path) == -9
    assert names(tmp_path) == [".checkpoint.pt.partial", "checkpoint.pt"]
    assert len(load_kept(checkpoint_file(tmp_path))["history"]) == 1
    assert_goes_on_to_the_same_end(tmp_path)


# --- Asked for twice at once ---


def fit_or_load_at_once(root: Path, result: Path, barrier: Any) -> None:
    """Train or load as soon as everyone has come; leave what came out, and a mark where it was trained."""
    torch.set_num_threads(1)
    os.environ["ALEXNET_RUNS"] = str(root)
    models.NETWORKS["TinyNet"] = TinyNet
    shapes.COUNT = {True: 40, False: 20}
    config = runs.TrainingConfig(network="TinyNet", dataset="shapes10", epochs=3, batch_size=16)
    root.mkdir(exist_ok=True)
    before(training, "train_epoch", lambda *_: (root / f"trained-by-{os.getpid()}").touch())
    barrier.wait()
    run = runs.fit_or_load(config, device="cpu")
    torch.save({"model": run.model.state_dict(), "history": run.history}, result)


def test_two_processes_at_once_train_once(tmp_path):
    results, barrier = [tmp_path / "one.pt", tmp_path / "two.pt"], FORKSERVER.Barrier(2)
    run_two(fit_or_load_at_once, *((tmp_path / "runs", result, barrier) for result in results))
    one, two = (torch.load(result, weights_only=True) for result in results)
    assert_equal(one, two)  # the seconds of each epoch too
    assert len(list((tmp_path / "runs").glob("trained-by-*"))) == 1


# --- Shared: two processes take the steps that one takes, and either goes on for the other ---

# Folder and epochs of what is trained, one after the other.
TRAININGS = (("whole", 3), ("stopped", 1))


def tiny_network() -> nn.Module:
    """Return a network without dropout, which draws other numbers in each process."""
    model = tiny_model()
    model.classifier[0].p = 0.0
    return model


def tiny_images(train: bool) -> TinyImages:
    return TinyImages(80 if train else 20, train=train, transform=ToTensor())


def take_part(rank: int, output: Path) -> None:
    """Train as one of two processes; leave the weights, and what it printed."""
    os.environ["CUDA_VISIBLE_DEVICES"] = ""  # two processes cannot share a card
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo", init_method=f"file://{output}/store", rank=rank, world_size=2, timeout=timedelta(minutes=3)
    )
    images = tiny_images(True), tiny_images(False)
    printed = output / f"printed-{rank}.txt"
    with printed.open("w", encoding="utf-8") as file, contextlib.redirect_stdout(file):
        for folder, epochs in TRAININGS:
            model = tiny_network()
            train(model, *images, output / folder, epochs=epochs, batch_size=16)
            torch.save(model.state_dict(), output / folder / f"weights-{rank}.pt")
    distributed.destroy_process_group()


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """Train in two processes and return where."""
    folder = tmp_path_factory.mktemp("trained")
    run_two(take_part, (0, folder), (1, folder))
    return folder


@pytest.fixture
def alone():
    """Be the one process of a group."""
    distributed.init_process_group("gloo", store=distributed.HashStore(), rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return torch.load(folder / "checkpoint.pt", weights_only=True)["model"]


def assert_close(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> None:
    assert ours.keys() == theirs.keys()
    for name in theirs:
        torch.testing.assert_close(ours[name], theirs[name], rtol=1e-4, atol=1e-5)


def by_hand() -> dict[str, torch.Tensor]:
    """Train in this process alone, with batches of the same images, in a loop of its own."""
    model, images = tiny_network(), tiny_images(train=True)
    optimizer = torch.optim.SGD(model.parameters(), 0.03, momentum=0.9, nesterov=True)
    for epoch in range(3):
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(epoch)).tolist()
        for batch in DataLoader([images[index] for index in order], 16):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(batch[0]), batch[1]).backward()
            optimizer.step()
    return model.state_dict()


def test_two_processes_reach_the_weights_that_one_reaches(trained):
    """Equal gradients at every step, to rounding: each half's mean counts for half."""
    ours, start = weights(trained / "whole"), tiny_network().state_dict()
    assert_close(ours, by_hand())
    for rank in (0, 1):  # what is kept is what both hold
        assert_equal(torch.load(trained / f"whole/weights-{rank}.pt", weights_only=True), ours)
    assert not torch.allclose(ours["classifier.1.weight"], start["classifier.1.weight"], atol=1e-2)


def test_one_process_reports_and_measures_all_images(trained):
    lines, others = ((trained / f"printed-{rank}.txt").read_text("utf-8").splitlines() for rank in (0, 1))
    assert others == []
    told = [f"epoch {epoch}/{epochs}" for _, epochs in TRAININGS for epoch in range(1, epochs + 1)]
    assert [line.split(" | ")[0] for line in lines] == told
    model = tiny_network()
    model.load_state_dict(weights(trained / "whole"))
    measured = evaluate(model, DataLoader(tiny_images(train=False), 16), "cpu")
    assert lines[2].endswith(f"test loss {measured['loss']:.4f}, accuracy {measured['accuracy']:.2%}")


def test_one_process_goes_on_from_the_checkpoint_of_two(trained, tmp_path, alone, capsys):
    shutil.copy(trained / "stopped/checkpoint.pt", tmp_path)
    train(tiny_network(), tiny_images(True), tiny_images(False), tmp_path, epochs=3, batch_size=16)
    assert capsys.readouterr().out.startswith("epoch 2/3")
    assert_close(weights(tmp_path), weights(trained / "whole"))
