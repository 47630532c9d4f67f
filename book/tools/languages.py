"""The languages of the book, from ``book/languages.toml``: the source, and its translations; their words.

The standard library is enough: ``release.py`` reads them before anything is installed.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

BOOK = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Language:
    """One language; the file tells what each field is."""

    code: str
    name: str
    locale: str
    chapter: str
    open: str
    letters: str = ""
    begun: bool = False


def read_languages() -> dict[str, Language]:
    """Return the languages by their codes, the source first."""
    entries = tomllib.loads((BOOK / "languages.toml").read_text("utf-8"))["language"]
    return {entry["code"]: Language(**entry) for entry in entries}


LANGUAGES = read_languages()
SOURCE, *TRANSLATIONS = LANGUAGES.values()


@cache
def own_words(code: str) -> dict[str, dict[str, Any]]:
    """Return what ``book/locale/CODE/words.toml`` holds, if it is there: words by section and key."""
    file = BOOK / f"locale/{code}/words.toml"
    return tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}


def words(code: str) -> dict[str, dict[str, Any]]:
    """Return what the site says in a language; what it lacks, in the source's words."""
    everything = own_words(SOURCE.code)
    return {section: entries | own_words(code).get(section, {}) for section, entries in everything.items()}
