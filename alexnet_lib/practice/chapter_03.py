"""Exercises of chapter 3: statistics of channels, and normalization."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler

from alexnet_lib.practice.exercise import Exercise

draw = np.random.default_rng(3)
PIXELS = draw.integers(0, 256, (6, 4, 5, 3)).astype(np.uint8)
DARK = (PIXELS[:4] // 4 + np.array([0, 20, 60])).astype(np.uint8)
# Channels first; colours and images differ in brightness.
BATCH = draw.random((5, 3, 4, 6)) + np.array([0.0, 2.0, 5.0])[:, None, None] + draw.random((5, 1, 1, 1))
OVERALL = (0, 1, 2)  # the axes of all pixels of a channel, where the channels come last


def standardized(train: NDArray, *others: NDArray) -> list[NDArray]:
    """Let scikit-learn learn the channels' means and deviations from the first, and apply them to each."""
    scaler = StandardScaler().fit(train.reshape(-1, 3))
    return [scaler.transform(images.reshape(-1, 3)).reshape(images.shape) for images in (train, *others)]


def over(*axes: int) -> Callable[[NDArray], NDArray]:
    """Return a normalization with the mean and the deviation over these axes."""

    def normalized(batch: NDArray) -> NDArray:
        return (batch - batch.mean(axes, keepdims=True)) / batch.std(axes, keepdims=True)

    return normalized


def by(images: NDArray, source: NDArray) -> NDArray:
    """Normalize images by the statistics of others; the channels come last."""
    return (images - source.mean(OVERALL)) / source.std(OVERALL)


def total_minus_within(images: NDArray) -> tuple[NDArray, NDArray]:
    """Find the part between the images as what is left of the whole variance."""
    pixels = torch.from_numpy(images)
    within = pixels.flatten(1, 2).var(1, correction=0).mean(0)
    return within.numpy(), (pixels.flatten(0, 2).var(0, correction=0) - within).numpy()


EXERCISES = {
    "03_shape": Exercise(
        right=(50_000, 3),
        mistakes={
            "images_averaged": (3,),
            "kept_the_named": (32, 32),
            "axis_0": (32, 32, 3),
            "counted_from_1": (32, 3),
            "other_order": (3, 50_000),
            "keepdims": (50_000, 1, 1, 3),
        },
    ),
    "03_unit": Exercise(
        right=lambda images: standardized(images)[0],
        cases=[(PIXELS,), (DARK,), (PIXELS[:1],)],
        untouched=lambda images: by(images / 255, images),
        mistakes={
            "std_in_other_unit": lambda images: by(images, images) / 255,
            "mean_in_other_unit": lambda images: by(images / 255, images) * 255,
            "not_divided": lambda images: (images - images.mean(OVERALL)) / 255,
            "one_mean": lambda images: (images - images.mean()) / images.std(),
        },
    ),
    "03_axes": Exercise(
        right=lambda batch: torch.nn.functional.batch_norm(
            torch.from_numpy(batch), None, None, training=True, eps=1e-12
        ).numpy(),
        cases=[(BATCH,), (BATCH[:2, :, :, :4],), (BATCH[..., :3],)],
        untouched=lambda batch: by(batch, batch),
        mistakes={
            "each_image_and_channel": over(2, 3),
            "one_mean": over(0, 1, 2, 3),
            "each_place": over(0),
            "channels_averaged": over(1),
            "each_image": over(1, 2, 3),
        },
    ),
    "03_train_and_test": Exercise(
        right=standardized,
        cases=[
            (PIXELS / 255, DARK / 255),
            (DARK / 255, PIXELS[:2] / 255),
            (PIXELS[:3] / 255, PIXELS[:3] / 255),
        ],
        untouched=lambda train, test: (by(train, train), by(test, test)),
        mistakes={
            "both_sets": lambda train, test: [
                by(images, np.concatenate([train, test])) for images in (train, test)
            ],
            "test_statistics": lambda train, test: (by(train, test), by(test, test)),
            "unchanged": lambda train, test: (by(train, train), test),
            "own_std": lambda train, test: (
                by(train, train), (test - train.mean(OVERALL)) / test.std(OVERALL)
            ),
        },
    ),
    "03_variance": Exercise(
        right=total_minus_within,
        cases=[
            (PIXELS / 255,),
            (DARK / 255,),
            (np.ones((4, 2, 2, 3)) * np.arange(4.0)[:, None, None, None],),
        ],
        mistakes={
            "squared_mean_of_stds": lambda images: (
                images.std((1, 2)).mean(0) ** 2, images.mean((1, 2)).var(0)
            ),
            "second_is_std": lambda images: (images.var((1, 2)).mean(0), images.mean((1, 2)).std(0)),
            "both_are_stds": lambda images: (images.std((1, 2)).mean(0), images.mean((1, 2)).std(0)),
            "second_is_whole": lambda images: (images.var((1, 2)).mean(0), images.var(OVERALL)),
        },
    ),
}
