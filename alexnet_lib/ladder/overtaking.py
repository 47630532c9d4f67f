"""When one training overtakes another: the epoch and the time, on the validation images."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alexnet_lib.errors import BookError
from alexnet_lib.training import History


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
