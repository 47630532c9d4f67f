"""Facts of the papers, and the recorded runs of the book."""

import hashlib
import http.client
import io
import itertools
import json
import time
import tomllib
import urllib.error
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alexnet_lib.checks import book_folder
from alexnet_lib.download import opened, reason_of
from alexnet_lib.language import BookError, text
from alexnet_lib.notebook import say
from alexnet_lib.version import __version__


@cache
def facts() -> dict[str, dict[str, Any]]:
    """Return every entry of ``facts.toml``: ``{name: {"value", "unit", "source", ...}}``."""
    return tomllib.loads((Path(__file__).parent / "facts.toml").read_text("utf-8"))


def fact(name: str) -> Any:
    """Return the value of one fact; ``facts()[name]["source"]`` says where it is from."""
    return facts()[name]["value"]


LIMIT = 30.0  # seconds for a whole file
PAUSE = 60.0  # seconds in which nobody is asked after a failure that the next file would meet too

_refused: tuple[float, OSError] | None = None


def fetch(address: str) -> bytes:
    """Return what lies at an address.

    Where there is no connection, no answer, or a request to be left alone, the same failure is raised
    at once for the next minute: many files cost one waiting.

    Raises
    ------
    OSError, http.client.HTTPException
        With a cause that ``reason`` can say.
    """
    global _refused
    if _refused and time.monotonic() < _refused[0]:
        raise _refused[1]
    begin, parts = time.monotonic(), []
    try:
        with opened(address) as response:
            while part := response.read1(1 << 16):
                parts.append(part)
                if time.monotonic() - begin > LIMIT:
                    raise TimeoutError(address)
    except (urllib.error.URLError, TimeoutError) as error:
        # Another answer than "later" is about this file alone.
        if not isinstance(error, urllib.error.HTTPError) or error.code in (429, 503):
            _refused = time.monotonic() + PAUSE, error
        raise
    return b"".join(parts)


def reason(error: Exception) -> str:
    """Return in some words why a file was not to be had."""
    if isinstance(error, urllib.error.URLError | TimeoutError | ConnectionError | http.client.HTTPException):
        return reason_of(error)
    return text("recorded.not_intact")


ADDRESS = "https://raw.githubusercontent.com/OWNER/REPO/v{version}/book/{path}"
PACKED = Path(__file__).parent / "results"  # of the wheel alone: all but the logits
LABELS = "cifar10-test-labels.npy"
SEEDS = (0, 1, 2)
T = TypeVar("T")
UNREADABLE = (OSError, ValueError, http.client.HTTPException, zipfile.BadZipFile)


@dataclass(frozen=True)
class RecordedRun:
    """A recorded run: ``about`` is its JSON file, ``logits`` float32 (10000, 10), ``labels`` int64.

    ``views`` are the logits of several views of each image, where the run was allowed them.
    """

    about: dict[str, Any]
    logits: NDArray[np.float32]
    labels: NDArray[np.int64]
    views: NDArray[np.float32] | None = None


def recorded_run(name: str, seed: int = 0) -> RecordedRun | None:
    """Return a recorded run, or say in one sentence why it is not to be had and return None.

    Read from ``book/results`` in the nearest parent folder that holds ``_toc.yml``. Elsewhere (in
    Colab only the package is there) the wheel holds all but the logits, which are fetched from the
    book's repository and compared with the sha256 that the package knows.
    """
    return recorded_runs([(name, seed)]).get((name, seed))


def recorded_runs(wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], RecordedRun]:
    """Return the recorded runs that are to be had, by name and seed; see ``recorded_run`` and ``gather``."""
    return gather(wanted, read_run)


def read_run(name: str, seed: int) -> RecordedRun:
    """Return a recorded run; raises what ``result_file`` does."""
    about = read_about(name, seed)
    with np.load(io.BytesIO(result_file(f"{name}-{seed}.npz")), allow_pickle=False) as file:
        logits = file["logits"].astype(np.float32)
        views = file["logits_views"].astype(np.float32) if "logits_views" in file else None
    labels = np.load(io.BytesIO(result_file(LABELS)), allow_pickle=False).astype(np.int64)
    return RecordedRun(about, logits, labels, views)


def read_about(name: str, seed: int) -> dict[str, Any]:
    """Return the JSON of a recorded run; raises what ``result_file`` does."""
    return json.loads(result_file(f"{name}-{seed}.json"))


def recorded_about(names: Iterable[str], seeds: Sequence[int] = SEEDS) -> dict[str, list[dict[str, Any]]]:
    """Return the JSON of the recorded runs that are to be had, by name, in order of seed; see ``gather``.

    Read or fetched as ``recorded_run`` does, but without the logits.
    """
    runs: dict[str, list[dict[str, Any]]] = {}
    for (name, _), about in gather(itertools.product(names, seeds), read_about).items():
        runs.setdefault(name, []).append(about)
    return runs


def gather(wanted: Iterable[tuple[str, int]], read: Callable[[str, int], T]) -> dict[tuple[str, int], T]:
    """Return the runs that could be read, by name and seed.

    Those of which no seed is recorded are said in one sentence, and in another those that are recorded and
    could not be read, and why.
    """
    found, absent, lost, reasons = {}, {}, {}, {}
    for name, seed in wanted:
        try:
            found[name, seed] = read(name, seed)
        except KeyError:
            absent.setdefault(name, []).append(seed)
        except UNREADABLE as error:
            lost.setdefault(name, []).append(seed)
            reasons[reason(error)] = None  # in order, each once
    for name in [*lost, *(name for name, _ in found)]:
        absent.pop(name, None)
    if absent:
        say("recorded.missing", runs=named(absent))
    if lost:
        say("recorded.lost", files=named(lost), reason="; ".join(reasons))
    return found


def named(runs: dict[str, list[int]]) -> str:
    """Return runs, by name their seeds, as a sentence names them."""
    listed = {name: ", ".join(map(str, seeds)) for name, seeds in runs.items()}
    return ", ".join(text("recorded.seeds", name=name, seeds=seeds) for name, seeds in listed.items())


def recorded_tries(file: str) -> list[dict[str, Any]]:
    """Return the settings that were tried in short trainings, best first; empty if not to be had.

    ``file`` is one of ``book/results``, a try a line: ``search.jsonl`` those of the ladder,
    ``search_local.jsonl`` those of the locally connected networks.
    """
    try:
        tries = [json.loads(line) for line in result_file(file).decode("utf-8").splitlines()]
    except KeyError:
        return []
    except UNREADABLE as error:
        say("recorded.lost", files=f"`{file}`", reason=reason(error))
        return []
    return sorted(tries, key=lambda tried: -tried["val_accuracy"])


def recorded_weights(name: str, seed: int = 0) -> dict[str, Tensor]:
    """Return the weights with which a recorded run ended, for the few whose weights travel with the book.

    They are in half precision, read or fetched as records are, and opened once their sha256 is the one
    that the package knows.

    Raises
    ------
    BookError
        If the run has none, or they are not to be had just now; it says why.
    """
    file = f"weights/{name}-{seed}.pt"
    if file not in checksums():
        known = sorted(Path(each).stem for each in checksums() if each.startswith("weights/"))
        raise BookError("no_weights", name=f"{name}-{seed}", known=", ".join(known))
    return torch.load(io.BytesIO(intact(file)), weights_only=True)


def intact(file: str) -> bytes:
    """Return a file of ``book/results`` or ``book/weights`` whose sha256 is the one that the package knows.

    Raises
    ------
    BookError
        If it is not to be had just now; it says why.
    """
    try:
        content = result_file(file)
        if hashlib.sha256(content).hexdigest() != checksums()[file]:
            raise OSError(file)
    except UNREADABLE as error:
        raise BookError("weights_unreadable", file=file, reason=reason(error)) from None
    return content


def place(file: str) -> str:
    """Return where in ``book`` a file lies: weights have a folder of their own."""
    return file if file.startswith("weights/") else f"results/{file}"


def result_file(file: str) -> bytes:
    """Return the bytes of a file of ``book/results``, or of ``book/weights``.

    Raises
    ------
    KeyError
        Where there is no such file: neither in the folder nor in the package's list.
    OSError, http.client.HTTPException
        Where there is one, but it could not be read.
    """
    home = book_folder(Path.cwd())
    path = PACKED / file if home is None else home / "book" / place(file)
    return path.read_bytes() if path.is_file() else fetched(file)


@cache
def fetched(file: str) -> bytes:
    """Return a file of ``book/results`` from the repository; what has come once is not asked for again."""
    expected = checksums()[file]
    content = fetch(ADDRESS.format(version=__version__, path=place(file)))
    if hashlib.sha256(content).hexdigest() != expected:
        raise OSError(file)
    return content


@cache
def checksums() -> dict[str, str]:
    """Return the sha256 of each recorded file, as ``make runs`` lists them."""
    return json.loads((Path(__file__).parent / "results.json").read_text("utf-8"))
