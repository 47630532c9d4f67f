"""A trained network as a script of the site: what its layers do, and their weights in 8 bits.

``book/_static/network.js`` computes with it. Every output channel of a convolutional or fully connected
layer has a scale of its own, so that its largest weight is 127. Batch normalization stays a scale and a
shift where it stands: behind max-pooling it cannot be folded into the convolution, because a channel with a
negative scale would need the least value of each window in place of the largest.
"""

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from alexnet_lib.data import CIFAR10_CLASSES
from alexnet_lib.experiments.modern_alexnet import recorded_model
from alexnet_lib.language import BookError, catalogue
from alexnet_lib.records import intact
from alexnet_lib.transforms import CIFAR10_MEAN, CIFAR10_STD

RUN, SEED = "modern_all", 0  # the recorded run whose weights the page has
LARGEST = 127  # of 8 bits with a sign, the same on both sides of zero
NORMALIZATIONS = nn.BatchNorm1d | nn.BatchNorm2d


def quantized(weight: Tensor) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Round a weight to 8 bits; ``whole * scale`` of an output channel is off by half a scale at most.

    Parameters
    ----------
    weight
        (outputs, inputs) or (outputs, inputs, 3, 3).

    Returns
    -------
    whole, scale
        The numbers from -127 to 127, of the weight's shape, and the scales, (outputs,).
    """
    rows = weight.detach().flatten(start_dim=1)
    scale = rows.abs().amax(dim=1).clamp(min=torch.finfo(torch.float32).tiny) / LARGEST
    whole = torch.round(rows / scale[:, None]).to(torch.int8)
    return whole.reshape(weight.shape).numpy(), scale.numpy()


def scale_and_shift(layer: nn.BatchNorm1d | nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Return what batch normalization does to each channel when it no longer learns."""
    scale = layer.weight / torch.sqrt(layer.running_var + layer.eps)
    return scale, layer.bias - layer.running_mean * scale


def packed(model: nn.Module) -> tuple[list[Any], bytes]:
    """Return what a network's layers do, in order, and the numbers that they do it with.

    Normalizing the image is the first layer, and a bias a layer of its own.

    Parameters
    ----------
    model
        A ``NormalizedAlexNet`` of any sizes that rounds its corners with GELU.

    Returns
    -------
    layers, numbers
        Of each layer its ``kind`` and, where it has any, ``inputs`` and ``outputs``; then, one layer after
        the other, 8-bit weights followed by their float32 scales, or float32 scales followed by shifts.
        Layers with a ``name`` give what is shown as feature maps.
    """
    layers: list[dict[str, Any]] = []
    numbers: list[bytes] = []
    names = {"convolution": 0, "linear": 0}

    def normalize(scale: Tensor, shift: Tensor) -> None:
        layers.append({"kind": "normalization", "outputs": len(scale)})
        numbers.extend(each.detach().numpy().astype("<f4").tobytes() for each in (scale, shift))

    std = torch.tensor(CIFAR10_STD)
    normalize(1 / std, -torch.tensor(CIFAR10_MEAN) / std)
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            kind = "convolution" if isinstance(layer, nn.Conv2d) else "linear"
            names[kind] += 1
            outputs, inputs = layer.weight.shape[:2]
            layers.append({"kind": kind, "inputs": inputs, "outputs": outputs})
            whole, scale = quantized(layer.weight)
            numbers += [whole.tobytes(), scale.astype("<f4").tobytes()]
            name = f"Conv{names[kind]}" if kind == "convolution" else f"FC{names[kind]}"
            if layer.bias is not None:
                normalize(torch.ones(outputs), layer.bias)
        elif isinstance(layer, nn.MaxPool2d):
            layers.append({"kind": "pooling"})
        elif isinstance(layer, NORMALIZATIONS):
            normalize(*scale_and_shift(layer))
        elif isinstance(layer, nn.GELU):
            layers.append({"kind": "gelu", "name": name})
        elif not list(layer.children()):
            raise TypeError(f"network.js knows no layer like {layer}; see book/_ext/network_weights.py.")
    return layers, b"".join(numbers)


def network_in_page(language: str) -> dict[str, Any] | None:
    """Return what the page must know of the network before it is loaded; None where there are no weights."""
    try:
        layers, numbers = packed(recorded_model(RUN, SEED))
        test = json.loads(intact(f"{RUN}-{SEED}.json"))["test"]
    except BookError:
        return None
    return {
        "classes": [catalogue()[f"classes.{name}"][language] for name in CIFAR10_CLASSES],
        "mean": CIFAR10_MEAN,
        "accuracy": 1 - test["top1_error"],
        "images": test["count"],
        "network": {
            "script": f"{RUN}-{SEED}.js",
            "bytes": len(base64.b64encode(numbers)),
            "checksum": zlib.crc32(numbers),
            "layers": layers,
        },
    }


def write_script(folder: Path) -> None:
    """Write the weights as a script, which a page opened as a file may load too."""
    try:
        _, numbers = packed(recorded_model(RUN, SEED))
    except BookError:
        return
    folder.mkdir(parents=True, exist_ok=True)
    content = base64.b64encode(numbers).decode()
    (folder / f"{RUN}-{SEED}.js").write_text(f'window.alexnetData.weights = "{content}";\n', "utf-8")
