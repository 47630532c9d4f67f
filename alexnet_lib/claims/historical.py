"""The formulas of 2012, as the paper prints them and as its source code computes them."""

import math
from collections.abc import Callable

import torch
from torch import Tensor


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
