"""Chapter 12: local response normalization in the networks of cuda-convnet."""

import itertools
import math
import statistics
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional
from torch.optim.lr_scheduler import LambdaLR
from torchvision.datasets import VisionDataset

from alexnet_lib.checks import check_settings
from alexnet_lib.data import content_hash, load_dataset, split, subset
from alexnet_lib.devices import choose_device, fast_dtype
from alexnet_lib.experiments.recipe import Outcome, Recipe, Training, schedule
from alexnet_lib.experiments.tensor_loader import TensorLoader
from alexnet_lib.language import BookError
from alexnet_lib.metrics import predict_logits
from alexnet_lib.progress import report_epoch
from alexnet_lib.records import SEEDS, RecordedRun, checksums, fact, recorded_runs
from alexnet_lib.runs import SOURCES as OF_RUNS
from alexnet_lib.runs import dataset_name, once
from alexnet_lib.transforms import Statistics, channel_statistics


class DivideByNeighbours(torch.autograd.Function):
    """x (k + scale * window x²) ** -power, with its gradient written out: half the time of autograd's."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, window: Tensor, scale: float, power: float, k: float
    ) -> Tensor:
        """Return the normalized maps; ``window`` is symmetric."""
        denominator = functional.conv2d(x.square(), window).mul_(scale).add_(k)
        factor = denominator.log().mul_(-power).exp_()
        ctx.save_for_backward(x, window, denominator, factor)
        ctx.strength = 2 * scale * power
        return x * factor

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Pass on what reaches a value itself, less its share in the denominators of its neighbours."""
        x, window, denominator, factor = ctx.saved_tensors
        direct = gradient * factor
        shares = functional.conv2d((direct * x).div_(denominator), window)
        return direct.sub_(shares.mul_(x), alpha=ctx.strength), None, None, None, None


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
    alpha, beta, k
        Of the denominator (k + alpha * sum of squares / size) ** beta: alpha is divided by the
        size, as by cuda-convnet's ``layer.py`` and by PyTorch, and unlike the paper's equation.
    """

    def __init__(self, channels: int, size: int, alpha: float, beta: float, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k
        places = torch.arange(channels)
        near = (places[:, None] - places).abs() <= size // 2
        self.register_buffer("window", near.float().view(channels, channels, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, channels, H, W) to the same shape, in float32."""
        with torch.autocast(x.device.type, enabled=False):  # sums of squares lose too much in a short format
            return DivideByNeighbours.apply(
                x.float(), self.window, self.alpha / self.size, self.beta, self.k
            )

    def extra_repr(self) -> str:
        """Return what ``print`` shows of the layer."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class LocallyConnected2d(nn.Module):
    """Windows with stride 1, each with weights and biases of its own (cuda-convnet: type=local).

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

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, in_channels, size, size) to (N, out_channels, size, size).

        One matrix product a place, all of them in a batch: (P, N, k k in) by (P, k k in, out).
        """
        wanted = (self.in_channels, self.size, self.size)
        if x.dim() != 4 or tuple(x.shape[1:]) != wanted:
            raise BookError("local_input", given=tuple(x.shape), wanted=("N", *wanted))
        side, edge = self.size, self.kernel_size // 2
        padded = functional.pad(x.permute(2, 3, 0, 1), [0, 0, 0, 0, edge, edge, edge, edge])
        places = itertools.product(range(self.kernel_size), repeat=2)
        parts = [padded[row : row + side, column : column + side] for row, column in places]
        windows = torch.cat(parts, dim=-1).flatten(end_dim=1)
        out = torch.baddbmm(self.bias.unsqueeze(1), windows, self.weight)
        return out.unflatten(0, (side, side)).permute(2, 3, 0, 1)

    def extra_repr(self) -> str:
        """Return what ``print`` shows of the layer."""
        sides = f"kernel_size={self.kernel_size}, size={self.size}"
        return f"{self.in_channels}, {self.out_channels}, {sides}"


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


def ten_views(images: Tensor, size: int) -> Tensor:
    """Return the four corners and the middle of each image, and the mirror image of each.

    Parameters
    ----------
    images
        (N, C, H, W).
    size
        Side of a view, in pixels.

    Returns
    -------
    Tensor
        (10, N, C, size, size). Source: paper, section 4.1; cuda-convnet's ``convdata.py``.
    """
    bottom, right = images.shape[2] - size, images.shape[3] - size
    corners = [(0, 0), (0, right), (bottom // 2, right // 2), (bottom, 0), (bottom, right)]
    views = [images[:, :, top : top + size, left : left + size] for top, left in corners]
    return torch.stack([*views, *(view.flip(3) for view in views)])


class TenViews(nn.Module):
    """A network that answers with the mean of its probabilities over ten views of each image."""

    def __init__(self, model: nn.Module, size: int) -> None:
        super().__init__()
        self.model = model
        self.size = size

    def forward(self, images: Tensor) -> Tensor:
        """Map whole images (N, C, H, W) to the logarithms (N, num_classes) of mean probabilities."""
        probabilities = sum(self.model(view).softmax(dim=1) for view in ten_views(images, self.size)) / 10
        return probabilities.clamp(min=1e-30).log()


def ten_view_logits(
    model: nn.Module, loader: TensorLoader, size: int, device: str | torch.device | None = None
) -> Tensor:
    """Return the logarithms (N, num_classes) of mean probabilities, for a loader of whole images."""
    return predict_logits(TenViews(model, size), loader, device)[0]


# A change in one of these modules can change the result of a training.
SOURCES = (
    *OF_RUNS, "facts.toml", "records",
    *(f"experiments/{name}" for name in ("lrn", "recipe", "tensor_loader")),
)
# Near the best of those tried in short trainings, on the validation images (search_local.jsonl in
# book/results); for batch normalization none was tried, and it takes the rate of the network without.
RATES = {"none": 0.03, "lrn": 0.08, "batch": 0.03}
SPLITS = ("train", "validation", "test")
KEPT = ("history", "counts", "logits", "labels", "image_shape", "steps_images", "views")


@dataclass(frozen=True)
class LocalConfig:
    """What decides the result of a training of ``LocalNetwork``, but for data and code.

    ``normalization`` and ``width`` are the network's; all else but the learning rate is the same in
    every cell of the table. ``weight_decay`` holds for the locally connected layers and the last
    one, ``warm_up`` is a share of the training, ``start`` one of ``STARTS``. ``train_size`` takes the
    first so many images, ``test_size`` as many validation and as many test images at most; None takes all.
    """

    normalization: str = "none"
    width: int = 32
    dataset: str = "cifar10"
    train_size: int | None = None
    test_size: int | None = None
    epochs: int = 60
    batch_size: int = 128
    learning_rate: float = RATES["none"]
    weight_decay: float = 2e-3
    warm_up: float = 0.05
    start: str = "he"
    seed: int = 0

    def __post_init__(self) -> None:
        """Check every setting."""
        check_settings(self)


def build(
    config: LocalConfig,
    device: str | torch.device | None = None,
    memory_format: torch.memory_format = torch.contiguous_format,
) -> Training:
    """Prepare a training: random crops, the middle ones of validation and test images, network, schedule."""
    device = choose_device(device)
    whole = load_dataset(config.dataset, train=True)
    test_set = load_dataset(dataset_name(whole), train=False)
    rest, held_out = split(whole)
    rest = subset(rest, config.train_size)
    held_out, test_set = subset(held_out, config.test_size), subset(test_set, config.test_size)
    crops = {"padding": 0, "size": CROP, "device": device}
    centre = pixel_statistics(whole)
    loaders = [
        TensorLoader(rest, *centre, config.batch_size, augment=True, seed=config.seed, **crops),
        TensorLoader(held_out, *centre, **crops),
        TensorLoader(test_set, *centre, **crops),
    ]
    torch.manual_seed(config.seed)
    model = LocalNetwork(config.normalization, config.width, num_classes=len(whole.classes))
    initialize(model, config.start)
    model.to(device, memory_format=memory_format)
    groups = parameter_groups(model, config.learning_rate, config.weight_decay)
    optimizer = torch.optim.SGD(groups, config.learning_rate, momentum=0.9, nesterov=True, fused=True)
    line = Recipe(epochs=config.epochs, warm_up=config.warm_up, decay=True)
    scheduler = LambdaLR(optimizer, schedule(line, len(loaders[0])))
    return Training(config.epochs, model, *loaders, optimizer, scheduler, nn.CrossEntropyLoss(), None)


def pixel_statistics(images: VisionDataset) -> tuple[Statistics, Statistics]:
    """Return the mean of each channel and, in place of its deviation, the unit of the pixels."""
    return channel_statistics(images)[0], (PIXEL_UNIT / 255,) * 3


def run_local(
    config: LocalConfig,
    output: Path | None = None,
    memory_format: torch.memory_format = torch.contiguous_format,
    *,
    device: str | torch.device | None = None,
    dtype: torch.dtype | None = None,
) -> Outcome:
    """Train on random crops, measure the middle ones of the validation images, and the test set once.

    Parameters
    ----------
    config
        What to train, and how: SGD with Nesterov momentum 0.9, its rate rising at first and then
        falling to zero, both in straight lines.
    output
        A folder for checkpoints; a training begun there goes on.
    memory_format
        How the weights of convolutions lie in memory.
    device
        See ``choose_device``.
    dtype
        Of the products; None takes the fastest, see ``fast_dtype``.

    Returns
    -------
    Outcome
        ``logits`` are those of one view, the middle crop; ``views`` those of ten.
    """
    device = choose_device(device)
    dtype = dtype or fast_dtype(device)
    training = build(config, device, memory_format)
    history = training.fit(device=device, output=output, dtype=dtype)
    parts = (training.train_loader, training.val_loader, training.test_loader)
    counts = {name: len(part.dataset) for name, part in zip(SPLITS, parts, strict=True)}
    centre = pixel_statistics(load_dataset(config.dataset, train=True))
    whole_images = TensorLoader(training.test_loader.dataset, *centre, device=device)
    return Outcome(
        training.model, history, counts,
        *predict_logits(training.model, training.test_loader, device),
        image_shape=(3, CROP, CROP),
        steps_images=counts["train"] * config.epochs,
        dtype=dtype,
        views=ten_view_logits(training.model, whole_images, CROP, device),
        val_logits=predict_logits(training.model, training.val_loader, device)[0],
    )


def local_or_load(config: LocalConfig) -> Outcome:
    """Train in float32, or read what the same training came to; the report is the same."""
    data = [content_hash(load_dataset(config.dataset, train=train)) for train in (True, False)]
    made: list[Outcome] = []

    def make() -> dict[str, Any]:
        made.append(run_local(config, dtype=torch.float32))
        made[0].model.cpu()  # where the one that is loaded is
        kept = {name: getattr(made[0], name) for name in KEPT}
        return kept | {"model": made[0].model.state_dict()}

    kept, loaded = once("local", [config, *data], SOURCES, make)
    if not loaded:
        return made[0]
    for row in kept["history"]:
        report_epoch(row, config.epochs)
    model = LocalNetwork(config.normalization, config.width, num_classes=kept["logits"].shape[1])
    model.load_state_dict(kept.pop("model"))
    return Outcome(model, **kept)


Cell = tuple[str, int]

WIDTHS = (32, 64)


def recorded_cells(normalizations: tuple[str, ...]) -> dict[Cell, dict[int, RecordedRun]]:
    """Return the recorded runs of chapter 12 by (normalization, width) and seed.

    They are called ``local_NORMALIZATION_WIDTH``; a cell of which nothing is recorded is left out.
    """
    names = {
        "local_{}_{}".format(*cell): cell
        for cell in ((normalization, width) for width in WIDTHS for normalization in normalizations)
    }
    known = [(name, seed) for name in names for seed in SEEDS if f"{name}-{seed}.npz" in checksums()]
    cells: dict[Cell, dict[int, RecordedRun]] = {}
    for (name, seed), run in recorded_runs(known).items():
        cells.setdefault(names[name], {})[seed] = run
    return cells


def view_errors(runs: Mapping[int, RecordedRun], views: int) -> dict[int, float]:
    """Return the test error of each seed in percent, from one view of each image or from ten."""
    scores = {1: "test", 10: "test_views"}[views]
    return {seed: 100 * run.about[scores]["top1_error"] for seed, run in runs.items()}


def paired_differences(before: Mapping[int, float], after: Mapping[int, float]) -> dict[int, float]:
    """Return after less before for every seed that both have: same first weights, same order of images."""
    return {seed: after[seed] - before[seed] for seed in sorted(before.keys() & after.keys())}


def direction(changes: Iterable[float]) -> str:
    """Return ``"higher"`` or ``"lower"`` where all changes have that sign, and else ``"mixed"``."""
    changes = list(changes)
    if changes and all(change > 0 for change in changes):
        return "higher"
    return "lower" if changes and all(change < 0 for change in changes) else "mixed"


def trend(errors: list[float], last: int) -> float:
    """Return the slope of the last so many values of a curve, by least squares: its change an epoch."""
    tail = errors[-last:]
    return statistics.linear_regression(range(len(tail)), tail).slope
