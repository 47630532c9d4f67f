"""One file from whichever source answers: gone on with where it stopped, and judged by its MD5 alone."""

import http.client
import queue
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from torchvision.datasets.utils import check_integrity

from alexnet_lib.errors import BookError
from alexnet_lib.language import text
from alexnet_lib.progress import MovingLine, is_live, tell

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
