"""Exercises of chapter 14: what people answer, and what networks do."""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import special, stats

from alexnet_lib.practice.exercise import Exercise


def entropy_without_zeros(shares: NDArray[np.float64]) -> float:
    """Take the logarithm of zero, too."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(-(shares * np.log(shares)).sum())


SHARES = np.array([[0.6, 0.4, 0.0], [0.1, 0.2, 0.7], [0.3, 0.5, 0.2], [1.0, 0.0, 0.0]])
LOGITS = torch.tensor([[2.0, 0.0, -1.0], [0.5, 0.5, 3.0]])

EXERCISES = {
    "14_entropy": Exercise(
        right=stats.entropy,
        cases=[(np.full(10, 0.1),), (np.array([0.5, 0.25, 0.25]),), (np.array([1.0, 0.0, 0.0]),)],
        mistakes={
            "zero_shares": entropy_without_zeros,
            "bits": lambda shares: stats.entropy(shares, base=2),
            "negative": lambda shares: -stats.entropy(shares),
        },
    ),
    "14_one_person": Exercise(
        right=lambda distribution, labels: np.take_along_axis(distribution, labels[:, None], axis=1).mean(),
        cases=[(SHARES, np.array([0, 2, 0, 0])), (SHARES, np.array([1, 0, 1, 0]))],
        untouched=lambda distribution, labels: float((distribution.argmax(axis=1) == labels).mean()),
        mistakes={
            "most_frequent": lambda distribution, labels: float(distribution.max(axis=1).mean()),
            "others_labels": lambda distribution, labels: float(distribution[:, labels].mean()),
            "all_classes": lambda distribution, labels: float(distribution.mean()),
        },
    ),
    "14_temperature": Exercise(
        right=lambda logits, temperature: special.softmax(logits.numpy() / temperature, axis=1),
        cases=[(LOGITS, 1.0), (LOGITS, 2.0), (LOGITS, 0.5)],
        untouched=lambda logits, temperature: logits.softmax(dim=1) / temperature,
        mistakes={
            "no_temperature": lambda logits, temperature: logits.softmax(dim=1),
            "multiplied": lambda logits, temperature: (logits * temperature).softmax(dim=1),
            "other_axis": lambda logits, temperature: (logits / temperature).softmax(dim=0),
        },
    ),
    "14_rescoring": Exercise(
        right=2 * 80 / 10_000 * 100,
        mistakes={
            "one_network": 0.8,
            "images": 160,
        },
    ),
}
