"""Chapter 11's races at many learning rates, which are recorded: read every quarter of an epoch."""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim import SGD
from torchvision.datasets import VisionDataset

from alexnet_lib.data import load_dataset
from alexnet_lib.experiments.initialization import initialize
from alexnet_lib.experiments.recipe import Training, build, make_loaders
from alexnet_lib.experiments.relu import FourLayerNet, RaceRecipe
from alexnet_lib.language import BookError
from alexnet_lib.records import fact
from alexnet_lib.training import History
from alexnet_lib.transforms import Statistics
from faithful_run import RAW_PIXELS, MeanImage
from run_files import counts_of, images_of, training_flop, write_record

READINGS = 4  # in an epoch
DIVERGED = ("loss_not_finite", "scores_not_numbers")


class FileNet(FourLayerNet):
    """The network of cuda-convnet's layers-18pct.cfg, without its normalization by neighbouring places.

    The layers of ``FourLayerNet``, but behind the second and the third convolution comes the activation, and
    then the mean of each window.
    """

    def __init__(self, activation: str = "relu", num_classes: int = 10) -> None:
        super().__init__(activation, 1, num_classes)
        conv1, pool, bend, conv2, _, _, conv3, _, _ = self.features
        average = nn.AvgPool2d(3, stride=2, ceil_mode=True)
        self.features = nn.Sequential(conv1, pool, bend, conv2, bend, average, conv3, bend, average)


NETWORKS = {"FourLayerNet": FourLayerNet, "FileNet": FileNet}


@dataclass(frozen=True)
class GridRecipe(RaceRecipe):
    """The races of one function: at the highest learning rate, and at each of its ``halvings``.

    ``network`` is ``"FourLayerNet"`` or ``"FileNet"``. With the ``initialization`` ``"file"`` it begins as in
    cuda-convnet's file: pixels of 0 to 255 less the mean image, the file's first weights, biases at twice the
    rate; the file's decay is left out, as the paper's race has no regularization.
    """

    learning_rate: float = 0.16
    halvings: int = 8

    def races(self) -> list["GridRecipe"]:
        """Return a recipe for each learning rate, the highest first."""
        rates = [self.learning_rate / 2**number for number in range(self.halvings + 1)]
        return [dataclasses.replace(self, learning_rate=rate, halvings=0) for rate in rates]

    def statistics(self, images: VisionDataset) -> tuple[Statistics, Statistics]:
        """Return what pixels are normalized with; the file's network subtracts the mean image itself."""
        return RAW_PIXELS if self.initialization == "file" else super().statistics(images)

    def make_model(self, num_classes: int) -> nn.Module:
        """Return the network with its first weights: with one seed the same, whatever the activation."""
        torch.manual_seed(self.seed)
        network = NETWORKS[self.network](self.activation, num_classes=num_classes)
        if self.initialization != "file":
            initialize(network, self.initialization)
            return network
        layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
        for layer, name in zip(layers, ("conv1", "conv2", "conv3", "fc10"), strict=True):
            nn.init.normal_(layer.weight, std=fact(f"file18_initial_std_{name}"))
            nn.init.zeros_(layer.bias)
        images = load_dataset(self.dataset)
        return nn.Sequential(MeanImage(images, images.data.shape[1]), network)

    def make_optimizers(self, model: nn.Module) -> list[SGD]:
        """Return SGD with momentum; where it begins as in the file, biases learn at twice the rate."""
        factor = 2 if self.initialization == "file" else 1
        groups = [
            {"params": [p for p in model.parameters() if p.dim() > 1]},
            {"params": [p for p in model.parameters() if p.dim() == 1], "lr": factor * self.learning_rate},
        ]
        return [SGD(groups, self.learning_rate, momentum=0.9, fused=True)]


def race(training: Training, output: Path, **options: object) -> History:
    """Train until two readings in succession are below the goal.

    The training error is read as an epoch begins and after each quarter of its steps; the five readings stand
    in the epoch's row, under ``train_errors``. A race whose loss is no longer finite ends with the epoch
    before. ``options`` are those of ``fit``.
    """
    goal, steps = training.recipe.goal, len(training.loaders.train)
    quarters = {round(steps * part / READINGS) for part in range(READINGS)}
    made, errors = 0, []

    def read(*_: object) -> None:
        nonlocal made
        if made % steps in quarters:
            errors.append(training.train_error(training.model)["train_error"])
        made += 1

    def last_reading(model: nn.Module) -> dict[str, float | list[float]]:
        row = training.train_error(model)
        row["train_errors"] = [*errors, row["train_error"]]
        errors.clear()
        return row

    def arrived(row: dict[str, Any]) -> bool:
        return any(max(pair) < goal for pair in pairwise(row["train_errors"]))

    (optimizer,) = training.optimizers
    optimizer.register_step_pre_hook(read)
    try:
        return training.fit(output=output, also=last_reading, until=arrived, **options)
    except BookError as error:
        if error.name not in DIVERGED:
            raise
        kept = output / "history.jsonl"
        return [json.loads(line) for line in kept.read_text("utf-8").splitlines()] if kept.is_file() else []


def readings(history: History) -> list[float]:
    """Return all readings of a race, each once: the first before training, then every quarter of an epoch."""
    # Any later epoch begins with the reading that the one before ended with.
    return [error for row in history for error in row["train_errors"][min(row["epoch"], 2) - 1 :]]


def epochs_to_goal(errors: Sequence[float], goal: float) -> float | None:
    """Return the epochs to the first of two readings in succession below the goal, None if there are none.

    From the reading before it the error is taken to fall in a straight line.

    Parameters
    ----------
    errors
        As ``readings`` returns them; the first, before training, is not below the goal.
    goal
        A fraction.
    """
    for place, pair in enumerate(pairwise(errors)):
        if max(pair) < goal:
            before, below = errors[place - 1], errors[place]
            return (place - 1 + (before - goal) / (before - below)) / READINGS
    return None


def record_grid(
    name: str, grid: GridRecipe, output: Path, memory_format: torch.memory_format, starts: list[dict]
) -> None:
    """Run the races of a grid, each in its folder, and write them all into one record.

    No test image is looked at.
    """
    loaders, races, rows = make_loaders(grid), [], []
    for recipe in grid.races():
        training = build(recipe, memory_format=memory_format, loaders=loaders)
        history = race(training, output / f"{recipe.learning_rate:g}")
        rows += history
        races.append({
            "learning_rate": recipe.learning_rate,
            "epochs_to_goal": epochs_to_goal(readings(history), grid.goal),
            "train_errors": readings(history),
            "train_losses": [row["train_loss"] for row in history],
        })
    counts = counts_of(loaders) | {"test": 0}
    content = {
        "dtype": "float32",
        **images_of(grid, counts),
        "races": races,
        "flop": training_flop(training.model, (3, 32, 32), len(rows) * counts["train"]),
    }
    write_record(name, grid, content, rows, starts)
