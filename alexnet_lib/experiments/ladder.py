"""Chapter 10: the ladder's rungs, and what their records say."""

import copy
import dataclasses
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from alexnet_lib.data import content_hash, load_dataset, subset
from alexnet_lib.devices import choose_device, fast_dtype
from alexnet_lib.experiments.recipe import Recipe, Training, build
from alexnet_lib.language import BookError
from alexnet_lib.metrics import evaluating
from alexnet_lib.progress import report_epoch
from alexnet_lib.runs import SOURCES as OF_RUNS
from alexnet_lib.runs import once
from alexnet_lib.training import History
from alexnet_lib.uncertainty import wilson_interval

# What each rung changes in the one below it. A rung that brings another optimizer brings its rates.
RUNGS: dict[str, dict[str, Any]] = {
    "post": {},
    "schedule": {"warm_up": 0.2, "decay": True},
    "initialization": {"initialization": "kaiming"},
    "optimizer": {"optimizer": "muon_adam", "convolution_rate": 0.04},
    "smoothing": {"label_smoothing": 0.1},
    "averaging": {"averaging": 0.1},
    "dropout": {"dropout": 0.2},
    "augmentation": {"flips": "alternating", "border": "mirror", "padding": 2},
    "filters": {"filters": "centred"},
    "normalization": {  # what it normalizes need not be bound
        "network": "NormalizedAlexNet", "filters": "free", "convolution_rate": 0.1, "learning_rate": 2e-3,
    },
    "sizes": {"network": "ResizedAlexNet"},
    "activation": {"network": "ModernAlexNet"},
    "whitening": {"initialization": "whitening"},
}
SAME_NETWORK = "filters"  # the last rung whose network is still the blog post's


def rung(name: str, **others: Any) -> Recipe:
    """Return the recipe of a rung: all changes up to it.

    Parameters
    ----------
    name
        A key of ``RUNGS``.
    others
        Fields of ``Recipe``, such as ``epochs``, ``dataset`` or ``seed``; they win over the rungs'.
    """
    if name not in RUNGS:
        raise BookError("unknown_choice", field="rung", given=name, known=", ".join(RUNGS))
    changes: dict[str, Any] = {}
    for each, change in RUNGS.items():
        changes |= change
        if each == name:
            break
    return Recipe(**(changes | others))


def changed(name: str) -> dict[str, tuple[Any, Any]]:
    """Return what a rung changes in the one below: field, value before, value after."""
    names = list(RUNGS)
    if name == names[0]:
        return {}
    before = dataclasses.asdict(rung(names[names.index(name) - 1]))
    after = dataclasses.asdict(rung(name))
    return {field: (before[field], after[field]) for field in after if after[field] != before[field]}


# A change in one of these modules can change what a climb comes to.
SOURCES = (
    *OF_RUNS, *(f"experiments/{name}" for name in ("ladder", "muon", "recipe", "tensor_loader")),
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
    loader.dataset = subset(loader.dataset, images)  # the loader goes as far as its data set does
    return dataclasses.replace(training, val_loader=loader)


NORMAL_95 = 1.96  # standard deviations that hold 95 % of a normal distribution around its middle


@dataclass(frozen=True)
class RunSummary:
    """Runs of one recipe that differ in the seed alone: the accuracy of each, on ``images`` images.

    ``flop`` and ``seconds`` are means over the runs.
    """

    accuracies: tuple[float, ...]
    images: int
    flop: float
    seconds: float

    @property
    def count(self) -> int:
        """How many runs."""
        return len(self.accuracies)

    @property
    def accuracy(self) -> float:
        """The mean over the runs."""
        return sum(self.accuracies) / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval around the mean: what the choice of the images leaves open."""
        return wilson_interval(round(self.accuracy * self.images), self.images)


@dataclass(frozen=True)
class Gains:
    """What two steps, from a first recipe to a second and on to a third, are worth.

    ``first`` and ``second`` are differences in accuracy, ``first_removed`` and ``second_removed``
    the shares of the mistakes left until then. ``doubt`` is how far the difference of the two
    steps may be off by the choice of the test images; ``larger`` is ``"first"``, ``"second"`` or,
    where the doubt is larger than the difference, ``"undecided"``. ``removed_doubt`` and
    ``larger_removed`` say the same of the two shares.
    """

    first: float
    second: float
    first_removed: float
    second_removed: float
    doubt: float
    larger: str
    removed_doubt: float
    larger_removed: str


def summarize(runs: Sequence[Mapping[str, Any]], scores: str = "test") -> RunSummary:
    """Return what runs of one recipe come to.

    Parameters
    ----------
    runs
        JSON of recorded runs, one a seed, at least one.
    scores
        ``"test"``, or ``"test_views"`` where they were measured.
    """
    accuracies = tuple(1 - run[scores]["top1_error"] for run in runs)
    flop, seconds = (float(np.mean([run[key] for run in runs])) for key in ("flop", "duration_seconds"))
    return RunSummary(accuracies, runs[0][scores]["count"], flop, seconds)


def worth(rungs: Mapping[str, RunSummary]) -> dict[str, float]:
    """Return each rung's accuracy less that of the rung below; where both are there.

    Parameters
    ----------
    rungs
        By name of the rung, as in ``RUNGS``.
    """
    return {
        name: rungs[name].accuracy - rungs[below].accuracy
        for below, name in itertools.pairwise(RUNGS)
        if name in rungs and below in rungs
    }


def by_kind(rungs: Mapping[str, RunSummary]) -> dict[str, float] | None:
    """Return what all rungs of the recipe and all rungs of the network are worth; None if one is missing.

    A rung is one of the network if it changes the recipe's field ``network``.
    """
    steps = worth(rungs)
    if len(steps) < len(RUNGS) - 1:
        return None
    kinds = {"recipe": 0.0, "network": 0.0}
    for name, step in steps.items():
        kinds["network" if "network" in changed(name) else "recipe"] += step
    return kinds


def gains(first: RunSummary, second: RunSummary, third: RunSummary) -> Gains:
    """Return what the steps from one recipe to the next and on to the last are worth, and which is larger.

    The doubt treats the three as measured on images of their own. On the same images, where their
    mistakes are largely the same ones, the true doubt is smaller.
    """
    errors = [1 - summary.accuracy for summary in (first, second, third)]
    steps = errors[0] - errors[1], errors[1] - errors[2]
    weights = (1, 2, 1)  # the difference of the steps is e0 - 2 e1 + e2
    doubt = spread_of_sum(weights, errors, (first, second, third))
    removed = [step / error if error else 0.0 for step, error in zip(steps, errors[:2], strict=True)]
    removed_doubt = 1.0  # without mistakes left, nothing is known of the share
    if all(errors[:2]):
        a, b, c = errors  # the difference of the shares is c / b - b / a; how fast it changes with each
        slopes = (b / a**2, 1 / a + c / b**2, 1 / b)
        removed_doubt = spread_of_sum(slopes, errors, (first, second, third))
    return Gains(
        *steps, *removed, doubt, larger_step(*steps, doubt),
        removed_doubt, larger_step(*removed, removed_doubt),
    )  # fmt: skip


def spread_of_sum(
    weights: Sequence[float], errors: Sequence[float], runs: Sequence[RunSummary]
) -> float:
    """Return the half width of the 95 % interval of a weighted sum of independent error rates."""
    variance = sum(
        weight**2 * error * (1 - error) / run.images
        for weight, error, run in zip(weights, errors, runs, strict=True)
    )
    return NORMAL_95 * math.sqrt(variance)


def larger_step(first: float, second: float, doubt: float) -> str:
    """Return which of two is larger, or that the doubt exceeds their difference."""
    if abs(first - second) <= doubt:
        return "undecided"
    return "first" if first > second else "second"


@dataclass(frozen=True)
class Overtaking:
    """The first epoch at whose end a training is better than another ever is.

    ``best`` is the other's highest validation accuracy, which it reaches after ``best_epoch``
    epochs; the training passes it after ``epoch`` epochs and ``seconds``, which is ``share`` of
    the time that the other takes in all, ``other_seconds``.
    """

    best: float
    best_epoch: int
    epoch: int
    accuracy: float
    seconds: float
    other_seconds: float
    share: float


def overtaking(history: History, other: History) -> Overtaking | None:
    """Return when a training overtakes another, or None if it never does.

    The other may choose its best epoch after the fact, on the very images that are measured here:
    it is harder to overtake so than at its end.

    Parameters
    ----------
    history, other
        As ``fit`` returns them, with ``val_accuracy``, on the same validation images.
    """
    accuracies, targets = validation(history), validation(other)
    best = max(targets)
    ahead = [place for place, accuracy in enumerate(accuracies) if accuracy > best]
    if not ahead:
        return None
    first, seconds = ahead[0], elapsed(history)[ahead[0]]
    whole = elapsed(other)[-1]
    return Overtaking(
        best, targets.index(best) + 1, first + 1, accuracies[first], seconds, whole, seconds / whole
    )


def validation(history: History) -> list[float]:
    """Return the validation accuracy of each epoch."""
    accuracies = [row["val_accuracy"] for row in history]
    if not accuracies or None in accuracies:
        raise BookError("no_validation")
    return accuracies


def elapsed(history: Sequence[dict]) -> list[float]:
    """Return the seconds from the start of a training to the end of each epoch."""
    return np.cumsum([row["seconds"] for row in history]).tolist()


SHORT_NAMES = {nn.Conv2d: "Conv", nn.Linear: "FC"}


def signal_by_layer(model: nn.Module, images: Tensor) -> dict[str, float]:
    """Return how much the outputs of each convolutional and fully connected layer differ over images.

    The standard deviation of each value over the images, before the activation function and
    without dropout; of these, the root of the mean square. A bias, the same for all images, adds
    nothing to it.

    Parameters
    ----------
    model
        Left as it was.
    images
        (N, C, H, W), normalized; at least two.

    Returns
    -------
    dict
        Conv1, Conv2, ... and FC1, FC2, ... in the order of computation.
    """
    signal: dict[str, float] = {}

    def note(name: str) -> Callable:
        def hook(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            signal[name] = output.var(dim=0).mean().sqrt().item()

        return hook

    hooks = []
    for kind, short in SHORT_NAMES.items():
        layers = [layer for layer in model.modules() if isinstance(layer, kind)]
        for number, layer in enumerate(layers, start=1):
            hooks.append(layer.register_forward_hook(note(f"{short}{number}")))
    try:
        with evaluating(model), torch.inference_mode():
            model(images)
    finally:
        for hook in hooks:
            hook.remove()
    return signal
