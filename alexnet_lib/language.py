"""Every word the package shows a reader, in Korean and in English.

The words lie in ``text/*.toml``. The key ``errors.unknown_dataset`` is the table
``[unknown_dataset]`` of ``text/errors.toml``, with one entry a language.
"""

import tomllib
from functools import cache
from pathlib import Path

LANGUAGES = ("ko", "en")

_language = "en"


class UnknownLanguage(ValueError):
    """Neither of the book's two languages; one sentence in a notebook, as a ``BookError`` is."""

    def _render_traceback_(self) -> list[str]:
        """Tell IPython (Jupyter, Colab) to show the sentence in place of a traceback."""
        return [str(self)]


def set_language(language: str) -> None:
    """Choose the language of figures, tables and sentences: ``"ko"`` or ``"en"``."""
    global _language
    if language not in LANGUAGES:
        # The catalogue cannot say this one: no language has been chosen.
        raise UnknownLanguage(f'LANG is {language!r}; set it to "ko" or "en".')
    _language = language


def get_language() -> str:
    """Return the language in use, ``"ko"`` or ``"en"``."""
    return _language


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every entry of the catalogue: ``{key: {"ko": ..., "en": ...}}``."""
    entries = {}
    for path in sorted((Path(__file__).parent / "text").glob("*.toml")):
        for name, words in tomllib.loads(path.read_text("utf-8")).items():
            entries[f"{path.stem}.{name}"] = words
    return entries


def text(key: str, **values: object) -> str:
    """Return the words of a key in the language in use, with ``{values}`` filled in.

    Parameters
    ----------
    key
        ``FILE.TABLE`` of the catalogue, for example ``"figures.confusion_title"``.
    values
        What the braces of the entry stand for; format specifications work (``{x:.1f}``).
    """
    return catalogue()[key][_language].format(**values)
