"""One at a time: who comes second waits, and says so."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import filelock

from alexnet_lib.errors import TrainingInterrupted
from alexnet_lib.language import text


@contextlib.contextmanager
def waiting_lock(path: Path) -> Iterator[None]:
    """Hold a lock; where another process has it, say in one sentence what is waited for, and wait.

    Raises
    ------
    TrainingInterrupted
        On Ctrl-C while waiting.
    """
    lock = filelock.FileLock(path)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        print(text("training.waiting"), flush=True)
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
