"""From the blog post's recipe to a modern one, one change a rung."""

import dataclasses
from typing import Any

from alexnet_lib.errors import BookError
from alexnet_lib.ladder.recipes import Recipe

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
