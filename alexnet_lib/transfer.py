"""Transfer learning: three ways to begin on a small task, and the same budget for each."""

import copy
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset
from torchvision import models
from torchvision.datasets import VisionDataset

from alexnet_lib import runs
from alexnet_lib.checks import check_settings
from alexnet_lib.data import content_hash
from alexnet_lib.devices import choose_device
from alexnet_lib.errors import BookError
from alexnet_lib.loaders import make_loader
from alexnet_lib.metrics import evaluate, predict_logits
from alexnet_lib.modern_networks import resnet18_32
from alexnet_lib.networks import AlexNet
from alexnet_lib.once import once
from alexnet_lib.precision import Precision
from alexnet_lib.report import say
from alexnet_lib.training import train_epoch

IMAGENET_WEIGHTS = models.ResNet18_Weights.IMAGENET1K_V1
WAYS = ("frozen", "fine_tuned", "scratch", "scratch_resnet18")
# A change in one of these modules can change the result of a transfer.
SOURCES = (*runs.SOURCES, "modern_networks", "transfer")


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

    def make() -> dict[str, float]:
        return {"accuracy": train_transfer(config, source, train_set, test_set)[1]}

    kept, _ = once("transfer", [config, *hashes], SOURCES, make)
    return kept["accuracy"]


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
