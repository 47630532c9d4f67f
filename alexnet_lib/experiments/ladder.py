"""Chapter 10: the ladder's rungs, how two records compare, and the signal before any training."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.stats import ttest_rel
from torch import Tensor, nn

from alexnet_lib.checks import check_choice
from alexnet_lib.experiments.recipe import Recipe
from alexnet_lib.metrics import evaluating
from alexnet_lib.records import RecordedRun
from alexnet_lib.summary import layer_table
from alexnet_lib.uncertainty import MINIMUM_FOR_SPREAD, mcnemar

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


@dataclass(frozen=True)
class Step:
    """What a second recipe gains over a first: the mean over ``count`` seeds, a fraction of the images.

    ``p_value`` is the chance of a gain at least as large, up or down, were the two equally good.
    """

    count: int
    gain: float
    p_value: float


def compare(runs: Mapping[tuple[str, int], RecordedRun], first: str, second: str) -> Step | None:
    """Compare two recipes on the same images, seed by seed; None where no seed of both is there.

    With three seeds or more by a paired t-test over the seeds. Below that by McNemar's test over the
    images, which cannot speak for another seed; of two seeds the less certain one counts.

    Parameters
    ----------
    runs
        Recorded runs by name and seed, as ``recorded_runs`` returns them.
    first, second
        Names of runs.
    """
    seeds = sorted(seed for name, seed in runs if name == first and (second, seed) in runs)
    if not seeds:
        return None
    labels = runs[first, seeds[0]].labels
    answers = [[runs[name, seed].logits.argmax(axis=1) for seed in seeds] for name in (first, second)]
    before, after = ([np.mean(each == labels) for each in of_one] for of_one in answers)
    if len(seeds) < MINIMUM_FOR_SPREAD:
        p_value = max(mcnemar(labels, *pair).p_value for pair in zip(*answers, strict=True))
    else:
        p_value = float(ttest_rel(after, before).pvalue)
    return Step(len(seeds), float(np.mean(after) - np.mean(before)), p_value)


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
        By the names of ``layer_table``, in the order of computation.
    """
    rows = layer_table(model, tuple(images.shape[1:]))
    signal: list[float] = []

    def note(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        signal.append(output.var(dim=0).mean().sqrt().item())

    layers = [layer for layer in model.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    hooks = [layer.register_forward_hook(note) for layer in layers]
    try:
        with evaluating(model), torch.inference_mode():
            model(images)
    finally:
        for hook in hooks:
            hook.remove()
    return dict(zip([row.name for row in rows if row.kind in ("Conv2d", "Linear")], signal, strict=True))
