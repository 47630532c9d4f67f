"""The four-layer network of the paper's figure 1, as far as the paper describes it, with any activation."""

from dataclasses import dataclass

from torch import Tensor, nn

from alexnet_lib.errors import BookError
from alexnet_lib.facts import fact

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "gelu": nn.GELU}
INITIALIZATIONS = ("he", "glorot", "small")


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
    """Three convolutions and one fully connected layer, for 32x32 images.

    Each convolution is followed by pooling with stride 2 and then by the activation, in the order of
    the first layer of cuda-convnet's layers-18pct.cfg; behind max pooling it comes to the same for
    every activation that only rises, and costs a quarter. No dropout and no normalization: the paper
    trains without regularization (figure 1).

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


def check_choice(field: str, given: object, known: object) -> None:
    """Refuse a value that is not among the known ones."""
    if given not in known:
        raise BookError("unknown_choice", field=field, given=given, known=", ".join(map(str, known)))


def initialize(model: nn.Module, initialization: str) -> None:
    """Draw the first weights of every layer anew, and set all biases to zero.

    Parameters
    ----------
    model
        Changed in place.
    initialization
        ``"he"``: N(0, 2 / inputs), made for ReLU (He et al., 2015, equation 10). ``"glorot"``:
        uniform with variance 2 / (inputs + outputs), made for tanh (Glorot and Bengio, 2010,
        equation 16). ``"small"``: N(0, 0.01 squared) in every layer, as the paper prints it
        (section 5), without regard to a layer's size.
    """
    check_choice("initialization", initialization, INITIALIZATIONS)
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            if initialization == "he":
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            elif initialization == "glorot":
                nn.init.xavier_uniform_(layer.weight)
            else:
                nn.init.normal_(layer.weight, std=fact("paper_initial_std"))
            nn.init.zeros_(layer.bias)
