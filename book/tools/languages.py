"""The languages of the book, from ``book/languages.toml``: the source, and its translations; their words.

The standard library is enough: ``release.py`` reads them before anything is installed.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

BOOK = Path(__file__).resolve().parents[1]
FILE = BOOK / "languages.toml"


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


@cache
def words(code: str) -> dict[str, dict[str, Any]]:
    """Return what the site says in a language, by section and key; what it lacks, in the source's words."""
    own, source = (BOOK / f"locale/{language}/words.toml" for language in (code, SOURCE.code))
    said = tomllib.loads(own.read_text("utf-8")) if own.is_file() else {}
    everything = tomllib.loads(source.read_text("utf-8"))
    return {section: entries | said.get(section, {}) for section, entries in everything.items()}
