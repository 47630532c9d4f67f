"""A training of chapters 10 to 12 as one object: its settings, its parts, its run.

A ``Recipe`` holds the settings and makes the parts, from the network to the learning-rate schedule; ``build``
puts them together, and ``train_or_load`` runs them once.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torchvision.datasets import VisionDataset

from alexnet_lib.checks import check_choice, check_settings
from alexnet_lib.data import content_hash, dataset_name, load_dataset, split, subset
from alexnet_lib.devices import choose_device, fast_dtype
from alexnet_lib.experiments import modern_alexnet  # noqa: F401 - its networks get their names
from alexnet_lib.experiments.initialization import initialize, whiten_first_layer
from alexnet_lib.experiments.muon import Muon
from alexnet_lib.experiments.schedule import rate_share
from alexnet_lib.experiments.tensor_loader import TensorLoader
from alexnet_lib.experiments.tta import AveragedViews
from alexnet_lib.metrics import evaluate, predict_logits
from alexnet_lib.models import network_class
from alexnet_lib.runs import Run, modules_of, train_once
from alexnet_lib.training import History, fit
from alexnet_lib.transforms import Statistics, channel_statistics

OPTIMIZERS = ("adam", "sgd", "muon", "muon_adam")
MEASURED = 10_000  # training images on which the training error is measured, where there is a goal
WHITENED = 5_000  # images whose patches the first layer is drawn from


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; the defaults are the blog post's, on the images left by ``split``.

    ``train_size`` takes the first so many images, ``test_size`` as many validation and as many test images
    at most; None takes all. Without ``validation`` the validation images are trained on as well and nothing
    is measured on them: for a last training, once every setting is chosen. ``learning_rate`` is the highest:
    it rises over the first part of the training, ``warmup`` of it, and then stays (``schedule="constant"``)
    or falls to zero (``"linear"``). ``muon_learning_rate`` is Muon's. ``ema`` is the part of the training
    over which the running average of the weights looks back, 0 for none. Of an image a square with side
    ``crop`` is seen, None all. With ``test_time_augmentation`` the test images are scored a second time,
    through ``AveragedViews``.
    With a ``goal`` the training error on the first ``MEASURED`` images is measured after each epoch, as
    ``train_error``, and the training ends once it is at most that.

    An experiment may have its own statistics of the pixels, network, optimizers, schedule and views of a test
    image: it overrides the methods for them.
    """

    network: str = "AlexNet"
    dataset: str = "cifar10"
    train_size: int | None = None
    test_size: int | None = None
    validation: bool = True
    epochs: int = 10
    batch_size: int = 128
    initialization: str = "torch"
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    muon_learning_rate: float = 0.0
    weight_standardization: bool = False
    weight_decay: float = 0.0
    warmup: float = 0.0
    schedule: str = "constant"
    label_smoothing: float = 0.0
    ema: float = 0.0
    dropout: float = 0.5
    flips: str = "random"
    padding: int = 4
    padding_mode: str = "constant"
    crop: int | None = None
    cutout: int = 0
    test_time_augmentation: bool = False
    goal: float | None = None
    seed: int = 0

    memory_format: ClassVar[torch.memory_format] = torch.contiguous_format

    def __post_init__(self) -> None:
        """Check every setting."""
        check_settings(self)

    def statistics(self, images: VisionDataset) -> tuple[Statistics, Statistics]:
        """Return what is subtracted from the pixels of each channel, and what they are divided by."""
        return channel_statistics(images)

    def make_model(self, num_classes: int) -> nn.Module:
        """Return the network with its first weights."""
        torch.manual_seed(self.seed)
        model = network_class(self.network)(num_classes=num_classes)
        initialize(model, self.initialization)
        for layer in model.modules():
            if isinstance(layer, nn.Dropout):
                layer.p = self.dropout
        return model

    def make_optimizers(self, model: nn.Module) -> list[Optimizer]:
        """Return the optimizers that together hold all parameters of a network."""
        check_choice("optimizer", self.optimizer, OPTIMIZERS)
        kernels, others = [], list(model.parameters())
        if self.optimizer.startswith("muon"):
            kernels = [layer.weight for layer in model.modules() if isinstance(layer, nn.Conv2d)]
            others = [p for p in others if not any(p is kernel for kernel in kernels)]
        rate, decay = self.learning_rate, self.weight_decay
        if self.optimizer.endswith("adam"):
            plain = torch.optim.AdamW(others, rate, weight_decay=decay, fused=True)
        else:
            plain = torch.optim.SGD(others, rate, 0.9, weight_decay=decay, nesterov=True, fused=True)
        if not kernels:
            return [plain]
        standardized = {"weight_standardization": self.weight_standardization}
        return [Muon(kernels, self.muon_learning_rate, weight_decay=decay, **standardized), plain]

    def rate_share(self, step: int, steps: int) -> float:
        """Return the share of the highest learning rate that a step has, of so many, counted from 0."""
        return rate_share(step, steps, self.schedule, self.warmup)

    def make_schedulers(self, optimizers: list[Optimizer], steps: int) -> list[LambdaLR]:
        """Return what changes the learning rates of the optimizers in a training of so many steps."""
        return [LambdaLR(optimizer, lambda step: self.rate_share(step, steps)) for optimizer in optimizers]

    def view_logits(self, model: nn.Module, loader: TensorLoader) -> Tensor | None:
        """Return the logits (N, C) averaged over several views of each image, where the recipe has such."""
        if not self.test_time_augmentation:
            return None
        return predict_logits(AveragedViews(model), loader, loader.device)[0]


class Loaders(NamedTuple):
    """Images on their device; ``measured`` are the first that are trained on, in their order."""

    train: TensorLoader
    validation: TensorLoader | None
    test: TensorLoader
    measured: TensorLoader


@dataclass(frozen=True)
class Training:
    """All that a recipe comes to: the parts that ``fit`` puts to work."""

    recipe: Recipe
    model: nn.Module
    loaders: Loaders
    optimizers: list[Optimizer]
    schedulers: list[LambdaLR]
    ema: AveragedModel | None

    def fit(self, **options: object) -> History:
        """Train; ``options`` are those of ``fit``. Validation images, where kept, are measured each epoch."""
        goal = self.recipe.goal
        return fit(
            self.model,
            self.loaders.train,
            self.loaders.validation,
            **{
                "epochs": self.recipe.epochs,
                "optimizer": self.optimizers,
                "scheduler": self.schedulers,
                "schedule_steps": True,
                "loss_fn": nn.CrossEntropyLoss(label_smoothing=self.recipe.label_smoothing),
                "ema": self.ema,
                "also": None if goal is None else self.train_error,
                "until": None if goal is None else lambda row: row["train_error"] <= goal,
                "device": self.loaders.train.device,
                **options,
            },
        )

    def train_error(self, model: nn.Module) -> dict[str, float]:
        """Return the error on training images as a fraction, under ``train_error``."""
        measured = self.loaders.measured
        return {"train_error": 1 - evaluate(model, measured, measured.device)["accuracy"]}

    def result(self) -> nn.Module:
        """Return the network to use after training: the average of its weights, where there is one."""
        return self.model if self.ema is None else self.ema.module


def make_loaders(recipe: Recipe, device: str | torch.device | None = None) -> Loaders:
    """Load the images of a recipe."""
    whole = load_dataset(recipe.dataset, train=True)
    test_set = load_dataset(dataset_name(whole), train=False)
    rest, held_out = split(whole) if recipe.validation else (whole, None)
    rest = subset(rest, recipe.train_size)
    statistics, options = recipe.statistics(whole), {"size": recipe.crop, "device": device}
    train_loader = TensorLoader(
        rest, *statistics, recipe.batch_size, augment=True, flips=recipe.flips, padding=recipe.padding,
        padding_mode=recipe.padding_mode, cutout=recipe.cutout, seed=recipe.seed, **options,
    )
    held_out, test_set = (images and subset(images, recipe.test_size) for images in (held_out, test_set))
    as_they_are = (held_out, test_set, subset(rest, MEASURED))
    return Loaders(
        train_loader, *(images and TensorLoader(images, *statistics, **options) for images in as_they_are)
    )


def build(
    recipe: Recipe,
    device: str | torch.device | None = None,
    memory_format: torch.memory_format | None = None,
    loaders: Loaders | None = None,
) -> Training:
    """Prepare a training: images (unless given), network, optimizers, schedules."""
    device = choose_device(device)
    loaders = loaders or make_loaders(recipe, device)
    model = recipe.make_model(len(loaders.train.dataset.classes))
    if recipe.initialization == "whitening":
        whiten_first_layer(model, torch.cat([images for images, _ in loaders.measured])[:WHITENED])
    model.to(device, memory_format=memory_format or recipe.memory_format)
    optimizers = recipe.make_optimizers(model)
    steps = recipe.epochs * len(loaders.train)
    ema = None
    if recipe.ema:
        mix = get_ema_multi_avg_fn(1 - 1 / max(recipe.ema * steps, 1))
        ema = AveragedModel(model, multi_avg_fn=mix, use_buffers=True)
    return Training(recipe, model, loaders, optimizers, recipe.make_schedulers(optimizers, steps), ema)


def train_or_load(
    recipe: Recipe, device: str | torch.device | None = None, dtype: torch.dtype | None = None
) -> Run:
    """Train by a recipe, or load the run that did; the report is the same.

    Parameters
    ----------
    recipe
        What to train, and how.
    device
        See ``choose_device``.
    dtype
        Of the products; the fastest here, unless given.
    """
    device = choose_device(device)
    dtype = dtype or fast_dtype(device)
    training = build(recipe, device)
    model, loaders = training.result(), training.loaders
    images = [loader.dataset for loader in loaders[:3] if loader]
    settled = dataclasses.replace(recipe, dataset=dataset_name(images[0]), train_size=len(images[0]))
    normalized = [loaders.train.mean, loaders.train.std]
    data = [str(dtype), normalized, *map(content_hash, images)]
    classes = (Recipe, type(recipe), type(model), TensorLoader, Muon)
    code = [*modules_of(*classes), "experiments/initialization", "experiments/schedule", "facts.toml"]

    def train(folder: Path) -> History:
        return training.fit(dtype=dtype, output=folder)

    return train_once(settled, data, code, model, train, loaders.test)
