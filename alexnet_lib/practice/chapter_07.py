"""Exercises of chapter 7: the training loop."""

import math

import numpy as np
import torch
from torch import nn

from alexnet_lib.practice.exercise import Exercise


def overshooting(start: float, learning_rate: float, steps: int) -> float:
    """Descend to the minimum of (w - 3)² with gradients that are never cleared."""
    weight, gradient = start, 0.0
    for _ in range(steps):
        gradient += 2 * (weight - 3)
        weight -= learning_rate * gradient
    return weight


def late(start: float, learning_rate: float, steps: int) -> float:
    """Descend to the minimum of (w - 3)², each step by the gradient of the step before."""
    weight, gradient = start, 0.0
    for _ in range(steps):
        weight, gradient = weight - learning_rate * gradient, 2 * (weight - 3)
    return weight


def linear(weight: float) -> nn.Linear:
    """Return a layer with one weight."""
    layer = nn.Linear(1, 1, bias=False)
    nn.init.constant_(layer.weight, weight)
    return layer


EXERCISES = {
    "07_mean_loss": Exercise(
        right=lambda losses, sizes: float(np.average(losses, weights=sizes)),
        cases=[([1.0, 1.0, 10.0], [4, 4, 1]), ([0.5, 2.0], [128, 80]), ([3.0], [7])],
        untouched=lambda losses, sizes: sum(losses) / len(losses),
        mistakes={
            "sum_of_means": lambda losses, sizes: sum(losses) / sum(sizes),
            "sum": lambda losses, sizes: sum(loss * size for loss, size in zip(losses, sizes, strict=True)),
        },
    ),
    "07_cross_entropy": Exercise(
        right=2 * math.log(2),
        mistakes={
            "sum": 6 * math.log(2),
            "log_of_mean": -math.log((1 / 2 + 1 / 4 + 1 / 8) / 3),
            "base_10": 2 * math.log10(2),
            "base_2": 2,
            "negative": -2 * math.log(2),
        },
        tolerance=5e-3,
    ),
    "07_overshoot": Exercise(
        right=lambda start, learning_rate, steps: 3 + (start - 3) * (1 - 2 * learning_rate) ** steps,
        cases=[(0.0, 0.1, 5), (10.0, 0.2, 4), (-2.0, 0.05, 10), (4.0, 0.25, 1)],
        untouched=overshooting,
        mistakes={
            "smaller_rate": lambda start, learning_rate, steps: (
                overshooting(start, learning_rate / 10, steps)
            ),
            "cleared_too_early": lambda start, learning_rate, steps: start,
            "one_step_late": late,
        },
    ),
    "07_softmax_twice": Exercise(
        right=float(torch.logsumexp(torch.tensor([1.0] + 9 * [0.0]), dim=0)) - 1,
        mistakes={
            "zero": 0,
            "untrained": math.log(10),
            "denominator": math.log(math.e + 9),
            "negative": math.log(math.e / (math.e + 9)),
            "ten_others": math.log(1 + 10 / math.e),
            "probability": math.e / (math.e + 9),
        },
    ),
    "07_best_weight": Exercise(
        right=lambda model, losses: model.weight.detach() + int(np.argmin(losses)) + 1,
        cases=[
            (linear(0.0), [0.9, 0.5, 0.7]),
            (linear(2.5), [0.3, 0.4, 0.6, 0.8]),
            (linear(-1.0), [0.9, 0.8, 0.2, 0.5, 0.4]),
        ],
        untouched=lambda model, losses: model.weight.detach() + len(losses),
        mistakes={
            "epoch_before": lambda model, losses: model.weight.detach() + int(np.argmin(losses)),
            "first_epoch": lambda model, losses: model.weight.detach() + 1,
        },
    ),
}
