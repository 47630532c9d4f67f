"""What arrives of the images in each layer of a network that has not learned anything yet."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from alexnet_lib.metrics import evaluating

SHORT_NAMES = {nn.Conv2d: "Conv", nn.Linear: "FC"}


def signal_by_layer(model: nn.Module, images: Tensor) -> dict[str, float]:
    """Return how much the outputs of each convolutional and fully connected layer differ over images.

    The standard deviation of each value over the images, before the activation function and
    without dropout; of these, the root of the mean square. A bias, the same for all images, adds
    nothing to it.

    Parameters
    ----------
    model
        Left as it was.
    images
        (N, C, H, W), normalized; at least two.

    Returns
    -------
    dict
        Conv1, Conv2, ... and FC1, FC2, ... in the order of computation.
    """
    signal: dict[str, float] = {}

    def note(name: str) -> Callable:
        def hook(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            signal[name] = output.var(dim=0).mean().sqrt().item()

        return hook

    hooks = []
    for kind, short in SHORT_NAMES.items():
        layers = [layer for layer in model.modules() if isinstance(layer, kind)]
        for number, layer in enumerate(layers, start=1):
            hooks.append(layer.register_forward_hook(note(f"{short}{number}")))
    try:
        with evaluating(model), torch.inference_mode():
            model(images)
    finally:
        for hook in hooks:
            hook.remove()
    return signal
