"""How many times faster: epochs and seconds to a goal, compared seed by seed, with honest bounds."""

from collections.abc import Mapping
from typing import NamedTuple

from alexnet_lib.errors import BookError
from alexnet_lib.language import text
from alexnet_lib.statistics import MINIMUM_FOR_SPREAD, over_seeds
from alexnet_lib.training import History


class Finish(NamedTuple):
    """When a training reached its goal: in whole epochs, and in seconds of training alone.

    Where ``reached`` is False, it had not done so by then, and both are less than it would take.
    """

    epochs: int
    seconds: float
    reached: bool


class Ratio(NamedTuple):
    """The slower one's figure over the faster one's.

    ``bound`` is ``"="``, or ``">"`` (it is more, the slower one did not arrive), or ``"<"`` (it is
    less, the faster one did not), or ``"?"`` where neither did, and nothing is known.
    """

    value: float
    bound: str


class Speedup(NamedTuple):
    """The ratios of several seeds; mean and standard deviation of three or more that all are exact."""

    ratios: list[Ratio]
    mean: float | None
    standard_deviation: float | None


def finish(history: History, goal: float) -> Finish:
    """Return when the training error first was at most the goal.

    Parameters
    ----------
    history
        As ``run_race`` returns it. The error is measured at the end of each epoch, so that the
        answer is a whole number of epochs; nothing is interpolated.
    goal
        A fraction.
    """
    if not history or any("train_error" not in row for row in history):
        raise BookError("not_a_race")
    seconds = 0.0
    for row in history:
        seconds += row["training_seconds"]
        if row["train_error"] <= goal:
            return Finish(row["epoch"], seconds, True)
    return Finish(history[-1]["epoch"], seconds, False)


def ratio(fast: Finish, slow: Finish, quantity: str) -> Ratio:
    """Return how many times the faster one's epochs, or seconds, the slower one took."""
    bounds = {(True, True): "=", (True, False): ">", (False, True): "<", (False, False): "?"}
    value = getattr(slow, quantity) / getattr(fast, quantity)
    return Ratio(value, bounds[fast.reached, slow.reached])


def speedup(
    fast: Mapping[int, History], slow: Mapping[int, History], goal: float, quantity: str
) -> Speedup:
    """Compare two networks, each seed of the one with the same seed of the other.

    Parameters
    ----------
    fast, slow
        Seed and history. A seed that only one of them has is left out.
    goal
        Of the training error, a fraction.
    quantity
        ``"epochs"`` or ``"seconds"``.

    Returns
    -------
    Speedup
        Mean and standard deviation (of the sample, n - 1) are None for fewer than three seeds, or
        where a bound is among the ratios: the mean of "more than" is no number.
    """
    seeds = sorted(fast.keys() & slow.keys())
    ratios = [ratio(finish(fast[seed], goal), finish(slow[seed], goal), quantity) for seed in seeds]
    exact = [each.value for each in ratios if each.bound == "="]
    if len(exact) < max(len(ratios), MINIMUM_FOR_SPREAD):
        return Speedup(ratios, None, None)
    summary = over_seeds(exact)
    return Speedup(ratios, summary.mean, summary.standard_deviation)


def epochs_words(end: Finish) -> str:
    """Return the epochs of a finish as a table has them, such as ``7`` or ``more than 40``."""
    return str(end.epochs) if end.reached else text("race.more_than", value=end.epochs)


def ratio_words(of: Ratio) -> str:
    """Return a ratio as a sentence has it, such as ``2.5`` or ``more than 2.5``."""
    names = {">": "more_than", "<": "less_than"}
    value = f"{of.value:.1f}"
    return {"=": value, "?": "—"}.get(of.bound) or text(f"race.{names[of.bound]}", value=value)
