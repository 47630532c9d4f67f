"""Values that a reader chooses: each is checked here, and a wrong one gets one sentence."""

import dataclasses
import math
from collections.abc import Callable, Iterable, Sized
from numbers import Integral, Real
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from alexnet_lib.language import BookError

LARGEST_SEED = 2**32 - 1  # NumPy's old generator takes no larger one


def whole_number(name: str, value: object, low: int = 1, high: int | None = None) -> int:
    """Return a whole number, Python's or NumPy's, as Python's.

    Raises
    ------
    BookError
        For a fraction, a text, True, and what is below ``low`` or above ``high``.
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, Integral)
        or not low <= value <= (value if high is None else high)
    ):
        kind = "whole_number" if high is None else "whole_number_between"
        raise BookError(kind, name=name, given=as_written(value), low=low, high=high)
    return int(value)


def number(
    name: str, value: object, low: float = 0.0, high: float = math.inf, *, above: bool = False
) -> float:
    """Return a finite number, from ``low`` (or ``above`` it) to less than ``high``, as Python's.

    Raises
    ------
    BookError
        For a text such as ``'1e-3'``, which YAML makes of that, a tensor, NaN, and what is out of range.
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, Real)
        or not low <= value < high
        or (above and value == low)
    ):
        kind = "number_between" if math.isfinite(high) else "number_above" if above else "number_from"
        raise BookError(kind, name=name, given=as_written(value), low=f"{low:g}", high=f"{high:g}")
    return float(value)


def as_written(value: object) -> str:
    """Return a value as it would be typed: a text in its quotation marks."""
    return repr(value) if isinstance(value, str) else str(value)


def seed(name: str, value: object) -> int:
    """Return a seed that NumPy and PyTorch both take."""
    return whole_number(name, value, low=0, high=LARGEST_SEED)


def positive(name: str, value: object) -> float:
    """Return a number above zero."""
    return number(name, value, above=True)


def from_zero(name: str, value: object) -> int:
    """Return a whole number that may be zero."""
    return whole_number(name, value, low=0)


def share(name: str, value: object) -> float:
    """Return a number from 0 to less than 1."""
    return number(name, value, high=1.0)


def check_choice(field: str, given: object, known: Iterable[object]) -> None:
    """Refuse a value that is not among the known ones."""
    if given not in known:
        raise BookError("unknown_choice", field=field, given=given, known=", ".join(map(str, known)))


# What the settings of a training may be, whichever data class holds them.
SETTINGS: dict[str, Callable[[str, object], int | float]] = {
    **dict.fromkeys(("epochs", "batch_size", "train_size", "test_size", "width", "crop"), whole_number),
    **dict.fromkeys(("padding", "cutout"), from_zero),
    **dict.fromkeys(("learning_rate", "middle_rate"), positive),
    **dict.fromkeys(("muon_learning_rate", "weight_decay", "ema"), number),
    **dict.fromkeys(("warmup", "label_smoothing", "dropout", "goal"), share),
    "seed": seed,
}


def check_settings(config: Any) -> None:
    """Check each field of a frozen data class that ``SETTINGS`` names, and make its numbers Python's.

    None passes where it is the field's default.
    """
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if field.name in SETTINGS and not (value is None and field.default is None):
            object.__setattr__(config, field.name, SETTINGS[field.name](field.name, value))


def check_labels(labels: Tensor, num_classes: int) -> None:
    """Refuse labels that are not (N,) class indices from 0 to ``num_classes`` - 1.

    PyTorch ends in errors of its own, passes over -100 without a word, and on a card stops for good.
    """
    check_kind(labels)
    if len(labels):
        check_range(*(int(end) for end in labels.aminmax()), num_classes)


def check_batch(loader: DataLoader, step: int, labels: Tensor, num_classes: int) -> None:
    """Check the labels of a batch; those on a card before the first step, by their data set if it tells.

    To read them there in every step would make the card wait.
    """
    if labels.device.type == "cpu":
        check_labels(labels, num_classes)
    elif step == 0:
        all_labels = getattr(getattr(loader, "dataset", None), "targets", labels)
        check_labels(torch.as_tensor(all_labels), num_classes)


def check_kind(labels: Tensor) -> None:
    """Refuse labels that are not whole numbers, (N,)."""
    whole = not (labels.is_floating_point() or labels.is_complex() or labels.dtype == torch.bool)
    if labels.dim() != 1 or not whole:
        dtype = str(labels.dtype).removeprefix("torch.")
        raise BookError("labels_kind", shape=tuple(labels.shape), dtype=dtype)


def check_range(low: int, high: int, num_classes: int) -> None:
    """Refuse class indices below zero or beyond the last class."""
    if not 0 <= low <= high < num_classes:
        raise BookError("class_index", low=low, high=high, top=num_classes - 1)


def check_last_batch(model: nn.Module, loader: DataLoader) -> None:
    """Refuse a last batch of one image where batch normalization would need the variance of one value."""
    batch_size = getattr(loader, "batch_size", None)
    dealt = getattr(loader, "sampler", getattr(loader, "dataset", ()))  # a sampler may deal a part only
    if not batch_size or getattr(loader, "drop_last", False) or not isinstance(dealt, Sized):
        return
    images = len(dealt)
    alone = images > 0 and (images % batch_size or batch_size) == 1
    if alone and any(isinstance(layer, nn.BatchNorm1d) for layer in model.modules()):
        raise BookError("image_alone", images=images, batch_size=batch_size)
