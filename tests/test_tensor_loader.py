"""Whole batches are cropped, flipped and normalized as torchvision does it one image at a time."""

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import functional

from alexnet_lib.experiments.tensor_loader import TensorLoader
from alexnet_lib.transforms import channel_statistics, eval_transform
from tiny import TinyImages

COUNT = 400


@pytest.fixture(scope="module")
def images() -> TinyImages:
    return TinyImages(COUNT)


def loader(images: TinyImages, **options: object) -> TensorLoader:
    return TensorLoader(images, *channel_statistics(images), device="cpu", **options)


def epoch(of: TensorLoader, number: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    of.set_epoch(number)
    batches = list(of)
    assert len(batches) == len(of)
    return torch.cat([batch[0] for batch in batches]), torch.cat([batch[1] for batch in batches])


@pytest.mark.parametrize("size", [32, 24])
def test_for_evaluation_the_middle_of_images_comes_in_order_normalized_as_torchvision_does(images, size):
    pictures, labels = epoch(loader(images, batch_size=128, size=size))
    transform = eval_transform(*channel_statistics(images))
    whole = torch.stack([transform(Image.fromarray(picture)) for picture in images.data])
    torch.testing.assert_close(pictures, functional.center_crop(whole, [size, size]))
    assert pictures.dtype == torch.float32
    assert labels.tolist() == images.targets and labels.dtype == torch.int64


@pytest.mark.parametrize(("flips", "padding", "mode", "size"), [
    ("random", 4, "constant", 32), ("alternating", 2, "reflect", 32), ("none", 0, "constant", 32),
    ("random", 0, "constant", 24),
])  # fmt: skip
def test_each_image_of_an_epoch_is_a_crop_of_the_padded_image_flipped_or_not(
    images, flips, padding, mode, size
):
    options = {"padding": padding, "padding_mode": mode, "size": size, "seed": 3}
    of = loader(images, batch_size=64, augment=True, flips=flips, **options)
    of.set_epoch(2)
    order, top, left, flip = of.draw()
    pictures, labels = epoch(of, 2)
    assert sorted(order.tolist()) == list(range(COUNT)) != order.tolist()
    assert flip.any() == (flips != "none")
    mean, std = channel_statistics(images)
    for place in range(0, COUNT, 37):
        index = int(order[place])
        picture = torch.from_numpy(images.data[index]).permute(2, 0, 1)
        picture = functional.pad(picture, [padding] * 4, padding_mode=mode)
        picture = functional.crop(picture, int(top[index]), int(left[index]), size, size)
        picture = functional.hflip(picture) if flip[index] else picture
        expected = functional.normalize(picture.float() / 255, mean, std)
        torch.testing.assert_close(pictures[place], expected, atol=1e-5, rtol=1e-5)
        assert labels[place] == images.targets[index]


def test_crops_and_flips_are_even_over_all_162_possibilities(images):
    of = loader(images, augment=True)
    counts = np.zeros((2, 9, 9))
    for number in range(1, 101):
        of.set_epoch(number)
        _, top, left, flip = (values.numpy() for values in of.draw())
        np.add.at(counts, (flip.astype(int), top, left), 1)
    expected = 100 * COUNT / 162
    assert counts.sum() == 100 * COUNT
    # Chi-square with 161 degrees of freedom: mean 161, standard deviation 18.
    assert 80 < ((counts - expected) ** 2 / expected).sum() < 260


def test_alternating_flips_show_every_image_both_ways_in_any_two_epochs(images):
    of = loader(images, augment=True, flips="alternating")
    flipped = []
    for number in (1, 2, 3):
        of.set_epoch(number)
        flipped.append(of.draw()[3])
    assert torch.equal(flipped[0], ~flipped[1]) and torch.equal(flipped[0], flipped[2])
    assert 0.4 < flipped[0].float().mean() < 0.6
    of = loader(images, augment=True, flips="random")
    assert not torch.equal(of.draw()[3], ~epoch_flips(of, 2))


def epoch_flips(of: TensorLoader, number: int) -> torch.Tensor:
    of.set_epoch(number)
    return of.draw()[3]


def test_an_epoch_is_repeated_by_its_number_and_seed_alone(images):
    first = epoch(loader(images, augment=True, seed=1), 3)
    of = loader(images, augment=True, seed=1)
    for number in (1, 2):
        epoch(of, number)
    torch.manual_seed(5)
    again = epoch(of, 3)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    for other in (epoch(of, 4), epoch(loader(images, augment=True, seed=2), 3)):
        assert not torch.equal(first[0], other[0])


@pytest.mark.parametrize("cutout", [4, 5])
def test_cutout_paints_one_square_of_each_training_image_and_nothing_else(images, cutout):
    plain, _ = epoch(loader(images, augment=True, seed=1), 2)
    cut, _ = epoch(loader(images, augment=True, seed=1, cutout=cutout), 2)
    hidden = (cut == 0).all(dim=1) & (plain != 0).any(dim=1)
    assert torch.equal(torch.where(hidden[:, None], plain, cut), plain)
    rows, columns = hidden.any(dim=2), hidden.any(dim=1)
    assert torch.equal(hidden, rows[:, :, None] & columns[:, None, :])  # a rectangle
    for side in (rows.sum(dim=1), columns.sum(dim=1)):
        assert side.max() == cutout and side.min() >= cutout // 2  # the border cuts off less than half
    middles = rows.float().argmax(dim=1)
    assert len(middles.unique()) > 10
    again, _ = epoch(loader(images, augment=True, seed=1, cutout=cutout), 2)
    assert torch.equal(cut, again)
    evaluated = [epoch(loader(images, cutout=side))[0] for side in (0, cutout)]
    assert torch.equal(*evaluated)


def test_each_pass_is_the_next_epoch_without_being_told(images):
    of, told = (loader(images, batch_size=64, augment=True, flips="alternating", cutout=4) for _ in range(2))
    passes = [torch.cat([pictures for pictures, _ in of]) for _ in range(3)]
    for number, ours in enumerate(passes, start=1):
        assert torch.equal(ours, epoch(told, number)[0])
    assert not torch.equal(passes[0], passes[1])
