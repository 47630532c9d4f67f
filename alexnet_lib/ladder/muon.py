"""Optimizers whose steps for the convolutions turn all directions alike: Muon (Jordan et al., 2024)."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor
from torch.optim import SGD, AdamW

# A quintic whose repetition drives every singular value of a matrix towards 1 (Jordan et al., 2024).
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
REPETITIONS = 5


class OrthogonalSteps:
    """What is put before an optimizer: groups with ``orthogonal=True`` take orthogonalized steps.

    There a convolution's weight (out, in, k, k) is seen as a matrix (out, in k k), and its step is
    the nearly orthogonal matrix next to the one that SGD with Nesterov momentum would take; and
    each step shrinks the weights by ``lr * weight_decay``. All other groups take the optimizer's
    own step. ``torch.optim.Muon`` works on matrices only; and for AlexNet's fully connected
    layers, orthogonalizing would cost ten times the training itself.
    """

    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Change every parameter that has a gradient."""
        loss = None
        if closure is not None:  # here, and once: it makes the gradients that both kinds of step need
            with torch.enable_grad():
                loss = closure()
        hidden = []
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"] if group["orthogonal"] else ():
                    if parameter.grad is not None:
                        self.orthogonal_step(parameter, group)
                        hidden.append((parameter, parameter.grad))
                        parameter.grad = None  # the plain optimizer passes over what has no gradient
        super().step()
        for parameter, gradient in hidden:
            parameter.grad = gradient
        return loss

    def orthogonal_step(self, parameter: Tensor, group: dict) -> None:
        """Change one parameter."""
        state = self.state[parameter]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(parameter)
        velocity = state["momentum_buffer"].mul_(group["momentum"]).add_(parameter.grad)
        step = parameter.grad.add(velocity, alpha=group["momentum"])
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        parameter.add_(orthogonalize(step), alpha=-group["lr"])
        if group["filters"] != "free":
            bind(parameter, centred=group["filters"] == "centred")


class Muon(OrthogonalSteps, SGD):
    """Orthogonal steps, and SGD with Nesterov momentum for the groups without them.

    Parameters
    ----------
    params
        Tensors, or groups of them with ``lr``, ``momentum``, ``weight_decay``, ``orthogonal``.
    lr
        Learning rate.
    momentum
        Of the running sum of gradients.
    weight_decay
        Added to the gradient, but in orthogonal groups.
    """

    def __init__(
        self, params: Iterable, lr: float = 0.01, momentum: float = 0.9, weight_decay: float = 0.0
    ) -> None:
        super().__init__(
            params, lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=True, fused=True
        )
        for group in self.param_groups:
            group.setdefault("orthogonal", False)
            group.setdefault("filters", "free")


class MuonAdam(OrthogonalSteps, AdamW):
    """Orthogonal steps, and Adam's for the groups without them.

    Parameters
    ----------
    params
        Tensors, or groups of them with ``lr``, ``weight_decay``, ``orthogonal``, and where that is
        True ``momentum``.
    lr
        Learning rate.
    weight_decay
        Each step shrinks the weights by ``lr * weight_decay``.
    """

    def __init__(self, params: Iterable, lr: float = 1e-3, weight_decay: float = 0.0) -> None:
        super().__init__(params, lr=lr, weight_decay=weight_decay, fused=True)
        for group in self.param_groups:
            group.setdefault("orthogonal", False)
            group.setdefault("filters", "free")


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


def bind(kernels: Tensor, centred: bool) -> None:
    """Give every filter of a convolution (out, in, k, k) the length that keeps the variance behind ReLU.

    With ``centred``, its weights have mean zero as well, so that it no longer sees the mean that ReLU
    leaves (Brock et al., 2021, whose gain this is).
    """
    dimensions = tuple(range(1, kernels.dim()))
    if centred:
        kernels.sub_(kernels.mean(dimensions, keepdim=True))
    length = (2 / (1 - 1 / torch.pi)) ** 0.5 if centred else 2**0.5
    kernels.mul_(length / torch.linalg.vector_norm(kernels, dim=dimensions, keepdim=True))
