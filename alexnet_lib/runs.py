"""A training asked for once and then loaded: the cache names it by everything that decides its result."""

import ast
import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from alexnet_lib.checkpoints import checkpoint_file, load_kept, save_atomically
from alexnet_lib.checks import check_settings, named_folder
from alexnet_lib.data import content_hash, dataset_name, load_dataset, subset
from alexnet_lib.devices import choose_device
from alexnet_lib.language import BookError, Interrupted, text
from alexnet_lib.loaders import make_loader
from alexnet_lib.models import network_class
from alexnet_lib.terminal import waiting_lock
from alexnet_lib.training import History, fit, report_epoch
from alexnet_lib.transforms import channel_statistics, eval_transform, train_transform

PACKAGE = Path(__file__).parent
# A change in one of these modules can change the result of any run.
SOURCES = (
    "checkpoints", "checks", "data", "devices", "loaders", "metrics", "models", "runs", "shapes", "training",
    "transforms",
)


@dataclass(frozen=True)
class Run:
    """A finished run: the trained model, on the CPU and in evaluation mode, and its history.

    ``config`` names the data set and the numbers of images that were really used.
    """

    config: Any
    model: nn.Module
    history: History
    test_loader: DataLoader


def runs_root() -> Path:
    """Return the folder of all runs: ``$ALEXNET_RUNS``, else one in the user's cache."""
    return named_folder("ALEXNET_RUNS", "~/.cache/alexnet-book/runs")


def training_lock(folder: Path) -> AbstractContextManager[None]:
    """Make a run's folder and return its lock; another process that trains the same is waited for."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".lock").touch()  # what cannot be written to is said before the training, not after it
    except OSError as error:
        raise BookError("runs_root_unwritable", folder=folder, reason=error.strerror) from None
    stopped = Interrupted("interrupted_waiting")
    return waiting_lock(folder / ".lock", text("training.waiting"), stopped)


def modules_of(*classes: type) -> list[str]:
    """Return the library's modules that classes, and those they inherit from, are defined in."""
    modules = dict.fromkeys(each.__module__ for one in classes for each in one.__mro__)
    package = f"{__package__}."
    return [name.removeprefix(package).replace(".", "/") for name in modules if name.startswith(package)]


def source_hash(modules: Iterable[str] = SOURCES) -> str:
    """Return the hash of the modules, and tables in TOML, that define a run.

    Docstrings, comments and layout of a module do not count.
    """
    digest = hashlib.sha256()
    for name in sorted(set(modules)):
        path = PACKAGE / name
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


def run_key(*decided: Any) -> str:
    """Return the name of a run: the hash of all that decides it, plain values and data classes of them."""
    plain = [dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value for value in decided]
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]


def train_once(
    config: Any,
    data: Iterable[Any],
    code: Iterable[str],
    model: nn.Module,
    train: Callable[[Path], History],
    test_loader: DataLoader,
) -> Run:
    """Train a model, or read the run that did; the report is the same.

    Of two callers at once, the second waits and then reads.

    Parameters
    ----------
    config
        Its settings, a data class that has ``epochs``.
    data
        Plain values: what decides the result beside settings and code.
    code
        The modules beside ``SOURCES`` whose change makes the result anew; see ``source_hash``.
    model
        With its first weights.
    train
        Trains it, in the run's folder, where a training that was interrupted has its checkpoint.
    test_loader
        For the run.
    """
    folder = runs_root() / run_key(config, *data, source_hash([*SOURCES, *code]))
    finished = folder / "finished.pt"
    with training_lock(folder):
        kept = load_kept(finished)
        if kept is None:
            history = train(folder)
            kept = {"model": model.state_dict(), "history": history}
            save_atomically(kept, finished)
            checkpoint_file(folder).unlink(missing_ok=True)  # three times the weights, and needed no more
        else:
            for row in kept["history"]:
                report_epoch(row, config.epochs)
    model.load_state_dict(kept["model"])
    return Run(config, model.cpu().eval(), kept["history"], test_loader)


# --- The blog post's training ---


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


def fit_or_load(config: TrainingConfig, device: str | torch.device | None = None) -> Run:
    """Train as the configuration says, or load the run that did; the report is the same.

    A run begun and interrupted goes on from its last epoch.

    Parameters
    ----------
    config
        What to train, and how.
    device
        CUDA where there is one, else MPS, else the CPU, unless given.
    """
    model, train_loader, test_loader = prepare(config)
    datasets = (train_loader.dataset, test_loader.dataset)
    # "auto" and what it stands for, None and the number of all images, and any larger one are the same run.
    train_size, test_size = map(len, datasets)
    config = dataclasses.replace(
        config, dataset=dataset_name(datasets[0]), train_size=train_size, test_size=test_size
    )
    # Mean and deviation are of all images, not only of those that are trained on.
    data = [f"{content_hash(images)} {images.transform}" for images in datasets]

    def train(folder: Path) -> History:
        return fit(
            model, train_loader, test_loader, epochs=config.epochs, learning_rate=config.learning_rate,
            device=choose_device(device), output=folder,
        )

    return train_once(config, data, modules_of(type(model)), model, train, test_loader)
