"""Optimizers whose steps for the convolutions turn all directions alike: Muon (Jordan et al., 2024)."""

import math
from collections.abc import Callable, Iterable

import torch
from torch import Tensor
from torch.optim import SGD, AdamW

# A quintic whose repetition drives every singular value of a matrix towards 1 (Jordan et al., 2024).
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
REPETITIONS = 5

# ReLU of a value N(0, 1) has the variance (1 - 1 / pi) / 2; a filter of this length makes it 1 again.
GAIN = (2 / (1 - 1 / math.pi)) ** 0.5


class OrthogonalSteps:
    """What is put before an optimizer: groups with ``orthogonal=True`` take orthogonalized steps.

    There a convolution's weight (out, in, k, k) is seen as a matrix (out, in k k), and its step is
    the nearly orthogonal matrix next to the one that SGD with Nesterov momentum would take; and
    each step shrinks the weights by ``lr * weight_decay``; with ``centred=True`` it ends with
    ``bind_filters``. All other groups take the optimizer's
    own step. ``torch.optim.Muon`` works on matrices only; and for AlexNet's fully connected
    layers, orthogonalizing would cost ten times the training itself.
    """

    def complete_groups(self) -> None:
        """Give groups what only some of them say, once the plain optimizer has been made."""
        for group in self.param_groups:
            group.setdefault("orthogonal", False)
            group.setdefault("centred", False)
        # A fused optimizer promises to undo the loss's scale itself and to pass over what overflowed.
        # Here GradScaler has to do both, for the orthogonal steps do neither.
        self._step_supports_amp_scaling = False

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
            state["step"] = torch.tensor(0.0)  # Adam asks every state for it when it is put back
        velocity = state["momentum_buffer"].mul_(group["momentum"]).add_(parameter.grad)
        step = parameter.grad.add(velocity, alpha=group["momentum"])
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        parameter.add_(orthogonalize(step), alpha=-group["lr"])
        if group["centred"]:
            bind_filters(parameter)


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
        self.complete_groups()


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
        self.complete_groups()


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


def bind_filters(kernels: Tensor) -> None:
    """Give every filter of a convolution, in place, mean zero and one length.

    The length keeps the variance behind ReLU. Values behind ReLU have a mean, which is the
    same for all images: a filter of mean zero does not see it. Without normalization nothing
    else keeps the weights from growing with every step.

    Parameters
    ----------
    kernels
        (out, in, k, k). Source: Brock et al., 2021, section 2.2, whose gain this is; there
        the network computes with such filters, here the optimizer keeps its weights so.
    """
    dimensions = tuple(range(1, kernels.dim()))
    kernels.sub_(kernels.mean(dimensions, keepdim=True))
    kernels.mul_(GAIN / torch.linalg.vector_norm(kernels, dim=dimensions, keepdim=True))
