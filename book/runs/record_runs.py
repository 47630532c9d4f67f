"""Work through book/runs/runs.toml: train what is missing, and write each finished run at once.

    python book/runs/record_runs.py            train what is missing
    python book/runs/record_runs.py race_gelu-0 local_batch_32-0   of these only, in the plan's order
    python book/runs/record_runs.py --status   say what is done, begun and missing
    python book/runs/record_runs.py --channels-last   train with weights in that order in memory,
                                                       which is faster on some processors

A run that was interrupted goes on from its last epoch.
"""

import argparse
import copy
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
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from alexnet_lib.devices import choose_device, device_name, fast_dtype
from alexnet_lib.experiments.ladder import rung as rung_of
from alexnet_lib.experiments.lrn import RATES, LocalRecipe
from alexnet_lib.experiments.recipe import Recipe, build
from alexnet_lib.experiments.relu import RaceRecipe
from alexnet_lib.language import BookError
from alexnet_lib.metrics import predict_logits
from alexnet_lib.runs import TrainingConfig, prepare, runs_root, training_lock
from alexnet_lib.training import fit
from faithful_run import FaithfulRecipe
from grid_run import GridRecipe, record_grid
from run_files import RESULTS, ROOT, Config, Outcome, counts_of, write_json, write_run
from transfer_run import TransferConfig, record_transfer

PLAN = ("name", "kind", "seeds")  # what a run in book/runs/runs.toml has beside its settings


# What book/runs/runs.toml calls the kind of a run, and what makes its settings of the fields there.
KINDS: dict[str, Callable[..., Config]] = {
    "post": TrainingConfig,
    "recipe": Recipe,
    "rung": lambda rung, **others: rung_of(rung, **others),
    "race": RaceRecipe,
    "local": lambda normalization, **others: LocalRecipe(
        normalization=normalization, **{"learning_rate": RATES[normalization], **others}
    ),
    "faithful": FaithfulRecipe,
    "grid": GridRecipe,
    "transfer": TransferConfig,
}


def planned() -> list[tuple[str, Config]]:
    """Return (name, settings) of every run in book/runs/runs.toml: seed 0 of all, then seed 1 ...

    Ends with a sentence where a field or its value is none of its kind's.
    """
    jobs = []
    for run in tomllib.loads((ROOT / "book/runs/runs.toml").read_text("utf-8"))["run"]:
        fields = {key: value for key, value in run.items() if key not in PLAN}
        try:
            jobs += [(run["name"], KINDS[run["kind"]](**fields, seed=seed)) for seed in run["seeds"]]
        except (TypeError, BookError) as error:
            sys.exit(f"book/runs/runs.toml, {run['name']}: {error}")
    return sorted(jobs, key=lambda job: job[1].seed)  # stable: the order of the file within a seed


def train_post(config: TrainingConfig, output: Path, memory_format: torch.memory_format) -> Outcome:
    """Train as the blog post does: in float32, and measuring the test set each epoch."""
    model, train_loader, test_loader = prepare(config)
    model.to(memory_format=memory_format)
    history = fit(
        model, train_loader, test_loader,
        epochs=config.epochs, learning_rate=config.learning_rate, output=output,
    )
    counts = {"train": len(train_loader.dataset), "validation": 0, "test": len(test_loader.dataset)}
    return Outcome(model, history, counts, *predict_logits(model, test_loader))


def train_recipe(recipe: Recipe, output: Path, memory_format: torch.memory_format) -> Outcome:
    """Train by a recipe, measuring the validation images, if any are kept, and the test set once.

    In the format that is fastest here; a race to a goal, whose seconds are compared, in float32.
    """
    dtype = fast_dtype(choose_device()) if recipe.goal is None else torch.float32
    training = build(recipe, memory_format=memory_format)
    history = training.fit(output=output, dtype=dtype)
    model, loaders = training.result(), training.loaders
    return Outcome(
        model, history, counts_of(loaders), *predict_logits(model, loaders.test),
        optimizer_flop=step_flop(model, recipe) * len(loaders.train) * len(history),
        dtype=dtype, views=recipe.view_logits(model, loaders.test),
        val_logits=predict_logits(model, loaders.validation)[0] if loaders.validation else None,
    )


def step_flop(model: nn.Module, recipe: Recipe) -> int:
    """Return the FLOP of the products that the optimizers of a recipe make in one step."""
    model = copy.deepcopy(model)
    optimizers = recipe.make_optimizers(model)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    with FlopCounterMode(display=False) as counter:
        for optimizer in optimizers:
            optimizer.step()
    return counter.get_total_flops()


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

    # The list of checksums grows with every finished run; neither it nor the plan is code.
    code = ("alexnet_lib", "book/runs/*.py", ":(exclude)alexnet_lib/results.json")
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
    with training_lock(folder):
        starts = begin(folder, config, hardware(memory_format, beside))
        if isinstance(config, TransferConfig):
            record_transfer(name, config, starts)
            return
        if isinstance(config, GridRecipe):
            record_grid(name, config, folder, memory_format, starts)
            return
        train = train_recipe if isinstance(config, Recipe) else train_post
        write_run(name, config, train(config, folder, memory_format), starts)


def status(name: str, config: Config) -> str:
    """Return done, the epoch a run has reached, or missing."""
    if (RESULTS / f"{name}-{config.seed}.json").is_file():
        return "done"
    log = runs_root() / f"{name}-{config.seed}/history.jsonl"
    if not log.is_file():
        return "missing"
    return f"begun, epoch {len(log.read_text('utf-8').splitlines())} of {config.epochs}"


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
