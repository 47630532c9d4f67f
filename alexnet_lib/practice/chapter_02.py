"""Exercises of chapter 2: what a dataset holds, and how its arrays deceive."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score

from alexnet_lib.practice.exercise import Exercise

draw = np.random.default_rng(2)
RED = np.zeros((4, 4, 3), np.uint8) + np.array([255, 0, 0], np.uint8)
PHOTO, OTHER = draw.integers(0, 256, (2, 32, 32, 3)).astype(np.uint8)
TEN, TWENTY = np.full((2, 2, 3), 10, np.uint8), np.full((2, 2, 3), 20, np.uint8)


def share_equal(change: Callable[[NDArray], NDArray]) -> Callable[[NDArray, NDArray], float]:
    """Return the share of predictions that equal the labels, once these are changed."""
    return lambda predictions, labels: float(np.mean(predictions == change(labels)))


def mean_of(difference: Callable[[NDArray, NDArray], NDArray]) -> Callable[[NDArray, NDArray], float]:
    """Return the mean over all values of a difference of two images."""
    return lambda first, second: float(np.mean(difference(first, second)))


EXERCISES = {
    "02_memory": Exercise(
        right=100_000 * 96 * 96 * 3 * 4 / 1e9,
        tolerance=0.01,
        mistakes={
            "in_uint8": 100_000 * 96 * 96 * 3 / 1e9,
            "bits": 100_000 * 96 * 96 * 3 * 32 / 1e9,
            "grey": 100_000 * 96 * 96 * 4 / 1e9,
            "binary_gigabytes": 100_000 * 96 * 96 * 3 * 4 / 1024**3,
            "megabytes": 100_000 * 96 * 96 * 3 * 4 / 1e6,
            "bytes": 100_000 * 96 * 96 * 3 * 4,
        },
    ),
    "02_constant_answer": Exercise(
        right=lambda labels: Counter(labels).most_common(1)[0][1] / len(labels),
        cases=[([0] * 5 + [1] * 95,), ([2, 0, 2, 1, 2, 1],), ([3, 3, 0, 1, 3],), ([4, 4],)],
        mistakes={
            "equal_classes": lambda labels: 1 / len(set(labels)),
            "classes_by_number": lambda labels: 1 / (max(labels) + 1),
            "size_of_largest": lambda labels: max(np.bincount(labels)),
            "number_of_largest": lambda labels: Counter(labels).most_common(1)[0][0],
            "first_class": lambda labels: labels.count(labels[0]) / len(labels),
        },
    ),
    "02_file_labels": Exercise(
        right=lambda predictions, labels: accuracy_score(labels, predictions + 1),
        cases=[
            (np.array([3, 8, 8, 0, 6]), np.array([4, 9, 9, 1, 7])),
            (np.array([2, 3, 4, 7]), np.array([2, 4, 5, 10])),
            (np.array([0, 4, 9, 1, 9]), np.array([10, 5, 10, 1, 10])),
        ],
        untouched=share_equal(lambda labels: labels),
        mistakes={
            "further_apart": share_equal(lambda labels: labels + 1),
            "lowest_is_zero": share_equal(lambda labels: labels - labels.min()),
            "counts_wrong_ones": lambda predictions, labels: float(np.mean(predictions != labels)),
            "remainder": share_equal(lambda labels: labels % 10),
        },
    ),
    "02_channels_first": Exercise(
        right=lambda image: torch.from_numpy(image).permute(2, 0, 1).numpy(),
        cases=[(RED,), (PHOTO,), (np.arange(24, dtype=np.uint8).reshape(2, 4, 3),)],
        untouched=lambda image: image.reshape(image.shape[2], *image.shape[:2]),
        mistakes={
            "transposed": lambda image: image.T,
            "divided": lambda image: torch.from_numpy(image).permute(2, 0, 1).numpy() / 255,
            "colours_reversed": lambda image: np.flip(image, axis=2).transpose(2, 0, 1),
        },
    ),
    "02_difference": Exercise(
        right=lambda first, second: (np.maximum(first, second) - np.minimum(first, second)).mean(),
        cases=[(TEN, TWENTY), (TWENTY, TEN), (PHOTO, OTHER), (PHOTO, PHOTO)],
        untouched=mean_of(lambda first, second: np.abs(first - second)),
        mistakes={
            "signed": mean_of(lambda first, second: first.astype(float) - second),
            "int8": mean_of(lambda first, second: np.abs(first.astype(np.int8) - second.astype(np.int8))),
            "uint16": mean_of(lambda first, second: np.abs(first.astype(np.uint16) - second)),
            "means_first": lambda first, second: abs(first.mean() - second.mean()),
            "squared": mean_of(lambda first, second: (first.astype(float) - second) ** 2),
        },
    ),
}
