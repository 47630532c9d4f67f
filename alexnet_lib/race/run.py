"""A race to a training error, as in the paper's figure 1."""

import dataclasses
import time
from pathlib import Path

import torch
from torch import nn

from alexnet_lib.checkpoints import load_checkpoint, save_checkpoint
from alexnet_lib.data import content_hash
from alexnet_lib.devices import choose_device
from alexnet_lib.experiment import Outcome
from alexnet_lib.language import text
from alexnet_lib.locks import waiting_lock
from alexnet_lib.metrics import evaluate, measure, predict_logits
from alexnet_lib.precision import Precision
from alexnet_lib.race.racers import RaceConfig, Track, prepare_track, starting_network
from alexnet_lib.race.rate_search import best_rate, make_optimizer, search_or_load
from alexnet_lib.runs import dataset_name, make_folder, run_key, runs_root, source_hash
from alexnet_lib.terminal import print_words
from alexnet_lib.training import History, train_epoch

# A change in one of these modules can change the result of a race.
SOURCES = (
    "checkpoints", "checks", "data", "epochs", "facts", "facts.toml", "metrics", "precision", "shapes",
    "split", "tensor_loader", "training", "transforms",
    *(f"race/{name}" for name in ("activations", "racers", "rate_search", "run")),
)


def race(
    config: RaceConfig, track: Track, model: nn.Module, learning_rate: float, output: Path | None
) -> History:
    """Train until the training error is at the goal, with one line of report an epoch."""
    device = track.train.device
    optimizer = make_optimizer(model, learning_rate)
    state = {"model": model, "optimizer": optimizer, "scheduler": None, "loader": track.train}
    history: History = load_checkpoint(output, **state) if output else []
    for row in history:
        report(row, config)
    while len(history) < config.epochs and not (history and history[-1]["train_error"] <= config.goal):
        begin, epoch = time.perf_counter(), len(history) + 1
        track.train.set_epoch(epoch)
        row = {"epoch": epoch, **train_epoch(model, track.train, optimizer, Precision(device), epoch)}
        training_seconds = time.perf_counter() - begin
        row |= measure(model, track.validation, device)
        row["train_error"] = 1 - evaluate(model, track.measured, device)["accuracy"]
        row |= {"learning_rate": learning_rate, "training_seconds": training_seconds}
        row["seconds"] = time.perf_counter() - begin
        history.append(row)
        if output:
            save_checkpoint(output, history, **state)
        report(row, config)
    return history


def report(row: dict[str, float | int | None], config: RaceConfig) -> None:
    """Print one line of the history: the same whether it was just trained or loaded."""
    train, validation = 100 * row["train_error"], 100 * (1 - row["val_accuracy"])
    about = {"epoch": row["epoch"], "epochs": config.epochs, "seconds": row["training_seconds"]}
    print_words(text("race.epoch", **about, train=train, validation=validation))


def run_race(
    config: RaceConfig,
    output: str | Path | None = None,
    memory_format: torch.memory_format = torch.channels_last,
    device: str | torch.device | None = None,
) -> Outcome:
    """Search the learning rate where none is given, and run the race.

    Parameters
    ----------
    config
        Who runs, and how far.
    output
        A folder for the search, for checkpoints and for the history; an interrupted race goes on
        from there, a finished one is read.
    memory_format
        Of the weights; see ``Track``.
    device
        See ``choose_device``.

    Returns
    -------
    Outcome
        The rows of ``history`` have two keys more than those of ``fit``: ``train_error``, a fraction
        of the first ``MEASURED_IMAGES`` training images, measured after the epoch and in evaluation
        mode; and ``training_seconds``, which leave out all measuring. ``extra["search"]`` is what
        ``search`` returned, empty where the learning rate was given.
    """
    track = prepare_track(config, choose_device(device), memory_format)
    return run_on(track, config, Path(output) if output else None)


def run_on(track: Track, config: RaceConfig, output: Path | None) -> Outcome:
    """Do what ``run_race`` does on images that are loaded already."""
    images = track.train.dataset
    tried = search_or_load(config, track, output)
    learning_rate = config.learning_rate if config.learning_rate is not None else best_rate(tried)
    model = starting_network(config, track)
    history = race(config, track, model, learning_rate, output)
    logits, labels = predict_logits(model, track.test, track.train.device)
    return Outcome(
        model, history,
        {"train": len(images), "validation": len(track.validation.dataset), "test": len(labels)},
        logits, labels,
        image_shape=(3, *images.data.shape[1:3]),
        steps_images=len(history) * len(images),
        extra={"search": tried},
        val_logits=predict_logits(model, track.validation, track.train.device)[0],
    )


def race_or_load(config: RaceConfig, device: str | torch.device | None = None) -> Outcome:
    """Run a race, or read the same one from the folder of all runs; the report is the same."""
    track = prepare_track(config, choose_device(device))
    train_set, test_set = track.train.dataset, track.test.dataset
    config = dataclasses.replace(
        config, dataset=dataset_name(train_set), train_size=len(train_set), test_size=len(test_set)
    )
    key = run_key(config, content_hash(train_set), content_hash(test_set), source_hash(SOURCES))
    folder = make_folder(runs_root() / key)
    with waiting_lock(folder / ".lock"):
        return run_on(track, config, folder)
