"""VGG, ResNet and EfficientNet from torchvision: as they were published, and fitted to 32x32 images."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torchvision import models

from alexnet_lib.devices import choose_device
from alexnet_lib.layers import layer_table

# Nothing is downloaded: a weights entry knows what its weights score without having them.
PUBLISHED: dict[str, tuple[Callable[..., nn.Module], models.WeightsEnum]] = {
    "AlexNet": (models.alexnet, models.AlexNet_Weights.IMAGENET1K_V1),
    "VGG-16": (models.vgg16, models.VGG16_Weights.IMAGENET1K_V1),
    "ResNet-18": (models.resnet18, models.ResNet18_Weights.IMAGENET1K_V1),
    "EfficientNet-B0": (models.efficientnet_b0, models.EfficientNet_B0_Weights.IMAGENET1K_V1),
}


@dataclass(frozen=True)
class PublishedNetwork:
    """A network of torchvision for 224x224 images and 1,000 classes.

    ``top1_accuracy`` is what torchvision publishes for its weights, in percent of the ImageNet
    validation images; ``macs`` are the multiply-accumulates of one image.
    """

    name: str
    parameters: int
    macs: int
    top1_accuracy: float


def published_networks() -> list[PublishedNetwork]:
    """Return torchvision's AlexNet and three that came after it, in the order of their years."""
    networks = []
    for name, (build, weights) in PUBLISHED.items():
        with torch.device("meta"):  # shapes without values: nothing to store, nothing to compute
            table = layer_table(build(), input_size=(3, 224, 224))
        networks.append(
            PublishedNetwork(
                name=name,
                parameters=sum(row.parameters for row in table),
                macs=sum(row.macs for row in table),
                top1_accuracy=weights.meta["_metrics"]["ImageNet-1K"]["acc@1"],
            )
        )
    return networks


def vgg16_32(num_classes: int = 10) -> nn.Module:
    """VGG-16 (Simonyan and Zisserman, 2015, configuration D) for 32x32 images.

    Five poolings leave 1x1 of 32x32. torchvision would copy that one position to 7x7; here the
    first fully connected layer reads it as it is.
    """
    model = models.vgg16(num_classes=num_classes)
    model.avgpool = nn.Identity()
    model.classifier[0] = nn.Linear(512, 4096)
    return model


def resnet18_32(num_classes: int = 10) -> nn.Module:
    """ResNet-18 (He et al., 2016) for 32x32 images: they are not made smaller before the first block."""
    model = models.resnet18(num_classes=num_classes)
    model.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=1, bias=False)
    model.maxpool = nn.Identity()
    return model


def efficientnet_b0_32(num_classes: int = 10) -> nn.Module:
    """EfficientNet-B0 (Tan and Le, 2019) for 32x32 images: its first convolution takes every pixel."""
    model = models.efficientnet_b0(num_classes=num_classes)
    model.features[0][0].stride = (1, 1)
    return model


def spatial_sizes(model: nn.Module, size: int = 32) -> list[int]:
    """Return the heights that an image passes through, from the input to the last convolution."""
    rows = layer_table(model, input_size=(3, size, size))
    heights = [row.output_shape[1] for row in rows if row.kind in ("Conv2d", "MaxPool2d")]
    # EfficientNet weighs its maps beside the main path, with convolutions over 1x1.
    return sorted({size, *(height for height in heights if height >= heights[-1])}, reverse=True)


def step_seconds(
    networks: Mapping[str, nn.Module],
    images: Tensor,
    labels: Tensor,
    rounds: int = 3,
    device: str | torch.device | None = None,
) -> dict[str, float]:
    """Time one forward and backward pass over a batch, for each network.

    Parameters
    ----------
    networks
        Name and network; moved to the device, their gradients overwritten.
    images, labels
        The batch: float32 (N, 3, H, W) and int64 (N,).
    rounds
        Measurements a network, one in each round, so that a busy minute of the machine strikes
        all of them; a round before these warms up and does not count.

    Returns
    -------
    dict
        Name and median in seconds. On a CPU one thread computes: threads that wait for a core
        which another program holds would measure that program.
    """
    device = choose_device(device)
    images, labels = images.to(device), labels.to(device)
    seconds: dict[str, list[float]] = {name: [] for name in networks}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for _ in range(rounds + 1):
            for name, model in networks.items():
                model.to(device).train().zero_grad()
                start = time.perf_counter()
                loss = nn.functional.cross_entropy(model(images), labels)
                loss.backward()
                loss.item()  # waits until a GPU has done all that was asked of it before
                seconds[name].append(time.perf_counter() - start)
    finally:
        torch.set_num_threads(threads)
    return {name: statistics.median(measured[1:]) for name, measured in seconds.items()}
