"""AlexNet with what was learned since: batch normalization, other sizes, a rounder activation."""

import json

import torch
from torch import Tensor, nn

from alexnet_lib.models import NETWORKS, check_input_size, network_class
from alexnet_lib.records import intact, recorded_weights


class NormalizedAlexNet(nn.Module):
    """The blog post's AlexNet with batch normalization (Ioffe & Szegedy, 2015) before each ReLU.

    Five convolutional and three fully connected layers of the same sizes, pooled in the same
    places; pooling goes first, so that what follows has a quarter of the values. Layers that are
    normalized need no bias, and dropout is gone.
    """

    in_channels = 3
    input_size = 32
    widths = (96, 256, 384, 384, 256)
    hidden = 4096
    pooled = (1, 2, 5)  # the convolutions that pooling follows
    activation: type[nn.Module] = nn.ReLU

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = self.in_channels
        for number, outputs in enumerate(self.widths, start=1):
            layers.append(nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=False))
            if number in self.pooled:
                layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
            layers += [nn.BatchNorm2d(outputs), self.activation()]
            inputs = outputs
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(inputs * 4 * 4, self.hidden, bias=False),
            nn.BatchNorm1d(self.hidden),
            self.activation(),
            nn.Linear(self.hidden, self.hidden, bias=False),
            nn.BatchNorm1d(self.hidden),
            self.activation(),
            nn.Linear(self.hidden, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map images (N, 3, 32, 32) to logits (N, num_classes)."""
        check_input_size(x, self.in_channels, self.input_size)
        x = self.features(x)
        x = torch.flatten(x, start_dim=1)
        return self.classifier(x)


class ResizedAlexNet(NormalizedAlexNet):
    """The same layers in other sizes: pooled one layer later, and narrow where they are fully connected."""

    widths = (64, 96, 192, 320, 320)
    hidden = 512
    pooled = (2, 3, 5)


class ModernAlexNet(ResizedAlexNet):
    """The resized network with ReLU's corner rounded off (GELU, Hendrycks & Gimpel, 2016)."""

    activation = nn.GELU


class SmallAlexNet(ModernAlexNet):
    """ModernAlexNet with a quarter of the channels, and a sixteenth of the weights: quick on a CPU."""

    widths = (16, 24, 48, 80, 80)
    hidden = 128


NETWORKS.update({
    each.__name__: each for each in (NormalizedAlexNet, ResizedAlexNet, ModernAlexNet, SmallAlexNet)
})


def recorded_model(name: str, seed: int = 0) -> nn.Module:
    """Return the network with which a recorded run ended, for the few whose weights travel with the book.

    It is in float32 and in evaluation mode, and takes images normalized with ``CIFAR10_MEAN`` and
    ``CIFAR10_STD``.

    Raises
    ------
    BookError
        If its weights do not travel, or are not to be had just now; it says why.
    """
    weights = recorded_weights(name, seed)
    settings = json.loads(intact(f"{name}-{seed}.json"))["config"]
    model = network_class(settings["network"])()
    model.load_state_dict(weights)
    return model.eval()
