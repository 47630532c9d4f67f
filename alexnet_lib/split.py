"""Validation images, taken from the training set once and for all: the test set chooses nothing."""

import numpy as np
from numpy.typing import NDArray
from torchvision.datasets import VisionDataset

from alexnet_lib.data import take

SHARE = 0.1


def validation_indices(targets: list[int]) -> NDArray[np.int64]:
    """Return the indices of the validation images: a tenth of each class, drawn with seed 0, sorted.

    Of CIFAR-10's training set, 500 images a class; ``book/results/cifar10-split.npy`` holds them.
    """
    labels = np.asarray(targets)
    draw = np.random.default_rng(0)
    chosen = [
        draw.choice(of_class, round(SHARE * len(of_class)), replace=False)
        for of_class in (np.flatnonzero(labels == label) for label in np.unique(labels))
    ]
    return np.sort(np.concatenate(chosen))


def split(train_set: VisionDataset) -> tuple[VisionDataset, VisionDataset]:
    """Return what is left of a training set to train on, and its validation images."""
    held_out = validation_indices(train_set.targets)
    rest = np.setdiff1d(np.arange(len(train_set)), held_out)
    return take(train_set, rest), take(train_set, held_out)
