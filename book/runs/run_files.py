"""The files of a recorded run: what is written about it, and where."""

import contextlib
import copy
import dataclasses
import hashlib
import json
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import torch
import torchvision
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.flop_counter import FlopCounterMode

from alexnet_lib.data import data_hash, load_dataset, validation_indices
from alexnet_lib.experiments.recipe import Loaders, Recipe
from alexnet_lib.metrics import top_k_error
from alexnet_lib.records import LABELS
from alexnet_lib.runs import TrainingConfig
from alexnet_lib.training import History

if TYPE_CHECKING:
    from transfer_run import TransferConfig

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "book/results"
CHECKSUMS = ROOT / "alexnet_lib/results.json"
SPLIT = "cifar10-split.npy"
SCHEMA = 1
TRAVELLING = ("modern_all", "small_alexnet")  # runs whose weights go with the book, in at most 10 MB each

Config: TypeAlias = "TrainingConfig | Recipe | TransferConfig"


@dataclass(frozen=True)
class Outcome:
    """The end of a training: what is kept of it.

    ``counts`` are the images of each split, under ``train``, ``validation`` and ``test``.
    ``logits`` float32 (N, C) and ``labels`` int64 (N,) are those of the test set, in its order;
    ``val_logits`` those of the validation images, in theirs, where there are any.
    ``optimizer_flop`` are the FLOP of the optimizer's own products. ``views`` are logits averaged
    over views of each test image, where they were computed.
    """

    model: nn.Module
    history: History
    counts: dict[str, int]
    logits: Tensor
    labels: Tensor
    optimizer_flop: int = 0
    dtype: torch.dtype = torch.float32
    views: Tensor | None = None
    val_logits: Tensor | None = None


def write_json(path: Path, content: object) -> None:
    """Write one value a line, so that a change reads well."""
    with whole(path) as file:
        file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def write_array(path: Path, **arrays: np.ndarray) -> None:
    """Write arrays under their names into one compressed file."""
    with whole(path) as file:
        np.savez_compressed(file, **arrays)


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a file to write, which then takes the place of another: that one is there whole until then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    yield partial
    partial.replace(path)


def training_flop(model: nn.Module, image_shape: tuple[int, int, int], images: int) -> int:
    """Return the floating-point operations of training on so many images, by torch's counter."""
    model = copy.deepcopy(model).cpu().train()
    with FlopCounterMode(display=False) as counter:
        model(torch.zeros(2, *image_shape)).sum().backward()  # two: one image has no variance to normalize by
    return counter.get_total_flops() // 2 * images


def scores_of(logits: Tensor, labels: Tensor) -> dict[str, float | int]:
    """Return the scores of a run, computed from its logits as they are stored, in float16."""
    stored = logits.half().double()
    return {
        "loss": cross_entropy(stored, labels).item(),
        "top1_error": top_k_error(stored, labels, k=1),
        "top5_error": top_k_error(stored, labels, k=5),
        "count": len(labels),
    }


def provenance(starts: list[dict], history: History) -> dict:
    """Return where, when and with what a run was trained."""
    first, *later = starts
    return {
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
            "numpy": np.__version__,
        },
        "hardware": first["hardware"],
        "date": first["date"],
        "commit": first["commit"],
        "duration_seconds": sum(row["seconds"] for row in history),
        "resumed": len(later),
        "resumed_elsewhere": any(start["hardware"] != first["hardware"] for start in later),
        "resumed_commits": sorted({start["commit"] for start in later} - {first["commit"]}),
    }


def images_of(config: TrainingConfig | Recipe, counts: dict[str, int]) -> dict:
    """Return what a record says of its images: how many, and which."""
    train, test = (data_hash(load_dataset(config.dataset, train=train)) for train in (True, False))
    dataset = {"name": config.dataset, "train_sha256": train, "test_sha256": test}
    return {"split": counts, "dataset": dataset}


def counts_of(loaders: Loaders) -> dict[str, int]:
    """Return how many images of each split a recipe has."""
    splits = {"train": loaders.train, "validation": loaders.validation, "test": loaders.test}
    return {split: len(loader.dataset) if loader else 0 for split, loader in splits.items()}


def write_record(
    name: str, config: Config, content: dict, history: History, starts: list[dict], **arrays: Tensor
) -> None:
    """Write ``book/results/NAME-SEED.json``, its arrays in half precision, and the list of checksums.

    ``content`` is what there is to say beside the settings, and where, when and with what the run was made.
    """
    RESULTS.mkdir(parents=True, exist_ok=True)
    if arrays:
        halves = {key: values.half().numpy() for key, values in arrays.items()}
        write_array(RESULTS / f"{name}-{config.seed}.npz", **halves)
    head = {"schema": SCHEMA, "run": name, "seed": config.seed, "config": dataclasses.asdict(config)}
    record = {**head, **content, **provenance(starts, history)}
    write_json(RESULTS / f"{name}-{config.seed}.json", record)
    write_checksums()


def write_run(name: str, config: TrainingConfig | Recipe, outcome: Outcome, starts: list[dict]) -> None:
    """Write the record of a training, and what is known of all runs."""
    train_set = load_dataset(config.dataset, train=True)
    labels = outcome.labels
    side = getattr(config, "crop", None) or train_set.data.shape[1]
    flop = training_flop(outcome.model, (3, side, side), len(outcome.history) * outcome.counts["train"])
    views = {} if outcome.views is None else {"test_views": scores_of(outcome.views, labels)}
    content = {
        "dtype": str(outcome.dtype).removeprefix("torch."),
        **images_of(config, outcome.counts),
        "history": outcome.history,
        "test": scores_of(outcome.logits, labels),
        **views,
        "flop": flop + outcome.optimizer_flop,
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    np.save(RESULTS / LABELS, labels.numpy().astype(np.uint8))
    if outcome.counts["validation"]:
        np.save(RESULTS / SPLIT, validation_indices(train_set.targets))
    if name in TRAVELLING:
        write_weights(RESULTS.parent / f"weights/{name}-{config.seed}.pt", outcome.model)
    arrays = {"logits": outcome.logits, "logits_views": outcome.views, "val_logits": outcome.val_logits}
    arrays = {key: values for key, values in arrays.items() if values is not None}
    write_record(name, config, content, outcome.history, starts, **arrays)


def write_weights(path: Path, model: nn.Module) -> None:
    """Write a state dict in half precision, the statistics of batch normalization as they are."""
    path.parent.mkdir(exist_ok=True)
    small = {
        name: values.cpu() if "running" in name or not values.is_floating_point() else values.half().cpu()
        for name, values in model.state_dict().items()
    }
    torch.save(small, path)


def write_checksums() -> None:
    """List the sha256 of every result in the package, which fetches them where there is no clone."""
    files = {path.relative_to(RESULTS).as_posix(): path for path in RESULTS.rglob("*.*")}
    files |= {f"weights/{path.name}": path for path in RESULTS.parent.glob("weights/*.pt")}
    sums = {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in sorted(files.items())
        if path.suffix != ".md" and not path.name.startswith(".")
    }
    write_json(CHECKSUMS, sums)
