"""Words that no page's source holds: those of Sphinx and its themes, and those that the book itself adds.

They stand in English where they are used, and translated in ``book/locale/LANGUAGE/LC_MESSAGES``:
``sphinx.po`` and ``booktheme.po`` come before the words of Sphinx and its themes, ``book.po`` is the book's.
"""

import io
import json
from collections.abc import Callable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.locale import translators

LOCALE = Path(__file__).resolve().parents[1] / "locale"
CODE_PROMPTS = {"nb_code_prompt_show": "Show code", "nb_code_prompt_hide": "Hide code"}
LICENCES = (
    'Text under <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>, '
    "code under the MIT licence."
)
# As the copy button's script names them.
COPY_BUTTON = {
    "copy": "Copy", "copy_to_clipboard": "Copy to clipboard", "copy_success": "Copied!",
    "copy_failure": "Failed to copy",
}  # fmt: skip


def catalogue(language: str, domain: str) -> NullTranslations:
    """Return a language's words of one kind; where there are none, everything stays English."""
    path = LOCALE / language / "LC_MESSAGES" / f"{domain}.po"
    if not path.is_file():
        return NullTranslations()
    file = io.BytesIO()
    write_mo(file, read_po(io.StringIO(path.read_text("utf-8")), language))
    file.seek(0)
    return GNUTranslations(file)


@cache
def own(language: str) -> Callable[[str], str]:
    """Return what translates the book's own words."""
    return catalogue(language, "book").gettext


def put_first(app: Sphinx, config: Config) -> None:
    """Put the words of the build's language before those of Sphinx and the themes."""
    for domain in ("sphinx", "booktheme"):
        words = catalogue(config.language, domain)
        words.add_fallback(translators["general", domain])
        translators["general", domain] = words
    app.translator = translators["general", "sphinx"]
    for name, words in CODE_PROMPTS.items():
        config[name] = own(config.language)(words)


def add_words(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the templates the words that no catalogue holds."""
    context["theme_search_bar_text"] = app.translator.gettext("Search this book")
    context["theme_extra_footer"] = own(context["language"])(LICENCES)


def teach_copy_button(app: Sphinx, problem: Exception | None) -> None:
    """Add a language to those of the copy button, whose script knows no other way."""
    script = Path(app.outdir) / "_static/copybutton.js"
    if problem is None and script.is_file():
        say, begin = own(app.config.language), "const messages = {"
        words = {app.config.language: {name: say(words) for name, words in COPY_BUTTON.items()}}
        own_words = json.dumps(words, ensure_ascii=False)[1:-1]
        script.write_text(script.read_text("utf-8").replace(begin, f"{begin}\n  {own_words},", 1), "utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    # Before the extensions that read their prompts from the configuration.
    app.connect("config-inited", put_first, priority=100)
    # After the page's language is known, before the theme removes the footer's empty parts.
    app.connect("html-page-context", add_words, priority=450)
    app.connect("build-finished", teach_copy_button)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
