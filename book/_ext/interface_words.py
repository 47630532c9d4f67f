"""The interface in the book's languages, where Sphinx and the themes leave it English or translate it badly.

What they call by English words is translated in ``book/locale/CODE/interface.po``.
"""

import io
import json
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.locale import translators

from languages import BOOK, words


def put_first(app: Sphinx, config: Config) -> None:
    """Put the book's words before those of Sphinx and the themes."""
    path = BOOK / f"locale/{config.language}/interface.po"
    for catalogue in (("general", "sphinx"), ("general", "booktheme")) if path.is_file() else ():
        file = io.BytesIO()
        write_mo(file, read_po(io.StringIO(path.read_text("utf-8")), config.language))
        file.seek(0)
        own = GNUTranslations(file)
        own.add_fallback(translators[catalogue])
        translators[catalogue] = own
    app.translator = translators["general", "sphinx"]
    for name, prompt in words(config.language)["prompts"].items():
        config[name] = prompt


def add_words(app: Sphinx, context: dict[str, Any]) -> None:
    """Give the templates the words that no catalogue holds."""
    context["theme_search_bar_text"] = app.translator.gettext("Search this book")
    said = words(context["language"])
    context["theme_extra_footer"] = said["site"]["licence"]
    context["reading"] = said["reading"] | said["prompts"]


def teach_copy_button(app: Sphinx, problem: Exception | None) -> None:
    """Add a language to those of the copy button, whose script knows no other way."""
    script = Path(app.outdir) / "_static/copybutton.js"
    if problem is None and script.is_file():
        begin, said = "const messages = {", {app.config.language: words(app.config.language)["copy"]}
        own = json.dumps(said, ensure_ascii=False)[1:-1]
        script.write_text(script.read_text("utf-8").replace(begin, f"{begin}\n  {own},", 1), "utf-8")
