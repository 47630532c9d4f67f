"""The two networks for CIFAR-10 that the paper's section 3.3 points to, and what lies between them."""

from collections import OrderedDict

from torch import Tensor, nn

from alexnet_lib.errors import BookError
from alexnet_lib.facts import fact
from alexnet_lib.lrn.locally_connected import LocallyConnected2d
from alexnet_lib.lrn.response_normalization import CrossMapNormalization

NORMALIZATIONS = ("none", "lrn", "batch")
STARTS = ("he", "file")
CROP = 24

# cuda-convnet works on pixels of 0 to 255 less their mean; here they are divided by this as well, which
# is about their standard deviation.
PIXEL_UNIT = 64


class LocalNetwork(nn.Module):
    """Two convolutions, two locally connected layers, one fully connected, for 24x24 crops.

    Source: ``example-layers/layers-conv-local-13pct.cfg`` (no normalization, 32 maps in the first
    local layer) and ``layers-conv-local-11pct.cfg`` ("lrn", 64 maps) of cuda-convnet.

    Parameters
    ----------
    normalization
        What stands behind the first pooling and before the second: nothing, local response
        normalization, or batch normalization.
    width
        Maps of the first locally connected layer.
    num_classes
        Scores an image.
    pixel_unit
        What the pixels were divided by. LRN compares squares of values with 1, so its alpha is
        multiplied by the square of this: the network then does what cuda-convnet's does.
    """

    def __init__(
        self,
        normalization: str = "none",
        width: int = 32,
        num_classes: int = 10,
        pixel_unit: float = PIXEL_UNIT,
    ) -> None:
        super().__init__()
        if normalization not in NORMALIZATIONS:
            known = ", ".join(NORMALIZATIONS)
            raise BookError("unknown_choice", field="normalization", given=normalization, known=known)
        pool = {"kernel_size": 3, "stride": 2, "ceil_mode": True}  # 24, 12, 6; rounding down gives 11 and 5
        layers = OrderedDict(
            conv1=nn.Conv2d(3, 64, kernel_size=5, padding=2), relu1=nn.ReLU(), pool1=nn.MaxPool2d(**pool)
        )
        if normalization != "none":
            layers["norm1"] = normalize(normalization, 64, pixel_unit)
        layers |= {"conv2": nn.Conv2d(64, 64, kernel_size=5, padding=2), "relu2": nn.ReLU()}
        if normalization != "none":
            layers["norm2"] = normalize(normalization, 64, pixel_unit)
        layers["pool2"] = nn.MaxPool2d(**pool)
        layers |= {"local3": LocallyConnected2d(64, width, 3, size=CROP // 4), "relu3": nn.ReLU()}
        layers |= {"local4": LocallyConnected2d(width, 32, 3, size=CROP // 4), "relu4": nn.ReLU()}
        self.features = nn.Sequential(layers)
        self.classifier = nn.Linear(32 * (CROP // 4) ** 2, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map crops (N, 3, 24, 24) to logits (N, num_classes)."""
        return self.classifier(self.features(x).flatten(start_dim=1))


def normalize(normalization: str, channels: int, pixel_unit: float) -> nn.Module:
    """Return a normalization layer, LRN with the constants of cuda-convnet's file."""
    if normalization == "batch":
        return nn.BatchNorm2d(channels)
    size, scale, power = (fact(f"local_lrn_{name}") for name in ("size", "scale", "power"))
    return CrossMapNormalization(channels, size, alpha=scale * pixel_unit**2, beta=power, k=1)


def initialize(model: LocalNetwork, start: str = "he", pixel_unit: float = PIXEL_UNIT) -> None:
    """Draw the first weights; biases are zero.

    Parameters
    ----------
    model
        Changed in place.
    start
        ``"he"``: He's normal distribution, but 0.01 in the last layer. ``"file"``: the deviations that
        stand in cuda-convnet's files, from which the signal fades to almost nothing at first; they were
        written for a small learning rate and hundreds of epochs.
    pixel_unit
        What the pixels were divided by: the file's first layer is multiplied by it, and then answers
        as it does there. An LRN whose alpha was converted as well sees those answers as so many times
        louder than the original's does, though from this start they are faint all the same.
    """
    if start not in STARTS:
        raise BookError("unknown_choice", field="start", given=start, known=", ".join(STARTS))
    for name, layer in [*model.features.named_children(), ("fc10", model.classifier)]:
        if not isinstance(layer, nn.Conv2d | LocallyConnected2d | nn.Linear):
            continue
        if start == "file" or name == "fc10":
            deviation = fact(f"local_initial_std_{name}") * (pixel_unit if name == "conv1" else 1)
        else:
            window = layer.weight.shape[1] if name.startswith("local") else layer.weight[0].numel()
            deviation = (2 / window) ** 0.5
        nn.init.normal_(layer.weight, std=deviation)
        nn.init.zeros_(layer.bias)


def parameter_groups(model: LocalNetwork, learning_rate: float, weight_decay: float) -> list[dict]:
    """Return SGD's groups: biases at twice the rate and never decayed, as in cuda-convnet's files.

    Weights of the two convolutions are not decayed there either; batch normalization counts with
    what is not decayed.
    """
    groups = {"decayed": [], "free": [], "biases": []}
    for layer in model.modules():
        if isinstance(layer, LocallyConnected2d | nn.Linear):
            groups["decayed"].append(layer.weight)
        elif isinstance(layer, nn.Conv2d | nn.BatchNorm2d):
            groups["free"].append(layer.weight)
        else:
            continue
        groups["biases"].append(layer.bias)
    return [
        {"params": groups["decayed"], "lr": learning_rate, "weight_decay": weight_decay},
        {"params": groups["free"], "lr": learning_rate, "weight_decay": 0.0},
        {"params": groups["biases"], "lr": 2 * learning_rate, "weight_decay": 0.0},
    ]
