"""Try settings of a recipe in short trainings, on the validation images; the test set is not read.

    python book/tools/search_recipes.py "optimizer='sgd' learning_rate=0.03" "optimizer='muon'"

Each argument is a recipe: fields of alexnet_lib.ladder.recipes.Recipe, what is not said keeps its
default. Each is trained for two epochs of 12,800 images, its schedule shortened to them, and added as one
line to book/results/search.jsonl with its validation accuracy: what was tried can be read there.
"""

import argparse
import dataclasses
import datetime
import json
import sys
import tomllib

import torch

from alexnet_lib.devices import choose_device
from alexnet_lib.ladder.recipes import Recipe, build
from alexnet_lib.precision import fast_dtype
from record_runs import commit, hardware
from run_files import RESULTS

SHORT = {"train_size": 12_800, "epochs": 2}


def parse(words: str) -> Recipe:
    """Return the recipe of ``name=value name=value``, values as in TOML."""
    try:
        fields = tomllib.loads("\n".join(words.split()))
        return Recipe(**{**fields, **SHORT})
    except (tomllib.TOMLDecodeError, TypeError, ValueError) as error:
        sys.exit(f"'{words}' is not a recipe ({error}); write it like: optimizer='sgd' learning_rate=0.03")


def try_out(recipe: Recipe, memory_format: torch.memory_format) -> dict:
    """Train, and return what is worth keeping."""
    dtype = fast_dtype(choose_device())
    history = build(recipe, memory_format=memory_format).fit(dtype=dtype)
    defaults = dataclasses.asdict(Recipe())
    settings = {key: value for key, value in dataclasses.asdict(recipe).items() if value != defaults[key]}
    return {
        "recipe": settings,
        "val_accuracy": history[-1]["val_accuracy"],
        "train_loss": history[-1]["train_loss"],
        "seconds": sum(row["seconds"] for row in history),
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": commit(),
        "dtype": str(dtype).removeprefix("torch."),
        "hardware": hardware(memory_format),
    }


def main() -> None:
    """Read all recipes first, then train one after the other."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipes", nargs="+", help="a recipe: name=value name=value")
    parser.add_argument("--channels-last", action="store_true", help="weights in that order in memory")
    arguments = parser.parse_args()
    memory_format = torch.channels_last if arguments.channels_last else torch.contiguous_format
    for recipe in [parse(words) for words in arguments.recipes]:
        line = try_out(recipe, memory_format)
        RESULTS.mkdir(parents=True, exist_ok=True)
        with (RESULTS / "search.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        print(f"{line['val_accuracy']:.2%} in {line['seconds']:.0f} s: {line['recipe']}", flush=True)


if __name__ == "__main__":
    main()
