"""Two questions at once: recorded runs by cell of a table, and what changes from one cell to the next."""

import statistics
from collections.abc import Iterable, Mapping

from alexnet_lib.recorded import SEEDS, RecordedRun, checksums, recorded_runs

Cell = tuple[str, int]

WIDTHS = (32, 64)


def recorded_cells(normalizations: tuple[str, ...]) -> dict[Cell, dict[int, RecordedRun]]:
    """Return the recorded runs of chapter 12 by (normalization, width) and seed.

    They are called ``local_NORMALIZATION_WIDTH``; a cell of which nothing is recorded is left out.
    """
    names = {
        "local_{}_{}".format(*cell): cell
        for cell in ((normalization, width) for width in WIDTHS for normalization in normalizations)
    }
    known = [(name, seed) for name in names for seed in SEEDS if f"{name}-{seed}.npz" in checksums()]
    cells: dict[Cell, dict[int, RecordedRun]] = {}
    for (name, seed), run in recorded_runs(known).items():
        cells.setdefault(names[name], {})[seed] = run
    return cells


def view_errors(runs: Mapping[int, RecordedRun], views: int) -> dict[int, float]:
    """Return the test error of each seed in percent, from one view of each image or from ten."""
    scores = {1: "test", 10: "test_views"}[views]
    return {seed: 100 * run.about[scores]["top1_error"] for seed, run in runs.items()}


def paired_differences(before: Mapping[int, float], after: Mapping[int, float]) -> dict[int, float]:
    """Return after less before for every seed that both have: same first weights, same order of images."""
    return {seed: after[seed] - before[seed] for seed in sorted(before.keys() & after.keys())}


def direction(changes: Iterable[float]) -> str:
    """Return ``"higher"`` or ``"lower"`` where all changes have that sign, and else ``"mixed"``."""
    changes = list(changes)
    if changes and all(change > 0 for change in changes):
        return "higher"
    return "lower" if changes and all(change < 0 for change in changes) else "mixed"


def trend(errors: list[float], last: int) -> float:
    """Return the slope of the last so many values of a curve, by least squares: its change an epoch."""
    tail = errors[-last:]
    return statistics.linear_regression(range(len(tail)), tail).slope
