"""Recipes: the same training with one thing changed at a time, from the blog post's to the best known."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from alexnet_lib.checks import check_settings
from alexnet_lib.data import load_dataset, take
from alexnet_lib.devices import choose_device
from alexnet_lib.errors import BookError
from alexnet_lib.ladder.muon import Muon, MuonAdam
from alexnet_lib.ladder.whitening import whiten_first_layer
from alexnet_lib.runs import network_class
from alexnet_lib.split import split
from alexnet_lib.tensor_loader import TensorLoader
from alexnet_lib.training import History, fit
from alexnet_lib.transforms import channel_statistics

INITIALIZATIONS = ("torch", "kaiming", "whitening")
OPTIMIZERS = ("adam", "sgd", "muon", "muon_adam")
FILTERS = ("free", "centred")
WHITENED = 5_000  # images whose patches the first layer is drawn from


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; the defaults are the blog post's, on the images left by ``split``.

    ``learning_rate`` is the highest: it rises over the first part of the training, ``warm_up`` of
    it, and then, with ``decay``, falls to zero, both in straight lines. ``convolution_rate`` is
    that of Muon's orthogonal steps, and with ``filters="centred"`` each of them ends with
    ``bind_filters``. ``averaging`` is the part of the training over which the
    running average of the weights looks back, 0 for none. ``train_size`` takes the first so many
    images, None all. With ``views`` the test images are scored a second time, as the mean over
    ``AveragedViews``.
    """

    network: str = "AlexNet"
    dataset: str = "cifar10"
    train_size: int | None = None
    epochs: int = 10
    batch_size: int = 128
    initialization: str = "torch"
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    convolution_rate: float = 0.0
    filters: str = "free"
    weight_decay: float = 0.0
    warm_up: float = 0.0
    decay: bool = False
    label_smoothing: float = 0.0
    averaging: float = 0.0
    dropout: float = 0.5
    flips: str = "random"
    padding: int = 4
    border: str = "black"
    cutout: int = 0
    views: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        """Check every setting."""
        check_settings(self)


@dataclass(frozen=True)
class Training:
    """All that the settings of a training come to: the parts that ``fit`` puts to work."""

    epochs: int
    model: nn.Module
    train_loader: TensorLoader
    val_loader: TensorLoader
    test_loader: TensorLoader
    optimizer: Optimizer
    scheduler: LambdaLR
    loss_fn: nn.Module
    average: AveragedModel | None

    def fit(self, **options: object) -> History:
        """Train; ``options`` are those of ``fit``. The validation images are measured each epoch."""
        return fit(
            self.model,
            self.train_loader,
            self.val_loader,
            epochs=self.epochs,
            optimizer=self.optimizer,
            scheduler=self.scheduler,
            schedule_steps=True,
            loss_fn=self.loss_fn,
            average=self.average,
            **options,
        )

    def result(self) -> nn.Module:
        """Return the network to use after training: the average of its weights, where there is one."""
        return self.model if self.average is None else self.average.module


def build(
    recipe: Recipe,
    device: str | torch.device | None = None,
    memory_format: torch.memory_format = torch.contiguous_format,
    loader_class: type[TensorLoader] = TensorLoader,
) -> Training:
    """Prepare a training: data, network, optimizer, schedule."""
    device = choose_device(device)
    whole = load_dataset(recipe.dataset, train=True)
    test_set = load_dataset(recipe.dataset, train=False)
    rest, held_out = split(whole)
    rest = take(rest, recipe.train_size)
    mean, std = channel_statistics(whole)
    loaders = [
        loader_class(rest, mean, std, recipe.batch_size, augment=True, padding=recipe.padding,
                     border=recipe.border, cutout=recipe.cutout, flips=recipe.flips, seed=recipe.seed,
                     device=device),
        TensorLoader(held_out, mean, std, device=device),
        TensorLoader(test_set, mean, std, device=device),
    ]
    torch.manual_seed(recipe.seed)
    model = network_class(recipe.network)(num_classes=len(whole.classes))
    initialize(model, recipe.initialization)
    if recipe.initialization == "whitening":
        images, _ = next(iter(TensorLoader(take(rest, WHITENED), mean, std, WHITENED, device=device)))
        whiten_first_layer(model, images)
    for layer in model.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = recipe.dropout
    model.to(device, memory_format=memory_format)
    optimizer = make_optimizer(model, recipe)
    scheduler = LambdaLR(optimizer, schedule(recipe, len(loaders[0])))
    loss_fn = nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing)
    average = None
    if recipe.averaging:
        steps = recipe.averaging * recipe.epochs * len(loaders[0])
        mix = get_ema_multi_avg_fn(1 - 1 / max(steps, 1))
        average = AveragedModel(model, multi_avg_fn=mix, use_buffers=True)
    return Training(recipe.epochs, model, *loaders, optimizer, scheduler, loss_fn, average)


def initialize(model: nn.Module, initialization: str) -> None:
    """Draw the first weights anew.

    ``"kaiming"`` keeps the variance of the activations from layer to layer behind ReLU (He et al.,
    2015, equation 10): weights N(0, 2 / inputs), biases zero. ``"torch"`` leaves PyTorch's own,
    whose variance is six times smaller, so that the signal fades layer by layer. ``"whitening"``
    is Kaiming's but for the first layer, which ``build`` draws from the images.
    """
    if initialization not in INITIALIZATIONS:
        raise BookError("unknown_choice", field="initialization", given=initialization,
                        known=", ".join(INITIALIZATIONS))
    if initialization == "torch":
        return
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def make_optimizer(model: nn.Module, recipe: Recipe) -> Optimizer:
    """Return the optimizer of a recipe, over all parameters of a network."""
    if recipe.filters not in FILTERS:
        raise BookError("unknown_choice", field="filters", given=recipe.filters, known=", ".join(FILTERS))
    if recipe.optimizer == "adam":
        decay = recipe.weight_decay
        return torch.optim.AdamW(model.parameters(), recipe.learning_rate, weight_decay=decay, fused=True)
    options = {"lr": recipe.learning_rate, "momentum": 0.9, "weight_decay": recipe.weight_decay}
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(model.parameters(), **options, nesterov=True, fused=True)
    if recipe.optimizer in ("muon", "muon_adam"):
        kernels = [layer.weight for layer in model.modules() if isinstance(layer, nn.Conv2d)]
        others = [p for p in model.parameters() if not any(p is kernel for kernel in kernels)]
        groups = [
            {"params": kernels, "orthogonal": True, "lr": recipe.convolution_rate, "momentum": 0.9,
             "centred": recipe.filters == "centred"},
            {"params": others},
        ]
        if recipe.optimizer == "muon_adam":
            return MuonAdam(groups, recipe.learning_rate, recipe.weight_decay)
        return Muon(groups, **options)
    raise BookError("unknown_choice", field="optimizer", given=recipe.optimizer, known=", ".join(OPTIMIZERS))


def schedule(recipe: Recipe, steps_per_epoch: int) -> Callable[[int], float]:
    """Return the function from the number of steps made to the share of the highest learning rate."""
    all_steps = recipe.epochs * steps_per_epoch
    rising = recipe.warm_up * all_steps

    def share(step: int) -> float:
        if step < rising:
            return (step + 1) / (rising + 1)
        return (all_steps - step) / (all_steps - rising) if recipe.decay else 1.0

    return share
