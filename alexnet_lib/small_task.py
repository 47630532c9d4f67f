"""A task with few images: ten classes of CIFAR-100 where it is at hand, else drawn shapes."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from torchvision.datasets import VisionDataset

from alexnet_lib.checks import seed as check_seed
from alexnet_lib.checks import whole_number
from alexnet_lib.data import load_dataset, take
from alexnet_lib.errors import BookError
from alexnet_lib.progress import tell
from alexnet_lib.report import say

# Ten things of CIFAR-100 that CIFAR-10 does not hold; chosen for variety, before any training.
TASK_CLASSES = (
    "apple", "bicycle", "bottle", "castle", "chair",
    "mountain", "mushroom", "sunflower", "telephone", "turtle",
)


def small_task(
    transform: Callable, download: bool = False, root: str | Path | None = None
) -> tuple[VisionDataset, VisionDataset]:
    """Return training and test images of ten classes of CIFAR-100, else shapes10, and say which.

    Parameters
    ----------
    transform
        What the source network was trained with, less the augmentation.
    download
        Whether CIFAR-100 may be fetched where it is not on disk.
    root
        See ``data_root``.
    """
    try:
        splits = [load_dataset("cifar100", root, train, transform, download) for train in (True, False)]
    except BookError as error:
        if error.name != "data_missing":
            tell(str(error))
        say("transfer.shapes10")
        return tuple(load_dataset("shapes10", train=train, transform=transform) for train in (True, False))
    say("transfer.cifar100", classes=", ".join(TASK_CLASSES))
    return tuple(choose_classes(split, TASK_CLASSES) for split in splits)


def choose_classes(dataset: VisionDataset, names: Sequence[str]) -> VisionDataset:
    """Return the images of the named classes, numbered from 0 in the order of the names."""
    numbers = {dataset.classes.index(name): number for number, name in enumerate(names)}
    part = take(dataset, [index for index, target in enumerate(dataset.targets) if target in numbers])
    part.targets = [numbers[target] for target in part.targets]
    part.classes = list(names)
    return part


def draw_per_class(dataset: VisionDataset, count: int, seed: int) -> VisionDataset:
    """Return ``count`` images of each class, drawn at random, the classes taking turns.

    Raises
    ------
    BookError
        If a class has fewer.
    """
    rng = np.random.default_rng(check_seed("seed", seed))
    targets = np.asarray(dataset.targets)
    fewest = np.bincount(targets, minlength=len(dataset.classes)).min()
    count = whole_number("count", count, high=fewest)
    drawn = [
        rng.permutation(np.flatnonzero(targets == number))[:count] for number in range(len(dataset.classes))
    ]
    return take(dataset, np.stack(drawn, axis=1).ravel())
