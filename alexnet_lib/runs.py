"""A training as the blog post has it: asked for once, then loaded."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader

from alexnet_lib.cache import Run, modules_of, train_once
from alexnet_lib.checks import check_settings
from alexnet_lib.data import content_hash, dataset_name, load_dataset, subset
from alexnet_lib.devices import choose_device
from alexnet_lib.loaders import make_loader
from alexnet_lib.models import network_class
from alexnet_lib.training import History, fit
from alexnet_lib.transforms import channel_statistics, eval_transform, train_transform


@dataclass(frozen=True)
class TrainingConfig:
    """What decides the result of a training run, but for data and code.

    ``train_size`` and ``test_size`` take the first so many images; None, or more than there are,
    takes all.
    """

    network: str = "AlexNet"
    dataset: str = "cifar10"
    train_size: int | None = None
    test_size: int | None = None
    epochs: int = 10
    batch_size: int = 128
    learning_rate: float = 1e-3
    seed: int = 0

    def __post_init__(self) -> None:
        """Check every setting."""
        check_settings(self)


def prepare(config: TrainingConfig) -> tuple[nn.Module, DataLoader, DataLoader]:
    """Return the model with its first weights, the training loader and the test loader."""
    train_set = load_dataset(config.dataset, train=True)
    test_set = load_dataset(dataset_name(train_set), train=False)
    mean, std = channel_statistics(train_set)
    train_set.transform, test_set.transform = train_transform(mean, std), eval_transform(mean, std)
    train_loader = make_loader(
        subset(train_set, config.train_size), config.batch_size, shuffle=True, seed=config.seed
    )
    test_loader = make_loader(subset(test_set, config.test_size), config.batch_size)
    torch.manual_seed(config.seed)
    model = network_class(config.network)(num_classes=len(train_set.classes))
    return model, train_loader, test_loader


def fit_or_load(config: TrainingConfig, device: str | torch.device | None = None) -> Run:
    """Train as the configuration says, or load the run that did; the report is the same.

    A run begun and interrupted goes on from its last epoch.

    Parameters
    ----------
    config
        What to train, and how.
    device
        CUDA where there is one, else MPS, else the CPU, unless given.
    """
    model, train_loader, test_loader = prepare(config)
    datasets = (train_loader.dataset, test_loader.dataset)
    # "auto" and what it stands for, None and the number of all images, and any larger one are the same run.
    train_size, test_size = map(len, datasets)
    config = dataclasses.replace(
        config, dataset=dataset_name(datasets[0]), train_size=train_size, test_size=test_size
    )
    # Mean and deviation are of all images, not only of those that are trained on.
    data = [f"{content_hash(images)} {images.transform}" for images in datasets]

    def train(folder: Path) -> History:
        return fit(
            model, train_loader, test_loader, epochs=config.epochs, learning_rate=config.learning_rate,
            device=choose_device(device), output=folder,
        )

    return train_once(config, data, modules_of(type(model)), model, train, test_loader)
