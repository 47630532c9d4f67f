"""From the settings of a recorded training to what is kept of it."""

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from alexnet_lib.devices import choose_device
from alexnet_lib.ladder.recipes import Recipe, build, make_optimizer
from alexnet_lib.ladder.views import AveragedViews
from alexnet_lib.metrics import predict_logits
from alexnet_lib.precision import fast_dtype
from alexnet_lib.runs import TrainingConfig, prepare
from alexnet_lib.training import History, fit


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
