"""A training of chapters 10 to 12 as one object: its settings, its parts, its run."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.flop_counter import FlopCounterMode

from alexnet_lib.checks import check_settings
from alexnet_lib.data import load_dataset, split, subset
from alexnet_lib.devices import choose_device, fast_dtype
from alexnet_lib.experiments.muon import Muon, MuonAdam
from alexnet_lib.experiments.tensor_loader import TensorLoader
from alexnet_lib.language import BookError
from alexnet_lib.metrics import predict_logits
from alexnet_lib.runs import TrainingConfig, network_class, prepare
from alexnet_lib.training import History, fit
from alexnet_lib.transforms import channel_statistics

# Directions in which patches hardly differ would be blown up to noise without it.
FLOOR = 5e-4


def whitening_filters(images: Tensor, kernel_size: int = 3) -> Tensor:
    """Return the filters that whiten the patches of some images (as Jordan, 2024, starts a network).

    Parameters
    ----------
    images
        (N, C, H, W), normalized.
    kernel_size
        Side of a patch, in pixels.

    Returns
    -------
    Tensor
        (C k k, C, k, k): the eigenvectors of the patches' covariance, strongest first, each
        divided by its standard deviation. On the CPU.
    """
    # On the CPU: Apple's cards know neither float64 nor eigenvectors.
    patches = functional.unfold(images.cpu(), kernel_size).transpose(1, 2).flatten(end_dim=1)
    values, vectors = torch.linalg.eigh(torch.cov(patches.T.double()))
    filters = (vectors / (values + FLOOR).sqrt()).T.flip(0)
    return filters.float().reshape(-1, images.shape[1], kernel_size, kernel_size)


def whiten_first_layer(model: nn.Module, images: Tensor) -> None:
    """Let the first convolution of a network begin with whitening filters and their opposites.

    Behind ReLU, or GELU, a filter and its opposite keep together what each alone would lose.
    Filters beyond these keep the weights that they have.
    """
    layer = next(layer for layer in model.modules() if isinstance(layer, nn.Conv2d))
    filters = whitening_filters(images, layer.kernel_size[0])
    both = torch.cat([filters, -filters])[: layer.out_channels]
    with torch.no_grad():
        layer.weight[: len(both)] = both.to(layer.weight.device)


class AveragedViews(nn.Module):
    """A network whose scores are the mean over six views of each image.

    The image, the image shifted by one pixel up left and down right (mirrored at the border), and
    the mirror image of each. The paper averages over ten (section 4.1). It makes an evaluation
    six times as expensive, so its score is never given without that of the single view.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        """Map images (N, C, H, W) to logits (N, num_classes)."""
        padded = functional.pad(x, [1] * 4, "reflect")
        views = [x, padded[:, :, :-2, :-2], padded[:, :, 2:, 2:]]
        views += [view.flip(3) for view in views]
        return torch.stack([self.model(view) for view in views]).mean(dim=0)


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
    rest = subset(rest, recipe.train_size)
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
        images, _ = next(iter(TensorLoader(subset(rest, WHITENED), mean, std, WHITENED, device=device)))
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


@dataclass(frozen=True)
class Outcome:
    """The end of a training: what is kept of it.

    ``counts`` are the images of each split, under ``train``, ``validation`` and ``test``.
    ``logits`` float32 (N, C) and ``labels`` int64 (N,) are those of the test set, in its order;
    ``val_logits`` those of the validation images, in theirs, where there are any.
    ``image_shape`` is what one training image looks like to the network, for the count of FLOP.
    ``steps_images`` is how many training images the network saw in all, repetitions included;
    ``optimizer_flop`` are the FLOP of the optimizer's own products. ``views`` are logits averaged
    over views of each test image, where they were computed. ``extra`` is what an experiment has to say
    beside, in plain values that JSON can hold.
    """

    model: nn.Module
    history: History
    counts: dict[str, int]
    logits: Tensor
    labels: Tensor
    image_shape: tuple[int, int, int]
    steps_images: int
    optimizer_flop: int = 0
    dtype: torch.dtype = torch.float32
    views: Tensor | None = None
    val_logits: Tensor | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def run_post(
    config: TrainingConfig,
    output: Path | None = None,
    memory_format: torch.memory_format = torch.contiguous_format,
) -> Outcome:
    """Train as the blog post does: in float32, and measuring the test set each epoch."""
    model, train_loader, test_loader = prepare(config)
    model.to(memory_format=memory_format)
    history = fit(
        model, train_loader, test_loader,
        epochs=config.epochs, learning_rate=config.learning_rate, output=output,
    )
    counts = {"train": len(train_loader.dataset), "validation": 0, "test": len(test_loader.dataset)}
    image_shape = tuple(train_loader.dataset[0][0].shape)
    return Outcome(
        model, history, counts, *predict_logits(model, test_loader), image_shape,
        steps_images=counts["train"] * config.epochs,
    )


def run_recipe(
    recipe: Recipe,
    output: Path | None = None,
    memory_format: torch.memory_format = torch.contiguous_format,
) -> Outcome:
    """Train by a recipe: in the fastest format, measuring the validation images, and the test set once."""
    dtype = fast_dtype(choose_device())
    training = build(recipe, memory_format=memory_format)
    history = training.fit(output=output, dtype=dtype)
    model = training.result()
    loaders = {
        "train": training.train_loader, "validation": training.val_loader, "test": training.test_loader,
    }
    counts = {split: len(loader.dataset) for split, loader in loaders.items()}
    views = predict_logits(AveragedViews(model), training.test_loader)[0] if recipe.views else None
    return Outcome(
        model, history, counts, *predict_logits(model, training.test_loader),
        image_shape=tuple(next(iter(training.test_loader))[0].shape[1:]),
        steps_images=counts["train"] * recipe.epochs,
        optimizer_flop=step_flop(model, recipe) * len(training.train_loader) * recipe.epochs,
        dtype=dtype, views=views, val_logits=predict_logits(model, training.val_loader)[0],
    )


def step_flop(model: nn.Module, recipe: Recipe) -> int:
    """Return the FLOP of the products that the optimizer of a recipe makes in one step."""
    model = copy.deepcopy(model)
    optimizer = make_optimizer(model, recipe)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    with FlopCounterMode(display=False) as counter:
        optimizer.step()
    return counter.get_total_flops()
