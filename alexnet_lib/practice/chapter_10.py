"""Exercises of chapter 10: recipes, and how two trainings are compared."""

import math

import numpy as np
import torch
from scipy.stats import binomtest
from torch import Tensor
from torch.nn.functional import cross_entropy

from alexnet_lib.practice.exercise import Exercise

# --- A schedule ---


def falling(peak: float, shares: list[float]) -> list[float]:
    """Return the rate of each step, by the share of the training that is over by then."""
    return [peak * (1 - share) for share in shares]


# --- The loss with label smoothing ---


def smoothed_loss(probability: Tensor) -> Tensor:
    """Return the loss of each probability of the true class; nine others share the rest."""
    others = ((1 - probability) / 9).repeat(9, 1)
    logits = torch.cat([probability[None], others]).T.log()
    target = torch.zeros(len(probability), dtype=torch.long)
    return cross_entropy(logits, target, reduction="none", label_smoothing=0.1)


PROBABILITIES = torch.arange(1, 1000, dtype=torch.float64) / 1000


EXERCISES = {
    "10_schedule": Exercise(
        right=lambda peak, epochs, steps: torch.linspace(peak, 0, epochs * steps + 1)[:-1].tolist(),
        cases=[(0.1, 3, 4), (1.0, 2, 5), (0.04, 4, 2)],
        untouched=lambda peak, epochs, steps: falling(
            peak, [i // steps / (epochs * steps) for i in range(epochs * steps)]
        ),
        mistakes={
            "staircase": lambda peak, epochs, steps: falling(
                peak, [i // steps / epochs for i in range(epochs * steps)]
            ),
            "by_epoch": lambda peak, epochs, steps: falling(
                peak, [i / epochs for i in range(epochs * steps)]
            ),
            "twice_at_epochs": lambda peak, epochs, steps: falling(
                peak, [(i + i // steps) / (epochs * steps) for i in range(epochs * steps)]
            ),
            "begins_low": lambda peak, epochs, steps: falling(
                peak, [(i + 1) / (epochs * steps) for i in range(epochs * steps)]
            ),
        },
    ),
    "10_smoothing": Exercise(
        right=float(PROBABILITIES[smoothed_loss(PROBABILITIES).argmin()]),
        mistakes={
            "nine_tenths": 0.9,
            "unsmoothed": 1,
            "nine_share": 0.9 + 0.1 / 9,
            "nearly_one": 0.99,
            "of_another_class": 0.01,
        },
        tolerance=1e-4,
    ),
    # The first step of Adam is as long as the learning rate.
    "10_decay": Exercise(
        right=lambda value, gradient, rate, decay: value * (1 - rate * decay) - rate * np.sign(gradient),
        # To shrink after the step, and not before it, keeps the two apart as well.
        also_right=[
            lambda value, gradient, rate, decay: (value - rate * np.sign(gradient)) * (1 - rate * decay)
        ],
        cases=[(1.0, 0.0, 0.1, 0.5), (-2.0, 0.0, 0.1, 0.2), (4.0, -3.0, 0.2, 0.5), (0.5, 0.01, 0.1, 2.0)],
        untouched=lambda value, gradient, rate, decay: value - rate * np.sign(gradient + decay * value),
        mistakes={
            "none": lambda value, gradient, rate, decay: value - rate * np.sign(gradient),
            "no_rate": lambda value, gradient, rate, decay: value * (1 - decay) - rate * np.sign(gradient),
            "sgd": lambda value, gradient, rate, decay: value - rate * (gradient + decay * value),
            "grows": lambda value, gradient, rate, decay: (
                value * (1 + rate * decay) - rate * np.sign(gradient)
            ),
        },
    ),
    "10_mcnemar": Exercise(
        right=float(binomtest(3, 12).pvalue),
        mistakes={
            "one_sided": float(binomtest(3, 12, alternative="less").pvalue),
            "exactly_3": math.comb(12, 3) / 2**12,
            "exactly_3_twice": 2 * math.comb(12, 3) / 2**12,
            "without_3": 2 * sum(math.comb(12, k) for k in range(3)) / 2**12,
            "share": 3 / 12,
        },
        tolerance=5e-3,
    ),
}
