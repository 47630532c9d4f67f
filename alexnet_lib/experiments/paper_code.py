"""Chapter 13: formulas of 2012, as the paper prints them, beside those of PyTorch."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def response_normalization(maps: Tensor, n: int, k: float, alpha: float, beta: float) -> Tensor:
    """Divide each value by its neighbours in other maps, as the paper prints it (section 3.3).

    Parameters
    ----------
    maps
        (N, C, H, W).
    n
        Number of adjacent maps that are summed over, odd; fewer at the first and last maps.
    k, alpha, beta
        Of the denominator (k + alpha * sum of squares) ** beta. The code of 2012 and
        ``nn.LocalResponseNorm`` have alpha / n in the place of alpha.

    Returns
    -------
    Tensor
        (N, C, H, W).
    """
    squares, reach = maps.square(), n // 2
    sums = [squares[:, max(0, i - reach) : i + reach + 1].sum(dim=1) for i in range(maps.shape[1])]
    return maps / (k + alpha * torch.stack(sums, dim=1)) ** beta


def dropout_of_2012(values: Tensor, keep: float, training: bool) -> Tensor:
    """Drop values as the paper does (section 4.2): nothing grows in training, all shrinks in the test.

    ``keep`` is the probability of staying; ``nn.Dropout`` takes that of leaving, 1 - keep.
    """
    if training:
        return values * (torch.rand(values.shape) < keep)
    return values * keep


def momentum_step(
    weights: Tensor,
    velocity: Tensor,
    gradient: Tensor,
    learning_rate: float,
    momentum: float = 0.9,
    weight_decay: float = 0.0005,
) -> tuple[Tensor, Tensor]:
    """Return weights and velocity after one step of momentum as the paper prints it (section 5).

    The learning rate is inside the velocity, which begins at zero. ``torch.optim.SGD`` multiplies the
    velocity by it afterwards, so the two agree only as long as the rate stays what it is.
    """
    velocity = momentum * velocity - weight_decay * learning_rate * weights - learning_rate * gradient
    return weights + velocity, velocity


def colour_components(pixels: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
    """Return the principal components of the colours of all pixels, in [0, 1] (section 4.1).

    Parameters
    ----------
    pixels
        uint8, (..., 3): such as ``.data`` of a data set.

    Returns
    -------
    variances
        float32, (3,): the eigenvalues of the covariance matrix of R, G and B, largest first.
    directions
        float32, (3, 3): one unit vector a column. Its sign is free; here R, G and B sum to no less than 0.
    """
    colours = pixels.reshape(-1, 3)
    mean = colours.mean(axis=0) / 255
    parts = (part / 255 - mean for part in np.array_split(colours, 100))  # small copies in float64
    variances, directions = np.linalg.eigh(sum(part.T @ part for part in parts) / len(colours))
    directions = directions * np.where(directions.sum(axis=0) < 0, -1, 1)
    variances, directions = (values[..., ::-1].astype(np.float32) for values in (variances, directions))
    return torch.from_numpy(variances.copy()), torch.from_numpy(directions.copy())


def colour_noise(image: Tensor, scales: Tensor, directions: Tensor, std: float = 0.1) -> Tensor:
    """Return an image (3, H, W) with one random colour added to all its pixels; nothing is clamped.

    Parameters
    ----------
    image
        Pixels in [0, 1].
    scales
        (3,), one a component. The paper multiplies by the eigenvalues; its source code by what it calls
        standard deviations, their square roots. Only the latter do not depend on the unit of the pixels.
    directions
        (3, 3), as ``colour_components`` returns them.
    std
        Standard deviation of the three random numbers of an image.
    """
    return image + (directions @ (std * torch.randn(3) * scales)).view(3, 1, 1)
