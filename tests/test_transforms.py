"""Statistics, augmentation and the way back to pixels, against numpy, torchvision and by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor
from torchvision import transforms
from torchvision.transforms import functional

from alexnet_lib.transforms import (
    channel_statistics,
    denormalize,
    eval_transform,
    to_pixels,
    train_transform,
)

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


def pictures(seed: int, count: int = 30, low: int = 0, high: int = 256) -> SimpleNamespace:
    """Return a data set whose images differ in brightness, as photographs do."""
    rng = np.random.default_rng(seed)
    brightness = rng.integers(0, 100, (count, 1, 1, 3))
    pixels = rng.integers(low, high, (count, 8, 8, 3)) // 2 + brightness
    return SimpleNamespace(data=pixels.astype(np.uint8))


TRAINING, TEST = pictures(0), pictures(1, count=10, high=200)


def assert_are_the_training_statistics(mean: tuple, std: tuple) -> None:
    pixels = TRAINING.data.astype(np.float64) / 255
    np.testing.assert_allclose(mean, pixels.mean(axis=(0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(std, pixels.std(axis=(0, 1, 2)), rtol=1e-12)


def test_statistics_are_numpys_over_all_pixels():
    mean, std = channel_statistics(TRAINING)
    assert_are_the_training_statistics(mean, std)
    assert all(type(value) is float for value in mean + std) and len(mean) == len(std) == 3


def mean_of_std_by_image(dataset: SimpleNamespace) -> tuple:
    pixels = dataset.data / 255
    return pixels.mean(axis=(0, 1, 2)), pixels.std(axis=(1, 2)).mean(axis=0)


def unbiased(dataset: SimpleNamespace) -> tuple:
    pixels = dataset.data / 255
    return pixels.mean(axis=(0, 1, 2)), pixels.std(axis=(0, 1, 2), ddof=1)


def of_training_and_test(dataset: SimpleNamespace) -> tuple:
    return channel_statistics(SimpleNamespace(data=np.concatenate([dataset.data, TEST.data])))


def unscaled(dataset: SimpleNamespace) -> tuple:
    return dataset.data.mean(axis=(0, 1, 2)), dataset.data.std(axis=(0, 1, 2))


@pytest.mark.parametrize(
    "broken",
    [lambda _: channel_statistics(TEST), mean_of_std_by_image, unbiased, of_training_and_test, unscaled],
    ids=["of the test set", "mean of std by image", "unbiased", "of training and test", "unscaled"],
)
def test_other_statistics_are_noticed(broken):
    with pytest.raises(AssertionError):
        assert_are_the_training_statistics(*broken(TRAINING))


def numbered() -> Tensor:
    """Return a 32x32 image, uint8 (3, 32, 32), with another colour in each pixel and no black."""
    rows, columns = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
    return torch.stack([rows + 1, columns + 1, 7 * rows + columns]).to(torch.uint8)


def all_crops(image: Tensor, size: int = 32, padding: int = 4) -> dict[bytes, tuple[int, int, bool]]:
    """Cut every crop of the padded image by hand, plain and mirrored."""
    padded = torch.zeros(3, 32 + 2 * padding, 32 + 2 * padding, dtype=torch.uint8)
    padded[:, padding : padding + 32, padding : padding + 32] = image
    places = range(32 + 2 * padding - size + 1)
    crops = {}
    for top in places:
        for left in places:
            crop = padded[:, top : top + size, left : left + size]
            crops[crop.numpy().tobytes()] = (top, left, False)
            crops[crop.flip(-1).numpy().tobytes()] = (top, left, True)
    return crops


def drawn(transform: transforms.Compose, count: int = 1500) -> list[bytes]:
    """Augment one image many times and return the pixels, denormalized."""
    image = functional.to_pil_image(numbered())
    torch.manual_seed(0)
    mean, std = torch.tensor(MEAN).view(3, 1, 1), torch.tensor(STD).view(3, 1, 1)
    results = []
    for _ in range(count):
        pixels = (transform(image) * std + mean) * 255
        assert pixels.shape == (3, 32, 32) and pixels.dtype == torch.float32
        results.append(pixels.round().clamp(0, 255).to(torch.uint8).numpy().tobytes())
    return results


def assert_draws_every_crop_and_flip_alike(transform: transforms.Compose) -> None:
    crops = all_crops(numbered())
    assert len(crops) == 162
    seen = [crops.get(pixels) for pixels in drawn(transform)]
    assert None not in seen
    assert len(set(seen)) == 162
    tops, lefts, flips = np.array(seen).T
    for drawn_numbers, values in ((tops, 9), (lefts, 9), (flips, 2)):
        counts = np.bincount(drawn_numbers, minlength=values)
        expected = len(seen) / values
        # Five standard deviations of a binomial count.
        assert np.abs(counts - expected).max() < 5 * (expected * (1 - 1 / values)) ** 0.5


def test_augmentation_reaches_every_crop_and_its_mirror_image_equally_often():
    assert_draws_every_crop_and_flip_alike(train_transform(MEAN, STD))


@pytest.mark.parametrize(
    "broken",
    [
        train_transform(MEAN, STD, padding=3),
        transforms.Compose([transforms.RandomCrop(32, padding=4), *eval_transform(MEAN, STD).transforms]),
        transforms.Compose(
            [*eval_transform(MEAN, STD).transforms, *train_transform(MEAN, STD).transforms[:2]]
        ),
        eval_transform(MEAN, STD),
    ],
    ids=["less padding", "no flip", "normalized before it is padded", "no augmentation"],
)
def test_another_augmentation_is_noticed(broken):
    with pytest.raises(AssertionError):
        assert_draws_every_crop_and_flip_alike(broken)


def test_evaluation_only_scales_and_normalizes():
    image = functional.to_pil_image(numbered())
    expected = (numbered().double() / 255 - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(
        3, 1, 1
    )
    for _ in range(3):
        torch.testing.assert_close(eval_transform(MEAN, STD)(image), expected.float())


def test_denormalization_undoes_torchvisions_normalization():
    images = torch.rand(4, 3, 8, 8)
    normalized = functional.normalize(images, MEAN, STD)
    for given, expected in ((normalized, images), (normalized[0], images[0])):
        result = denormalize(given, MEAN, STD)
        assert result.dtype == torch.float32
        torch.testing.assert_close(result, expected)


def test_statistics_the_wrong_way_round_are_noticed():
    images = torch.rand(3, 8, 8)
    assert not torch.allclose(denormalize(functional.normalize(images, MEAN, STD), STD, MEAN), images)


def assert_every_level_survives(to_levels) -> None:
    """Send the levels 0 to 255 through Normalize and back, in every channel."""
    ramp = np.tile(np.arange(256, dtype=np.uint8)[:, None], (1, 3)).reshape(16, 16, 3)
    normalized = eval_transform(MEAN, STD)(ramp)
    np.testing.assert_array_equal(to_levels(denormalize(normalized, MEAN, STD)), ramp)


def test_every_level_comes_back_as_it_was():
    assert_every_level_survives(to_pixels)


@pytest.mark.parametrize(
    "broken",
    [
        lambda images: (images * 255).to(torch.uint8).movedim(-3, -1).numpy(),
        lambda images: np.asarray(functional.to_pil_image(images)),
    ],
    ids=["truncated", "as the post has it"],
)
def test_truncation_is_noticed(broken):
    with pytest.raises(AssertionError):
        assert_every_level_survives(broken)


def test_pixels_are_clamped_and_not_wrapped_around():
    images = torch.tensor([-1e-3, -3.0, 1.001, 9.0, 0.5]).view(1, 1, 5).expand(3, 1, 5)
    pixels = to_pixels(images)
    assert pixels.dtype == np.uint8
    assert pixels[0, :, 0].tolist() == [0, 0, 255, 255, 128]  # 127.5 goes to the even number
