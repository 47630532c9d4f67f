"""The same seed gives the same batches, whatever else draws random numbers."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader
from torchvision import transforms

from alexnet_lib.loaders import SeededLoader, make_loader
from tiny import AUGMENT, TinyImages

Batches = list[tuple[Tensor, Tensor]]


def identify(loader: DataLoader) -> list[list[int]]:
    """Return the numbers of the images in each batch of an epoch, by their labels."""
    return [labels.tolist() for _, labels in loader]


def numbered(count: int, transform: Callable = AUGMENT) -> TinyImages:
    """Return a data set in which an image's label is its number."""
    dataset = TinyImages(count, transform=transform)
    dataset.targets = list(range(count))
    return dataset


def equal(ours: Batches, theirs: Batches) -> bool:
    return len(ours) == len(theirs) and all(
        torch.equal(our_images, images) and torch.equal(our_labels, labels)
        for (our_images, our_labels), (images, labels) in zip(ours, theirs, strict=True)
    )


def epoch(loader: DataLoader, disturb: bool = False) -> Batches:
    """Return the batches of an epoch, drawing other random numbers in between where asked."""
    batches = []
    for batch in loader:
        batches.append(batch)
        if disturb:
            torch.rand(7)
    return batches


def assert_batches_depend_on_the_seed_alone(make: Callable[..., DataLoader]) -> None:
    torch.manual_seed(1)
    first = make(numbered(40), batch_size=16, shuffle=True, seed=5)
    epochs = [epoch(first), epoch(first)]
    torch.manual_seed(2)
    second = make(numbered(40), batch_size=16, shuffle=True, seed=5)
    for expected in epochs:
        assert equal(epoch(second, disturb=True), expected)


def augmenting_from_the_global_state(dataset, batch_size, shuffle, seed) -> DataLoader:
    """Make a loader as PyTorch's pages on reproducibility advise: with a generator."""
    generator = torch.Generator().manual_seed(seed)
    return DataLoader(dataset, batch_size, shuffle=shuffle, generator=generator)


def from_the_global_state(dataset, batch_size, shuffle, seed) -> DataLoader:
    return DataLoader(dataset, batch_size, shuffle=shuffle)


def test_batches_depend_on_the_seed_alone():
    assert_batches_depend_on_the_seed_alone(make_loader)


@pytest.mark.parametrize("broken", [augmenting_from_the_global_state, from_the_global_state])
def test_a_loader_that_draws_from_the_global_state_is_noticed(broken):
    with pytest.raises(AssertionError):
        assert_batches_depend_on_the_seed_alone(broken)


def test_a_loader_leaves_the_global_state_alone():
    before = torch.get_rng_state()
    epoch(make_loader(numbered(40), batch_size=16, shuffle=True))
    assert torch.equal(torch.get_rng_state(), before)


def test_epochs_and_seeds_differ_in_order_and_in_augmentation():
    def fixed_order(seed: int) -> DataLoader:
        return make_loader(numbered(40), batch_size=40, seed=seed)

    loader = fixed_order(0)
    batches = [epoch(loader), epoch(loader), epoch(fixed_order(1))]
    assert not equal(batches[0], batches[1]) and not equal(batches[0], batches[2])

    def shuffled(seed: int) -> DataLoader:
        return make_loader(numbered(40), batch_size=40, shuffle=True, seed=seed)

    loader = shuffled(0)
    orders = [identify(loader), identify(loader), identify(shuffled(1))]
    assert orders[0] != orders[1] and orders[0] != orders[2]


def test_the_order_is_the_same_for_any_number_of_workers():
    loaders = [make_loader(numbered(23), batch_size=5, shuffle=True, seed=3, num_workers=n) for n in (0, 2)]
    for _ in range(2):
        orders = [identify(loader) for loader in loaders]
        assert orders[0] == orders[1]


def test_each_image_comes_once_an_epoch_and_in_its_place_without_shuffling():
    shuffled = [number for batch in identify(make_loader(numbered(40), 16, shuffle=True)) for number in batch]
    assert sorted(shuffled) == list(range(40)) and shuffled != list(range(40))
    dataset = numbered(40, transforms.ToTensor())
    loader = make_loader(dataset, batch_size=16)
    assert isinstance(loader, SeededLoader)
    for _ in range(2):
        images, labels = (torch.cat(parts) for parts in zip(*loader, strict=True))
        assert labels.tolist() == list(range(40))
        pixels = (images * 255).round().to(torch.uint8).movedim(1, -1).numpy()
        np.testing.assert_array_equal(pixels, dataset.data)
