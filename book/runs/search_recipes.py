"""Try settings in short trainings, on the validation images; the test set is not read.

    python book/runs/search_recipes.py "optimizer='sgd' learning_rate=0.03" "optimizer='muon'"
    python book/runs/search_recipes.py --kind local "normalization='lrn' learning_rate=0.08"

Each argument is a try: fields of alexnet_lib.experiments.recipe.Recipe, or (local) of
alexnet_lib.experiments.lrn.LocalRecipe; what is not said keeps its default. Each is trained on 12,800 images,
a recipe for two epochs and a local network for six, its schedule shortened to them, and added as one line
to book/results/search.jsonl or search_local.jsonl with its validation accuracy: what was tried can be
read there.
"""

import argparse
import dataclasses
import datetime
import json
import sys
import tomllib

import torch

from alexnet_lib.devices import choose_device, fast_dtype
from alexnet_lib.experiments.lrn import LocalRecipe
from alexnet_lib.experiments.recipe import Recipe, build
from record_runs import commit, hardware
from run_files import RESULTS, write_checksums

IMAGES = 12_800


# What is searched: its settings, its epochs, and the file in which tries are kept.
KINDS: dict[str, tuple[type[Recipe], int, str]] = {
    "recipe": (Recipe, 2, "search.jsonl"),
    "local": (LocalRecipe, 6, "search_local.jsonl"),
}


def parse(words: str, kind: str = "recipe") -> Recipe:
    """Return the settings of ``name=value name=value``, values as in TOML."""
    settings, epochs, _ = KINDS[kind]
    try:
        fields = tomllib.loads("\n".join(words.split()))
        return settings(**{**fields, "train_size": IMAGES, "epochs": epochs})
    except (tomllib.TOMLDecodeError, TypeError, ValueError) as error:
        sys.exit(f"'{words}' is not a recipe ({error}); write it like: optimizer='sgd' learning_rate=0.03")


def try_out(recipe: Recipe, memory_format: torch.memory_format) -> dict:
    """Train, and return what is worth keeping."""
    dtype = fast_dtype(choose_device())
    history = build(recipe, memory_format=memory_format).fit(dtype=dtype)
    return {
        "recipe": dataclasses.asdict(recipe),
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
    parser.add_argument("tries", nargs="+", help="settings: name=value name=value")
    parser.add_argument("--kind", choices=KINDS, default="recipe", help="what the settings are of")
    parser.add_argument("--channels-last", action="store_true", help="weights in that order in memory")
    arguments = parser.parse_args()
    memory_format = torch.channels_last if arguments.channels_last else torch.contiguous_format
    for words, settings in [(words, parse(words, arguments.kind)) for words in arguments.tries]:
        line = try_out(settings, memory_format)
        RESULTS.mkdir(parents=True, exist_ok=True)
        with (RESULTS / KINDS[arguments.kind][2]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        write_checksums()
        print(f"{line['val_accuracy']:.2%} in {line['seconds']:.0f} s: {words}", flush=True)


if __name__ == "__main__":
    main()
