"""Exercises of chapter 13: the paper, its code, and PyTorch."""

import math
from collections.abc import Callable

import torch
from torch.nn import functional

from alexnet_lib.experiments.paper_code import momentum_step
from alexnet_lib.practice.exercise import Exercise


def pooled_side(side: int, kernel: int, stride: int) -> int:
    """Let PyTorch count the windows, the last of which may hang over the edge."""
    return functional.max_pool2d(torch.zeros(1, 1, side, side), kernel, stride, ceil_mode=True).shape[-1]


def path_of_2012(gradients: list[float], rates: list[float]) -> float:
    """Follow the formula of the paper, without weight decay."""
    weight, velocity = torch.zeros(1), torch.zeros(1)
    for gradient, rate in zip(gradients, rates, strict=True):
        weight, velocity = momentum_step(weight, velocity, torch.tensor([gradient]), rate, weight_decay=0)
    return weight.item()


def path(factors: Callable[[float], tuple[float, float, float]]) -> Callable[..., float]:
    """Return what follows another momentum.

    ``factors`` says for a learning rate by what the old velocity, the gradient and the new velocity count.
    """

    def end(gradients: list[float], rates: list[float]) -> float:
        weight, velocity = 0.0, 0.0
        for gradient, rate in zip(gradients, rates, strict=True):
            kept, gained, moved = factors(rate)
            velocity = kept * velocity + gained * gradient
            weight -= moved * velocity
        return weight

    return end


EXERCISES = {
    "13_output_size": Exercise(
        right=pooled_side,
        cases=[(224, 11, 4), (227, 11, 4), (55, 3, 2), (32, 5, 2), (13, 3, 2)],
        mistakes={
            "rounded_down": lambda side, kernel, stride: 1 + (side - kernel) // stride,
            "moves": lambda side, kernel, stride: math.ceil((side - kernel) / stride),
            "no_window": lambda side, kernel, stride: math.ceil(side / stride),
        },
    ),
    "13_printed_alpha": Exercise(
        right=math.exp(math.log(0.001) - math.log(9)),
        tolerance=0.02,
        mistakes={
            "copied": 0.001,
            "multiplied": 0.009,
            "papers_window": 0.001 / 5,
        },
    ),
    "13_momentum": Exercise(
        right=path_of_2012,
        cases=[
            ([1.0] * 6, [0.1] * 6),
            ([1.0] * 6, [0.1] * 3 + [0.01] * 3),
            ([1.0, -2.0, 0.5, 0.0, 0.0], [0.1, 0.1, 0.01, 0.01, 0.001]),
        ],
        untouched=path(lambda rate: (0.9, 1, rate)),
        mistakes={
            "rate_twice": path(lambda rate: (0.9, rate, rate)),
            "old_velocity_too": path(lambda rate: (0.9 * rate, rate, 1)),
            "uphill": path(lambda rate: (0.9, -rate, 1)),
        },
    ),
    "13_rate_factor": Exercise(
        right=1 / 4,
        mistakes={
            "half": 1 / 2,
            "unchanged": 1,
            "double": 2,
            "fourfold": 4,
        },
    ),
}
