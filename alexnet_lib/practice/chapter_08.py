"""Exercises of chapter 8: the confusion matrix and what is read from it."""

import numpy as np
import sklearn.metrics
import torch
from numpy.typing import NDArray

from alexnet_lib.practice.exercise import Exercise


def counted(labels: NDArray[np.int64], predictions: NDArray[np.int64], num_classes: int) -> NDArray[np.int64]:
    """Return the confusion matrix, rows true."""
    return sklearn.metrics.confusion_matrix(labels, predictions, labels=range(num_classes))


def merged(matrix: NDArray[np.int64], a: int, b: int) -> float:
    """Return the accuracy with two classes made one, counted over the images that a matrix stands for."""
    labels, predictions = np.indices(matrix.shape)
    labels, predictions = (
        np.where(side == b, a, side).repeat(matrix.ravel()) for side in (labels.ravel(), predictions.ravel())
    )
    return float(np.mean(labels == predictions))


def mistakes(probabilities: torch.Tensor, labels: torch.Tensor) -> list[int]:
    """Return the numbers of the wrong predictions, from the surest to the least sure."""
    rows = enumerate(zip(probabilities.tolist(), labels.tolist(), strict=True))
    wrong = [(max(row), number) for number, (row, label) in rows if row.index(max(row)) != label]
    return [number for _, number in sorted(wrong, reverse=True)]


def places_among_mistakes(probabilities: torch.Tensor, labels: torch.Tensor, count: int) -> list[int]:
    """Return where the surest mistakes stand among the mistakes, not among all images."""
    numbers = sorted(mistakes(probabilities, labels))
    return [numbers.index(number) for number in mistakes(probabilities, labels)[:count]]


def wrong_among_surest(probabilities: torch.Tensor, labels: torch.Tensor, count: int) -> list[int]:
    """Return those of the surest predictions that are wrong: they may be fewer than ``count``."""
    surest = probabilities.max(dim=1).values.argsort(descending=True)[:count].tolist()
    return [number for number in surest if number in mistakes(probabilities, labels)]


UNEQUAL = np.array([[6, 1, 1], [2, 2, 0], [0, 1, 1]])
PROBABILITIES = torch.tensor(
    [
        [0.7, 0.2, 0.1],
        [0.5, 0.4, 0.1],
        [0.1, 0.3, 0.6],
        [0.05, 0.9, 0.05],
        [0.2, 0.2, 0.6],
        [0.34, 0.33, 0.33],
    ]
)

EXERCISES = {
    "08_always_ship": Exercise(
        right=(1.0, 0.1, 0.1),
        mistakes={
            "exchanged": (0.1, 1.0, 0.1),
            "recall": (0.1, 0.1, 0.1),
            "precision": (1.0, 1.0, 0.1),
            "accuracy": (1.0, 0.1, 1.0),
        },
    ),
    "08_count": Exercise(
        right=counted,
        cases=[
            (np.array([0, 0, 0, 1, 2, 2]), np.array([0, 0, 1, 1, 0, 2]), 3),
            (np.array([3, 1, 1, 0]), np.array([1, 1, 1, 3]), 5),
        ],
        mistakes={
            "transposed": lambda labels, predictions, num_classes: counted(predictions, labels, num_classes),
            "counted_once": lambda labels, predictions, num_classes: (
                counted(labels, predictions, num_classes).clip(max=1)
            ),
            "classes_missing": lambda labels, predictions, num_classes: sklearn.metrics.confusion_matrix(
                labels, predictions
            ),
        },
    ),
    "08_normalize": Exercise(
        right=lambda matrix: np.array([row / row.sum() for row in matrix]),
        cases=[(UNEQUAL,), (np.array([[3, 1], [1, 3]]),), (np.array([[5, 5], [0, 2]]),)],
        untouched=lambda matrix: matrix / matrix.sum(axis=1),
        mistakes={
            "columns": lambda matrix: matrix / matrix.sum(axis=0),
            "transposed": lambda matrix: matrix.T / matrix.sum(axis=1),
            "whole": lambda matrix: matrix / matrix.sum(),
        },
    ),
    "08_merge": Exercise(
        right=merged,
        cases=[(UNEQUAL, 0, 1), (UNEQUAL, 1, 2), (np.diag([4, 3, 2, 1]) + 1, 3, 0)],
        mistakes={
            "unmerged": lambda matrix, a, b: np.trace(matrix) / matrix.sum(),
            "only_a_for_b": lambda matrix, a, b: (np.trace(matrix) + matrix[a, b]) / matrix.sum(),
            "only_b_for_a": lambda matrix, a, b: (np.trace(matrix) + matrix[b, a]) / matrix.sum(),
            "recall": lambda matrix, a, b: (
                (matrix[a, a] + matrix[a, b] + matrix[b, a] + matrix[b, b])
                / (matrix[a].sum() + matrix[b].sum())
            ),
        },
    ),
    "08_surest": Exercise(
        right=lambda probabilities, labels, count: mistakes(probabilities, labels)[:count],
        cases=[
            (PROBABILITIES, torch.tensor([0, 1, 2, 0, 0, 0]), 2),
            (PROBABILITIES, torch.tensor([2, 0, 0, 1, 2, 1]), 2),
            (PROBABILITIES, torch.tensor([0, 1, 1, 0, 2, 2]), 3),
        ],
        untouched=places_among_mistakes,
        mistakes={
            "cut_first": wrong_among_surest,
            "two_orders": lambda probabilities, labels, count: (
                probabilities.max(dim=1)
                .values.argsort(descending=True)[probabilities.argmax(dim=1) != labels][:count]
                .tolist()
            ),
            "by_number": lambda probabilities, labels, count: sorted(mistakes(probabilities, labels))[:count],
            "least_sure_first": lambda probabilities, labels, count: (
                mistakes(probabilities, labels)[::-1][:count]
            ),
            "right_ones_too": lambda probabilities, labels, count: (
                probabilities.max(dim=1).values.argsort(descending=True)[:count].tolist()
            ),
        },
    ),
}
