"""Exercises of chapter 12: local response normalization, its unit, its neighbours."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from alexnet_lib.practice.exercise import Exercise, numbers

PLACE = torch.tensor([2.0, 1.0, 3.0, 5.0, 4.0])


def along(dimension: int) -> Callable[[Tensor, int, float, float], Tensor]:
    """Return an LRN whose neighbours stand along a dimension; PyTorch's has them along the maps, 1."""

    def normalized(maps: Tensor, n: int, alpha: float, beta: float) -> Tensor:
        moved = maps.transpose(1, dimension)
        return functional.local_response_norm(moved, n, alpha, beta, k=1).transpose(1, dimension)

    return normalized


EXERCISES = {
    "12_one_place": Exercise(
        right=functional.local_response_norm(PLACE.view(1, 5, 1, 1), 3, alpha=3, beta=0.5, k=1)[0, 2].item(),
        mistakes={
            "alpha_undivided": 3 / (1 + 3 * 35) ** 0.5,
            "all_maps": 3 / (1 + 55) ** 0.5,
            "without_itself": 3 / (1 + 26) ** 0.5,
            "not_squared": 3 / (1 + 9) ** 0.5,
            "no_exponent": 3 / (1 + 35),
        },
    ),
    "12_either_or": Exercise(
        right=lambda weights, alpha, s: (weights.mul(s), alpha),
        also_right=[lambda weights, alpha, s: (weights, alpha * s * s)],
        cases=[(torch.tensor([[0.5, -0.2]]), 0.001, 64), (torch.tensor([1.0, 3.0, -2.0]), 0.02, 255)],
        untouched=lambda weights, alpha, s: (s * weights, s**2 * alpha),
        mistakes={
            "neither": lambda weights, alpha, s: (weights, alpha),
            "not_squared": lambda weights, alpha, s: (weights, s * alpha),
            "alpha_divided": lambda weights, alpha, s: (weights, alpha / s**2),
            "weights_divided": lambda weights, alpha, s: (weights / s, alpha),
        },
    ),
    "12_untied": Exercise(
        # At each place a convolution of its own.
        right=6 * 6 * sum(parameter.numel() for parameter in nn.Conv2d(64, 32, 3).parameters()),
        tolerance=1e-6,
        mistakes={
            "shared": 32 * (9 * 64 + 1),
            "no_biases": 36 * 32 * 9 * 64,
            "bias_per_map": 36 * 32 * 9 * 64 + 32,
            "one_map": 36 * 32 * (9 + 1),
            "unpadded": 16 * 32 * (9 * 64 + 1),
        },
    ),
    "12_neighbours": Exercise(
        right=along(1),
        cases=[
            (3 * numbers(2, 7, 4, 5), 3, 0.5, 0.75),
            (3 * numbers(1, 6, 5, 5), 5, 1.0, 0.5),
        ],
        untouched=along(3),
        mistakes={
            "rows": along(2),
            "all_maps": lambda maps, n, alpha, beta: (
                maps / (1 + alpha / n * maps.square().sum(dim=1, keepdim=True)) ** beta
            ),
        },
    ),
}
