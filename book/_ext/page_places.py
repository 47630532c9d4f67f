"""Which language a page is in, and where it lies in the others.

Two builds ask. The published site is built once for each language (``book/tools/build_site.py``): its pages
have no language folder, ``bilingual_language`` is set, and the same page in another language is
``../CODE/07_training.html``. ``jupyter-book build .`` makes one plain book of all languages, whose pages are
``notebooks/CODE/07_training``; see ``book/tools/plain_book.py``.
"""

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from languages import LANGUAGES, Language


def page_language(config: Config, page: str) -> str:
    """Return the language of a page: that of the build, else that of its folder."""
    folders = [part for part in page.split("/") if part in LANGUAGES]
    return config.bilingual_language or (folders[0] if folders else config.language)


def page_named(app: Sphinx, name: str, language: str) -> str | None:
    """Return the page of that name in a language, wherever this build has it, or None."""
    found = (page for page in sorted(app.env.found_docs) if page.rsplit("/", 1)[-1] == name)
    return next((page for page in found if page_language(app.config, page) == language), None)


def is_chapter(app: Sphinx, page: str) -> bool:
    """Tell whether a page is a notebook."""
    return app.env.doc2path(page).endswith(".ipynb")


def addresses(config: Config, page: str) -> dict[str, str]:
    """Return where the page lies in each language, below the root of the site."""
    if config.bilingual_language:
        return {language: f"{language}/{page}.html" for language in LANGUAGES}
    here = page_language(config, page)
    return {language: re.sub(rf"(^|/){here}/", rf"\1{language}/", page) + ".html" for language in LANGUAGES}


def is_translated(app: Sphinx, page: str, language: Language) -> bool:
    """Tell whether a published page is there in a language; one that is begun has not all of them."""
    staged = Path(app.srcdir).parents[1] / language.code / "pages" / page
    is_there = any(staged.with_suffix(suffix).is_file() for suffix in (".md", ".ipynb"))
    return not language.begun or is_there or page not in app.env.found_docs


def add_languages(app: Sphinx, page: str, context: dict[str, Any]) -> None:
    """Give the templates the page's language, the others that have it, and addresses for search engines."""
    config = app.config
    context["language"] = here = page_language(config, page)
    places = addresses(config, page)
    if config.bilingual_language:
        up = "../" * (page.count("/") + 1)
        there = {code for code, language in LANGUAGES.items() if is_translated(app, page, language)}
        links = {code: up + place for code, place in places.items() if code in there}
        context["alternates"] = {code: f"{config.bilingual_site}/{places[code]}" for code in links}
        context["alternates"]["x-default"] = f"{config.bilingual_site}/"
    else:
        names = {code: place.removesuffix(".html") for code, place in places.items()}
        found = {code: name for code, name in names.items() if name in app.env.found_docs and name != page}
        links = {code: context["pathto"](name) for code, name in found.items()}
    context["switch"] = [(LANGUAGES[code], link) for code, link in links.items() if code != here]
