"""Chapter 10: the ladder's rungs, and what their records say."""

import dataclasses
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from alexnet_lib.checks import check_choice
from alexnet_lib.experiments.recipe import Recipe
from alexnet_lib.metrics import evaluating
from alexnet_lib.training import History
from alexnet_lib.uncertainty import wilson_interval

# What each rung changes in the one below it. A rung that brings another optimizer brings its rates.
RUNGS: dict[str, dict[str, Any]] = {
    "post": {},
    "schedule": {"warmup": 0.2, "schedule": "linear"},
    "initialization": {"initialization": "kaiming"},
    "optimizer": {"optimizer": "muon_adam", "muon_learning_rate": 0.04},
    "smoothing": {"label_smoothing": 0.1},
    "averaging": {"ema": 0.1},
    "dropout": {"dropout": 0.2},
    "augmentation": {"flips": "alternating", "padding_mode": "reflect", "padding": 2},
    "filters": {"weight_standardization": True},
    "normalization": {  # what is normalized need not be standardized
        "network": "NormalizedAlexNet", "weight_standardization": False,
        "muon_learning_rate": 0.1, "learning_rate": 2e-3,
    },
    "sizes": {"network": "ResizedAlexNet"},
    "activation": {"network": "ModernAlexNet"},
    "whitening": {"initialization": "whitening"},
}
SAME_NETWORK = "filters"  # the last rung whose network is still the blog post's
ENDS = ("baseline", "tuned", "modern")  # the recorded runs that the book is about


def rung(name: str, **others: Any) -> Recipe:
    """Return the recipe of a rung: all changes up to it.

    Parameters
    ----------
    name
        A key of ``RUNGS``.
    others
        Fields of ``Recipe``, such as ``epochs``, ``dataset`` or ``seed``; they win over the rungs'.
    """
    check_choice("rung", name, RUNGS)
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


def overtaking(history: History, other: History) -> int | None:
    """Return the first epoch at whose end a training is better than another ever is; None if it never is.

    The other may choose its best epoch after the fact, on the very images that are measured here:
    it is harder to overtake so than at its end.

    Parameters
    ----------
    history, other
        As ``fit`` returns them, with ``val_accuracy``, on the same validation images.
    """
    best = max(row["val_accuracy"] for row in other)
    return next((row["epoch"] for row in history if row["val_accuracy"] > best), None)


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
