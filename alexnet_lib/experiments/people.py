"""Chapter 14: how people see CIFAR-10's test images; the answers of CIFAR-10H, about fifty for each image.

Source: J. C. Peterson, R. M. Battleday, T. L. Griffiths, O. Russakovsky, "Human Uncertainty Makes
Classification More Robust", ICCV 2019; https://github.com/jcpeterson/cifar-10h (CC BY-NC-SA 4.0).
"""

import hashlib
import http.client
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import entropy

from alexnet_lib.data import data_root
from alexnet_lib.language import BookError
from alexnet_lib.notebook import say
from alexnet_lib.records import UNREADABLE, fetch, reason, result_file

COUNTS = "cifar10h-counts.npy"
ADDRESS = f"https://raw.githubusercontent.com/jcpeterson/cifar-10h/master/data/{COUNTS}"
SHA256 = "9b36b4550349af56c79083356312eb4af856cc5fd3caf1f669d40b9d0bbb69ff"
TABLES = "cifar10h/tables.npz"  # in book/results, written by book/runs/derive_humans.py
KEPT_ANSWERS = 3  # the most frequent ones of an image
ROUNDING = 1e-6  # of the shares in the tables, which are float32


@dataclass(frozen=True)
class HumanAnswers:
    """What people answered, in the order of CIFAR-10's test set.

    ``distribution`` (10000, 10) holds for each image the share of people that chose each class;
    ``entropy`` (10000,) how far they disagree, in nats: 0 where all agree, at most ln 10. ``spread``
    (10000, 10) is True where a share is not what people said, but an equal part of the rarer answers.
    """

    distribution: NDArray[np.float64]
    entropy: NDArray[np.float64]
    spread: NDArray[np.bool_]


def human_answers(download: bool = True) -> HumanAnswers:
    """Return people's answers and say where they are from.

    Parameters
    ----------
    download
        Whether ``cifar10h-counts.npy`` may be fetched where ``data_root`` does not hold it. Without it the
        answers come from tables derived from it, which are part of the book.

    Raises
    ------
    BookError
        If the counts were altered, or neither they nor the tables are to be had.
    """
    counts = human_counts(download)
    if counts is not None:
        say("humans.counts")
        return from_counts(counts)
    try:
        with np.load(io.BytesIO(result_file(TABLES)), allow_pickle=False) as tables:
            answers = from_tables(tables)
    except (KeyError, *UNREADABLE) as error:
        raise BookError("no_human_answers", reason=reason(error)) from error
    say("humans.tables", kept=KEPT_ANSWERS)
    return answers


def human_counts(download: bool = True) -> NDArray[np.int64] | None:
    """Return how many people chose each class, (10000, 10), compared with the sha256 first."""
    path = data_root() / COUNTS
    if download and not path.is_file():
        fetch_counts(path)
    if not path.is_file():
        return None
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise BookError("human_counts_altered", path=path)
    return np.load(io.BytesIO(content), allow_pickle=False)


def fetch_counts(path: Path) -> None:
    """Download the counts, under their licence; what is not the published file is not kept."""
    say("humans.download", address=ADDRESS)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        content = fetch(ADDRESS)
        if hashlib.sha256(content).hexdigest() != SHA256:
            raise OSError(COUNTS)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(path)
    except (OSError, http.client.HTTPException) as error:
        say("humans.download_failed", reason=reason(error))


def from_counts(counts: NDArray[np.int64]) -> HumanAnswers:
    """Return the answers of counts (N, C)."""
    distribution = counts / counts.sum(axis=1, keepdims=True)
    return HumanAnswers(distribution, entropy(distribution, axis=1), np.zeros(counts.shape, dtype=bool))


def from_tables(tables: Mapping[str, NDArray]) -> HumanAnswers:
    """Return the answers of the derived tables: the rarer ones share equally what is left."""
    kept = tables["shares"].astype(float)
    rest = np.clip(1 - kept.sum(axis=1, keepdims=True), 0, None) / (10 - KEPT_ANSWERS)
    distribution = np.repeat(rest, 10, axis=1)
    answers = tables["answers"].astype(int)
    np.put_along_axis(distribution, answers, kept, axis=1)
    spread = np.repeat(rest > ROUNDING, 10, axis=1)
    np.put_along_axis(spread, answers, False, axis=1)
    return HumanAnswers(distribution, tables["entropy"].astype(float), spread)


def quiz_answers(answers: Sequence[int], count: int) -> NDArray[np.int64]:
    """Return a reader's answers to ``count`` images, or say what is wrong with them.

    Raises
    ------
    BookError
        If there are more or fewer than ``count``, or one is not the number of a class.
    """
    if len(answers) != count:
        raise BookError("quiz_count", given=len(answers), count=count)
    for place, answer in enumerate(answers, start=1):
        if answer not in range(10):
            raise BookError("quiz_answer", place=place, answer=answer)
    return np.array(answers)
