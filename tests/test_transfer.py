"""Transfer: digits in a photograph's form, shares that do not overlap, a source left alone, its records."""

import json

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from alexnet_lib.experiments.modern_alexnet import SmallAlexNet
from alexnet_lib.experiments.transfer import digits_32, features_of, split_few, starting_network
from alexnet_lib.transforms import CIFAR10_MEAN, CIFAR10_STD, channel_statistics
from run_files import RESULTS
from tiny import assert_equal, cifar10_or_skip
from transfer_run import WAYS, TransferConfig, transfer_logits

SHORT = TransferConfig(epochs=1)


@pytest.fixture(scope="module")
def digits() -> tuple[torch.Tensor, torch.Tensor]:
    return digits_32()


@pytest.fixture
def source() -> nn.Module:
    """A network whose batch normalization has seen something, as it would come from another task."""
    torch.manual_seed(7)
    model = SmallAlexNet()
    model(torch.randn(8, 3, 32, 32))
    return model.eval()


def test_digits_are_enlarged_linearly_and_normalized_as_cifar10_is(digits):
    images, labels = digits
    written = load_digits()
    assert images.shape == (1797, 3, 32, 32) and images.dtype == torch.float32
    np.testing.assert_array_equal(labels, written.target)
    places = (np.arange(32) + 0.5) / 4 - 0.5  # the middle of each new pixel, in old ones
    rows = np.apply_along_axis(lambda line: np.interp(places, np.arange(8), line), 0, written.images[5] / 16)
    grey = np.apply_along_axis(lambda line: np.interp(places, np.arange(8), line), 1, rows)
    for channel in range(3):
        expected = (grey - CIFAR10_MEAN[channel]) / CIFAR10_STD[channel]
        np.testing.assert_allclose(images[5, channel], expected, atol=1e-5)


def test_mean_and_deviation_are_those_of_cifar10():
    mean, std = channel_statistics(cifar10_or_skip(train=True))
    assert mean == pytest.approx(CIFAR10_MEAN, abs=5e-5) and std == pytest.approx(CIFAR10_STD, abs=5e-5)


@pytest.mark.parametrize("train_size", [20, 100])
def test_no_image_is_on_two_sides_and_every_side_has_all_digits_alike(digits, train_size):
    labels = digits[1].numpy()
    train, validation, test = split_few(digits[1], train_size, seed=1)
    assert len(train) == train_size and len(test) == 500
    assert sorted([*train, *validation, *test]) == list(range(1797))
    for side in (train, validation, test):
        shares = np.bincount(labels[side], minlength=10) / len(side)
        assert shares == pytest.approx(np.bincount(labels) / 1797, abs=1.01 / len(side))


def test_a_seed_draws_other_images_to_train_on_and_none_to_test_with(digits):
    first, second = (split_few(digits[1], 50, seed) for seed in (0, 1))
    assert set(first[0]) != set(second[0])
    np.testing.assert_array_equal(first[2], second[2])


def test_features_are_what_the_last_layer_is_given(digits, source):
    given = []
    hook = source.classifier[-1].register_forward_hook(lambda layer, inputs, output: given.append(inputs[0]))
    with torch.no_grad():
        source(digits[0][:4])
    hook.remove()
    assert torch.allclose(features_of(source, digits[0][:4]), given[0], atol=1e-5)


def test_fine_tuning_begins_with_all_that_was_learned_but_for_the_last_layer_and_scratch_with_nothing(source):
    tuned, scratch = (starting_network(way, source, num_classes=7) for way in ("fine_tuned", "scratch"))
    assert tuned.classifier[-1].out_features == scratch.classifier[-1].out_features == 7
    assert_equal(tuned.features.state_dict(), source.features.state_dict())
    assert_equal(tuned.classifier[:-1].state_dict(), source.classifier[:-1].state_dict())
    for one, other in zip(scratch.parameters(), source.parameters(), strict=True):
        if one.dim() > 1 and one.shape == other.shape:
            assert not torch.equal(one, other)


@pytest.mark.parametrize("way", WAYS)
def test_the_source_is_left_as_it_was_running_statistics_included(way, source):
    before = {name: values.clone() for name, values in source.state_dict().items()}
    logits = transfer_logits(way, source, 20, SHORT)
    assert logits.shape == (500, 10) and logits.dtype == torch.float32
    assert_equal(source.state_dict(), before)


def test_pixels_come_to_what_is_recorded_of_them():
    with np.load(RESULTS / "transfer-0.npz") as kept:
        recorded = kept["pixels_20"]
    np.testing.assert_allclose(transfer_logits("pixels", nn.Identity(), 20, SHORT), recorded, atol=0.02)


def test_a_source_that_lets_nothing_through_is_worth_no_more_than_guessing(digits, source):
    for weights in source.features.parameters():
        nn.init.zeros_(weights)
    labels = digits[1][split_few(digits[1], 20)[2]]
    blind = (transfer_logits("frozen", source, 20, SHORT).argmax(dim=1) == labels).double().mean()
    assert blind < 0.2


# --- The records ---


def accuracies(way: str, size: int) -> np.ndarray:
    """Return the test accuracy of each recorded draw, in points."""
    draws = [json.loads(path.read_text("utf-8")) for path in sorted(RESULTS.glob("transfer-*.json"))]
    return np.array([
        100 * (1 - row["top1_error"]) for about in draws for row in about["scores"]
        if (row["way"], row["train_size"]) == (way, size)
    ])  # fmt: skip


def test_fine_tuning_is_ahead_where_images_are_few_and_hardly_where_they_are_many():
    gaps = {size: accuracies("fine_tuned", size) - accuracies("scratch", size) for size in (20, 200)}
    assert len(gaps[20]) == 3 and min(gaps[20]) > 5
    assert max(abs(gaps[200])) < 1


def test_pixels_are_ahead_of_scratch_with_20_images_once_by_a_hair():
    gaps = accuracies("pixels", 20) - accuracies("scratch", 20)
    assert len(gaps) == 3 and 0 < min(gaps) < 1


@pytest.mark.parametrize("size", [20, 50, 100, 200])
def test_frozen_does_worse_than_the_pixels(size):
    assert (accuracies("frozen", size) < accuracies("pixels", size)).all()
