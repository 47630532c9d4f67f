"""A learning rate for each racer: three are tried, briefly, and the training loss decides."""

import json
import math
from pathlib import Path

from torch import nn
from torch.optim import SGD

from alexnet_lib.errors import BookError
from alexnet_lib.metrics import evaluate
from alexnet_lib.precision import Precision
from alexnet_lib.race.racers import RaceConfig, Track, starting_network
from alexnet_lib.training import train_epoch

MOMENTUM = 0.9
SEARCH_EPOCHS = 3
SPACING = 3  # from one learning rate to the next

Trial = dict[str, float | None]


def make_optimizer(model: nn.Module, learning_rate: float) -> SGD:
    """Return SGD with momentum, and no weight decay: the paper's race has no regularization."""
    return SGD(model.parameters(), lr=learning_rate, momentum=MOMENTUM, fused=True)


def try_rate(config: RaceConfig, track: Track, learning_rate: float) -> Trial:
    """Train a fresh network for ``SEARCH_EPOCHS`` epochs of the first training images.

    Returns
    -------
    dict
        ``learning_rate``, and what was reached on the same images in evaluation mode: ``train_loss``
        and ``train_error``, None where the loss did not stay finite.
    """
    trial: Trial = {"learning_rate": learning_rate, "train_loss": None, "train_error": None}
    device = track.search.device
    model = starting_network(config, track)
    optimizer = make_optimizer(model, learning_rate)
    try:
        for epoch in range(1, SEARCH_EPOCHS + 1):
            track.search.set_epoch(epoch)
            train_epoch(model, track.search, optimizer, Precision(device), epoch)
        reached = evaluate(model, track.measured, device)
    except BookError as error:
        if error.name not in ("loss_not_finite", "scores_not_numbers"):
            raise
        return trial
    if math.isfinite(reached["loss"]):
        trial |= {"train_loss": reached["loss"], "train_error": 1 - reached["accuracy"]}
    return trial


def search(config: RaceConfig, track: Track) -> list[Trial]:
    """Try a third of the middle learning rate, itself, and three times as much."""
    rates = (config.middle_rate / SPACING, config.middle_rate, config.middle_rate * SPACING)
    return [try_rate(config, track, rate) for rate in rates]


def best_rate(tried: list[Trial]) -> float:
    """Return the learning rate of the lowest training loss, which still tells apart equal errors."""
    finite = [trial for trial in tried if trial["train_loss"] is not None]
    if not finite:
        raise BookError("no_rate", rates=", ".join(f"{trial['learning_rate']:g}" for trial in tried))
    return min(finite, key=lambda trial: trial["train_loss"])["learning_rate"]


def search_or_load(config: RaceConfig, track: Track, output: Path | None) -> list[Trial]:
    """Search, or read what was found before an interruption; a given learning rate needs no search."""
    if config.learning_rate is not None:
        return []
    if output is None:
        return search(config, track)
    path = output / "search.json"
    if not path.is_file():
        output.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(".search.partial")
        partial.write_text(json.dumps(search(config, track)), "utf-8")
        partial.replace(path)
    return json.loads(path.read_text("utf-8"))
