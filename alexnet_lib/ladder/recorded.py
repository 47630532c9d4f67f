"""What the recorded runs of the ladder say: accuracy with its interval, computation, and what did it."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from alexnet_lib.ladder.rungs import RUNGS, changed
from alexnet_lib.statistics import wilson_interval

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
