"""Chapter 9: later networks, and transfer learning to a small task."""

import copy
import hashlib
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset
from torchvision import models
from torchvision.datasets import VisionDataset

from alexnet_lib import runs
from alexnet_lib.checks import check_settings, whole_number
from alexnet_lib.checks import seed as check_seed
from alexnet_lib.data import content_hash, load_dataset, subset
from alexnet_lib.devices import Precision, choose_device
from alexnet_lib.language import BookError, tell
from alexnet_lib.loaders import make_loader
from alexnet_lib.metrics import evaluate, predict_logits
from alexnet_lib.models import AlexNet
from alexnet_lib.notebook import say
from alexnet_lib.runs import do_once
from alexnet_lib.summary import layer_table
from alexnet_lib.training import train_epoch

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


# Ten things of CIFAR-100 that CIFAR-10 does not hold; chosen for variety, before any training.
TASK_CLASSES = (
    "apple", "bicycle", "bottle", "castle", "chair",
    "mountain", "mushroom", "sunflower", "telephone", "turtle",
)


def small_task(
    transform: Callable, download: bool = False, root: str | Path | None = None
) -> tuple[VisionDataset, VisionDataset]:
    """Return training and test images of ten classes of CIFAR-100, else shapes10, and say which.

    Parameters
    ----------
    transform
        What the source network was trained with, less the augmentation.
    download
        Whether CIFAR-100 may be fetched where it is not on disk.
    root
        See ``data_root``.
    """
    try:
        splits = [load_dataset("cifar100", root, train, transform, download) for train in (True, False)]
    except BookError as error:
        if error.name != "data_missing":
            tell(str(error))
        say("transfer.shapes10")
        return tuple(load_dataset("shapes10", train=train, transform=transform) for train in (True, False))
    say("transfer.cifar100", classes=", ".join(TASK_CLASSES))
    return tuple(choose_classes(split, TASK_CLASSES) for split in splits)


def choose_classes(dataset: VisionDataset, names: Sequence[str]) -> VisionDataset:
    """Return the images of the named classes, numbered from 0 in the order of the names."""
    numbers = {dataset.classes.index(name): number for number, name in enumerate(names)}
    part = subset(dataset, [index for index, target in enumerate(dataset.targets) if target in numbers])
    part.targets = [numbers[target] for target in part.targets]
    part.classes = list(names)
    return part


def draw_per_class(dataset: VisionDataset, count: int, seed: int) -> VisionDataset:
    """Return ``count`` images of each class, drawn at random, the classes taking turns.

    Raises
    ------
    BookError
        If a class has fewer.
    """
    rng = np.random.default_rng(check_seed("seed", seed))
    targets = np.asarray(dataset.targets)
    fewest = np.bincount(targets, minlength=len(dataset.classes)).min()
    count = whole_number("count", count, high=fewest)
    drawn = [
        rng.permutation(np.flatnonzero(targets == number))[:count] for number in range(len(dataset.classes))
    ]
    return subset(dataset, np.stack(drawn, axis=1).ravel())


IMAGENET_WEIGHTS = models.ResNet18_Weights.IMAGENET1K_V1
WAYS = ("frozen", "fine_tuned", "scratch", "scratch_resnet18")
# A change in one of these modules can change the result of a transfer.
SOURCES = (*runs.SOURCES, "experiments/transfer")


@dataclass(frozen=True)
class TransferConfig:
    """What decides one training on the small task, but for the source, the images and the code.

    ``way`` is ``"frozen"`` (the source as it is, under a new last layer), ``"fine_tuned"`` (all
    of the source goes on learning, under a new last layer), ``"scratch"`` (AlexNet with random
    weights) or ``"scratch_resnet18"``.
    """

    way: str
    learning_rate: float
    epochs: int
    batch_size: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
        """Check every setting."""
        check_settings(self)


def with_last_layer(source: nn.Module, make: Callable[[int], nn.Module]) -> nn.Module:
    """Return a copy of a network; ``make(in_features)`` stands where its last linear layer stood."""
    model = copy.deepcopy(source)
    name, last = [found for found in model.named_modules() if isinstance(found[1], nn.Linear)][-1]
    parent, _, attribute = name.rpartition(".")
    setattr(model.get_submodule(parent), attribute, make(last.in_features))
    return model


def starting_model(way: str, source: nn.Module, num_classes: int) -> nn.Module:
    """Return the network that a way begins with."""
    if way not in WAYS:
        raise BookError("unknown_way", way=way, known=", ".join(WAYS))
    if way == "scratch":
        return AlexNet(num_classes)
    if way == "scratch_resnet18":
        return resnet18_32(num_classes)
    model = copy.deepcopy(source).requires_grad_(way == "fine_tuned")
    return with_last_layer(model, lambda features: nn.Linear(features, num_classes))


def train_transfer(
    config: TransferConfig,
    source: nn.Module,
    train_set: VisionDataset,
    test_set: VisionDataset,
    device: str | torch.device | None = None,
) -> tuple[nn.Module, float]:
    """Train on the small task; return the network and its accuracy on the test images.

    Each way sees the same images in the same batches for the same number of steps, none of them
    augmented. ``source`` is left as it was.
    """
    device = choose_device(device)
    torch.manual_seed(config.seed)
    model = starting_model(config.way, source, len(train_set.classes))
    learner = model
    if config.way == "frozen":
        # Frozen layers turn an image into the same features in every epoch: once is enough.
        body = with_last_layer(source, lambda features: nn.Identity())
        train_set, test_set = (
            TensorDataset(*predict_logits(body, make_loader(images), device))
            for images in (train_set, test_set)
        )
        learner = [layer for layer in model.modules() if isinstance(layer, nn.Linear)][-1]
    learner.to(device)
    loader = make_loader(train_set, config.batch_size, shuffle=True, seed=config.seed)
    # Fused: one pass over 37 million weights instead of ten, which counts where batches are small.
    optimizer = torch.optim.Adam(learner.parameters(), lr=config.learning_rate, fused=True)
    for epoch in range(1, config.epochs + 1):
        train_epoch(learner, loader, optimizer, Precision(device), epoch)
    accuracy = evaluate(learner, make_loader(test_set), device)["accuracy"]
    return model.cpu().eval(), accuracy


def transfer_or_load(
    config: TransferConfig, source: nn.Module, train_set: VisionDataset, test_set: VisionDataset
) -> float:
    """Return the accuracy of ``train_transfer``; as with ``fit_or_load``, each is trained once."""
    hashes = (weights_hash(source), content_hash(train_set), content_hash(test_set))

    def make(folder: Path) -> dict[str, float]:
        return {"accuracy": train_transfer(config, source, train_set, test_set)[1]}

    return do_once([config, *hashes], SOURCES, make)["accuracy"]


def weights_hash(model: nn.Module) -> str:
    """Return the sha256 of all weights and buffers of a network, in hexadecimal."""
    digest = hashlib.sha256()
    for name, values in model.state_dict().items():
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(values.cpu()))
    return digest.hexdigest()


def imagenet_resnet18() -> nn.Module | None:
    """Return ResNet-18 as ImageNet has taught it, downloaded; where that fails, say so and return None."""
    try:
        return models.resnet18(weights=IMAGENET_WEIGHTS, progress=False)
    except (OSError, RuntimeError):  # no network, no space; bytes that are not those of the hash
        say("transfer.no_weights", url=IMAGENET_WEIGHTS.url)
        return None
