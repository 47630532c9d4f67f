"""The reader's language: the text catalogue, the book's errors, and words on any terminal."""

import re
import sys
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every entry of the catalogue: the words by language, by key."""
    entries = {}
    for path in sorted((Path(__file__).parent / "text").glob("*.toml")):
        for name, words in tomllib.loads(path.read_text("utf-8")).items():
            entries[f"{path.stem}.{name}"] = words
    return entries


LANGUAGES = tuple(catalogue()["language.name"])

_language = LANGUAGES[0]


class UnknownLanguage(ValueError):
    """None of the book's languages; one sentence in a notebook, as a ``BookError`` is."""

    def _render_traceback_(self) -> list[str]:
        """Tell IPython (Jupyter, Colab) to show the sentence in place of a traceback."""
        return [str(self)]


def set_language(language: str) -> None:
    """Choose the language of figures, tables and sentences, one of ``LANGUAGES``."""
    global _language
    if language not in LANGUAGES:
        # The catalogue cannot say this one: no language has been chosen.
        known = " or ".join(f'"{code}"' for code in LANGUAGES)
        raise UnknownLanguage(f"LANG is {language!r}; set it to {known}.")
    _language = language


def get_language() -> str:
    """Return the language in use, one of ``LANGUAGES``."""
    return _language


def text(key: str, **values: object) -> str:
    """Return the words of a key in the language in use, with ``{values}`` filled in.

    Parameters
    ----------
    key
        ``FILE.TABLE`` of the catalogue, for example ``"figures.confusion_title"``.
    values
        What the braces of the entry stand for; format specifications work (``{x:.1f}``).
    """
    entry = catalogue()[key]
    return entry.get(_language, entry[LANGUAGES[0]]).format(**values)


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


class BookError(Sentence, ValueError):
    """A mistake of the reader's, or of what the reader's machine holds; a programmer's is a ValueError."""


class TrainingInterrupted(Sentence, KeyboardInterrupt):
    """Ctrl-C, or the stop button, during training; says how to go on. No ``except Exception`` stops it."""


class DownloadInterrupted(Sentence, KeyboardInterrupt):
    """Ctrl-C, or the stop button, during a download; says what is kept."""


SUPERSCRIPTS = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
# For signs of the book that an encoding lacks, such as the code page of a Korean Windows.
PLAIN = {
    "−": "-", "–": "-", "—": "-", "·": "-", "×": "x", "±": "+-", "→": "->", "✓": "v", "✗": "x",
    "‘": "'", "’": "'", "“": '"', "”": '"',
}  # fmt: skip


def print_words(words: str, end: str = "\n", stream: TextIO | None = None) -> None:
    """Print words at once, on standard output unless another stream is given, in signs that it can write."""
    stream = stream or sys.stdout
    print(encodable(words, getattr(stream, "encoding", None) or "utf-8"), end=end, file=stream, flush=True)


def encodable(words: str, encoding: str) -> str:
    """Return words as they are if an encoding can write them, else the nearest that it can.

    Powers become ``10^-5``, all in the same words alike, signs their nearest in ASCII; for a letter
    that has none stands a question mark.
    """
    if can_write(words, encoding):
        return words
    words = SUPERSCRIPTS.sub(lambda power: "^" + power[0].translate(DIGITS), words)
    return "".join(sign if can_write(sign, encoding) else plain(sign) for sign in words)


def can_write(words: str, encoding: str) -> bool:
    """Tell whether an encoding has every sign of the words."""
    try:
        words.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def plain(sign: str) -> str:
    """Return the nearest in ASCII to a sign: of é, for example, the e."""
    letters = (letter for letter in unicodedata.normalize("NFKD", sign) if letter.isascii())
    return PLAIN.get(sign) or "".join(letters) or "?"


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
