"""Images of one set that are in another, the same or nearly the same picture."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors
from torch import Tensor
from torch.nn import functional

Pixels = NDArray[np.uint8]

SIDE = 4  # pixels; the filter sees their average
ROUNDING = 1e-4  # float32, in squared distances of about 1


@dataclass(frozen=True)
class NearDuplicates:
    """Pairs of images, nearest first: ``images[first]`` and ``others[second]``, (P,) indices.

    ``distances`` is as ``near_duplicates`` defines it; ``mirrored`` says whether it is the
    left-right mirror image of the first that is so near.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    distances: NDArray[np.float32]
    mirrored: NDArray[np.bool_]


def level(images: Pixels) -> Tensor:
    """Take brightness, tint and contrast out of images.

    Parameters
    ----------
    images
        uint8, (N, H, W, 3).

    Returns
    -------
    Tensor
        float32, (N, 3, H, W): each channel with mean 0, all three together with mean square 1.
        An image with less contrast than one step of 255 is left nearly empty.
    """
    values = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float()
    values -= values.mean(dim=(2, 3), keepdim=True)
    contrast = values.square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
    return values / contrast.clamp(min=1)


def blocks(images: Pixels, size: int) -> Iterator[Pixels]:
    """Yield images in order, ``size`` at a time, so that floats are held of few of them."""
    return (images[begin : begin + size] for begin in range(0, len(images), size))


def averages(images: Pixels) -> Tensor:
    """Return levelled images in averages of SIDE x SIDE pixels: (N, 3, H / SIDE, W / SIDE)."""
    return torch.cat([functional.avg_pool2d(level(block), SIDE) for block in blocks(images, 1000)])


def candidates(images: Pixels, others: Pixels, limit: float) -> NDArray[np.int64]:
    """Return the pairs (P, 2) that are near in their averages, the first as it is or mirrored.

    The mean square of a difference's averages is never above that of the difference itself
    (Jensen's inequality): of the pairs within the limit, none is left out.
    """
    small, large = averages(images), averages(others)
    radius = math.sqrt((limit**2 + ROUNDING) * small[0].numel())
    search = NearestNeighbors(radius=radius, algorithm="brute").fit(large.flatten(1).numpy())
    found = []
    for view in (small, small.flip(-1)):
        near = search.radius_neighbors(view.flatten(1).numpy(), return_distance=False)
        first = np.repeat(np.arange(len(near)), [len(places) for places in near])
        found.append(np.stack([first, np.concatenate(near)], axis=1))
    return np.unique(np.concatenate(found), axis=0)


def near_duplicates(images: Pixels, others: Pixels, limit: float) -> NearDuplicates:
    """Find all pairs of images that differ little once brightness, tint and contrast are equal.

    Parameters
    ----------
    images, others
        uint8, (N, H, W, 3) and (M, H, W, 3) with sides that are multiples of 4; N and M at
        least 1. Best have the smaller set first.
    limit
        Of the distance: the root mean square difference of the levelled pixels, 0 for equal
        images, about 1.4 for two that have nothing to do with each other. A distance d is a
        correlation of 1 - d^2 / 2.
    """
    sides = images.shape[1:3]
    if not (len(images) and len(others)) or images.shape[1:] != others.shape[1:] or any(np.mod(sides, SIDE)):
        shapes = f"{images.shape} and {others.shape}"
        raise ValueError(f"images {shapes}: give (N, H, W, 3), equal sides that are multiples of {SIDE}")
    pairs = candidates(images, others, limit)
    both = [torch.zeros(2, 0)]
    for block in blocks(pairs, 1000):
        first, second = level(images[block[:, 0]]), level(others[block[:, 1]])
        differences = torch.stack([first - second, first.flip(-1) - second])
        both.append(differences.square().mean(dim=(2, 3, 4)).sqrt())
    distances, view = torch.cat(both, dim=1).min(dim=0)
    order = distances.argsort(stable=True)
    order = order[distances[order] <= limit].numpy()
    return NearDuplicates(*pairs[order].T, distances.numpy()[order], view.numpy()[order] == 1)
