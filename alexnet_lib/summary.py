"""Where a network keeps its parameters, its work and its memory."""

import math
from collections import Counter
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from alexnet_lib.metrics import evaluating

BYTES_PER_VALUE = 4  # float32
SHORT_NAMES = {"Conv2d": "Conv", "Linear": "FC", "MaxPool2d": "Pool", "LocalResponseNorm": "LRN"}


@dataclass(frozen=True)
class LayerRow:
    """One layer, for one image: ``activation_bytes`` is its output in float32."""

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    macs: int
    activation_bytes: int


def layer_table(model: nn.Module, input_size: tuple[int, ...] = (3, 32, 32)) -> list[LayerRow]:
    """Send one image of zeros through a network and note what each layer does.

    Parameters
    ----------
    model
        Any network of torch's own layers. Left as it was.
    input_size
        (channels, height, width) of one image.

    Returns
    -------
    list of LayerRow
        In the order of computation; parameters that stand beside layers have a row where the module that
        holds them ends. Multiply-accumulates are those of convolutional and fully connected layers, and of
        layers that tell theirs as ``macs``; activation functions, pooling and normalization multiply next
        to nothing.
    """
    rows: list[LayerRow] = []
    numbers: Counter[str] = Counter()
    counted: set[int] = set()  # parameters of a layer that is used twice are there once

    def note(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        kind = type(layer).__name__
        short = SHORT_NAMES.get(kind, kind)
        numbers[short] += 1
        shape, leaf = tuple(output.shape[1:]), not list(layer.children())
        own = [each for each in layer.parameters(recurse=False) if id(each) not in counted]
        counted.update(map(id, own))
        rows.append(
            LayerRow(
                name=f"{short}{numbers[short]}",
                kind=kind,
                output_shape=shape,
                parameters=sum(parameter.numel() for parameter in own),
                macs=multiply_accumulates(layer, shape),
                activation_bytes=BYTES_PER_VALUE * math.prod(shape) if leaf else 0,  # its last layer's
            )
        )

    layers = [layer for layer in model.modules() if not list(layer.children()) or layer._parameters]
    hooks = [layer.register_forward_hook(note) for layer in layers]
    parameter = next(model.parameters())
    try:
        with evaluating(model), torch.inference_mode():
            model(torch.zeros(1, *input_size, device=parameter.device, dtype=parameter.dtype))
    finally:
        for hook in hooks:
            hook.remove()
    return rows


def multiply_accumulates(layer: nn.Module, output_shape: tuple[int, ...]) -> int:
    """Return how many products a layer adds up for one image; biases are not products."""
    if isinstance(layer, nn.Conv2d):
        per_value = layer.in_channels // layer.groups * math.prod(layer.kernel_size)
        return math.prod(output_shape) * per_value
    if isinstance(layer, nn.Linear):
        return layer.in_features * math.prod(output_shape)
    return getattr(layer, "macs", 0)
