"""The languages of the book, from ``book/languages.toml``: the source, and its translations.

The standard library is enough: ``release.py`` reads them before anything is installed.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).resolve().parents[1] / "languages.toml"


@dataclass(frozen=True)
class Language:
    """One language; the file tells what each field is."""

    code: str
    name: str
    locale: str
    font: str
    chapter: str
    open: str
    letters: str = ""
    begun: bool = False


def read_languages(file: Path = FILE) -> dict[str, Language]:
    """Return the languages by their codes, the source first."""
    entries = tomllib.loads(file.read_text("utf-8"))["language"]
    return {entry["code"]: Language(**entry) for entry in entries}


LANGUAGES = read_languages()
SOURCE, *TRANSLATIONS = LANGUAGES.values()
