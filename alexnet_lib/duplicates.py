"""Images of one set that are in another, the same or nearly the same picture."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors


class Pair(NamedTuple):
    """Two images that are near: their distance, their indices, and whether the first is mirrored."""

    distance: float
    first: int
    second: int
    mirrored: bool


def levelled(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Take brightness, tint and contrast out of images.

    Parameters
    ----------
    images
        uint8, (N, H, W, 3).

    Returns
    -------
    ndarray
        float32, (N, H * W * 3): each channel with mean 0, the whole of length 1. An image with less contrast
        than one step of 255 is left nearly empty.
    """
    values = images.astype(np.float32)
    values -= values.mean(axis=(1, 2), keepdims=True)
    values = values.reshape(len(images), -1)
    contrast = np.sqrt(np.square(values).mean(axis=1, keepdims=True))
    return values / np.maximum(contrast, 1) / math.sqrt(values.shape[1])


def near_duplicates(images: NDArray[np.uint8], others: NDArray[np.uint8], limit: float) -> list[Pair]:
    """Find all pairs of images that differ little once brightness, tint and contrast are equal.

    Parameters
    ----------
    images, others
        uint8, (N, H, W, 3) and (M, H, W, 3).
    limit
        Of the distance between levelled images: 0 for equal ones, about 1.4 for two that have nothing to do
        with each other. A distance d is a correlation of 1 - d^2 / 2.

    Returns
    -------
    list of Pair
        Nearest first.
    """
    search = NearestNeighbors(radius=limit, algorithm="brute").fit(levelled(others))
    nearest: dict[tuple[int, int], tuple[float, bool]] = {}
    for mirrored, view in ((False, images), (True, images[:, :, ::-1])):
        found = zip(*search.radius_neighbors(levelled(view)), strict=True)
        for first, (distances, places) in enumerate(found):
            for distance, second in zip(distances.tolist(), places.tolist(), strict=True):
                pair = first, second
                nearest[pair] = min(nearest.get(pair, (math.inf, False)), (distance, mirrored))
    return sorted(Pair(distance, *pair, mirrored) for pair, (distance, mirrored) in nearest.items())
