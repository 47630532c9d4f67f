"""CIFAR-10 and CIFAR-100 through torchvision, and drawn shapes where neither can be had."""

import contextlib
import copy
import errno
import hashlib
import http.client
import io
import os
import urllib.error
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import filelock
import numpy as np
from numpy.typing import NDArray
from torchvision.datasets import CIFAR10, CIFAR100, VisionDataset
from torchvision.datasets.utils import check_integrity

from alexnet_lib.checks import whole_number
from alexnet_lib.errors import BookError
from alexnet_lib.language import catalogue, text
from alexnet_lib.progress import is_live
from alexnet_lib.report import say
from alexnet_lib.shapes import Shapes10

CIFAR = {"cifar10": CIFAR10, "cifar100": CIFAR100}
NAMES = ("cifar10", "cifar100", "shapes10", "auto")


def data_root(root: str | Path | None = None) -> Path:
    """Return the folder of the data sets.

    ``root`` itself, else ``$ALEXNET_DATA``, else ``data/`` in the nearest parent folder that
    holds ``_toc.yml`` (a notebook's kernel runs in ``notebooks/ko``), else ``./data``.
    """
    if root is not None:
        return Path(root).expanduser()
    if os.environ.get("ALEXNET_DATA"):
        return Path(os.environ["ALEXNET_DATA"]).expanduser()
    here = Path.cwd()
    home = next((folder for folder in (here, *here.parents) if (folder / "_toc.yml").is_file()), here)
    return home / "data"


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
        Whether CIFAR may be fetched where it is not intact on disk.

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
        except BookError:
            announce_shapes10()
            return Shapes10(train=train, transform=transform)
    if name not in CIFAR:
        raise BookError("unknown_dataset", name=name, known=", ".join(NAMES))
    root = data_root(root)
    source = CIFAR[name]
    try:
        if (root / source.base_folder).is_dir() or not download:
            # torchvision compares every file with its MD5 before it opens one.
            with contextlib.suppress(RuntimeError):
                return source(str(root), train=train, transform=transform)
        if not download:
            raise missing(source, root)
        fetch(source, root)
        return source(str(root), train=train, transform=transform)
    except PermissionError as error:
        raise BookError("data_root_unreadable", root=root, reason=error.strerror) from None


@cache
def announce_shapes10() -> None:
    """Show the banner, once a process: training and test set are loaded together."""
    say("data.banner_shapes10")


def missing(source: type[CIFAR10], root: Path) -> BookError:
    """Return the sentence that says what is not right with the folder."""
    hand = {"root": root, "url": source.url, "folder": source.base_folder}
    if root.name == source.base_folder:
        return BookError("data_folder_too_deep", **hand, parent=root.parent)
    folder = root / source.base_folder
    files = [*source.train_list, *source.test_list, [source.meta["filename"], source.meta["md5"]]]
    bad = [file for file, md5 in files if not check_integrity(str(folder / file), md5)]
    if folder.is_dir() and bad:
        return BookError("data_altered", **hand, files=", ".join(bad))
    return BookError("data_missing", **hand)


def fetch(source: type[CIFAR10], root: Path) -> None:
    """Download and unpack, verified by MD5, one process at a time."""
    hand = {"root": root, "url": source.url, "folder": source.base_folder}
    if root.exists() and not root.is_dir():
        raise BookError("data_root_is_file", **hand)
    if root.name == source.base_folder:
        raise missing(source, root)
    # torchvision draws a progress bar on stderr; a page is not the place for it.
    quiet = contextlib.nullcontext() if is_live() else contextlib.redirect_stderr(io.StringIO())
    try:
        root.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(root / ".download.lock"), quiet:
            source(str(root), download=True)
    except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as error:
        raise BookError("download_failed", **hand, reason=getattr(error, "reason", error)) from None
    except OSError as error:
        name = "disk_full" if error.errno == errno.ENOSPC else "data_root_unwritable"
        raise BookError(name, **hand, reason=error.strerror or error) from None
    except RuntimeError:
        archive = root / source.filename
        if archive.is_file() and not check_integrity(str(archive), source.tgz_md5):
            raise BookError("download_altered", **hand) from None
        # Of a folder in which only the list of classes is wrong, torchvision fetches nothing.
        raise missing(source, root) from None


def take(dataset: VisionDataset, images: int | Sequence[int] | NDArray | None) -> VisionDataset:
    """Return the first ``images`` of a data set, those with the given indices, or (None) all.

    In place of indices a mask will do, one truth value an image.

    Raises
    ------
    BookError
        For a number below 1, and for what is neither indices nor a mask of this data set.
    """
    if not isinstance(getattr(dataset, "data", None), np.ndarray):
        raise BookError("no_pixels", given=type(dataset).__name__)
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


def class_names(dataset: VisionDataset) -> list[str]:
    """Return the classes in the reader's language; CIFAR-100's stay English."""
    return [
        text(f"classes.{name}") if f"classes.{name}" in catalogue() else name
        for name in dataset.classes
    ]
