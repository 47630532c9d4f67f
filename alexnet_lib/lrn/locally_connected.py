"""A layer that looks through small windows as a convolution does, but with other weights at each of them."""

import itertools
import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from alexnet_lib.errors import BookError


class LocallyConnected2d(nn.Module):
    """Windows with stride 1, each with weights and biases of its own (cuda-convnet: type=local).

    Parameters
    ----------
    in_channels, out_channels
        Maps before and after.
    kernel_size
        Side of the window, odd; zeros around the input keep the output as large as it.
    size
        Height and width of the input, which the number of weights depends on.

    Attributes
    ----------
    weight
        (places, window, out_channels), the window in the order row, column, input map.
    bias
        (places, out_channels).
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, size: int) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.size = size
        window = in_channels * kernel_size**2
        self.weight = nn.Parameter(torch.empty(size * size, window, out_channels))
        self.bias = nn.Parameter(torch.zeros(size * size, out_channels))
        # As nn.Conv2d begins: it is the window that an output sees, however many windows there are.
        nn.init.uniform_(self.weight, -1 / math.sqrt(window), 1 / math.sqrt(window))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, in_channels, size, size) to (N, out_channels, size, size).

        One matrix product a place, all of them in a batch: (P, N, k k in) by (P, k k in, out).
        """
        wanted = (self.in_channels, self.size, self.size)
        if x.dim() != 4 or tuple(x.shape[1:]) != wanted:
            raise BookError("local_input", given=tuple(x.shape), wanted=("N", *wanted))
        side, edge = self.size, self.kernel_size // 2
        padded = functional.pad(x.permute(2, 3, 0, 1), [0, 0, 0, 0, edge, edge, edge, edge])
        places = itertools.product(range(self.kernel_size), repeat=2)
        parts = [padded[row : row + side, column : column + side] for row, column in places]
        windows = torch.cat(parts, dim=-1).flatten(end_dim=1)
        out = torch.baddbmm(self.bias.unsqueeze(1), windows, self.weight)
        return out.unflatten(0, (side, side)).permute(2, 3, 0, 1)

    def extra_repr(self) -> str:
        """Return what ``print`` shows of the layer."""
        sides = f"kernel_size={self.kernel_size}, size={self.size}"
        return f"{self.in_channels}, {self.out_channels}, {sides}"
