"""Chapter 12: local response normalization in the networks of cuda-convnet."""

import itertools
import math
from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import SGD
from torchvision.datasets import VisionDataset

from alexnet_lib.checks import check_choice
from alexnet_lib.experiments.recipe import Recipe
from alexnet_lib.experiments.tensor_loader import TensorLoader
from alexnet_lib.experiments.tta import TenViews
from alexnet_lib.metrics import predict_logits
from alexnet_lib.models import check_input_size
from alexnet_lib.records import fact
from alexnet_lib.transforms import Statistics, channel_statistics

NORMALIZATIONS = ("none", "lrn", "batch")
INITIALIZATIONS = ("kaiming", "file")
CROP = 24
# Near the best of those tried in short trainings, on the validation images (search_local.jsonl in
# book/results); for batch normalization none was tried, and it takes the rate of the network without.
RATES = {"none": 0.03, "lrn": 0.08, "batch": 0.03}

# cuda-convnet works on pixels of 0 to 255 less their mean; here they are divided by this as well, which
# is about their standard deviation.
PIXEL_UNIT = 64

# --- The layers ---


class CrossMapNormalization(nn.Module):
    """Divide each value by its neighbours in adjacent maps, as ``nn.LocalResponseNorm`` does.

    The sums over windows of maps are one product with a matrix of zeros and ones; on a CPU that is
    faster than the three-dimensional average pooling that PyTorch uses.

    Parameters
    ----------
    channels
        Maps of the input.
    size
        Maps in a window, odd; fewer at the first and the last maps.
    alpha, beta
        Of the denominator (1 + alpha * sum of squares / size) ** beta: alpha is divided by the
        size, as by cuda-convnet's ``layer.py`` and by PyTorch, and unlike the paper's equation.
    """

    def __init__(self, channels: int, size: int, alpha: float, beta: float) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        places = torch.arange(channels)
        near = (places[:, None] - places).abs() <= size // 2
        self.register_buffer("window", near.float().view(channels, channels, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, channels, H, W) to the same shape, in float32."""
        with torch.autocast(x.device.type, enabled=False):  # sums of squares lose too much in a short format
            x = x.float()
            denominator = functional.conv2d(x.square(), self.window) * (self.alpha / self.size) + 1
            return x * (-self.beta * denominator.log()).exp()  # on a CPU faster than the power


class LocallyConnected2d(nn.Module):
    """Windows with stride 1 as in a convolution, each with weights and biases of its own.

    cuda-convnet calls it type=local.

    Parameters
    ----------
    in_channels, out_channels
        Maps before and after.
    kernel_size
        Side of the window, odd; zeros around the input keep the output as large as it.
    size
        Height and width of the input, which the number of weights depends on.

    Attributes
    ----------
    weight
        (places, window, out_channels), the window in the order row, column, input map.
    bias
        (places, out_channels).
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, size: int) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.size = size
        window = in_channels * kernel_size**2
        self.weight = nn.Parameter(torch.empty(size * size, window, out_channels))
        self.bias = nn.Parameter(torch.zeros(size * size, out_channels))
        # As nn.Conv2d begins: it is the window that an output sees, however many windows there are.
        nn.init.uniform_(self.weight, -1 / math.sqrt(window), 1 / math.sqrt(window))

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one image: each weight is used once."""
        return self.weight.numel()

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, in_channels, size, size) to (N, out_channels, size, size).

        One matrix product a place, all of them in a batch: (P, N, k k in) by (P, k k in, out).
        """
        check_input_size(x, self.in_channels, self.size)  # every place has its weights
        side, edge = self.size, self.kernel_size // 2
        padded = functional.pad(x.permute(2, 3, 0, 1), [0, 0, 0, 0, edge, edge, edge, edge])
        places = itertools.product(range(self.kernel_size), repeat=2)
        parts = [padded[row : row + side, column : column + side] for row, column in places]
        windows = torch.cat(parts, dim=-1).flatten(end_dim=1)  # a third of the time of functional.unfold
        out = torch.baddbmm(self.bias.unsqueeze(1), windows, self.weight)
        return out.unflatten(0, (side, side)).permute(2, 3, 0, 1)


# --- The two networks that the paper's section 3.3 points to, and what lies between them ---


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
    alpha
        LRN's alpha for such pixels, in place of the one from cuda-convnet's file.
    """

    def __init__(
        self,
        normalization: str = "none",
        width: int = 32,
        num_classes: int = 10,
        pixel_unit: float = PIXEL_UNIT,
        alpha: float | None = None,
    ) -> None:
        super().__init__()
        check_choice("normalization", normalization, NORMALIZATIONS)
        self.pixel_unit = pixel_unit
        if alpha is None:
            alpha = fact("local_lrn_scale") * pixel_unit**2
        pool = {"kernel_size": 3, "stride": 2, "ceil_mode": True}  # 24, 12, 6; rounding down gives 11 and 5
        layers = OrderedDict(
            conv1=nn.Conv2d(3, 64, kernel_size=5, padding=2), relu1=nn.ReLU(), pool1=nn.MaxPool2d(**pool)
        )
        if normalization != "none":
            layers["norm1"] = normalize(normalization, 64, alpha)
        layers |= {"conv2": nn.Conv2d(64, 64, kernel_size=5, padding=2), "relu2": nn.ReLU()}
        if normalization != "none":
            layers["norm2"] = normalize(normalization, 64, alpha)
        layers["pool2"] = nn.MaxPool2d(**pool)
        layers |= {"local3": LocallyConnected2d(64, width, 3, size=CROP // 4), "relu3": nn.ReLU()}
        layers |= {"local4": LocallyConnected2d(width, 32, 3, size=CROP // 4), "relu4": nn.ReLU()}
        self.features = nn.Sequential(layers)
        self.classifier = nn.Linear(32 * (CROP // 4) ** 2, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map crops (N, 3, 24, 24) to logits (N, num_classes)."""
        return self.classifier(self.features(x).flatten(start_dim=1))

    def initialize(self, initialization: str = "kaiming") -> None:
        """Draw the first weights; biases are zero.

        Parameters
        ----------
        initialization
            ``"kaiming"``: He's normal distribution, but 0.01 in the last layer. ``"file"``: the deviations
            that stand in cuda-convnet's files, the first layer's multiplied by the unit of the pixels, so
            that it answers as it does there. With LRN that is the original only for ``pixel_unit=1``:
            elsewhere alpha was converted too, which is one conversion too many.
        """
        check_choice("initialization", initialization, INITIALIZATIONS)
        for name, layer in [*self.features.named_children(), ("fc10", self.classifier)]:
            if not isinstance(layer, nn.Conv2d | LocallyConnected2d | nn.Linear):
                continue
            if initialization == "file" or name == "fc10":
                deviation = fact(f"local_initial_std_{name}") * (self.pixel_unit if name == "conv1" else 1)
            else:
                window = layer.weight.shape[1] if name.startswith("local") else layer.weight[0].numel()
                deviation = (2 / window) ** 0.5
            nn.init.normal_(layer.weight, std=deviation)
            nn.init.zeros_(layer.bias)


def normalize(normalization: str, channels: int, alpha: float) -> nn.Module:
    """Return a normalization layer, LRN with the window and the power of cuda-convnet's file."""
    if normalization == "batch":
        return nn.BatchNorm2d(channels)
    return CrossMapNormalization(channels, fact("local_lrn_size"), alpha, fact("local_lrn_power"))


@dataclass(frozen=True)
class LocalRecipe(Recipe):
    """One cell of chapter 12's table: a normalization, a width, and the training they share.

    ``normalization``, ``width`` and ``alpha`` are those of ``LocalNetwork``; all else but the learning rate
    is the same in every cell. Random crops of 24x24 are trained on, the middle ones measured.
    ``weight_decay`` holds for the locally connected layers and the last one.
    """

    network: str = "LocalNetwork"
    normalization: str = "none"
    width: int = 32
    alpha: float | None = None
    epochs: int = 60
    initialization: str = "kaiming"
    optimizer: str = "sgd"
    learning_rate: float = RATES["none"]
    weight_decay: float = 2e-3
    warmup: float = 0.05
    schedule: str = "linear"
    padding: int = 0
    crop: int = CROP

    def statistics(self, images: VisionDataset) -> tuple[Statistics, Statistics]:
        """Return the mean of each channel and, in place of its deviation, the unit of the pixels."""
        return channel_statistics(images)[0], (PIXEL_UNIT / 255,) * 3

    def make_model(self, num_classes: int) -> LocalNetwork:
        """Return the network with its first weights."""
        torch.manual_seed(self.seed)
        model = LocalNetwork(self.normalization, self.width, num_classes, alpha=self.alpha)
        model.initialize(self.initialization)
        return model

    def make_optimizers(self, model: nn.Module) -> list[SGD]:
        """Return SGD, biases at twice the rate and never decayed, as in cuda-convnet's files.

        Weights of the two convolutions are not decayed there either; batch normalization counts with
        what is not decayed.
        """
        decayed, free, biases = [], [], []
        for layer in model.modules():
            if isinstance(layer, LocallyConnected2d | nn.Linear):
                decayed.append(layer.weight)
            elif isinstance(layer, nn.Conv2d | nn.BatchNorm2d):
                free.append(layer.weight)
            else:
                continue
            biases.append(layer.bias)
        groups = [
            {"params": decayed, "weight_decay": self.weight_decay},
            {"params": free},
            {"params": biases, "lr": 2 * self.learning_rate},
        ]
        return [SGD(groups, self.learning_rate, momentum=0.9, nesterov=True, fused=True)]

    def view_logits(self, model: nn.Module, loader: TensorLoader) -> Tensor:
        """Return the logarithms (N, num_classes) of mean probabilities over ten views of each whole image."""
        whole = TensorLoader(loader.dataset, loader.mean, loader.std, device=loader.device)
        return predict_logits(TenViews(model, self.crop), whole, loader.device)[0]
