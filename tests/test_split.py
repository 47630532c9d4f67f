"""The validation images: a tenth of each class, always the same, and never trained on."""

from pathlib import Path

import numpy as np
import pytest

from alexnet_lib.data import load_dataset, split, validation_indices
from alexnet_lib.language import BookError
from tiny import TinyImages

FILE = Path(__file__).parents[1] / "book/results/cifar10-split.npy"


def test_a_tenth_of_each_class_is_held_out():
    train_set = TinyImages(400)
    rest, held_out = split(train_set)
    assert len(rest) == 360 and len(held_out) == 40
    assert np.bincount(held_out.targets).tolist() == [4] * 10
    indices = validation_indices(train_set.targets)
    np.testing.assert_array_equal(held_out.data, train_set.data[indices])
    assert held_out.targets == [train_set.targets[index] for index in indices]
    # No image is in both parts, and none is lost.
    together = np.concatenate([rest.data, held_out.data]).reshape(400, -1)
    np.testing.assert_array_equal(
        np.unique(together, axis=0), np.unique(train_set.data.reshape(400, -1), axis=0)
    )
    assert held_out.train


def test_the_same_images_are_held_out_whatever_was_drawn_before():
    targets = TinyImages(400).targets
    first = validation_indices(targets)
    np.random.default_rng(0).random(10)
    np.random.seed(3)
    np.testing.assert_array_equal(validation_indices(targets), first)


@pytest.mark.skipif(not FILE.is_file(), reason="make runs writes the split with the first run that uses it")
def test_the_split_that_is_kept_names_5000_of_the_training_images():
    kept = np.load(FILE, allow_pickle=False)
    assert kept.shape == (5_000,) and len(np.unique(kept)) == 5_000
    assert kept.min() >= 0 and kept.max() < 50_000 and (np.diff(kept) > 0).all()


def test_the_split_that_is_kept_is_the_one_that_is_drawn():
    """NumPy does not promise that a generator draws the same for ever; the records rest on it."""
    try:
        training = load_dataset("cifar10", train=True, download=False)
    except BookError:
        pytest.skip("CIFAR-10 is not on this machine")
    kept = np.load(FILE, allow_pickle=False)
    assert validation_indices(training.targets).tolist() == kept.tolist()
