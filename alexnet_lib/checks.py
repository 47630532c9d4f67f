"""Settings that a reader chooses, folders among them: each is checked here; a wrong one gets one sentence."""

import dataclasses
import math
import os
from collections.abc import Callable, Iterable
from functools import partial
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from alexnet_lib.language import BookError

LARGEST_SEED = 2**32 - 1  # NumPy's old generator takes no larger one


def as_typed(value: object) -> str:
    """Return a value as it would be typed: a text in its quotation marks."""
    return repr(value) if isinstance(value, str) else str(value)


def whole_number(name: str, value: object, low: int = 1, high: float = math.inf) -> int:
    """Return a whole number, Python's or NumPy's, as Python's.

    Raises
    ------
    BookError
        For a fraction, a text, True, and what is below ``low`` or above ``high``.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or not low <= value <= high:
        rule = f"{name} >= {low}" if math.isinf(high) else f"{low} <= {name} <= {high}"
        raise BookError("whole_number", name=name, given=as_typed(value), rule=rule)
    return int(value)


def number(name: str, value: object, low: float = 0.0, high: float = math.inf, above: bool = False) -> float:
    """Return a finite number, from ``low`` (or ``above`` it) to less than ``high``, as Python's.

    Raises
    ------
    BookError
        For a text such as ``'1e-3'``, which YAML makes of that, a tensor, NaN, and what is out of range.
    """
    fits = isinstance(value, Real) and low <= value < high and not (above and value == low)
    if isinstance(value, bool) or not fits:
        least = f"{name} {'>' if above else '>='} {low:g}"
        rule = least if math.isinf(high) else f"{low:g} <= {name} < {high:g}"
        raise BookError("number", name=name, given=as_typed(value), rule=rule)
    return float(value)


def check_choice(field: str, given: object, known: Iterable[object]) -> None:
    """Refuse a value that is not among the known ones."""
    if given not in known:
        raise BookError("unknown_choice", field=field, given=given, known=", ".join(map(str, known)))


seed = partial(whole_number, low=0, high=LARGEST_SEED)
positive = partial(number, above=True)
share = partial(number, high=1.0)

# What the settings of a training may be, whichever data class holds them.
SETTINGS: dict[str, Callable[[str, object], int | float]] = {
    **dict.fromkeys(("epochs", "batch_size", "train_size", "test_size", "width", "crop"), whole_number),
    **dict.fromkeys(("padding", "cutout", "halvings", "drops"), partial(whole_number, low=0)),
    "learning_rate": positive,
    **dict.fromkeys(("muon_learning_rate", "weight_decay", "ema", "alpha"), number),
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


def book_folder(here: Path) -> Path | None:
    """Return the nearest of a folder and its parents that holds ``_toc.yml``; else None, as in Colab."""
    return next((folder for folder in (here, *here.parents) if (folder / "_toc.yml").is_file()), None)


def named_folder(variable: str, default: str, here: Path | None = None) -> Path:
    """Return the folder that an environment variable names, else the default one.

    A tilde is the home folder, and a relative path begins in the book's folder: kernels and tools
    have different working directories, and no shell has read a value that stands in a ``.env`` or
    YAML file. An empty value counts as none. The book's folder is looked for from ``here`` on, else from the
    working directory.

    Raises
    ------
    BookError
        There is no home folder of that name.
    """
    given = os.environ.get(variable) or default
    here = here or Path.cwd()
    try:
        return (book_folder(here) or here) / Path(given).expanduser()
    except RuntimeError:
        raise BookError("unknown_home", variable=variable, given=given) from None
