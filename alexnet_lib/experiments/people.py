"""Chapter 14: what people answered (CIFAR-10H), and how far they agree."""

import hashlib
import http.client
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alexnet_lib.data import data_root
from alexnet_lib.language import BookError
from alexnet_lib.notebook import say
from alexnet_lib.records import UNREADABLE, fetch, reason, result_file

GROUPS = 4

Shares = NDArray[np.float64]


def entropy(distribution: Shares) -> Shares:
    """Return -sum p ln p of each row, in nats; a class that nobody chose adds nothing."""
    logarithms = np.log(distribution, out=np.zeros_like(distribution), where=distribution > 0)
    return -(distribution * logarithms).sum(axis=1) + 0.0  # no negative zero


def human_confusion(labels: ArrayLike, distribution: Shares) -> Shares:
    """Return the confusion matrix of people, (C, C): the row is the label, the column the answer.

    As in a network's matrix each image counts once; here it is divided among the classes that
    people chose, so that a row still sums to the images of the class.
    """
    matrix = np.zeros((distribution.shape[1], distribution.shape[1]))
    np.add.at(matrix, np.asarray(labels), distribution)
    return matrix


def agreement_groups(entropy: Shares) -> NDArray[np.int64]:
    """Return a group for each image: 0 where all people agree, else 1, 2 or 3 by rising entropy.

    Groups 1 to 3 are thirds of the images on which people disagree; equal entropies stay together.
    """
    edges = np.quantile(entropy[entropy > 0], np.arange(1, GROUPS - 1) / (GROUPS - 1))
    return np.where(entropy > 0, 1 + np.searchsorted(edges, entropy), 0)


def doubtful_labels(labels: ArrayLike, distribution: Shares) -> NDArray[np.int64]:
    """Return the images with an answer that is more frequent than the label, the clearest case first."""
    of_label = distribution[np.arange(len(distribution)), np.asarray(labels)]
    doubtful = np.flatnonzero(distribution.max(axis=1) > of_label)
    return doubtful[np.argsort(-distribution[doubtful].max(axis=1), kind="stable")]


def quiz_scores(
    answers: Sequence[int], labels: NDArray[np.int64], distribution: Shares
) -> dict[str, int | float]:
    """Return how many images of a quiz a reader, one person (on average) and the majority got right.

    Parameters
    ----------
    answers
        The reader's, a class index for each image.
    labels
        (N,), of the images.
    distribution
        (N, C), people's answers to them.
    """
    count, classes = distribution.shape
    if len(answers) != count or not all(answer in range(classes) for answer in answers):
        raise BookError("quiz_answers", given=len(answers), count=count, top=classes - 1)
    return {
        "count": count,
        "mine": int((np.asarray(answers) == labels).sum()),
        "person": float(distribution[np.arange(count), labels].sum()),
        "majority": int((distribution.argmax(axis=1) == labels).sum()),
    }


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

    distribution: Shares
    entropy: Shares
    spread: NDArray[np.bool_]


def human_answers(root: str | Path | None = None, download: bool = True) -> HumanAnswers | None:
    """Return people's answers and say where they are from; None where they are not to be had.

    Parameters
    ----------
    root
        The folder that may hold ``cifar10h-counts.npy``; see ``data_root``.
    download
        Whether the counts may be fetched where they are not. Without them the answers come from
        tables derived from them, which are part of the book.
    """
    counts = human_counts(root, download)
    if counts is not None:
        say("humans.counts")
        return from_counts(counts)
    try:
        with np.load(io.BytesIO(result_file(TABLES)), allow_pickle=False) as tables:
            answers = from_tables(tables)
    except (KeyError, *UNREADABLE) as error:
        say("humans.absent", reason=reason(error))
        return None
    say("humans.tables", kept=KEPT_ANSWERS)
    return answers


def human_counts(root: str | Path | None = None, download: bool = True) -> NDArray[np.int64] | None:
    """Return how many people chose each class, (10000, 10), compared with the sha256 first."""
    path = data_root(root) / COUNTS
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
    return HumanAnswers(distribution, entropy(distribution), np.zeros(counts.shape, dtype=bool))


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
