"""Words on any terminal, in a line that moves, and while another process is waited for."""

import contextlib
import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self, TextIO

import filelock

LIVE = 0.5  # seconds between two states of a line that moves


def print_words(words: str, end: str = "\n", stream: TextIO | None = None) -> None:
    """Print words at once, on standard output unless another stream is given.

    A sign that the stream's encoding lacks, as a Korean Windows' code page does, is written as its escape.
    """
    stream = stream or sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    print(words.encode(encoding, "backslashreplace").decode(encoding), end=end, file=stream, flush=True)


def in_notebook() -> bool:
    """Tell whether a notebook's kernel runs this code."""
    return "IPython" in sys.modules and hasattr(sys.modules["IPython"].get_ipython(), "kernel")


def is_live() -> bool:
    """Tell whether a person watches: a terminal, or a notebook opened in a browser.

    papermill and nbmake run the same kernel, but do not let it ask for input.
    """
    if in_notebook():
        return bool(getattr(sys.modules["IPython"].get_ipython().kernel, "_allow_stdin", False))
    return sys.stdout.isatty()


def tell(words: str) -> None:
    """Print a sentence that may name a folder: where nobody watches on stderr, which no page shows."""
    print_words(words, stream=sys.stdout if is_live() else sys.stderr)


class MovingLine:
    """A line that takes the place of the one before it, and is gone when its block ends.

    Where nobody watches, a line of its own is told every ``elsewhere`` seconds.
    """

    def __init__(self, elsewhere: float = math.inf) -> None:
        self.live = is_live()
        self.pause = LIVE if self.live else elsewhere
        self.due = 0.0 if self.live else time.monotonic() + elsewhere
        self.width = 0

    def __enter__(self) -> Self:
        return self

    def show(self, line: str) -> None:
        """Show a line in place of the last, if it is time to."""
        if time.monotonic() < self.due:
            return
        self.due = time.monotonic() + self.pause
        if not self.live:
            tell(line)
            return
        print_words("\r" + line.ljust(self.width), end="")
        self.width = len(line)

    def __exit__(self, *error: object) -> None:
        if self.width:
            print_words("\r" + " " * 2 * self.width + "\r", end="")


@contextlib.contextmanager
def waiting_lock(path: Path, waiting: str, stopped: KeyboardInterrupt | None = None) -> Iterator[None]:
    """Hold a lock; where another process has it, say ``waiting``, and wait.

    On Ctrl-C while waiting ``stopped`` is raised, where it is given.
    """
    lock = filelock.FileLock(path)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        tell(waiting)
        try:
            lock.acquire()
        except KeyboardInterrupt as interrupt:
            raise stopped or interrupt from None
    try:
        yield
    finally:
        lock.release()
