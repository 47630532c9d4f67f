"""The data sets: read, checked, cut to size, and split for choosing."""

import contextlib
import copy
import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torchvision.datasets import CIFAR10, CIFAR100, VisionDataset

from alexnet_lib.checks import named_folder, whole_number
from alexnet_lib.download import fetch, folder_problem
from alexnet_lib.language import BookError, catalogue, text
from alexnet_lib.notebook import say
from alexnet_lib.shapes import Shapes10
from alexnet_lib.terminal import tell

CIFAR = {"cifar10": CIFAR10, "cifar100": CIFAR100}
NAMES = ("cifar10", "cifar100", "shapes10", "auto")
# Of the recorded predictions, where the images themselves may be missing.
CIFAR10_CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip


def data_root(root: str | Path | None = None, here: Path | None = None) -> Path:
    """Return the folder of the data sets.

    ``root`` itself, else ``$ALEXNET_DATA``, else ``data/``, both in the nearest folder that holds
    ``_toc.yml``, beginning with ``here`` (else the working directory, which for a notebook's kernel is
    ``notebooks/ko``).
    """
    return Path(root).expanduser() if root is not None else named_folder("ALEXNET_DATA", "data", here)


def load_dataset(
    name: str,
    root: str | Path | None = None,
    train: bool = True,
    transform: Callable | None = None,
    download: bool = True,
) -> VisionDataset:
    """Return a data set with ``.data`` (uint8, NHWC), ``.targets`` (list of int) and ``.classes``.

    Parameters
    ----------
    name
        ``"cifar10"``, ``"cifar100"``, ``"shapes10"`` (drawn in code), or ``"auto"``: CIFAR-10 if
        it is intact on disk, else shapes10, said in a visible banner. ``"auto"`` never downloads.
    root
        See ``data_root``.
    train
        The training set, or the test set.
    transform
        Applied to each PIL image.
    download
        Whether CIFAR may be fetched where it is not intact on disk; see ``fetch``.

    Raises
    ------
    BookError
        One sentence: what is wrong, and how to put the files there by hand.
    """
    if name == "shapes10":
        return Shapes10(train=train, transform=transform)
    if name == "auto":
        try:
            return load_dataset("cifar10", root, train, transform, download=False)
        except BookError as error:
            announce_shapes10(None if error.name == "data_missing" else str(error))
            return Shapes10(train=train, transform=transform)
    if name not in CIFAR:
        raise BookError("unknown_dataset", name=name, known=", ".join(NAMES))
    root = data_root(root)
    source = CIFAR[name]
    # torchvision compares every file with its MD5 before it opens one.
    with contextlib.suppress(RuntimeError, PermissionError):
        return source(str(root), train=train, transform=transform)
    if download:
        fetch(source, root)
    elif problem := folder_problem(source, root):
        raise problem
    return source(str(root), train=train, transform=transform)


def dataset_name(dataset: VisionDataset) -> str:
    """Return the name that ``load_dataset`` knows a data set by; it says what ``"auto"`` came to."""
    return type(dataset).__name__.lower()


@cache
def announce_shapes10(reason: str | None) -> None:
    """Show the banner, once a process: training and test set are loaded together.

    ``reason`` says what is wrong with a data set that is there.
    """
    say("data.banner_shapes10")
    if reason is not None:
        tell(reason)


def subset(dataset: VisionDataset, images: int | Sequence[int] | NDArray | None) -> VisionDataset:
    """Return the first ``images`` of a data set, those with the given indices, or (None) all.

    The data set has ``.data`` and ``.targets``, as ``load_dataset`` returns it. In place of indices a mask
    will do, one truth value an image.

    Raises
    ------
    BookError
        For a number below 1, and for what is neither indices nor a mask of this data set.
    """
    count = len(dataset)
    if images is None:
        chosen = np.arange(count)
    elif np.ndim(images) == 0:
        chosen = np.arange(count)[: whole_number("size", images)]
    else:
        chosen = np.asarray(images, dtype=None if len(images) else int)
        if chosen.dtype == bool and chosen.shape == (count,):
            chosen = np.flatnonzero(chosen)
        if chosen.ndim != 1 or chosen.dtype.kind not in "iu" or not np.isin(chosen, np.arange(count)).all():
            given = {"shape": chosen.shape, "dtype": chosen.dtype}
            raise BookError("image_indices", **given, count=count, top=count - 1)
    part = copy.copy(dataset)
    part.data = dataset.data[chosen]
    part.targets = [dataset.targets[index] for index in chosen]
    return part


def data_hash(dataset: VisionDataset) -> str:
    """Return the sha256 of the pixels, ``dataset.data``, in hexadecimal."""
    return hashlib.sha256(np.ascontiguousarray(dataset.data)).hexdigest()


def content_hash(dataset: VisionDataset) -> str:
    """Return a hash of pixels and labels: what a training gets of a data set."""
    return hashlib.sha256(f"{data_hash(dataset)} {dataset.targets}".encode()).hexdigest()


def class_names(dataset: VisionDataset | str) -> list[str]:
    """Return the classes of a data set, or of ``"cifar10"``, in the reader's language.

    CIFAR-100's stay English.
    """
    classes = CIFAR10_CLASSES if dataset == "cifar10" else dataset.classes
    return [text(f"classes.{name}") if f"classes.{name}" in catalogue() else name for name in classes]


def validation_indices(targets: list[int]) -> NDArray[np.int64]:
    """Return the indices of the validation images: a tenth of each class, drawn with seed 0, sorted.

    Of CIFAR-10's training set, 500 images a class; ``book/results/cifar10-split.npy`` holds them.
    """
    labels = np.asarray(targets)
    draw = np.random.default_rng(0)
    chosen = [
        draw.choice(of_class, round(0.1 * len(of_class)), replace=False)
        for of_class in (np.flatnonzero(labels == label) for label in np.unique(labels))
    ]
    return np.sort(np.concatenate(chosen))


def split(train_set: VisionDataset) -> tuple[VisionDataset, VisionDataset]:
    """Return what is left of a training set to train on, and its validation images."""
    held_out = validation_indices(train_set.targets)
    rest = np.setdiff1d(np.arange(len(train_set)), held_out)
    return subset(train_set, rest), subset(train_set, held_out)
