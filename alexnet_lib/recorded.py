"""Recorded runs: full trainings, kept in ``book/results`` with their scores and their provenance."""

import hashlib
import http.client
import io
import json
import urllib.request
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alexnet_lib import __version__
from alexnet_lib.report import say

ADDRESS = "https://raw.githubusercontent.com/OWNER/REPO/v{version}/book/results/{file}"
LABELS = "cifar10-test-labels.npy"
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class RecordedRun:
    """A recorded run: ``about`` is its JSON file, ``logits`` float32 (10000, 10), ``labels`` int64."""

    about: dict[str, Any]
    logits: NDArray[np.float32]
    labels: NDArray[np.int64]


def recorded_run(name: str, seed: int = 0) -> RecordedRun | None:
    """Return a recorded run, or say in one sentence that it is not to be had and return None.

    Read from ``book/results`` in the nearest parent folder that holds ``_toc.yml``; elsewhere (in
    Colab only the package is there) fetched from the book's repository and compared with the
    sha256 that the package knows.
    """
    try:
        about = json.loads(result_file(f"{name}-{seed}.json"))
        with np.load(io.BytesIO(result_file(f"{name}-{seed}.npz")), allow_pickle=False) as file:
            logits = file["logits"].astype(np.float32)
        labels = np.load(io.BytesIO(result_file(LABELS)), allow_pickle=False).astype(np.int64)
    except (OSError, KeyError, ValueError, http.client.HTTPException, zipfile.BadZipFile):
        say("recorded.absent", name=name, seed=seed)
        return None
    return RecordedRun(about, logits, labels)


def recorded_about(
    names: Iterable[str], seeds: Sequence[int] = SEEDS
) -> dict[str, list[dict[str, Any]]]:
    """Return the JSON of the recorded runs that are to be had, by name, in order of seed.

    Read or fetched as ``recorded_run`` does, but without the logits; the names of which no seed
    is to be had are said in one sentence.
    """
    names = list(names)
    runs: dict[str, list[dict[str, Any]]] = {}
    for name in names:
        for seed in seeds:
            try:
                about = json.loads(result_file(f"{name}-{seed}.json"))
            except (OSError, KeyError, ValueError, http.client.HTTPException):
                continue
            runs.setdefault(name, []).append(about)
    if missing := [name for name in names if name not in runs]:
        say("recorded.missing", names=", ".join(f"`{name}`" for name in missing), count=len(missing))
    return runs


def recorded_tries(file: str) -> list[dict[str, Any]]:
    """Return the settings that were tried in short trainings, best first; empty if not to be had.

    ``file`` is one of ``book/results``, a try a line: ``search.jsonl`` those of the ladder,
    ``search_local.jsonl`` those of the locally connected networks.
    """
    try:
        tries = [json.loads(line) for line in result_file(file).decode("utf-8").splitlines()]
    except (OSError, KeyError, ValueError, http.client.HTTPException):
        return []
    return sorted(tries, key=lambda tried: -tried["val_accuracy"])


def result_file(file: str) -> bytes:
    """Return the bytes of a file of ``book/results``; KeyError or OSError where it is not to be had."""
    here = Path.cwd()
    home = next((folder for folder in (here, *here.parents) if (folder / "_toc.yml").is_file()), None)
    if home is not None:
        return (home / "book/results" / file).read_bytes()
    expected = checksums()[file]
    with urllib.request.urlopen(ADDRESS.format(version=__version__, file=file), timeout=20) as response:
        content = response.read()
    if hashlib.sha256(content).hexdigest() != expected:
        raise OSError(file)
    return content


@cache
def checksums() -> dict[str, str]:
    """Return the sha256 of each file of ``book/results``, as ``make runs`` lists them."""
    return json.loads((Path(__file__).parent / "results.json").read_text("utf-8"))
