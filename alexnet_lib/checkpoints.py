"""Checkpoints that a power cut cannot spoil and that continue bit for bit."""

import contextlib
import json
import os
import pickle
import random
import re
import zipfile
import zlib
from collections import Counter, OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader, Dataset

from alexnet_lib.devices import Precision
from alexnet_lib.language import BookError, print_words, text

FORMAT = 1
KEPT = 2
EPOCH = re.compile(r"epoch-(\d{3,})")
PLAIN = (bool, int, float, complex, str, bytes, torch.dtype, torch.device, torch.Size)
# Of an optimizer's group: which parameters, what a schedule moves, and how fast the same is computed.
NOT_ASKED = {"params", "param_names", "lr", "initial_lr", "foreach", "fused", "capturable", "differentiable"}
# Of a scheduler's state: what it counts, the rates that the optimizer keeps too, and functions.
COUNTED = {"base_lrs", "last_epoch", "T_cur", "T_i", "lr_lambdas"}


def plain(value: Any, place: str = "") -> Any:
    """Return a value in which every number of NumPy's is Python's: what is written can then be read.

    Raises
    ------
    BookError
        For anything that ``load_verified`` would not open; ``place`` is where it stands.
    """
    if isinstance(value, np.generic):
        return value.item()
    if type(value) in (dict, OrderedDict, Counter):
        return type(value)({plain(key): plain(item, f"{place}[{key!r}]") for key, item in value.items()})
    if type(value) in (list, tuple, set):
        return type(value)(plain(item, f"{place}[{number}]") for number, item in enumerate(value))
    if value is None or isinstance(value, Tensor) or type(value) in PLAIN:
        return value
    raise BookError("not_plain", given=type(value).__name__, place=place)


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
    except pickle.UnpicklingError:
        raise BookError("checkpoint_not_plain", path=path) from None
    raise BookError("checkpoint_damaged", path=path)


def load_kept(path: Path) -> Any | None:
    """Read what was kept; None where there is nothing, or, said in a sentence, nothing that can be read."""
    if not path.is_file():
        return None
    try:
        return load_verified(path)
    except BookError as error:
        print_words(f"{error} {text('training.begins_anew')}")
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
    if torch.backends.mps.is_available() and state.get("mps") is not None:
        torch.mps.set_rng_state(state["mps"])
    np.random.set_state(tuple(state["numpy"]))
    random.setstate(state["python"])


def asked_for(optimizer: Optimizer, scheduler: LRScheduler | None, loader: DataLoader) -> dict[str, Any]:
    """Return what a training was asked for, beside its network: a resumed one must be asked for the same.

    ``images`` are their number and a checksum of pixels and labels, where the data set holds them.
    """
    groups, generator = optimizer.param_groups, getattr(loader, "generator", None)
    return {
        "optimizer": type(optimizer).__name__,
        # A scheduler has changed "lr" since, and keeps what it began with.
        "learning_rate": [float(group.get("initial_lr", group["lr"])) for group in groups],
        **options_of(optimizer),
        "scheduler": type(scheduler).__name__ if scheduler else None,
        **numbers_of(scheduler),
        "batch_size": getattr(loader, "batch_size", None),
        "seed": generator.initial_seed() if generator is not None else getattr(loader, "seed", None),
        "images": images_of(getattr(loader, "dataset", None)),
    }


def options_of(optimizer: Optimizer) -> dict[str, list[Any]]:
    """Return every other number of an optimizer that decides its steps, one a group."""
    groups = optimizer.param_groups
    names = dict.fromkeys(name for group in groups for name in group if name not in NOT_ASKED)
    if "max_momentum" in names:  # a cycle moves the momentum, as it does the rate
        names = [name for name in names if name not in ("momentum", "betas")]
    return {name: [group.get(name) for group in groups] for name in names}


def numbers_of(scheduler: LRScheduler | None) -> dict[str, Any]:
    """Return the numbers that a scheduler of PyTorch's was made with; of others nobody knows which count."""
    if type(scheduler).__module__ != LRScheduler.__module__:
        return {}
    state = scheduler.state_dict()
    return {name: state[name] for name in state if name not in COUNTED and not name.startswith("_")}


def images_of(dataset: Dataset | None) -> str | None:
    """Return how many images a data set has, and a checksum where it holds them as an array."""
    if dataset is None:
        return None
    count, pixels = str(len(dataset)), getattr(dataset, "data", None)
    if not isinstance(pixels, np.ndarray):
        return count
    labels = getattr(dataset, "targets", getattr(dataset, "labels", None))
    # As a list, for in place of what is in the middle of a long array its words have three dots.
    words = repr(labels.tolist() if hasattr(labels, "tolist") else labels)
    checksum = zlib.crc32(words.encode(), zlib.crc32(np.ascontiguousarray(pixels)))
    return f"{count} ({checksum:08x})"


def check_asked(path: Path, then: dict[str, Any] | None, now: dict[str, Any]) -> None:
    """Refuse to go on with a training that was begun otherwise; older checkpoints do not say how.

    Of another optimizer or scheduler, its name says enough: what only one of the two has is left out.
    """
    differing = [name for name in now if then is not None and name in then and then[name] != now[name]]
    if differing:
        words = [", ".join(f"{name} {said[name]}" for name in differing) for said in (then, now)]
        raise BookError("checkpoint_differs", path=path, then=words[0], now=words[1])


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
    generator = getattr(loader, "generator", None)
    checkpoint = {
        "format": FORMAT,
        "network": type(model).__name__,
        "asked": asked_for(optimizer, scheduler, loader),
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
        if epoch_of(old) not in kept:
            old.unlink()


def write_log(folder: str | Path, history: list[dict]) -> None:
    """Write the history as ``history.jsonl``, a line of JSON an epoch, for whatever reads plain files."""
    path = Path(folder) / "history.jsonl"
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text("".join(json.dumps(row) + "\n" for row in history), "utf-8")
    partial.replace(path)


def checkpoint_files(folder: str | Path) -> list[Path]:
    """Return the checkpoints of a folder, newest first."""
    files = [path for path in Path(folder).glob("epoch-*.pt") if EPOCH.fullmatch(path.stem)]
    return sorted(files, key=epoch_of, reverse=True)


def epoch_of(path: Path) -> int:
    """Return the number of the epoch that a checkpoint was written after."""
    return int(EPOCH.fullmatch(path.stem)[1])


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
    is used; where none is left, training begins anew, and that is said too. Nothing is put back
    from a checkpoint of another network, or of a training that was asked for with other settings.
    """
    now = asked_for(optimizer, scheduler, loader)
    generator = getattr(loader, "generator", None)
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
        check_asked(path, checkpoint.get("asked"), now)
        try:
            model.load_state_dict(checkpoint["model"])
            optimizer.load_state_dict(checkpoint["optimizer"])
            if scheduler is not None:
                scheduler.load_state_dict(checkpoint["scheduler"])
            if average is not None:
                average.load_state_dict(checkpoint.get("average"))
            if precision is not None:
                precision.load_state_dict(checkpoint.get("precision"))
            if generator is not None:
                generator.set_state(checkpoint["loader"])
        except (RuntimeError, ValueError, TypeError, KeyError):
            raise BookError("checkpoint_shape", path=path) from None
        # torch takes the state of another kind of optimizer without a word.
        if any(optimizer.defaults.keys() - group.keys() for group in optimizer.param_groups):
            raise BookError("checkpoint_shape", path=path)
        set_random_state(checkpoint["random"])
        return checkpoint["history"]
    return []
