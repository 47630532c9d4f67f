"""Exercises of chapter 11: saturation, and how much faster."""

import math
from collections.abc import Callable

import numpy as np
import torch
from scipy import stats

from alexnet_lib.practice.exercise import Exercise


def slope_of_three_tanh(x: float) -> float:
    """Let autograd go back through three tanh, each of which is given ``x``."""
    inputs = torch.full((3,), x, dtype=torch.float64, requires_grad=True)
    (slopes,) = torch.autograd.grad(torch.tanh(inputs).sum(), inputs)
    return slopes.prod().item()


def crossing(errors: list[float], goal: float) -> float:
    """Read the epoch off the straight line through the measurements beside the goal."""
    after = next(place for place, error in enumerate(errors) if error <= goal)
    beside = slice(after - 1, after + 1)
    return float(np.interp(-goal, -np.array(errors[beside]), [after, after + 1]))


def arrival(part: Callable[[float, float, float], float]) -> Callable[[list[float], float], float]:
    """Return what adds a part of the epoch that led to the goal, by the errors around the goal."""

    def answer(errors: list[float], goal: float) -> float:
        after = next(place for place, error in enumerate(errors) if error <= goal)
        return after + part(errors[after - 1], errors[after], goal)

    return answer


def interval(slow: list[float], fast: list[float]) -> tuple[float, float]:
    """Give the 95 % interval of the geometric mean."""
    logs = np.log(slow) - np.log(fast)
    low, high = stats.ttest_1samp(logs, 0).confidence_interval(0.95)
    return math.exp(low), math.exp(high)


def by(quantile: float | None, ddof: int, lost: int = 1) -> Callable[..., tuple[float, float]]:
    """Return an interval of these choices; without a quantile, that of t with n - ``lost`` degrees."""

    def answer(slow: list[float], fast: list[float]) -> tuple[float, float]:
        logs = np.log(np.array(slow) / np.array(fast))
        width = quantile or stats.t.ppf(0.975, len(logs) - lost)
        half = width * logs.std(ddof=ddof) / np.sqrt(len(logs))
        return math.exp(logs.mean() - half), math.exp(logs.mean() + half)

    return answer


EXERCISES = {
    "11_saturation": Exercise(
        right=slope_of_three_tanh(2.0),
        mistakes={
            "once": 1 - math.tanh(2) ** 2,
            "sum": 3 * (1 - math.tanh(2) ** 2),
            "one_input": 1 - math.tanh(6) ** 2,
            "not_squared": (1 - math.tanh(2)) ** 3,
            "values": math.tanh(2) ** 3,
            "relu": 1,
        },
    ),
    "11_arrival": Exercise(
        right=crossing,
        cases=[
            ([0.5, 0.26, 0.16], 0.25),
            ([0.5, 0.3, 0.2], 0.25),
            ([0.6, 0.5, 0.45, 0.2], 0.25),
            ([0.4, 0.24, 0.3, 0.2], 0.25),
            ([0.6, 0.4, 0.3], 0.4),
        ],
        untouched=arrival(lambda before, after, goal: (goal - after) / (before - after)),
        mistakes={
            "one_late": lambda errors, goal: crossing(errors, goal) + 1,
            "sign": arrival(lambda before, after, goal: (goal - before) / (before - after)),
            "measured": arrival(lambda before, after, goal: 1),
        },
    ),
    "11_geometric_mean": Exercise(
        right=float(stats.gmean([8, 1 / 2])),
        mistakes={
            "arithmetic": (8 + 1 / 2) / 2,
            "logarithm": math.log(2),
            "product": 8 * 1 / 2,
            "inverse": 1 / 2,
        },
    ),
    "11_interval": Exercise(
        right=interval,
        cases=[
            ([3.0, 5.0, 4.0], [3.0, 3.5, 4.5]),
            ([12.0, 20.0, 13.0], [2.0, 3.0, 2.5]),
            ([4.0, 4.5, 6.0, 5.0, 4.2], [4.0, 4.0, 5.0, 6.0, 4.4]),
        ],
        untouched=by(1.96, ddof=0),
        mistakes={
            "normal_quantile": by(1.96, ddof=1),
            "divided_by_n": by(None, ddof=0),
            "degrees": by(None, ddof=1, lost=0),
            "logarithms": lambda slow, fast: tuple(math.log(end) for end in interval(slow, fast)),
            "inverse": lambda slow, fast: interval(fast, slow),
        },
    ),
}
