"""What training says while it runs: one line an epoch; a moving line only where someone watches."""

import sys
import time
from types import TracebackType
from typing import Self

from alexnet_lib.devices import is_leader
from alexnet_lib.language import print_words, text


def is_live() -> bool:
    """Tell whether a person watches: a terminal, or a notebook opened in a browser.

    papermill and nbmake run the same kernel, but do not let it ask for input.
    """
    if "IPython" not in sys.modules:
        return sys.stdout.isatty()
    shell = sys.modules["IPython"].get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return sys.stdout.isatty()
    return bool(getattr(shell.kernel, "_allow_stdin", False))


def tell(words: str) -> None:
    """Print a sentence that may name a folder: where nobody watches on stderr, which no page shows."""
    print_words(words, stream=sys.stdout if is_live() else sys.stderr)


def report_epoch(row: dict[str, float | int | None], epochs: int) -> None:
    """Print one line of the history: the same whether it was just trained or loaded."""
    parts = [text("training.epoch", epoch=row["epoch"], epochs=epochs)]
    for split in ("train", "val", "test"):
        if row[f"{split}_loss"] is not None:
            loss, accuracy = row[f"{split}_loss"], row[f"{split}_accuracy"]
            parts.append(text(f"training.{split}", loss=loss, accuracy=100 * accuracy))
    parts.append(text("training.seconds", seconds=row["seconds"]))
    print_words(" | ".join(parts))


class MovingLine:
    """A line that takes the place of the one before it, and is gone when its block ends."""

    width = 0

    def __enter__(self) -> Self:
        return self

    def replace(self, line: str) -> None:
        """Show a line in place of the last."""
        print_words("\r" + line.ljust(self.width), end="")
        self.width = len(line)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.width:
            print_words("\r" + " " * 2 * self.width + "\r", end="")


class Progress(MovingLine):
    """A line that counts the steps of an epoch and is gone at its end.

    Parameters
    ----------
    steps
        How many there will be.
    """

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.live = is_live() and is_leader()
        self.start = time.perf_counter()

    def show(self, step: int, epoch: int, loss: float) -> None:
        """Replace the line, where someone watches."""
        if not self.live:
            return
        left = (time.perf_counter() - self.start) / step * (self.steps - step)
        line = text("training.step", epoch=epoch, step=step, steps=self.steps, loss=loss, left=left)
        self.replace(line)
