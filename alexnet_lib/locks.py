"""One at a time: who comes second waits, and says so."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import filelock

from alexnet_lib.errors import TrainingInterrupted
from alexnet_lib.language import text
from alexnet_lib.progress import tell


@contextlib.contextmanager
def waiting_lock(path: Path, words: str | None = None) -> Iterator[None]:
    """Hold a lock; where another process has it, say in one sentence what is waited for, and wait.

    Parameters
    ----------
    path
        The file that stands for the lock.
    words
        The sentence; that the same training is going on elsewhere, unless given.

    Raises
    ------
    TrainingInterrupted
        On Ctrl-C while waiting.
    """
    lock = filelock.FileLock(path)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        tell(words or text("training.waiting"))
        wait(lock)
    try:
        yield
    finally:
        lock.release()


def wait(lock: filelock.BaseFileLock) -> None:
    """Wait for a lock, and make one sentence of Ctrl-C."""
    try:
        lock.acquire()
    except KeyboardInterrupt:
        raise TrainingInterrupted("interrupted_waiting") from None
