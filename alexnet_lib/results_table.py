"""The table of recorded runs, in the words of either language: for the results page and the README."""

import json
import statistics
from collections import defaultdict
from pathlib import Path
from typing import Any

from alexnet_lib.language import catalogue
from alexnet_lib.statistics import over_seeds

SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def recorded(results: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the JSON of every recorded run in a folder, by name, in order of seed."""
    runs = defaultdict(list)
    for path in sorted(results.glob("*-[0-9]*.json")):
        run = json.loads(path.read_text("utf-8"))
        runs[run["run"]].append(run)
    return {name: sorted(same, key=lambda run: run["seed"]) for name, same in runs.items()}


def accuracy(runs: list[dict[str, Any]]) -> str:
    """Return the mean test accuracy, and its standard deviation over seeds where there are enough."""
    summary = over_seeds([100 * (1 - run["test"]["top1_error"]) for run in runs])
    if summary.standard_deviation is None:
        return f"{summary.mean:.2f}%"
    return f"{summary.mean:.2f} ± {summary.standard_deviation:.2f}%"


def power_of_ten(value: float) -> str:
    """Return a number in the form 8.7×10¹⁴."""
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}×10" + str(int(exponent)).translate(SUPERSCRIPT)


def results_table(results: Path, language: str) -> str:
    """Return the table as Markdown: one line a run, means over its seeds.

    Parameters
    ----------
    results
        The folder ``book/results``.
    language
        ``"ko"`` or ``"en"``.
    """
    words = {name: catalogue()[f"results.{name}"][language] for name in ("header", "hours", "nothing")}
    rows = []
    for name, runs in recorded(results).items():
        first = runs[0]
        seconds = statistics.mean(run["duration_seconds"] for run in runs)
        rows.append([
            f"`{name}`",
            accuracy(runs),
            len(runs),
            first["config"]["epochs"],
            f"{power_of_ten(first['flop'])} FLOP",
            words["hours"].format(hours=seconds / 3600),
            first["hardware"]["device"],
            first["versions"]["torch"],
            first["date"][:10],
        ])
    if not rows:
        return words["nothing"]
    header = words["header"].split("|")
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
