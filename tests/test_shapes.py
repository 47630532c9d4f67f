"""shapes10 is the same for everyone, balanced, and its two parts share no image."""

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import transforms

from alexnet_lib.runs import TrainingConfig, fit_or_load
from alexnet_lib.shapes import Shapes10
from languages import SOURCE
from notebook_files import ROOT, read
from notebook_parameters import quick_values


@pytest.fixture(scope="module")
def test() -> Shapes10:
    return Shapes10(train=False)


def test_it_holds_ten_thousand_training_and_two_thousand_test_images_mixed_and_all_different(test):
    training = Shapes10(train=True)
    for dataset, count in ((training, 10_000), (test, 2_000)):
        assert len(dataset) == count
        assert dataset.data.shape == (count, 32, 32, 3) and dataset.data.dtype == np.uint8
        assert len(dataset.targets) == count and all(type(target) is int for target in dataset.targets)
        assert np.bincount(dataset.targets).tolist() == [count // 10] * 10
        assert len(set(dataset.targets[:100])) == 10  # the first stand for all: TRAIN_SIZE takes them
    assert training.train and not test.train
    assert len({image.tobytes() for dataset in (training, test) for image in dataset.data}) == 12_000


def test_it_is_drawn_the_same_each_time_whatever_the_random_state_and_transformed_where_asked(test):
    image, label = test[7]
    assert isinstance(image, Image.Image) and image.size == (32, 32) and label == test.targets[7]
    np.testing.assert_array_equal(np.asarray(image), test.data[7])
    np.random.seed(1)
    torch.manual_seed(1)
    again = Shapes10(train=False, transform=transforms.ToTensor())
    np.testing.assert_array_equal(again.data, test.data)
    assert again.targets == test.targets
    tensor, label = again[7]
    np.testing.assert_array_equal((tensor * 255).round().movedim(0, -1).numpy(), test.data[7])
    assert label == test.targets[7]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_quick_training_of_chapter_7_finds_it_neither_trivial_nor_hopeless(seed):
    quick = quick_values(read(ROOT / f"notebooks/{SOURCE.code}/07_training.ipynb"))
    fields = ("train_size", "test_size", "epochs", "batch_size")
    settings = {field: quick[field.upper()] for field in fields}
    run = fit_or_load(TrainingConfig(dataset="shapes10", seed=seed, **settings))
    assert 0.60 <= run.history[-1]["test_accuracy"] <= 0.99
