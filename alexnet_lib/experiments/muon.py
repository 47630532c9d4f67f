"""Muon (Jordan et al., 2024): steps for convolutions that are equally strong in every direction."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor
from torch.optim import Optimizer

# A quintic whose repetition drives every singular value of a matrix towards 1 (Jordan et al., 2024).
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
REPETITIONS = 5

# ReLU of a value N(0, 1) has the variance (1 - 1 / pi) / 2; a filter of this length makes it 1 again.
GAIN = (2 / (1 - 1 / math.pi)) ** 0.5


class Muon(Optimizer):
    """SGD with Nesterov momentum whose step is replaced by the orthogonal matrix next to it.

    For the weights (out, in, k, k) of convolutions, seen as matrices (out, in k k); all other parameters
    belong to another optimizer. ``torch.optim.Muon`` takes matrices only; and for AlexNet's fully connected
    layers, orthogonalizing would cost ten times the training itself.

    Parameters
    ----------
    params
        Weights of convolutions, or groups of them.
    lr
        Learning rate.
    momentum
        Of the running sum of gradients.
    weight_decay
        Each step shrinks the weights by ``lr * weight_decay``.
    weight_standardization
        Whether each step ends with ``standardize_weights``.
    """

    def __init__(
        self,
        params: Iterable,
        lr: float = 0.02,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        weight_standardization: bool = False,
    ) -> None:
        options = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        super().__init__(params, options | {"weight_standardization": weight_standardization})

    @torch.no_grad()
    def step(self) -> None:
        """Change every weight that has a gradient."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if not state:
                    state["momentum_buffer"] = torch.zeros_like(weight)
                velocity = state["momentum_buffer"].mul_(group["momentum"]).add_(weight.grad)
                step = weight.grad.add(velocity, alpha=group["momentum"])
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                weight.add_(orthogonalize(step), alpha=-group["lr"])
                if group["weight_standardization"]:
                    standardize_weights(weight)


def orthogonalize(step: Tensor) -> Tensor:
    """Return a step whose singular values, as a matrix (first dimension, all others), are near 1.

    It has the shape of ``step``. A matrix taller than wide is multiplied by √(rows / columns),
    so that it moves each output as much as a wide one does.
    """
    matrix = step.flatten(start_dim=1)
    rows, columns = matrix.shape
    x = matrix.T if rows > columns else matrix
    x = x / x.norm().clamp(min=1e-7)
    a, b, c = COEFFICIENTS
    for _ in range(REPETITIONS):
        # Sums and products in one call each: on a card it is the number of calls that takes the time.
        square = x @ x.T
        polynomial = torch.addmm(square, square, square, beta=b, alpha=c)
        x = torch.addmm(x, polynomial, x, beta=a)
    x = x.T if rows > columns else x
    return x.reshape(step.shape) * max(1, rows / columns) ** 0.5


def standardize_weights(kernels: Tensor) -> None:
    """Give every filter of a convolution, in place, mean zero and one length (weight standardization).

    The length keeps the variance behind ReLU. Values behind ReLU have a mean, which is the
    same for all images: a filter of mean zero does not see it. Without normalization nothing
    else keeps the weights from growing with every step.

    Parameters
    ----------
    kernels
        (out, in, k, k). Source: Qiao et al., 2019; the length is that of Brock et al., 2021, section 2.2.
        There the network computes with such filters, here the optimizer keeps its weights so.
    """
    dimensions = tuple(range(1, kernels.dim()))
    kernels.sub_(kernels.mean(dimensions, keepdim=True))
    kernels.mul_(GAIN / torch.linalg.vector_norm(kernels, dim=dimensions, keepdim=True))
