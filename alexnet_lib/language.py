"""The reader's language: the text catalogue, and the book's errors."""

import tomllib
from functools import cache
from pathlib import Path


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


def set_language(language: str) -> None:
    """Choose the language of figures, tables and sentences, one of ``LANGUAGES``."""
    global _language
    if language not in LANGUAGES:
        raise BookError("unknown_choice", field="LANG", given=language, known=", ".join(LANGUAGES))
    _language = language


def get_language() -> str:
    """Return the language in use, one of ``LANGUAGES``."""
    return _language


def text(key: str, **values: object) -> str:
    """Return the words of a key in the language in use, with ``{values}`` filled in.

    Parameters
    ----------
    key
        ``FILE.TABLE`` of the catalogue, for example ``"figures_basics.train"``.
    values
        What the braces of the entry stand for; format specifications work (``{x:.1f}``).
    """
    entry = catalogue()[key]
    return entry.get(_language, entry[LANGUAGES[0]]).format(**values)


class Sentence:
    """What is wrong, what was given, what to do: a sentence of ``text/errors.toml`` with its values."""

    def __init__(self, name: str, /, **values: object) -> None:
        super().__init__(text(f"errors.{name}", **values))
        self.name, self.values = name, values

    def _render_traceback_(self) -> list[str]:
        """Tell IPython (Jupyter, Colab) to show the sentence in place of a traceback."""
        return [str(self)]


class BookError(Sentence, ValueError):
    """A mistake of the reader's, or of what the reader's machine holds; a programmer's is a ValueError."""


class Interrupted(Sentence, KeyboardInterrupt):
    """Ctrl-C, or the stop button; says what is kept, and how to go on. No ``except Exception`` stops it."""
