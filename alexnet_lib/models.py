"""The two networks of the book: the blog post's, for 32x32 images, and the paper's, for 224x224."""

import torch
from torch import Tensor, nn

from alexnet_lib.language import BookError


class AlexNet(nn.Module):
    """AlexNet for 32x32 images, as the blog post has it: 36,925,322 parameters for ten classes.

    Five convolutional and three fully connected layers, as in the paper (section 3.5), but
    with 3x3 kernels, non-overlapping pooling, no normalization and no groups. ``in_channels`` is 3 for
    colour, 1 for grey images.
    """

    input_size = 32

    def __init__(self, num_classes: int = 10, in_channels: int = 3) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, 96, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=2, stride=2),
            nn.Conv2d(96, 256, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=2, stride=2),
            nn.Conv2d(256, 384, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 384, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=2, stride=2),
        )
        self.classifier = nn.Sequential(
            nn.Linear(256 * 4 * 4, 4096),
            nn.Dropout(0.5),
            nn.ReLU(inplace=True),
            nn.Linear(4096, 4096),
            nn.Dropout(0.5),
            nn.ReLU(inplace=True),
            nn.Linear(4096, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map images (N, in_channels, 32, 32) to logits (N, num_classes)."""
        check_input_size(x, self.in_channels, self.input_size)
        x = self.features(x)
        x = x.flatten(start_dim=1)
        return self.classifier(x)


class AlexNet2012(nn.Module):
    """The network of the paper (sections 3.3 to 3.5, 4.2): 60,965,224 parameters for 1,000 classes.

    Each of Conv1 and Conv2 is followed by ReLU, local response normalization and overlapping
    pooling, in this order. ``groups=2`` stands for the two GPUs: Conv2, Conv4 and Conv5 see
    only the maps of their own half. PyTorch divides LRN's alpha by the window size n = 5, so the
    paper's printed 1e-4 is 5e-4 here. The 2012 code rounds the size of Conv1's output up, where
    PyTorch rounds down; three rows and columns of zeros at the far edges give the same 55.
    """

    in_channels = 3
    input_size = 224

    def __init__(self, num_classes: int = 1000) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.ZeroPad2d((0, 3, 0, 3)),
            nn.Conv2d(3, 96, kernel_size=11, stride=4),
            nn.ReLU(inplace=True),
            nn.LocalResponseNorm(size=5, alpha=5e-4, beta=0.75, k=2),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(96, 256, kernel_size=5, padding=2, groups=2),
            nn.ReLU(inplace=True),
            nn.LocalResponseNorm(size=5, alpha=5e-4, beta=0.75, k=2),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(256, 384, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 384, kernel_size=3, padding=1, groups=2),
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, kernel_size=3, padding=1, groups=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),
        )
        self.classifier = nn.Sequential(
            nn.Linear(256 * 6 * 6, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Linear(4096, num_classes),
        )
        self.initialize()

    def initialize(self) -> None:
        """Draw the weights as the paper does (section 5): N(0, 0.01), some biases at 1."""
        convolutions = [layer for layer in self.features if isinstance(layer, nn.Conv2d)]
        linears = [layer for layer in self.classifier if isinstance(layer, nn.Linear)]
        ones = [convolutions[1], convolutions[3], convolutions[4], linears[0], linears[1]]
        for layer in convolutions + linears:
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.constant_(layer.bias, 1.0 if layer in ones else 0.0)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (N, 3, 224, 224) to logits (N, num_classes)."""
        check_input_size(x, self.in_channels, self.input_size)
        x = self.features(x)
        x = x.flatten(start_dim=1)
        return self.classifier(x)


# Networks by name; the file of an experiment adds its own.
NETWORKS: dict[str, type[nn.Module]] = {"AlexNet": AlexNet, "AlexNet2012": AlexNet2012}


def network_class(name: str) -> type[nn.Module]:
    """Return a network of ``NETWORKS`` by its name."""
    if name not in NETWORKS:
        raise BookError("unknown_network", name=name, known=", ".join(NETWORKS))
    return NETWORKS[name]


def check_input_size(x: Tensor, channels: int, size: int) -> None:
    """Raise a BookError unless x is a batch (N, channels, size, size)."""
    if x.shape[1:] != torch.Size((channels, size, size)) or x.dim() != 4:
        raise BookError("input_size", given=tuple(x.shape), wanted=f"(N, {channels}, {size}, {size})")
