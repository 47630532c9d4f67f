"""Trainings that are kept: the same training is never paid for twice."""

import ast
import dataclasses
import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import VisionDataset

from alexnet_lib import models
from alexnet_lib.checkpoints import checkpoint_files, load_kept, load_verified, save_atomically
from alexnet_lib.checks import check_settings
from alexnet_lib.data import content_hash, load_dataset, subset
from alexnet_lib.devices import choose_device
from alexnet_lib.experiments import modern_alexnet
from alexnet_lib.folders import named_folder, waiting_lock
from alexnet_lib.language import BookError
from alexnet_lib.loaders import make_loader
from alexnet_lib.progress import report_epoch
from alexnet_lib.training import History, fit
from alexnet_lib.transforms import channel_statistics, eval_transform, train_transform

# A change in one of these modules can change the result of a run.
SOURCES = (
    "checkpoints", "checks", "data", "devices", "experiments/modern_alexnet", "loaders", "metrics", "models",
    "runs", "shapes", "training", "transforms",
)


@dataclass(frozen=True)
class TrainingConfig:
    """What decides the result of a training run, but for data and code.

    ``train_size`` and ``test_size`` take the first so many images; None, or more than there are,
    takes all.
    """

    network: str = "AlexNet"
    dataset: str = "cifar10"
    train_size: int | None = None
    test_size: int | None = None
    epochs: int = 10
    batch_size: int = 128
    learning_rate: float = 1e-3
    seed: int = 0

    def __post_init__(self) -> None:
        """Check every setting."""
        check_settings(self)


@dataclass(frozen=True)
class Run:
    """A finished run: the trained model, on the CPU and in evaluation mode, and its history.

    ``config`` names the data set and the numbers of images that were really used.
    """

    config: TrainingConfig
    model: nn.Module
    history: History
    test_loader: DataLoader


def runs_root() -> Path:
    """Return the folder of all runs: ``$ALEXNET_RUNS``, else one in the user's cache."""
    return named_folder("ALEXNET_RUNS", "~/.cache/alexnet-book/runs")


def make_folder(folder: Path) -> Path:
    """Return the folder, made where it was not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BookError("runs_root_unwritable", folder=folder, reason=error.strerror) from None
    if not os.access(folder, os.W_OK):
        raise BookError("runs_root_unwritable", folder=folder, reason=os.strerror(errno.EACCES))
    return folder


def dataset_name(dataset: VisionDataset) -> str:
    """Return the name that ``load_dataset`` knows a data set by; it says what ``"auto"`` came to."""
    return type(dataset).__name__.lower()


def prepare(config: TrainingConfig) -> tuple[nn.Module, DataLoader, DataLoader]:
    """Return the model with its first weights, the training loader and the test loader."""
    train_set = load_dataset(config.dataset, train=True)
    test_set = load_dataset(dataset_name(train_set), train=False)
    mean, std = channel_statistics(train_set)
    train_set.transform, test_set.transform = train_transform(mean, std), eval_transform(mean, std)
    train_loader = make_loader(
        subset(train_set, config.train_size), config.batch_size, shuffle=True, seed=config.seed
    )
    test_loader = make_loader(subset(test_set, config.test_size), config.batch_size)
    torch.manual_seed(config.seed)
    model = network_class(config.network)(num_classes=len(train_set.classes))
    return model, train_loader, test_loader


def network_class(name: str) -> type[nn.Module]:
    """Return a class of ``alexnet_lib.models`` or ``modern_alexnet`` by its name."""
    known = {
        key: value
        for module in (models, modern_alexnet)
        for key, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, nn.Module)
    }
    if name not in known:
        raise BookError("unknown_network", name=name, known=", ".join(known))
    return known[name]


def source_hash(modules: Iterable[str] = SOURCES) -> str:
    """Return the hash of the modules, and tables in TOML, that define a run.

    Docstrings, comments and layout of a module do not count.
    """
    digest = hashlib.sha256()
    for name in modules:
        path = Path(__file__).parent / name
        if path.suffix == ".toml":
            digest.update(path.read_bytes())
        else:
            source = path.with_suffix(".py").read_text("utf-8")
            digest.update(ast.unparse(without_docstrings(ast.parse(source))).encode())
    return digest.hexdigest()


def without_docstrings(tree: ast.Module) -> ast.Module:
    """Return a module's syntax tree, changed in place, whose docstrings are all empty."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            node.body[0].value.value = ""
    return tree


def resolve(config: TrainingConfig, train_set: VisionDataset, test_set: VisionDataset) -> TrainingConfig:
    """Return the configuration in terms of the data that came out.

    ``"auto"`` and the data set it stands for, None and the number of all images, and any larger
    number are the same training, so they must be the same run.
    """
    return dataclasses.replace(
        config, dataset=dataset_name(train_set), train_size=len(train_set), test_size=len(test_set)
    )


def run_key(config: TrainingConfig, *parts: str) -> str:
    """Return the name of a run: the hash of its configuration and of what else decides it."""
    decided = [dataclasses.asdict(config), *parts]
    return hashlib.sha256(json.dumps(decided, sort_keys=True).encode()).hexdigest()[:16]


def fit_or_load(config: TrainingConfig, device: str | torch.device | None = None) -> Run:
    """Train as the configuration says, or load the run that did; the report is the same.

    A run begun and interrupted goes on from its last epoch. Of two callers at once, the second
    waits and then loads.

    Parameters
    ----------
    config
        What to train, and how.
    device
        CUDA where there is one, else MPS, else the CPU, unless given.
    """
    model, train_loader, test_loader = prepare(config)
    config = resolve(config, train_loader.dataset, test_loader.dataset)
    datasets = (train_loader.dataset, test_loader.dataset)
    # Mean and deviation are of all images, not only of those that are trained on.
    decided = [f"{content_hash(images)} {images.transform}" for images in datasets]
    folder = make_folder(runs_root() / run_key(config, *decided, source_hash()))
    finished = folder / "finished.pt"
    with waiting_lock(folder / ".lock"):
        kept = load_kept(finished)
        if kept is not None:
            model.load_state_dict(kept["model"])
            for row in kept["history"]:
                report_epoch(row, config.epochs)
        else:
            history = fit(
                model,
                train_loader,
                test_loader,
                epochs=config.epochs,
                learning_rate=config.learning_rate,
                device=choose_device(device),
                output=folder,
            )
            kept = {"model": model.state_dict(), "history": history}
            save_atomically(kept, finished)
            for path in checkpoint_files(folder):  # three times the weights, and needed no more
                path.unlink()
    return Run(config, model.cpu().eval(), kept["history"], test_loader)


def once(
    kind: str, decided: Iterable[Any], sources: Iterable[str], make: Callable[[], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """Return what ``make`` returns, from the folder of all runs where it was made before.

    Parameters
    ----------
    kind
        How the file's name begins.
    decided
        Plain values and data classes of them: whatever decides the result beside code.
    sources
        Names of the library's modules whose change makes the result anew.
    make
        Returns tensors and plain values.

    Returns
    -------
    kept, loaded
        The result, and whether it was read rather than made. Of two callers at once, the second
        waits and then reads.
    """
    plain = [dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value for value in decided]
    words = json.dumps([plain, source_hash(sources)], sort_keys=True)
    key = hashlib.sha256(words.encode()).hexdigest()[:16]
    path = make_folder(runs_root()) / f"{kind}-{key}.pt"
    with waiting_lock(path.with_suffix(".lock")):
        kept = load_kept(path)
        loaded = kept is not None
        if not loaded:
            save_atomically(make(), path)
            kept = load_verified(path)
        return kept, loaded
