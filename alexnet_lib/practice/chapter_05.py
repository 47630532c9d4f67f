"""Exercises of chapter 5: batches, their order, and their random numbers."""

import math
import random
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from alexnet_lib.practice.exercise import Exercise

# Small images, each pixel of which tells the image's number.
IMAGES = [torch.full((3, 2, 2), float(number)) for number in range(30)]
LABELS = [number * 7 % 10 for number in range(30)]
LABELLED = list(zip(IMAGES, LABELS, strict=True))


def all_right(images: Tensor) -> Tensor:
    """Return the right label of each image: a model that makes no mistake."""
    return images[:, 0, 0, 0].long() * 7 % 10


def last_wrong(images: Tensor) -> Tensor:
    """Return the right label of each image but the last two: a model that makes two mistakes."""
    return torch.where(images[:, 0, 0, 0] < 28, all_right(images), 10)


def always_seven(images: Tensor) -> Tensor:
    """Return 7 for each image."""
    return torch.full((len(images),), 7)


Labelled = Sequence[tuple[Tensor, int]]
Model = Callable[[Tensor], Tensor]


def shuffled_predictions(dataset: Labelled, model: Model, shuffle_labels: bool = False) -> float:
    """Compare predictions in a shuffled order with labels in that of the dataset, or in one drawn anew."""
    predictions = torch.cat([model(images) for images, _ in DataLoader(dataset, 8, shuffle=True)])
    labels = torch.cat([labels for _, labels in DataLoader(dataset, 8, shuffle=shuffle_labels)])
    return (predictions == labels).float().mean().item()


def mean_of_batches(dataset: Labelled, model: Model, drop_last: bool = False) -> float:
    """Average the accuracies of the batches, whatever their sizes."""
    loader = DataLoader(dataset, batch_size=8, drop_last=drop_last)
    return float(np.mean([(model(images) == labels).float().mean().item() for images, labels in loader]))


def epochs(
    dataset: Sequence[int], *generators: torch.Generator | None, shuffle: bool = True
) -> list[list[int]]:
    """Return the order of an epoch with each of the generators."""
    loaders = [DataLoader(dataset, 4, shuffle=shuffle, generator=generator) for generator in generators]
    return [torch.cat(list(loader)).tolist() for loader in loaders]


def seeded(seed: int) -> torch.Generator:
    """Return a generator of random numbers that begins at a seed."""
    return torch.Generator().manual_seed(seed)


def seeded_once_for_all(dataset: Sequence[int], seed: int) -> list[list[int]]:
    """Seed the random numbers that the whole program shares."""
    torch.manual_seed(seed)
    return epochs(dataset, None, None)


def shared_numbers() -> tuple[object, ...]:
    """Return the states of the random numbers that the whole program shares; PyTorch's by its seed alone."""
    return torch.initial_seed(), random.getstate(), np.random.get_state()[1].tolist()


def habits(two_epochs: Callable[..., list[list[int]]], dataset: Sequence[int], seed: int) -> list[bool]:
    """Tell what there is to tell of an order, whichever generator draws it.

    Whether the epochs are whole; differ; come again with the same seed; are others with the next one, either
    way; and whether the random numbers of the whole program are left alone.
    """
    before = shared_numbers()
    orders, again, others = (
        [[int(number) for number in order] for order in two_epochs(dataset, used)]
        for used in (seed, seed, seed + 1)
    )
    return [
        all(sorted(order) == dataset for order in orders),
        orders[0] != orders[1],
        orders == again,
        orders[0] != others[0],
        orders[1] != others[0],
        orders != again or shared_numbers() == before,
    ]


EXERCISES = {
    "05_last_batch": Exercise(
        right=lambda count, size: (
            len(loader := DataLoader(range(count), size)),
            len(list(loader.batch_sampler)[-1]),
        ),
        cases=[(50_000, 128), (50_000, 100), (10_000, 64), (5, 8)],
        mistakes={
            "only_full_ones": lambda count, size: (count // size, count % size),
            "one_too_many": lambda count, size: (count // size + 1, count % size),
            "rest_of_zero": lambda count, size: (math.ceil(count / size), count % size),
            "dropped": lambda count, size: (count // size, size),
        },
    ),
    "05_batches": Exercise(
        right=lambda images, size: list(torch.stack(list(images)).split(size)),
        cases=[(IMAGES[:10], 4), (IMAGES[:6], 3), (IMAGES[:2], 5)],
        mistakes={
            "rest_dropped": lambda images, size: [
                torch.stack(images[i * size : (i + 1) * size]) for i in range(len(images) // size)
            ],
            "filled_up": lambda images, size: [
                torch.stack([images[(i + j) % len(images)] for j in range(size)])
                for i in range(0, len(images), size)
            ],
            "overlapping": lambda images, size: [
                torch.stack(images[i : i + size]) for i in range(len(images))
            ],
            "lists": lambda images, size: [images[i : i + size] for i in range(0, len(images), size)],
            "first_only": lambda images, size: [torch.stack(images[:size])],
            "joined_channels": lambda images, size: [
                torch.cat(images[i : i + size]) for i in range(0, len(images), size)
            ],
        },
    ),
    "05_shuffled_test": Exercise(
        right=lambda dataset, model: (
            sum(int(model(image[None])) == label for image, label in dataset) / len(dataset)
        ),
        cases=[(LABELLED, all_right), (LABELLED, last_wrong), (LABELLED[:21], always_seven)],
        untouched=shuffled_predictions,
        mistakes={
            "two_passes": lambda dataset, model: shuffled_predictions(dataset, model, shuffle_labels=True),
            "mean_of_batches": mean_of_batches,
            "rest_dropped": lambda dataset, model: mean_of_batches(dataset, model, drop_last=True),
        },
    ),
    "05_same_order": Exercise(
        right=lambda dataset, seed: epochs(dataset, *[seeded(seed)] * 2),
        compared=habits,
        cases=[(list(range(12)), 7)],
        untouched=lambda dataset, seed: epochs(dataset, seeded(seed), seeded(seed)),
        mistakes={
            "next_seed": lambda dataset, seed: epochs(dataset, seeded(seed), seeded(seed + 1)),
            "no_seed": lambda dataset, seed: epochs(dataset, None, None),
            "fixed_seeds": lambda dataset, seed: epochs(dataset, seeded(1), seeded(2)),
            "shared_numbers": seeded_once_for_all,
            "not_shuffled": lambda dataset, seed: epochs(dataset, None, None, shuffle=False),
        },
    ),
}
