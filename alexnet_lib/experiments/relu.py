"""Chapter 11: the race of activation functions to 25 % training error."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.optim import SGD

from alexnet_lib.checks import check_choice
from alexnet_lib.experiments.initialization import initialize
from alexnet_lib.experiments.recipe import Recipe
from alexnet_lib.training import History

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "gelu": nn.GELU}


@dataclass(frozen=True)
class Variant:
    """What the paper does not say of its network: the side of the kernels, the maps a layer, the pooling."""

    kernel_size: int
    widths: tuple[int, int, int]
    pooling: type[nn.Module]
    pooling_size: int


VARIANTS = {
    # Kernels, maps and pooling windows of cuda-convnet's layers-18pct.cfg, by the paper's first author.
    1: Variant(5, (32, 32, 64), nn.MaxPool2d, pooling_size=3),
    2: Variant(3, (32, 64, 64), nn.AvgPool2d, pooling_size=2),
}


class FourLayerNet(nn.Module):
    """The network of the paper's figure 1, as far as the paper describes it, for 32x32 images.

    Three convolutions and one fully connected layer. Each convolution is followed by pooling with stride 2
    and then by the activation, in the order of the first layer of cuda-convnet's layers-18pct.cfg; behind max
    pooling that comes to the same where the activation only rises (GELU's does not), and costs a quarter. No
    dropout and no normalization: the paper trains without regularization (figure 1).

    Parameters
    ----------
    activation
        A key of ``ACTIVATIONS``.
    variant
        A key of ``VARIANTS``.
    num_classes
        Number of classes.
    """

    def __init__(self, activation: str = "relu", variant: int = 1, num_classes: int = 10) -> None:
        super().__init__()
        check_choice("activation", activation, ACTIVATIONS)
        check_choice("variant", variant, VARIANTS)
        choice = VARIANTS[variant]
        layers, channels = [], 3
        for width in choice.widths:
            layers += [
                nn.Conv2d(channels, width, choice.kernel_size, padding=choice.kernel_size // 2),
                choice.pooling(choice.pooling_size, stride=2, ceil_mode=True),
                ACTIVATIONS[activation](),
            ]
            channels = width
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(4 * 4 * channels, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (N, 3, 32, 32) to logits (N, num_classes)."""
        return self.classifier(self.features(x).flatten(start_dim=1))


@dataclass(frozen=True)
class RaceRecipe(Recipe):
    """A race: the same images in another order each epoch, neither cropped nor flipped, until the goal.

    ``activation`` and ``variant`` are those of ``FourLayerNet``. Pooling, which takes much of these networks'
    time on a CPU, is faster with weights in the memory format channels_last.
    """

    network: str = "FourLayerNet"
    activation: str = "relu"
    variant: int = 1
    epochs: int = 40
    initialization: str = "xavier"
    optimizer: str = "sgd"
    learning_rate: float = 0.01
    padding: int = 0
    flips: str = "none"
    goal: float = 0.25

    memory_format: ClassVar[torch.memory_format] = torch.channels_last

    def make_model(self, num_classes: int) -> nn.Module:
        """Return the network with its first weights: with one seed the same, whatever the activation."""
        torch.manual_seed(self.seed)
        model = FourLayerNet(self.activation, self.variant, num_classes)
        initialize(model, self.initialization)
        return model

    def make_optimizers(self, model: nn.Module) -> list[SGD]:
        """Return SGD with momentum, and no weight decay: the paper's race has no regularization."""
        return [SGD(model.parameters(), self.learning_rate, momentum=0.9, fused=True)]


def arrival(history: History, goal: float) -> float | None:
    """Return after how many epochs the training error first came down to a goal.

    It is measured at the end of each epoch; in between it is taken to fall in a straight line.

    Parameters
    ----------
    history
        With ``train_error``.
    goal
        A fraction.

    Returns
    -------
    float or None
        Epochs; the first epoch counts whole, as nothing was measured before it. None where the goal was not
        reached.
    """
    before = None
    for row in history:
        if row["train_error"] <= goal:
            if before is None:
                return float(row["epoch"])
            fall = before["train_error"] - row["train_error"]
            return before["epoch"] + (before["train_error"] - goal) / fall
        before = row
    return None
