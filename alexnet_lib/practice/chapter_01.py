"""Exercises of chapter 1: counting errors, and an ensemble."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats

from alexnet_lib.metrics import top_k_error
from alexnet_lib.practice.exercise import Exercise


def from_places(best: Callable[[NDArray], NDArray]) -> Callable[[NDArray, NDArray, int], float]:
    """Return the error counted from a way to put the classes of each image in order."""
    return lambda scores, labels, k: float(np.mean((best(scores)[:, :k] != labels[:, None]).all(axis=1)))


def from_counts(ahead: Callable[..., NDArray]) -> Callable[[NDArray, NDArray, int], float]:
    """Return the error counted from a way to say which classes stand before the true one."""

    def error(scores: NDArray, labels: NDArray, k: int) -> float:
        own, classes = scores[np.arange(len(labels)), labels][:, None], np.arange(scores.shape[1])
        return float(np.mean(ahead(scores, own, classes, labels[:, None]).sum(axis=1) >= k))

    return error


lowest_first = from_places(lambda scores: np.argsort(scores, axis=1))


draw = np.random.default_rng(1)
# Without ties: each row is a shuffle of different numbers.
DISTINCT = [
    draw.permuted(np.tile(np.arange(classes), (images, 1)), axis=1) for images, classes in ((8, 6), (9, 8))
]
TIED = draw.integers(0, 4, (20, 6))
NETWORKS = draw.dirichlet(np.full(5, 0.5), (3, 8))

EXERCISES = {
    "01_places": Exercise(
        right=(0.6, 0.2),
        mistakes={
            "accuracy_from_top5": (0.8, 0.2),
            "share_wrong": (0.4, 0.2),
            "share_found": (0.6, 0.8),
            "fifth_left_out": (0.6, 0.3),
            "top1_error": (0.6, 0.4),
            "numbers_of_images": (6, 2),
        },
    ),
    "01_sorted": Exercise(
        right=top_k_error,
        cases=[
            (np.array([[70, 20, 10]]), np.array([0]), 1),
            (DISTINCT[0], np.arange(8) % 6, 1),
            (DISTINCT[0], np.arange(8) % 6, 2),
            (DISTINCT[1], np.arange(9) % 8, 5),
        ],
        untouched=lowest_first,
        mistakes={
            "complement": lambda scores, labels, k: 1 - lowest_first(scores, labels, k),
            "images_reversed": from_places(lambda scores: np.argsort(scores, axis=1)[::-1]),
            "along_images": from_places(lambda scores: np.argsort(-scores, axis=0)),
            "any_for_all": lambda scores, labels, k: float(
                np.mean((np.argsort(-scores, axis=1)[:, :k] != labels[:, None]).any(axis=1))
            ),
        },
    ),
    "01_counted": Exercise(
        right=top_k_error,
        cases=[
            (np.ones((3, 3)), np.arange(3), 1),
            (TIED, np.arange(20) % 6, 1),
            (TIED, np.arange(20) % 6, 2),
            (TIED, np.arange(20) % 6, 4),
            (DISTINCT[0], np.arange(8) % 6, 3),
        ],
        untouched=from_counts(lambda scores, own, classes, labels: scores > own),
        mistakes={
            "before_itself": from_counts(lambda scores, own, classes, labels: scores >= own),
            "itself_too": from_counts(
                lambda scores, own, classes, labels: (scores > own) | (scores == own) & (classes <= labels)
            ),
            "all_equal_ones": from_counts(
                lambda scores, own, classes, labels: (scores > own) | (scores == own) & (classes != labels)
            ),
            "higher_numbers_first": from_counts(
                lambda scores, own, classes, labels: (scores > own) | (scores == own) & (classes > labels)
            ),
            "lower_numbers_only": from_counts(
                lambda scores, own, classes, labels: (scores >= own) & (classes < labels)
            ),
            "lower_numbers_always": from_counts(
                lambda scores, own, classes, labels: (scores > own) | (classes < labels)
            ),
            "behind": from_counts(lambda scores, own, classes, labels: scores < own),
        },
    ),
    "01_ensemble": Exercise(
        right=lambda probabilities: torch.from_numpy(probabilities).mean(0).argmax(1).numpy(),
        cases=[(np.array([[[0.6, 0.1, 0.3]], [[0.2, 0.1, 0.7]]]),), (NETWORKS,), (NETWORKS[:2],)],
        untouched=lambda probabilities: probabilities.argmax(axis=2).mean(axis=0).round().astype(int),
        mistakes={
            "mean_of_numbers": lambda probabilities: probabilities.argmax(axis=2).mean(axis=0),
            "vote": lambda probabilities: stats.mode(probabilities.argmax(axis=2), axis=0).mode,
            "surest": lambda probabilities: probabilities.max(axis=0).argmax(axis=1),
            "mean_over_images": lambda probabilities: probabilities.mean(axis=1).argmax(axis=1),
            "probabilities": lambda probabilities: probabilities.mean(axis=0),
        },
    ),
}
