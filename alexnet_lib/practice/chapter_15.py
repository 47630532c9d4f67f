"""Exercises of chapter 15: what a map costs to make, what is nearest, and two functions that are wrong."""

import numpy as np
import torch
from torch import Tensor

from alexnet_lib.practice.exercise import Exercise, numbers


def covered_at_left(image: Tensor, size: int) -> Tensor:
    """Paint the squares with NumPy, each on a copy of its own."""
    copies = np.repeat(image.numpy()[None], -(-image.shape[1] // size), axis=0)
    for place, copy in enumerate(copies):
        copy[:, place * size : (place + 1) * size, :size] = 0.5
    return torch.from_numpy(copies)


def adding_up(image: Tensor, size: int) -> Tensor:
    """Leave each square where it was when the next one is covered."""
    copies = covered_at_left(image, size)
    for place in range(1, len(copies)):
        copies[place, :, : place * size, :size] = 0.5
    return copies


def last_alone(image: Tensor, size: int) -> Tensor:
    """Stack one tensor again and again: every image is the last."""
    copies = adding_up(image, size)
    return copies[-1:].repeat(len(copies), 1, 1, 1)


def step(pixels: Tensor, gradient: Tensor, size: float, low: float = 0, high: float = 1) -> Tensor:
    """Move every value by the same size, against or along the gradient, and keep it between two values."""
    moved = pixels.numpy() + size * np.sign(gradient.numpy())
    return torch.from_numpy(np.clip(moved, low, high))


FEATURES = numbers(30, 8) * torch.linspace(0.2, 3, 30)[:, None]
PIXELS = torch.rand((3, 4, 4), generator=torch.Generator().manual_seed(1))

EXERCISES = {
    "15_passes": Exercise(
        right=50,
        mistakes={
            "no_uncovered": 49,
            "eight_places": 65,
            "eight_and_no_uncovered": 64,
            "side_by_side": 17,
            "one_direction": 8,
        },
    ),
    "15_neighbour": Exercise(
        right=lambda features, wanted: torch.cdist(wanted[None], features)[0].argmin().item(),
        cases=[
            *((FEATURES, wanted) for wanted in (FEATURES[20] + 0.1, FEATURES[3] - 0.05, FEATURES[29] / 2)),
            (torch.tensor([[3.0, 0.0], [2.0, 2.0]]), torch.tensor([0.0, 0.0])),
        ],
        mistakes={
            "inner_product": lambda features, wanted: (features @ wanted).argmax().item(),
            "manhattan": lambda features, wanted: (features - wanted).abs().sum(dim=1).argmin().item(),
            "furthest": lambda features, wanted: torch.cdist(wanted[None], features)[0].argmax().item(),
            "cancelling": lambda features, wanted: (features - wanted).sum(dim=1).abs().argmin().item(),
            "cosine": lambda features, wanted: (
                torch.nn.functional.cosine_similarity(features, wanted[None]).argmax().item()
            ),
        },
    ),
    "15_covers": Exercise(
        right=covered_at_left,
        cases=[(PIXELS, 2), (PIXELS, 1), (numbers(3, 8, 8), 4)],
        untouched=adding_up,
        mistakes={
            "one_tensor": last_alone,
            "first_only": lambda image, size: covered_at_left(image, size)[:1],
            "uncovered": lambda image, size: image[None].repeat(-(-image.shape[1] // size), 1, 1, 1),
        },
    ),
    "15_attack": Exercise(
        right=lambda pixels, gradient, levels: step(pixels, gradient, levels / 255),
        cases=[(PIXELS, sign * numbers(3, 4, 4), levels) for sign, levels in ((1, 8), (-1, 40), (1, 90))],
        untouched=lambda pixels, gradient, levels: step(pixels, gradient, -levels / 255),
        mistakes={
            "levels": lambda pixels, gradient, levels: step(pixels, gradient, levels),
            "unclamped": lambda pixels, gradient, levels: (
                step(pixels, gradient, levels / 255, -np.inf, np.inf)
            ),
            "gradient_itself": lambda pixels, gradient, levels: (
                (pixels + levels / 255 * gradient).clamp(0, 1)
            ),
        },
    ),
}
