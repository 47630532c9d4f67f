"""Checkpoints that a power cut cannot spoil and that continue bit for bit."""

import contextlib
import json
import os
import pickle
import random
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader

from alexnet_lib.errors import BookError
from alexnet_lib.language import text
from alexnet_lib.precision import Precision
from alexnet_lib.terminal import print_words

FORMAT = 1
KEPT = 2


def save_atomically(value: Any, path: Path) -> None:
    """Write with ``torch.save``; under its name there is the whole file or the one before it."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            torch.save(value, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise BookError("cannot_write", path=path, reason=error.strerror or error) from None
    except RuntimeError as error:  # torch's own word for a disk that is full
        raise BookError("cannot_write", path=path, reason=error) from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def load_verified(path: Path) -> Any:
    """Read with ``torch.load``, tensors and plain values only, after checking every byte's CRC."""
    try:
        with zipfile.ZipFile(path) as archive:
            # What a flipped bit marks as a folder passes the CRC, and torch would read nothing from it.
            marked = any(entry.external_attr for entry in archive.infolist())
            if archive.testzip() is None and not marked:
                return torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, zlib.error, zipfile.BadZipFile):
        pass
    except pickle.UnpicklingError:  # intact, but not only tensors and plain values
        pass
    raise BookError("checkpoint_damaged", path=path)


def random_state() -> dict[str, Any]:
    """Return the state of every random number generator that training may draw from."""
    kind, keys, *rest = np.random.get_state()
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "numpy": [kind, keys.tolist(), *rest],
        "python": random.getstate(),
    }


def set_random_state(state: dict[str, Any]) -> None:
    """Put back what ``random_state`` returned."""
    torch.set_rng_state(state["torch"])
    if torch.cuda.is_available() and state["cuda"]:
        torch.cuda.set_rng_state_all(state["cuda"])
    np.random.set_state(tuple(state["numpy"]))
    random.setstate(state["python"])


def save_checkpoint(
    folder: str | Path,
    history: list[dict],
    *,
    model: nn.Module,
    optimizer: Optimizer,
    scheduler: LRScheduler | None,
    loader: DataLoader,
    average: AveragedModel | None = None,
    precision: Precision | None = None,
) -> None:
    """Keep the end of an epoch as ``epoch-NNN.pt``, and the one before it; and the log so far."""
    folder = Path(folder)
    generator = loader.generator
    checkpoint = {
        "format": FORMAT,
        "network": type(model).__name__,
        "history": history,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict() if scheduler else None,
        "average": average.state_dict() if average else None,
        "precision": precision.state_dict() if precision else None,
        "loader": generator.get_state() if generator is not None else None,
        "random": random_state(),
    }
    save_atomically(checkpoint, folder / f"epoch-{len(history):03d}.pt")
    write_log(folder, history)
    kept = range(len(history) - KEPT + 1, len(history) + 1)
    for old in checkpoint_files(folder):  # later epochs too: they are of a training begun anew since
        if int(old.stem.removeprefix("epoch-")) not in kept:
            old.unlink()


def write_log(folder: str | Path, history: list[dict]) -> None:
    """Write the history as ``history.jsonl``, a line of JSON an epoch, for whatever reads plain files."""
    path = Path(folder) / "history.jsonl"
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text("".join(json.dumps(row) + "\n" for row in history), "utf-8")
    partial.replace(path)


def checkpoint_files(folder: str | Path) -> list[Path]:
    """Return the checkpoints of a folder, newest first."""
    return sorted(Path(folder).glob("epoch-[0-9][0-9][0-9].pt"), reverse=True)


def load_checkpoint(
    folder: str | Path,
    *,
    model: nn.Module,
    optimizer: Optimizer,
    scheduler: LRScheduler | None,
    loader: DataLoader,
    average: AveragedModel | None = None,
    precision: Precision | None = None,
) -> list[dict]:
    """Put everything back as it was at the end of the last epoch kept; return its history.

    An empty folder gives an empty history. A damaged checkpoint is named and the one before it
    is used; where none is left, training begins anew, and that is said too.
    """
    older = checkpoint_files(folder)
    while older:
        path = older.pop(0)
        try:
            checkpoint = load_verified(path)
        except BookError as error:
            print_words(f"{error} " + text(f"training.{'previous_checkpoint' if older else 'begins_anew'}"))
            continue
        if checkpoint.get("format") != FORMAT:
            raise BookError("checkpoint_format", path=path, given=checkpoint.get("format"))
        if checkpoint["network"] != type(model).__name__:
            raise BookError("checkpoint_network", path=path, given=checkpoint["network"])
        try:
            model.load_state_dict(checkpoint["model"])
            optimizer.load_state_dict(checkpoint["optimizer"])
            if scheduler is not None:
                scheduler.load_state_dict(checkpoint["scheduler"])
            if average is not None:
                average.load_state_dict(checkpoint.get("average"))
            if precision is not None:
                precision.load_state_dict(checkpoint.get("precision"))
        except (RuntimeError, ValueError, TypeError):
            raise BookError("checkpoint_shape", path=path) from None
        # torch takes the state of another kind of optimizer without a word.
        if any(optimizer.defaults.keys() - group.keys() for group in optimizer.param_groups):
            raise BookError("checkpoint_shape", path=path)
        if loader.generator is not None:
            loader.generator.set_state(checkpoint["loader"])
        set_random_state(checkpoint["random"])
        return checkpoint["history"]
    return []
