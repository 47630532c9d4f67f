"""Checkpoints: a training goes on bit for bit where it was cut, or says in a sentence what differs.

What is finished is kept, and found again, by ``runs``.
"""

import contextlib
import json
import os
import pickle
import random
import zlib
from collections import Counter, OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader, Dataset

from alexnet_lib.language import BookError, text
from alexnet_lib.terminal import print_words

FORMAT = 2
PLAIN = (bool, int, float, complex, str, bytes, torch.dtype, torch.device, torch.Size)
# Of a scheduler's state: what it counts, the rates that the optimizer keeps too, and functions.
COUNTED = {"base_lrs", "last_epoch", "T_cur", "T_i", "lr_lambdas"}


class Parts(NamedTuple):
    """All that a training changes, but for the random number generators."""

    model: nn.Module
    optimizers: Sequence[Optimizer]
    schedulers: Sequence[LRScheduler]
    loader: DataLoader
    ema: AveragedModel | None
    scaler: GradScaler

    @property
    def generator(self) -> torch.Generator | None:
        """What the loader draws from; None where it keeps no state."""
        return getattr(self.loader, "generator", None)


def plain(value: Any) -> Any:
    """Return a value in which every number of NumPy's is Python's: what is written can then be read."""
    if isinstance(value, np.generic):
        return value.item()
    if type(value) in (dict, OrderedDict, Counter):
        return type(value)({plain(key): plain(item) for key, item in value.items()})
    if type(value) in (list, tuple, set):
        return type(value)(map(plain, value))
    if value is None or isinstance(value, Tensor) or type(value) in PLAIN:
        return value
    raise ValueError(f"A checkpoint cannot hold {value!r}: give tensors, numbers, texts, lists, dictionaries")


def save_atomically(value: Any, path: Path) -> None:
    """Write with ``torch.save``; under its name there is the whole file or the one before it."""
    value = plain(value)
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            torch.save(value, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except (OSError, RuntimeError) as error:  # RuntimeError is torch's own word for a disk that is full
        reason = getattr(error, "strerror", None) or error
        raise BookError("cannot_write", path=path, reason=reason) from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def load_kept(path: Path) -> Any | None:
    """Read tensors and plain values; None where there is no file or, said in a sentence, none to be read."""
    if not path.is_file():
        return None
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, KeyError, pickle.UnpicklingError):
        print_words(f"{text('errors.checkpoint_unreadable', path=path)} {text('training.begins_anew')}")
        return None


def random_state() -> dict[str, Any]:
    """Return the state of every random number generator that training may draw from."""
    kind, keys, *rest = np.random.get_state()
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "mps": torch.mps.get_rng_state() if torch.backends.mps.is_available() else None,
        "numpy": [kind, keys.tolist(), *rest],
        "python": random.getstate(),
    }


def set_random_state(state: dict[str, Any]) -> None:
    """Put back what ``random_state`` returned."""
    torch.set_rng_state(state["torch"])
    if torch.cuda.is_available() and state["cuda"]:
        torch.cuda.set_rng_state_all(state["cuda"])
    if torch.backends.mps.is_available() and state["mps"] is not None:
        torch.mps.set_rng_state(state["mps"])
    np.random.set_state(tuple(state["numpy"]))
    random.setstate(state["python"])


def asked_for(parts: Parts) -> dict[str, Any]:
    """Return what a training was asked for: a resumed one must be asked for the same.

    ``images`` are their number and a checksum of pixels and labels, where the data set holds them.
    """
    seed = parts.generator.initial_seed() if parts.generator else getattr(parts.loader, "seed", None)
    return {
        "network": type(parts.model).__name__,
        "optimizer": [type(each).__name__ for each in parts.optimizers],
        # What they were made with: a schedule moves the rates of their groups, and not these.
        **{
            f"{type(each).__name__}'s {name}": plain(value)
            for each in parts.optimizers
            for name, value in each.defaults.items()
        },
        "scheduler": [type(each).__name__ for each in parts.schedulers],
        **{name: value for each in parts.schedulers for name, value in numbers_of(each).items()},
        "batch_size": getattr(parts.loader, "batch_size", None),
        "seed": seed,
        "images": images_of(getattr(parts.loader, "dataset", None)),
    }


def numbers_of(scheduler: LRScheduler) -> dict[str, Any]:
    """Return the numbers that a scheduler of PyTorch's was made with; of others nobody knows which count."""
    if type(scheduler).__module__ != LRScheduler.__module__:
        return {}
    state = scheduler.state_dict()
    return {name: plain(state[name]) for name in state if name not in COUNTED and not name.startswith("_")}


def images_of(dataset: Dataset | None) -> str | None:
    """Return how many images a data set has, and a checksum where it holds pixels and labels."""
    if not hasattr(dataset, "data") or not hasattr(dataset, "targets"):
        return None if dataset is None else str(len(dataset))
    labels = repr(np.asarray(dataset.targets).tolist()).encode()
    return f"{len(dataset)} ({zlib.crc32(labels, zlib.crc32(np.ascontiguousarray(dataset.data))):08x})"


def checkpoint_file(folder: str | Path) -> Path:
    """Return where the checkpoint of a training stands."""
    return Path(folder) / "checkpoint.pt"


def save_checkpoint(folder: str | Path, history: list[dict], parts: Parts) -> None:
    """Keep the end of an epoch in place of the one before it; and ``history.jsonl``, a line an epoch."""
    checkpoint = {
        "format": FORMAT,
        "asked": asked_for(parts),
        "history": history,
        "model": parts.model.state_dict(),
        "optimizers": [optimizer.state_dict() for optimizer in parts.optimizers],
        "schedulers": [scheduler.state_dict() for scheduler in parts.schedulers],
        "ema": parts.ema.state_dict() if parts.ema else None,
        "precision": parts.scaler.state_dict(),
        "loader": parts.generator.get_state() if parts.generator else None,
        "random": random_state(),
    }
    save_atomically(checkpoint, checkpoint_file(folder))
    log = Path(folder) / "history.jsonl"
    partial = log.with_name(f".{log.name}.partial")
    partial.write_text("".join(json.dumps(row) + "\n" for row in history), "utf-8")
    partial.replace(log)


def load_checkpoint(folder: str | Path, epochs: int, parts: Parts) -> list[dict]:
    """Put everything back as it was at the end of the last epoch kept; return its history.

    Without a checkpoint the history is empty; a damaged one is named, and training begins anew. Nothing is
    put back from a training that was asked for with other settings, or is longer than ``epochs`` already.
    """
    path = checkpoint_file(folder)
    checkpoint = load_kept(path)
    if checkpoint is None:
        return []
    if checkpoint.get("format") != FORMAT:
        raise BookError("checkpoint_shape", path=path)
    if (done := len(checkpoint["history"])) > epochs:
        raise BookError("more_epochs", output=folder, done=done, epochs=epochs)
    then, now = checkpoint["asked"], asked_for(parts)
    if differing := [name for name in now if name in then and then[name] != now[name]]:
        words = [", ".join(f"{name} {said[name]}" for name in differing) for said in (then, now)]
        raise BookError("checkpoint_differs", path=path, then=words[0], now=words[1])
    try:
        put_back(checkpoint, parts)
    except (RuntimeError, ValueError, TypeError, KeyError):
        raise BookError("checkpoint_shape", path=path) from None
    set_random_state(checkpoint["random"])
    return checkpoint["history"]


def put_back(checkpoint: dict[str, Any], parts: Parts) -> None:
    """Give every part the state that it had; errors of PyTorch's where it does not fit."""
    parts.model.load_state_dict(checkpoint["model"])
    for optimizer, state in zip(parts.optimizers, checkpoint["optimizers"], strict=True):
        optimizer.load_state_dict(state)
    for scheduler, state in zip(parts.schedulers, checkpoint["schedulers"], strict=True):
        scheduler.load_state_dict(state)
    if parts.ema:
        parts.ema.load_state_dict(checkpoint["ema"])
    parts.scaler.load_state_dict(checkpoint["precision"])
    if parts.generator:
        parts.generator.set_state(checkpoint["loader"])
