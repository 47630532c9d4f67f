"""Chapter 13: formulas of 2012 as the paper and its source code have them."""

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


def output_size(
    size: int, kernel: int, stride: int = 1, padding: int = 0, rounding: Callable[[float], int] = math.floor
) -> int:
    """Return the side of the output of a convolution or a pooling.

    Parameters
    ----------
    size, kernel, stride, padding
        In pixels.
    rounding
        ``math.floor`` as in PyTorch, ``math.ceil`` as in the code of 2012 (``layer.py``), whose last
        window may hang over the edge.
    """
    return 1 + rounding((size + 2 * padding - kernel) / stride)


def response_normalization(maps: Tensor, n: int, k: float, alpha: float, beta: float) -> Tensor:
    """Normalize each value by its neighbours in other maps, as the paper prints it (section 3.3).

    Parameters
    ----------
    maps
        (N, C, H, W).
    n
        Number of adjacent maps that are summed over, odd; fewer at the first and last maps.
    k, alpha, beta
        Of the denominator (k + alpha * sum of squares) ** beta. The code of 2012 and
        ``nn.LocalResponseNorm`` put alpha / n in the place of alpha.

    Returns
    -------
    Tensor
        (N, C, H, W).
    """
    squares = maps.square()
    sums = torch.zeros_like(maps)
    for i in range(maps.shape[1]):
        sums[:, i] = squares[:, max(0, i - n // 2) : i + n // 2 + 1].sum(dim=1)
    return maps / (k + alpha * sums) ** beta


def dropout_of_2012(values: Tensor, keep: float, training: bool) -> Tensor:
    """Drop values as the paper does (section 4.2): nothing grows in training, all shrinks in the test.

    Parameters
    ----------
    values
        Of any shape.
    keep
        Probability of staying; ``nn.Dropout`` takes that of leaving, 1 - keep.
    training
        Whether to drop values, or to scale all of them by ``keep``.
    """
    if training:
        return values * (torch.rand(values.shape) < keep)
    return values * keep


def momentum_step(
    weights: Tensor,
    velocity: Tensor,
    gradient: Tensor,
    learning_rate: float,
    momentum: float,
    weight_decay: float,
) -> tuple[Tensor, Tensor]:
    """Take one step of gradient descent with momentum as the paper prints it (section 5).

    The learning rate is inside the velocity. ``torch.optim.SGD`` multiplies the velocity by it
    afterwards, so the two agree only as long as the rate stays what it is.

    Parameters
    ----------
    weights, velocity, gradient
        Of one shape; the velocity begins at zero.
    learning_rate, momentum, weight_decay
        Epsilon, 0.9 and 0.0005 of the paper.

    Returns
    -------
    weights, velocity
        After the step.
    """
    velocity = momentum * velocity - weight_decay * learning_rate * weights - learning_rate * gradient
    return weights + velocity, velocity


PARTS = 100  # of the pixels, so that their float64 copies stay small


def colour_components(pixels: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
    """Return the principal components of the colours of all pixels.

    Parameters
    ----------
    pixels
        uint8, (..., 3): such as ``.data`` of a data set. They count as numbers in [0, 1].

    Returns
    -------
    variances
        float32, (3,): the eigenvalues of the covariance matrix of R, G and B, largest first.
    directions
        float32, (3, 3): one unit vector a column. Its sign is free; here R, G and B sum to no less than 0.
    """
    total, products, count = np.zeros(3), np.zeros((3, 3)), 0
    for part in np.array_split(pixels.reshape(-1, 3), PARTS):
        colours = part / 255
        total += colours.sum(axis=0)
        products += colours.T @ colours
        count += len(colours)
    mean = total / count
    variances, directions = np.linalg.eigh(products / count - np.outer(mean, mean))
    directions = directions * np.where(directions.sum(axis=0) < 0, -1, 1)
    largest_first = [torch.from_numpy(values[..., ::-1].copy()).float() for values in (variances, directions)]
    return largest_first[0], largest_first[1]


class ColourNoise(nn.Module):
    """Add one random colour to all pixels of an image; another for each image, each time.

    Parameters
    ----------
    scales
        (3,), one a component. The paper multiplies by the eigenvalues; its source code by what it
        calls standard deviations, their square roots. Only the latter do not depend on the unit of
        the pixels.
    directions
        (3, 3), as ``colour_components`` returns them.
    std
        Standard deviation of the three random numbers of an image.

    Notes
    -----
    The code of 2012 then divides the image, which has mean zero there, by 1 + std; the paper does not
    say so, and this module does not do so.
    """

    def __init__(self, scales: Tensor, directions: Tensor, std: float = 0.1) -> None:
        super().__init__()
        self.register_buffer("scales", scales)
        self.register_buffer("directions", directions)
        self.std = std

    def forward(self, image: Tensor) -> Tensor:
        """Map an image (3, H, W), of pixels around [0, 1], to one of the same shape; nothing is clamped."""
        draws = self.std * torch.randn(3, device=image.device)
        return image + (self.directions @ (draws * self.scales)).view(3, 1, 1)
