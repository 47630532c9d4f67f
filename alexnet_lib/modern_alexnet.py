"""AlexNet with what was learned since: batch normalization, and weights where the work is done."""

import torch
from torch import Tensor, nn

from alexnet_lib.networks import check_input_size


class NormalizedAlexNet(nn.Module):
    """The blog post's AlexNet with batch normalization (Ioffe & Szegedy, 2015) before each ReLU.

    Five convolutional and three fully connected layers of the same sizes, pooled in the same
    places; layers that are normalized need no bias, and dropout is gone.

    Parameters
    ----------
    num_classes
        Number of classes.
    in_channels
        3 for colour, 1 for grey images.
    """

    input_size = 32
    widths = (96, 256, 384, 384, 256)
    hidden = 4096

    def __init__(self, num_classes: int = 10, in_channels: int = 3) -> None:
        super().__init__()
        self.in_channels = in_channels
        layers: list[nn.Module] = []
        inputs = in_channels
        for number, outputs in enumerate(self.widths, start=1):
            layers += [
                nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(inplace=True),
            ]
            if number in (1, 2, 5):
                layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
            inputs = outputs
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(inputs * 4 * 4, self.hidden, bias=False),
            nn.BatchNorm1d(self.hidden),
            nn.ReLU(inplace=True),
            nn.Linear(self.hidden, self.hidden, bias=False),
            nn.BatchNorm1d(self.hidden),
            nn.ReLU(inplace=True),
            nn.Linear(self.hidden, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map images (N, in_channels, 32, 32) to logits (N, num_classes)."""
        check_input_size(x, self.in_channels, self.input_size)
        x = self.features(x)
        x = torch.flatten(x, start_dim=1)
        return self.classifier(x)


class ModernAlexNet(NormalizedAlexNet):
    """The same network with its weights moved: wider convolutions, narrow fully connected layers."""

    widths = (64, 256, 384, 384, 384)
    hidden = 512
