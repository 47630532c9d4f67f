"""Processes that train, for the tests that kill one or start two: begun from a server that has torch."""

import io
import itertools
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from alexnet_lib import models, runs, shapes, training
from tiny import TinyImages, TinyNet, tiny_training

FORKSERVER = multiprocessing.get_context("forkserver")
FORKSERVER.set_forkserver_preload(["alexnet_lib"])  # and torch with it


def start(target: Callable, *arguments: object) -> multiprocessing.Process:
    process = FORKSERVER.Process(target=target, args=arguments)
    process.start()
    return process


def run(target: Callable, *arguments: object) -> int:
    """Run a function in a process of its own and return its exit code; -9 after ``kill -9``."""
    process = start(target, *arguments)
    process.join()
    return process.exitcode


def kill_this_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: object, name: str, action: Callable) -> None:
    """Let an action come before each call of a function."""
    function = getattr(owner, name)

    def both(*arguments: Any, **options: Any) -> Any:
        action(*arguments)
        return function(*arguments, **options)

    setattr(owner, name, both)


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


def train_to_the_end(folder: Path, result: Path) -> None:
    torch.set_num_threads(1)
    torch.save(tiny_training(4, folder), result)


def use_a_tiny_run(root: Path) -> runs.TrainingConfig:
    """Let ``fit_or_load`` train the tiny network on 40 drawn shapes."""
    torch.set_num_threads(1)
    os.environ["ALEXNET_RUNS"] = str(root)
    models.NETWORKS["TinyNet"] = TinyNet
    shapes.COUNT = {True: 40, False: 20}
    return runs.TrainingConfig(network="TinyNet", dataset="shapes10", epochs=3, batch_size=16)


def fit_or_load_at_once(root: Path, result: Path, barrier: Any) -> None:
    """Train or load as soon as everyone has come; leave what came out, and a mark where it was trained."""
    config = use_a_tiny_run(root)
    root.mkdir(exist_ok=True)
    before(training, "train_epoch", lambda *_: (root / f"trained-by-{os.getpid()}").touch())
    barrier.wait()
    run = runs.fit_or_load(config, device="cpu")
    torch.save({"model": run.model.state_dict(), "history": run.history}, result)
