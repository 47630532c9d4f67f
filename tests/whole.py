"""The languages that have every page; a translation that is begun is looked at as far as it has come."""

from languages import LANGUAGES

WHOLE = [code for code, language in LANGUAGES.items() if not language.begun]
