"""Local response normalization across maps, its windows summed by a matrix product."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional


class DivideByNeighbours(torch.autograd.Function):
    """x (k + scale * window x²) ** -power, with its gradient written out: half the time of autograd's."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, window: Tensor, scale: float, power: float, k: float
    ) -> Tensor:
        """Return the normalized maps; ``window`` is symmetric."""
        denominator = functional.conv2d(x.square(), window).mul_(scale).add_(k)
        factor = denominator.log().mul_(-power).exp_()
        ctx.save_for_backward(x, window, denominator, factor)
        ctx.strength = 2 * scale * power
        return x * factor

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Pass on what reaches a value itself, less its share in the denominators of its neighbours."""
        x, window, denominator, factor = ctx.saved_tensors
        direct = gradient * factor
        shares = functional.conv2d((direct * x).div_(denominator), window)
        return direct.sub_(shares.mul_(x), alpha=ctx.strength), None, None, None, None


class CrossMapNormalization(nn.Module):
    """Divide each value by its neighbours in adjacent maps, as ``nn.LocalResponseNorm`` does.

    The sums over windows of maps are one product with a matrix of zeros and ones; on a CPU that is
    faster than the three-dimensional average pooling that PyTorch uses.

    Parameters
    ----------
    channels
        Maps of the input.
    size
        Maps in a window, odd; fewer at the first and the last maps.
    alpha, beta, k
        Of the denominator (k + alpha * sum of squares / size) ** beta: alpha is divided by the
        size, as by cuda-convnet's ``layer.py`` and by PyTorch, and unlike the paper's equation.
    """

    def __init__(self, channels: int, size: int, alpha: float, beta: float, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k
        places = torch.arange(channels)
        near = (places[:, None] - places).abs() <= size // 2
        self.register_buffer("window", near.float().view(channels, channels, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, channels, H, W) to the same shape, in float32."""
        with torch.autocast(x.device.type, enabled=False):  # sums of squares lose too much in a short format
            return DivideByNeighbours.apply(
                x.float(), self.window, self.alpha / self.size, self.beta, self.k
            )

    def extra_repr(self) -> str:
        """Return what ``print`` shows of the layer."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
