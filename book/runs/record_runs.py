"""Work through book/runs/runs.toml: train what is missing, and write each finished run at once.

    python book/runs/record_runs.py            train what is missing
    python book/runs/record_runs.py race_gelu-0 local_batch_32-0   of these only, in the plan's order
    python book/runs/record_runs.py --status   say what is done, begun and missing
    python book/runs/record_runs.py --channels-last   train with weights in that order in memory,
                                                       which is faster on some processors

A run that was interrupted goes on from its last epoch.
"""

import argparse
import dataclasses
import datetime
import json
import platform
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import torch

from alexnet_lib.checkpoints import checkpoint_files
from alexnet_lib.devices import choose_device, device_name
from alexnet_lib.experiments import ladder
from alexnet_lib.experiments.lrn import RATES, LocalConfig, run_local
from alexnet_lib.experiments.recipe import Outcome, Recipe, run_post, run_recipe
from alexnet_lib.experiments.relu import RaceConfig, run_race
from alexnet_lib.folders import waiting_lock
from alexnet_lib.runs import TrainingConfig, runs_root
from run_files import RESULTS, ROOT, Config, write_json, write_run

PLAN = ("name", "kind", "seeds")  # what a run in book/runs/runs.toml has beside its settings


# What book/runs/runs.toml calls the kind of a run, and what makes its settings of the fields there.
KINDS: dict[str, Callable[..., Config]] = {
    "post": TrainingConfig,
    "recipe": Recipe,
    "rung": lambda rung, **others: ladder.rung(rung, **others),
    "race": RaceConfig,
    "local": lambda normalization, **others: LocalConfig(
        normalization, **{"learning_rate": RATES[normalization], **others}
    ),
}
TRAINERS: dict[type[Config], Callable[..., Outcome]] = {
    TrainingConfig: run_post,
    Recipe: run_recipe,
    RaceConfig: run_race,
    LocalConfig: run_local,
}


def planned() -> list[tuple[str, Config]]:
    """Return (name, settings) of every run in book/runs/runs.toml: seed 0 of all, then seed 1 ..."""
    runs = tomllib.loads((ROOT / "book/runs/runs.toml").read_text("utf-8"))["run"]
    jobs = [
        (seed, run["name"], KINDS[run["kind"]], {key: run[key] for key in run if key not in PLAN})
        for run in runs
        for seed in run["seeds"]
    ]
    jobs.sort(key=lambda job: job[0])  # stable: the order of the file within a seed
    return [(name, settings(seed=seed, **fields)) for seed, name, settings, fields in jobs]


def hardware(memory_format: torch.memory_format, beside: int = 0) -> dict[str, str | int]:
    """Return the machine a run is on, how the weights lie in its memory, and what else trains there."""
    machine = {
        "device": device_name(choose_device()),
        "threads": torch.get_num_threads(),
        "system": platform.system(),
        "memory_format": str(memory_format).removeprefix("torch."),
    }
    return machine | ({"beside": beside} if beside else {})


def commit() -> str:
    """Return the commit of the code that runs; ``+`` says that it was changed since."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(ROOT), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    # The list of checksums grows with every finished run; it is no code.
    code = ("alexnet_lib", "book/tools", ":(exclude)alexnet_lib/results.json")
    changed = git("status", "--porcelain", "--untracked-files=no", "--", *code)
    return git("rev-parse", "HEAD") + ("+" if changed else "")


def begin(folder: Path, config: Config, machine: dict[str, str | int]) -> list[dict]:
    """Note each start of a run: where, when, from which commit, with which settings."""
    path = folder / "starts.json"
    starts = json.loads(path.read_text("utf-8")) if path.is_file() else []
    settings = dataclasses.asdict(config)
    if any(start["config"] != settings for start in starts):
        sys.exit(f"{folder} was begun with other settings than runs.toml has now; delete that folder.")
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    starts.append({"date": now, "commit": commit(), "hardware": machine, "config": settings})
    write_json(path, starts)
    return starts


def record(
    name: str,
    config: Config,
    memory_format: torch.memory_format = torch.contiguous_format,
    beside: int = 0,
) -> None:
    """Train one run, or go on with it, and write its files; so many others train on the machine meanwhile."""
    folder = runs_root() / f"{name}-{config.seed}"
    folder.mkdir(parents=True, exist_ok=True)
    with waiting_lock(folder / ".lock"):
        starts = begin(folder, config, hardware(memory_format, beside))
        write_run(name, config, TRAINERS[type(config)](config, folder, memory_format), starts)


def status(name: str, config: Config) -> str:
    """Return done, the epoch a run has reached, or missing."""
    if (RESULTS / f"{name}-{config.seed}.json").is_file():
        return "done"
    newest = checkpoint_files(runs_root() / f"{name}-{config.seed}")[:1]
    return f"begun, {newest[0].stem.replace('-', ' ')} of {config.epochs}" if newest else "missing"


def main() -> None:
    """Read the arguments and work."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="*", metavar="NAME-SEED", help="train these only")
    parser.add_argument("--status", action="store_true", help="say what is done, begun and missing")
    parser.add_argument("--channels-last", action="store_true", help="weights in that order in memory")
    parser.add_argument(
        "--beside", type=int, default=0, metavar="N", help="trainings that share the machine, for the record"
    )
    arguments = parser.parse_args()
    memory_format = torch.channels_last if arguments.channels_last else torch.contiguous_format
    torch.backends.cudnn.allow_tf32 = False  # float32 is to be what the record calls it, on a card as well
    jobs = planned()
    if unknown := sorted(set(arguments.runs) - {f"{name}-{config.seed}" for name, config in jobs}):
        parser.error(f"book/runs/runs.toml has no run {', '.join(unknown)}; --status lists those it has.")
    for name, config in jobs:
        if arguments.runs and f"{name}-{config.seed}" not in arguments.runs:
            continue
        state = status(name, config)
        print(f"{name}-{config.seed}: {state}", flush=True)
        if state != "done" and not arguments.status:
            record(name, config, memory_format, arguments.beside)


if __name__ == "__main__":
    main()
