"""Exercises of chapter 6: convolution, sizes, parameters, and what joins two layers."""

from collections.abc import Callable, Sequence
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.nn import functional

from alexnet_lib.practice.exercise import Exercise, numbers

random = torch.Generator().manual_seed(0)
KERNEL = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
IMAGES = [torch.rand(size, generator=random) for size in ((8, 8), (6, 9), (5, 5))]
KERNELS = [KERNEL, torch.rand(3, 3, generator=random), torch.rand(2, 2, generator=random)]
MAPS = [torch.rand(size, generator=random) for size in ((2, 16, 4, 4), (16, 16, 3, 3), (8, 8, 2, 2))]
FEATURES = [torch.randn(count, 8, generator=random) for count in (5, 2)]


def convolved(image: Tensor, kernel: Tensor) -> Tensor:
    """Convolve as PyTorch does it."""
    return functional.conv2d(image[None, None], kernel[None, None])[0, 0]


def sums_of_matrix_products(image: Tensor, kernel: Tensor) -> Tensor:
    """Multiply window and kernel as matrices and sum what comes out."""
    return convolved(image, kernel.sum(dim=1).expand(len(kernel), -1))


def classified(features: Tensor, *between: nn.Module, end: Sequence[nn.Module] = ()) -> Tensor:
    """Send features through two fully connected layers, with something between them or behind."""
    return nn.Sequential(nn.Linear(8, 16), *between, nn.Linear(16, 3), *end)(features)


def classified_by_formula(features: Tensor) -> Tensor:
    """Compute the same with the formula of a fully connected layer."""
    first, second = nn.Linear(8, 16), nn.Linear(16, 3)
    hidden = (features @ first.weight.T + first.bias).clamp(min=0)
    return hidden @ second.weight.T + second.bias


def with_fixed_weights(scores: Callable[[Tensor], Tensor], features: Tensor) -> Tensor:
    """Call a function whose layers get weights by their shapes, in whatever order it makes them."""

    def fill(layer: nn.Linear) -> None:
        for parameter in layer.parameters():
            parameter.data = numbers(*parameter.shape) / layer.in_features**0.5

    with patch.object(nn.Linear, "reset_parameters", fill):
        return scores(features)


EXERCISES = {
    "06_convolve": Exercise(
        right=convolved,
        cases=list(zip(IMAGES, KERNELS, strict=True)),
        mistakes={
            "flipped": lambda image, kernel: convolved(image, kernel.flip((0, 1))),
            "transposed": lambda image, kernel: convolved(image, kernel.T),
            "last_place_missing": lambda image, kernel: convolved(image, kernel)[:-1, :-1],
            "last_place_zero": lambda image, kernel: functional.pad(
                convolved(image, kernel)[:-1, :-1], (0, 1, 0, 1)
            ),
            "matrix_product": sums_of_matrix_products,
            "padded": lambda image, kernel: functional.pad(
                convolved(image, kernel), (0, kernel.shape[1] - 1, 0, kernel.shape[0] - 1)
            ),
            "mean": lambda image, kernel: convolved(image, kernel) / kernel.numel(),
        },
    ),
    "06_flatten": Exercise(
        right=256 * 8 * 8,
        tolerance=0,
        mistakes={
            "of_32_pixels": 4096,
            "twice_the_area": 8192,
            "one_channel": 64,
            "two_poolings": 65536,
        },
    ),
    "06_parameters": Exercise(
        right=lambda inputs, outputs, kernel, groups: sum(
            weights.numel()
            for weights in nn.Conv2d(inputs, outputs, kernel, groups=groups, device="meta").parameters()
        ),
        cases=[(3, 96, 11, 1), (96, 256, 3, 1), (96, 256, 5, 2), (384, 256, 3, 2), (16, 16, 3, 16)],
        tolerance=0,
        mistakes={
            "no_biases": lambda inputs, outputs, kernel, groups: outputs * (inputs // groups) * kernel**2,
            "one_bias": lambda inputs, outputs, kernel, groups: outputs * (inputs // groups) * kernel**2 + 1,
            "line": lambda inputs, outputs, kernel, groups: outputs * (inputs // groups * kernel + 1),
            "ungrouped": lambda inputs, outputs, kernel, groups: outputs * (inputs * kernel**2 + 1),
            "biases_divided": lambda inputs, outputs, kernel, groups: (
                outputs * (inputs * kernel**2 + 1) // groups
            ),
            "one_group": lambda inputs, outputs, kernel, groups: (
                outputs // groups * (inputs // groups * kernel**2 + 1)
            ),
            "bias_per_input": lambda inputs, outputs, kernel, groups: (
                outputs * (inputs // groups) * (kernel**2 + 1)
            ),
        },
    ),
    "06_view": Exercise(
        right=lambda maps: maps.flatten(1),
        cases=[(maps,) for maps in MAPS],
        untouched=lambda maps: maps.reshape(-1, 256),
        mistakes={
            "one_row": lambda maps: maps.flatten(),
            "channels_apart": lambda maps: maps.flatten(2),
            "mixed": lambda maps: maps.reshape(-1, len(maps)).T,
        },
    ),
    "06_relu": Exercise(
        right=classified_by_formula,
        compared=with_fixed_weights,
        cases=[(features,) for features in FEATURES],
        untouched=classified,
        mistakes={
            "at_the_end": lambda features: classified(features, end=[nn.ReLU()]),
            "at_the_end_too": lambda features: classified(features, nn.ReLU(), end=[nn.ReLU()]),
            "softmax": lambda features: classified(features, nn.ReLU(), end=[nn.Softmax(dim=1)]),
            "dropout": lambda features: classified(features, nn.Dropout(0.5)),
            "dropout_too": lambda features: classified(features, nn.ReLU(), nn.Dropout(0.5)),
            "in_front": lambda features: classified(features.relu()),
            "one_layer": lambda features: nn.Linear(8, 3)(features),
            **{
                kind.__name__: lambda features, kind=kind: classified(features, kind())
                for kind in (nn.Tanh, nn.Sigmoid, nn.LeakyReLU, nn.GELU)
            },
        },
    ),
}
