"""Errors that a reader can act on: one sentence, and no traceback in a notebook."""

from alexnet_lib.language import text


class Sentence:
    """What is wrong, what was given, what to do: one sentence of the text catalogue.

    Parameters
    ----------
    name
        A table of ``text/errors.toml``.
    values
        What the braces of that sentence stand for.
    """

    def __init__(self, name: str, /, **values: object) -> None:
        super().__init__(text(f"errors.{name}", **values))
        self.name, self.values = name, values

    def _render_traceback_(self) -> list[str]:
        """Tell IPython (Jupyter, Colab) to show the sentence in place of a traceback."""
        return [str(self)]


class BookError(Sentence, Exception):
    """An error of the reader's, or of what the reader's machine holds."""


class TrainingInterrupted(Sentence, KeyboardInterrupt):
    """Ctrl-C, or the stop button, during training; says how to go on. No ``except Exception`` stops it."""


class DownloadInterrupted(Sentence, KeyboardInterrupt):
    """Ctrl-C, or the stop button, during a download; says what is kept."""
