"""Crops out of the image, and ten views of it, against loops with torchvision's own crop and flip."""

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.transforms import functional

from alexnet_lib.experiments.lrn import TenViews, ten_view_logits
from alexnet_lib.experiments.tensor_loader import TensorLoader
from alexnet_lib.metrics import predict_logits
from alexnet_lib.transforms import channel_statistics
from tiny import TinyImages

SIZE = 24


class Slope(nn.Module):
    """A network for which no two views are alike."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.weight = nn.Parameter(torch.randn(3 * SIZE * SIZE, 10) / 20)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(start_dim=1) @ self.weight


@pytest.fixture(scope="module")
def images() -> TinyImages:
    return TinyImages(60)


def loader(images: TinyImages, **options: object) -> TensorLoader:
    return TensorLoader(images, *channel_statistics(images), padding=0, size=SIZE, device="cpu", **options)


def whole(images: TinyImages) -> torch.Tensor:
    """Return all images, normalized, one by one."""
    mean, std = channel_statistics(images)
    pictures = [torch.from_numpy(picture).permute(2, 0, 1).float() / 255 for picture in images.data]
    return torch.stack([functional.normalize(picture, mean, std) for picture in pictures])


def test_evaluation_takes_the_middle_of_each_image_in_order(images):
    batches = list(loader(images, batch_size=16))
    pictures, labels = (torch.cat([batch[part] for batch in batches]) for part in (0, 1))
    torch.testing.assert_close(pictures, functional.center_crop(whole(images), [SIZE, SIZE]))
    assert labels.tolist() == images.targets


def test_training_takes_crops_of_the_image_flipped_or_not(images):
    of = loader(images, batch_size=16, augment=True, seed=3)
    of.set_epoch(2)
    order, top, left, flip = of.draw()
    pictures = torch.cat([batch[0] for batch in of])
    assert sorted(order.tolist()) == list(range(60))
    for place in range(60):
        index = int(order[place])
        crop = functional.crop(whole(images)[index], int(top[index]), int(left[index]), SIZE, SIZE)
        crop = functional.hflip(crop) if flip[index] else crop
        torch.testing.assert_close(pictures[place], crop)


def test_training_reaches_all_81_places_and_both_directions():
    of = loader(TinyImages(3_000), augment=True)
    _, top, left, flip = of.draw()
    assert len({*zip(top.tolist(), left.tolist(), flip.tolist(), strict=True)}) == 162


def test_another_epoch_or_seed_gives_other_crops(images):
    def drawn(seed: int, epoch: int) -> list[int]:
        of = loader(images, augment=True, seed=seed)
        of.set_epoch(epoch)
        return of.draw()[1].tolist()

    assert drawn(0, 1) == drawn(0, 1)
    assert drawn(0, 1) != drawn(0, 2) and drawn(0, 1) != drawn(1, 1)


def by_loop(model: nn.Module, images: torch.Tensor, flips: tuple[bool, ...] = (False, True)) -> torch.Tensor:
    """Return mean probabilities over ten views of each image, taken one at a time."""
    corners = [(0, 0), (0, 8), (4, 4), (8, 0), (8, 8)]
    means = []
    for image in images:
        total = torch.zeros(10)
        for top, left in corners:
            for flip in flips:
                view = functional.crop(image, top, left, SIZE, SIZE)
                view = functional.hflip(view) if flip else view
                total += model(view[None])[0].softmax(dim=0)
        means.append(total / (len(corners) * len(flips)))
    return torch.stack(means)


def test_answers_are_mean_probabilities_over_ten_views(images):
    model, pictures = Slope(), whole(images)
    torch.testing.assert_close(TenViews(model, SIZE)(pictures).exp(), by_loop(model, pictures))
    assert not torch.allclose(TenViews(model, SIZE)(pictures).exp(), by_loop(model, pictures, (False, False)))


def test_probabilities_are_averaged_and_not_logits(images):
    model, pictures = Slope(), whole(images)
    logits = torch.stack([model(view) for view in functional.ten_crop(pictures, SIZE)]).mean(dim=0)
    assert not torch.allclose(TenViews(model, SIZE)(pictures).exp(), logits.softmax(dim=1), atol=1e-3)


def test_a_loader_of_the_middle_crops_gives_ten_views_of_each_whole_image(images):
    model = Slope()
    ours = ten_view_logits(model, loader(images))
    torch.testing.assert_close(ours.exp(), by_loop(model, whole(images)))
    assert not np.array_equal(ours, predict_logits(model, loader(images), "cpu")[0])


def test_a_class_without_any_probability_has_a_finite_logarithm():
    class Sure(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.tensor([[1000.0, 0.0]]).expand(len(x), 2)

    scores = TenViews(Sure(), SIZE)(torch.zeros(1, 3, 32, 32))
    assert torch.isfinite(scores.half()).all() and scores.argmax() == 0
