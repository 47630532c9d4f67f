"""The table of recorded runs, in the words of either language: for the results page and the README."""

import json
import statistics
import string
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path
from typing import Any

import languages
from alexnet_lib.experiments.ladder import ENDS, RUNGS, summarize
from alexnet_lib.notebook import power_of_ten

ORDER = (*ENDS, *(f"rung_{name}" for name in RUNGS), "race_", "local_")
VIEWS, CIRCUMSTANCES = 3, 8  # columns that a table may lack
UNBROKEN_HYPHEN = "\N{NON-BREAKING HYPHEN}"


def recorded(results: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the JSON of every recorded run of CIFAR-10 in a folder, by name, in order of seed.

    The runs that the book is about come first, then the ladder from its lowest rung up, the races of
    chapter 11 and the cells of chapter 12; any others stand last. Within a kind, time orders.
    """
    runs = defaultdict(list)
    for path in sorted(results.glob("*-[0-9]*.json")):
        run = json.loads(path.read_text("utf-8"))
        if "test" in run:  # a transfer has several scores, and of other images
            runs[run["run"]].append(run)
    order = sorted(runs, key=lambda name: (place(name), min(run["date"] for run in runs[name])))
    return {name: sorted(runs[name], key=lambda run: run["seed"]) for name in order}


def place(name: str) -> int:
    """Return where a run's name, or what it begins with, stands in ``ORDER``."""
    for i, known in enumerate(ORDER):
        if name == known or (known.endswith("_") and name.startswith(known)):
            return i
    return len(ORDER)


def percent(runs: list[dict[str, Any]], scores: str = "test") -> str:
    """Return the mean accuracy over the seeds, in percent."""
    return f"{100 * summarize(runs, scores).accuracy:.2f}%"


def interval(runs: list[dict[str, Any]]) -> str:
    """Return Wilson's 95 % interval of the mean test accuracy, over the choice of the images."""
    low, high = summarize(runs).interval
    return f"{100 * low:.1f}–{100 * high:.1f}"


def seeds(runs: list[dict[str, Any]]) -> str:
    """Return the number of seeds, and the test accuracy of each where there are several."""
    scores = [f"{100 * value:.2f}" for value in summarize(runs).accuracies]
    return f"{len(scores)} ({', '.join(scores)})" if len(scores) > 1 else "1"


def duration(seconds: float, words: dict[str, str]) -> str:
    """Return a duration in seconds, from two minutes on in minutes, from an hour on in hours."""
    if seconds < 120:
        return words["seconds"].format(seconds=seconds)
    if seconds >= 3600:
        return words["hours"].format(hours=seconds / 3600)
    return words["minutes"].format(minutes=seconds / 60)


def circumstances(run: dict[str, Any], words: dict[str, str]) -> str:
    """Return a run's number format, its device, the trainings that it shared it with, and its PyTorch."""
    device, beside = run["hardware"]["device"], run["hardware"].get("beside")
    shared = words["beside"].format(count=beside) if beside else ""
    return f"{run['dtype']}, {device}{shared}, PyTorch {run['versions']['torch']}"


def epochs(runs: list[dict[str, Any]]) -> str:
    """Return the number of epochs made, as a range where seeds differ: a race ends at its goal."""
    made = sorted(len(run["history"]) for run in runs)
    return str(made[0]) if made[0] == made[-1] else f"{made[0]}–{made[-1]}"


def days(dates: list[str]) -> str:
    """Return the days of a run's seeds, without the month of the first where it is the same."""
    first, *others = sorted(set(dates))
    words = [first, *(day.removeprefix(first[:8]) for day in others)]
    return ", ".join(words).replace("-", UNBROKEN_HYPHEN)


def results_table(results: Path, language: str, only: Collection[str] | None = None) -> str:
    """Return the table as Markdown: one line a run, means over its seeds.

    Number format, hardware and version stand below the table, behind the letters that rows have for them.

    Parameters
    ----------
    results
        The folder ``book/results``.
    language
        ``"ko"`` or ``"en"``.
    only
        Names of the runs to show; None shows all.
    """
    words = languages.words(language)["results"]
    shown = {name: runs for name, runs in recorded(results).items() if only is None or name in only}
    if not shown:
        return words["nothing"]
    met = dict.fromkeys(circumstances(run, words) for runs in shown.values() for run in runs)
    letters = dict(zip(met, string.ascii_uppercase, strict=False))
    rows = [words["header"].split("|")]
    for name, runs in shown.items():
        seconds = statistics.mean(run["duration_seconds"] for run in runs)
        rows.append([
            f"`{name}`",
            percent(runs),
            interval(runs),
            percent(runs, "test_views") if all("test_views" in run for run in runs) else "",
            seeds(runs),
            epochs(runs),
            power_of_ten(statistics.mean(run["flop"] for run in runs)),
            duration(seconds, words),
            ", ".join(sorted({letters[circumstances(run, words)] for run in runs})),
            days([run["date"][:10] for run in runs]),
        ])
    missing = {VIEWS} if not any(row[VIEWS] for row in rows[1:]) else set()
    missing |= {CIRCUMSTANCES} if len(met) == 1 else set()
    lines = [[cell for i, cell in enumerate(row) if i not in missing] for row in rows]
    lines.insert(1, [":--", *["--:"] * (len(lines[0]) - 1)])
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    if len(met) == 1:
        return table + "\n\n" + words["same"].format(circumstances=next(iter(met)))
    legend = "\n".join(f"- {letter}: {what}" for what, letter in letters.items())
    return f"{table}\n\n{words['circumstances']}\n\n{legend}"
