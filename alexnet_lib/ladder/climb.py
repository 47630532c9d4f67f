"""A rung of the ladder, trained here and now: in seconds on a CPU, in minutes on a graphics card."""

import copy
import dataclasses

from alexnet_lib.data import content_hash, load_dataset, take
from alexnet_lib.devices import choose_device
from alexnet_lib.ladder.recipes import Training, build
from alexnet_lib.ladder.rungs import rung
from alexnet_lib.once import once
from alexnet_lib.precision import fast_dtype
from alexnet_lib.progress import report_epoch
from alexnet_lib.runs import SOURCES as OF_RUNS
from alexnet_lib.training import History

# A change in one of these modules can change what a climb comes to.
SOURCES = (
    *OF_RUNS, "split", "tensor_loader",
    *(f"ladder/{name}" for name in ("climb", "muon", "recipes", "rungs", "whitening")),
)


def climb(name: str, validation_images: int, **others: object) -> History:
    """Train by the recipe of a rung, in the format that is fastest here, and return its history.

    Parameters
    ----------
    name
        A key of ``RUNGS``.
    validation_images
        How many of the validation images to measure each epoch, at most.
    others
        Fields of ``Recipe`` that no rung changes, as ``rung`` takes them.
    """
    training = with_fewer_validation_images(build(rung(name, **others)), validation_images)
    return training.fit(dtype=fast_dtype(choose_device()))


def climb_or_load(name: str, validation_images: int, **others: object) -> History:
    """Climb, or read what the same climb came to; the report is the same."""
    recipe = rung(name, **others)
    data = content_hash(load_dataset(recipe.dataset, train=True))
    decided = [recipe, validation_images, data, str(fast_dtype(choose_device()))]
    kept, loaded = once(
        "climb", decided, SOURCES, lambda: {"history": climb(name, validation_images, **others)}
    )
    for row in kept["history"] if loaded else ():
        report_epoch(row, recipe.epochs)
    return kept["history"]


def with_fewer_validation_images(training: Training, images: int) -> Training:
    """Return the same training, but measured on the first so many of its validation images.

    On a CPU all 5,000 of CIFAR-10 would take longer than a short training itself.
    """
    loader = copy.copy(training.val_loader)
    loader.dataset = take(loader.dataset, images)  # the loader goes as far as its data set does
    return dataclasses.replace(training, val_loader=loader)
