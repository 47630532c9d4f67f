"""From pixels to the numbers the network sees, and back (paper, section 4.1)."""

import numpy as np
import torch
from torch import Tensor
from torchvision import transforms
from torchvision.datasets import VisionDataset

Statistics = tuple[float, float, float]

# Of CIFAR-10's training images, as chapter 3 computes them: what recorded networks were trained with.
CIFAR10_MEAN: Statistics = (0.4914, 0.4822, 0.4465)
CIFAR10_STD: Statistics = (0.2470, 0.2435, 0.2616)


def channel_statistics(dataset: VisionDataset) -> tuple[Statistics, Statistics]:
    """Return mean and standard deviation of each channel over all pixels of all images.

    Parameters
    ----------
    dataset
        Anything with ``.data``, uint8 of shape (N, H, W, 3). Its transform is not applied.

    Returns
    -------
    mean, std
        Three floats each, of pixels scaled to [0, 1]; the population standard deviation.
    """
    # 256 counts a channel say all there is to know, and integers do not round.
    levels = np.arange(256) / 255
    mean, std = [], []
    for channel in np.moveaxis(dataset.data, -1, 0):
        share = np.bincount(channel.ravel(), minlength=256) / channel.size
        mean.append(float(share @ levels))
        std.append(float(np.sqrt(share @ (levels - mean[-1]) ** 2)))
    return tuple(mean), tuple(std)


def train_transform(
    mean: Statistics, std: Statistics, size: int = 32, padding: int = 4
) -> transforms.Compose:
    """Return random crop, horizontal flip and normalization, for the training set only."""
    return transforms.Compose([
        transforms.RandomCrop(size=size, padding=padding),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize(mean, std),
    ])


def eval_transform(mean: Statistics, std: Statistics) -> transforms.Compose:
    """Return normalization alone: images are evaluated as they are."""
    return transforms.Compose([
        transforms.ToTensor(),
        transforms.Normalize(mean, std),
    ])


def denormalize(images: Tensor, mean: Statistics, std: Statistics) -> Tensor:
    """Undo ``Normalize``.

    Parameters
    ----------
    images
        float32, (3, H, W) or (N, 3, H, W).
    mean, std
        What they were normalized with.

    Returns
    -------
    Tensor
        float32 of the same shape; in [0, 1] for images that were.
    """
    mean_, std_ = (
        torch.tensor(values, dtype=images.dtype, device=images.device).view(3, 1, 1)
        for values in (mean, std)
    )
    return images * std_ + mean_


def to_pixels(images: Tensor) -> np.ndarray:
    """Turn images in [0, 1] into uint8 pixels for a picture: rounded and clamped, not truncated.

    Parameters
    ----------
    images
        (3, H, W) or (N, 3, H, W).

    Returns
    -------
    ndarray
        uint8, (H, W, 3) or (N, H, W, 3).
    """
    pixels = (images * 255).round().clamp(0, 255).to(torch.uint8)
    return pixels.movedim(-3, -1).cpu().numpy()
