"""Where many people who answered for the same images agree with each other, and with the labels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alexnet_lib.errors import BookError

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
