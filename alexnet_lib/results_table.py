"""The table of recorded runs, in the words of either language: for the results page and the README."""

import json
import statistics
import string
from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from alexnet_lib.ladder.rungs import RUNGS
from alexnet_lib.language import catalogue
from alexnet_lib.statistics import over_seeds

ENDS = ("baseline", "tuned", "modern")  # the runs that the book is about; all others serve a chapter
ORDER = (*ENDS, *(f"rung_{name}" for name in RUNGS), "race_", "local_")
CIRCUMSTANCES = 4  # the last columns: number format, hardware, PyTorch, date
HARDWARE = 1  # among them
BETWEEN = " / "  # machines, where the seeds of a run ran on several
UNBROKEN_HYPHEN = "\N{NON-BREAKING HYPHEN}"
SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def recorded(results: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the JSON of every recorded run in a folder, by name, in order of seed.

    The runs that the book is about come first, then the ladder from its lowest rung up, the races of
    chapter 11 and the cells of chapter 12; any others stand last. Within a kind, time orders.
    """
    runs = defaultdict(list)
    for path in sorted(results.glob("*-[0-9]*.json")):
        run = json.loads(path.read_text("utf-8"))
        runs[run["run"]].append(run)
    order = sorted(runs, key=lambda name: (place(name), min(run["date"] for run in runs[name])))
    return {name: sorted(runs[name], key=lambda run: run["seed"]) for name in order}


def place(name: str) -> int:
    """Return where a run's name, or what it begins with, stands in ``ORDER``."""
    for i, known in enumerate(ORDER):
        if name == known or (known.endswith("_") and name.startswith(known)):
            return i
    return len(ORDER)


def lettered(values: Sequence[str]) -> tuple[list[str], str]:
    """Return a letter for each machine of each value, and what the letters stand for."""
    machines = dict.fromkeys(machine for value in values for machine in value.split(BETWEEN))
    letters = dict(zip(machines, string.ascii_uppercase, strict=False))
    legend = "; ".join(f"{letter}: {machine}" for machine, letter in letters.items())
    return [", ".join(letters[machine] for machine in value.split(BETWEEN)) for value in values], legend


def accuracy(runs: list[dict[str, Any]], scores: str = "test") -> str:
    """Return the mean test accuracy, and its standard deviation over seeds where there are enough."""
    summary = over_seeds([100 * (1 - run[scores]["top1_error"]) for run in runs])
    if summary.standard_deviation is None:
        return f"{summary.mean:.2f}%"
    return f"{summary.mean:.2f} ± {summary.standard_deviation:.2f}%"


def power_of_ten(value: float) -> str:
    """Return a number in the form 8.7×10¹⁴."""
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}×10" + str(int(exponent)).translate(SUPERSCRIPT)


def duration(seconds: float, words: dict[str, str]) -> str:
    """Return a duration in seconds, from two minutes on in minutes, from an hour on in hours."""
    if seconds < 120:
        return words["seconds"].format(seconds=seconds)
    if seconds >= 3600:
        return words["hours"].format(hours=seconds / 3600)
    return words["minutes"].format(minutes=seconds / 60)


def machine(run: dict[str, Any], words: dict[str, str]) -> str:
    """Return the name of the device that a run was trained on, and how many trainings it shared it with."""
    device, beside = run["hardware"]["device"], run["hardware"].get("beside")
    return device + words["beside"].format(count=beside) if beside else device


def epochs(runs: list[dict[str, Any]]) -> str:
    """Return the number of epochs made, as a range where seeds differ: a race ends at its goal."""
    made = sorted(len(run["history"]) for run in runs)
    return str(made[0]) if made[0] == made[-1] else f"{made[0]}–{made[-1]}"


def results_table(results: Path, language: str, only: Collection[str] | None = None) -> str:
    """Return the table as Markdown: one line a run, means over its seeds.

    What all runs share of hardware, versions and the like stands below the table, in one sentence;
    where the hardware differs, rows have letters for it that are explained there too.

    Parameters
    ----------
    results
        The folder ``book/results``.
    language
        ``"ko"`` or ``"en"``.
    only
        Names of the runs to show; None shows all.
    """
    names = (
        "beside", "hardware", "header", "hours", "minutes", "nothing", "seconds", "shared", "views",
    )
    words = {name: catalogue()[f"results.{name}"][language] for name in names}
    rows = []
    for name, runs in recorded(results).items():
        if only is not None and name not in only:
            continue
        views = all("test_views" in run for run in runs)
        seconds = statistics.mean(run["duration_seconds"] for run in runs)
        rows.append([
            f"`{name}`",
            accuracy(runs) + (words["views"].format(accuracy=accuracy(runs, "test_views")) if views else ""),
            len(runs),
            epochs(runs),
            power_of_ten(statistics.mean(run["flop"] for run in runs)),
            duration(seconds, words),
            ", ".join(dict.fromkeys(run["dtype"] for run in runs)),
            BETWEEN.join(dict.fromkeys(machine(run, words) for run in runs)),
            ", ".join(dict.fromkeys(run["versions"]["torch"] for run in runs)),
            ", ".join(dict.fromkeys(run["date"][:10] for run in runs)),
        ])
    if not rows:
        return words["nothing"]
    header = words["header"].split("|")
    first_of_them = len(header) - CIRCUMSTANCES
    columns = list(zip(header, *rows, strict=True))
    shared = [column for column in columns[first_of_them:] if len(rows) > 1 and len(set(column[1:])) == 1]
    below = []
    for i, column in enumerate(columns):
        if i == first_of_them + HARDWARE and column not in shared and len(rows) > 1:
            letters, legend = lettered(column[1:])
            columns[i] = (column[0], *letters)
            below.append(words["hardware"].format(legend=legend))
        elif i == len(columns) - 1 and column not in shared:
            columns[i] = (column[0], *(date.replace("-", UNBROKEN_HYPHEN) for date in column[1:]))
    lines = [list(line) for line in zip(*(column for column in columns if column not in shared), strict=True)]
    lines.insert(1, ["---"] * len(lines[0]))
    table = "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
    if shared:
        facts = ", ".join(f"{name} {value}" for name, value, *_ in shared)
        below.append(words["shared"].format(facts=facts))
    return "\n\n".join([table, " ".join(below)]) if below else table
