"""Exercises of chapter 4: data augmentation."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision import transforms
from torchvision.transforms import functional

from alexnet_lib.practice.exercise import Exercise
from alexnet_lib.transforms import Statistics, denormalize, eval_transform, to_pixels, train_transform

MEAN, STD = (0.5, 0.4, 0.3), (0.25, 0.2, 0.15)
COLOURS = np.random.default_rng(0).integers(1, 256, (2, 32, 32, 3), dtype=np.uint8)
PICTURES = [Image.fromarray(colours) for colours in COLOURS]
# Every level of brightness, and a few images.
LEVELS = torch.arange(256).expand(3, 1, -1) / 255
BATCH = torch.from_numpy(COLOURS).movedim(-1, 1) / 255
# The steps of the training transform, by their places; those of the test transform are the last two.
CROP, FLIP, TENSOR, NORMALIZE = range(4)


def with_steps(train: Sequence[int], test: Sequence[int]) -> Callable[..., list[Tensor]]:
    """Return what sends a picture through two chains, each of some steps of the training transform."""

    def prepare(picture: Image.Image, mean: Statistics, std: Statistics) -> list[Tensor]:
        steps = train_transform(mean, std).transforms
        return [transforms.Compose([steps[step] for step in chain])(picture) for chain in (train, test)]

    return prepare


def column(values: Statistics) -> Tensor:
    """Return one number a channel as (3, 1, 1)."""
    return torch.tensor(values).view(3, 1, 1)


def stored(values: Tensor) -> Tensor:
    """Return values as uint8; the fraction is cut off."""
    return values.clamp(0, 255).to(torch.uint8)


EXERCISES = {
    "04_views": Exercise(
        tolerance=0,
        # The places are written down and counted, twice each.
        right=lambda side, padding, window: 2 * np.ones([side + 2 * padding + 1 - window] * 2, int).sum(),
        cases=[(32, 4, 32), (32, 2, 32), (256, 0, 224), (32, 0, 32), (28, 3, 24)],
        mistakes={
            "gaps": lambda side, padding, window: 2 * (side + 2 * padding - window) ** 2,
            "no_mirror": lambda side, padding, window: (side + 2 * padding - window + 1) ** 2,
            "one_side": lambda side, padding, window: 2 * (side + padding - window + 1) ** 2,
            "one_direction": lambda side, padding, window: 2 * (side + 2 * padding - window + 1),
        },
    ),
    "04_border": Exercise(
        right=(np.array([0.6, 0.4, 0.2]) * 255).round(),
        mistakes={
            "zero": [0, 0, 0],
            "fractions": [0.6, 0.4, 0.2],
            "black_normalized": [-2.4, -1.6, -0.8],
            "times_256": [154, 102, 51],
            "no_mean": [64, 64, 64],
        },
    ),
    "04_mirror": Exercise(
        right=functional.hflip,
        cases=[(BATCH,), (BATCH[:, :, :5, :4],), (BATCH[:1, :, :4, :7],)],
        untouched=lambda images: images.flip(2),
        mistakes={
            "images_reversed": lambda images: images.flip(0),
            "colours_reversed": lambda images: images.flip(1),
            "half_turn": lambda images: images.flip((2, 3)),
        },
    ),
    "04_shared_steps": Exercise(
        right=lambda picture, mean, std: (
            train_transform(mean, std)(picture),
            eval_transform(mean, std)(picture),
        ),
        cases=[(picture, MEAN, STD) for picture in PICTURES],
        untouched=with_steps(range(4), range(4)),
        mistakes={
            "no_augmentation": with_steps([TENSOR, NORMALIZE], [TENSOR, NORMALIZE]),
            "not_normalized": with_steps(range(4), [TENSOR]),
            "padded_last": with_steps([TENSOR, NORMALIZE, CROP, FLIP], [TENSOR, NORMALIZE]),
            "other_order": with_steps([FLIP, CROP, TENSOR, NORMALIZE], [TENSOR, NORMALIZE]),
        },
    ),
    "04_to_picture": Exercise(
        right=lambda images, mean, std: torch.from_numpy(to_pixels(denormalize(images, mean, std))).movedim(
            -1, -3
        ),
        cases=[((images - column(MEAN)) / column(STD), MEAN, STD) for images in (LEVELS, BATCH)],
        tolerance=0,
        untouched=lambda images, mean, std: stored((images + column(mean)) * column(std) * 255),
        mistakes={
            "not_rounded": lambda images, mean, std: stored(denormalize(images, mean, std) * 255),
            "other_order": lambda images, mean, std: (
                stored(((images + column(mean)) * column(std) * 255).round())
            ),
            "mean_and_std_exchanged": lambda images, mean, std: (
                stored(((images * column(mean) + column(std)) * 255).round())
            ),
            "brackets": lambda images, mean, std: stored(images * column(std) + column(mean) * 255),
            "no_255": lambda images, mean, std: stored(denormalize(images, mean, std).round()),
        },
    ),
}
