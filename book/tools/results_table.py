"""The table of recorded runs, in the words of either language: for the results page and the README."""

import json
import statistics
import string
from collections import defaultdict
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import languages
from alexnet_lib.experiments.ladder import RUNGS
from alexnet_lib.notebook import power_of_ten
from alexnet_lib.uncertainty import summarize

# Columns that stand below the table where they would say the same in every row.
VIEWS, SEEDS, IMAGES = 2, 3, 4


def recorded(results: Path, names: Sequence[str] = ("*",)) -> dict[str, list[dict[str, Any]]]:
    """Return the JSON of the recorded runs of CIFAR-10 in a folder, by name, in order of seed.

    ``names`` are patterns as the shell has them; what fits the first comes first. Rungs stand from the lowest
    of the ladder up; else time orders.
    """
    runs = defaultdict(list)
    for path in sorted(results.glob("*-[0-9]*.json")):
        run = json.loads(path.read_text("utf-8"))
        # A transfer has several scores, and of other images.
        if "test" in run and any(fnmatch(run["run"], pattern) for pattern in names):
            runs[run["run"]].append(run)

    rungs = list(RUNGS)

    def place(name: str) -> tuple[int, int, str]:
        rung = name.removeprefix("rung_")
        first = next(n for n, pattern in enumerate(names) if fnmatch(name, pattern))
        return first, rungs.index(rung) if rung in rungs else -1, min(run["date"] for run in runs[name])

    return {name: sorted(runs[name], key=lambda run: run["seed"]) for name in sorted(runs, key=place)}


def percent(runs: list[dict[str, Any]], scores: str = "test") -> str:
    """Return the mean accuracy over the seeds, in percent."""
    return f"{100 * summarize(runs, scores).accuracy:.2f}"


def interval(runs: list[dict[str, Any]]) -> str:
    """Return the Wilson interval of the mean test accuracy, over the choice of the images."""
    low, high = summarize(runs).interval
    return f"{100 * low:.1f}–{100 * high:.1f}"


def images(runs: list[dict[str, Any]]) -> str:
    """Return the number of training images."""
    return f"{runs[0]['split']['train']:,}"


def seeds(runs: list[dict[str, Any]]) -> str:
    """Return the number of seeds, and the deviation of their test accuracies, in points, from three on."""
    scores = [100 * value for value in summarize(runs).accuracies]
    return f"{len(scores)} (±{statistics.stdev(scores):.2f})" if len(scores) > 2 else f"{len(scores)}"


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
    return ", ".join(words)


def results_table(results: Path, language: str, names: Sequence[str] = ("*",)) -> str:
    """Return the table as Markdown: one line a run, means over its seeds.

    A run is called by what it is, as ``words.toml`` has it, and by the name of its files. Number format,
    hardware, version and days stand below the table, behind the letters that rows have for them; so does what
    is true of every row. Images and epochs share a column, and so do computation and time.

    Parameters
    ----------
    results
        The folder ``book/results``.
    language
        ``"ko"`` or ``"en"``.
    names
        Patterns of the names of the runs to show, in the order of the table.
    """
    words, titles = (languages.words(language)[section] for section in ("results", "runs"))
    shown = recorded(results, names)
    if not shown:
        return words["nothing"]
    met = defaultdict(list)
    for run in (run for runs in shown.values() for run in runs):
        met[circumstances(run, words)].append(run["date"][:10])
    setups = [f"{what}, {days(dates)}" for what, dates in met.items()]
    letters = dict(zip(met, string.ascii_uppercase, strict=False)) if len(met) > 1 else {}
    rows = [words["header"].split("|")]
    for name, runs in shown.items():
        time = duration(statistics.mean(run["duration_seconds"] for run in runs), words)
        where = sorted({letters[circumstances(run, words)] for run in runs}) if letters else []
        rows.append([
            f"{titles[name]} `{name}`" if name in titles else f"`{name}`",
            f"{percent(runs)} ({interval(runs)})",
            percent(runs, "test_views") if all("test_views" in run for run in runs) else "",
            seeds(runs),
            images(runs),
            epochs(runs),
            power_of_ten(statistics.mean(run["flop"] for run in runs)),
            f"{time} ({', '.join(where)})" if where else time,
        ])
    columns = [set(column) for column in zip(*rows[1:], strict=True)]
    hidden = {VIEWS: ""} if columns[VIEWS] == {""} else {}
    if columns[SEEDS] == {"1"}:
        hidden[SEEDS] = words["once"]
    if len(columns[IMAGES]) == 1:
        hidden[IMAGES] = words["images"].format(count=rows[1][IMAGES])
    lines = []
    for *begin, number, made, computation, time in rows:
        shown = [cell for i, cell in enumerate(begin) if i not in hidden]
        images_and_epochs = made if IMAGES in hidden else f"{number} × {made}"
        # A row has two lines in any case: what the run is, and its name.
        lines.append([*shown, images_and_epochs, f"{computation}<br />{time}"])
    lines.insert(1, [":--", *["--:"] * (len(lines[0]) - 1)])
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    said = [*hidden.values(), *([] if letters else [words["same"].format(circumstances=setups[0])])]
    blocks = [table, " ".join(filter(None, said))]
    if letters:
        legend = "\n".join(map("- {}: {}".format, letters.values(), setups))
        blocks += [words["circumstances"], legend]
    return "\n\n".join(filter(None, blocks))
