"""The book's own Sphinx extension: two languages, a page for a page.

Two builds use it. The published site is built once for each language (``book/tools/build_site.py``): its
pages have no language folder, ``bilingual_language`` is set, and the twin of ``07_training`` is
``../en/07_training.html``. ``jupyter-book build .`` makes one plain book of both languages, whose pages are
``notebooks/ko/07_training`` and ``notebooks/en/07_training``; see ``book/tools/plain_book.py``.
"""

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from languages import LANGUAGES

BOOK = Path(__file__).resolve().parents[1]
PARTS = (
    "chapter_figures", "chapter_foot", "deferred_scripts", "formulas", "glossary_links", "image_sizes",
    "joined_words", "korean_search", "page_description", "recorded_runs",
    "repository_links", "social_picture", "widgets",
)  # fmt: skip


def page_language(config: Config, page: str) -> str:
    """Return the language of a page: that of the build, else that of its folder."""
    folders = [part for part in page.split("/") if part in LANGUAGES]
    return config.bilingual_language or (folders[0] if folders else config.language)


def addresses(config: Config, page: str) -> dict[str, str]:
    """Return where the page and its twins lie, by language, below the root of the site."""
    codes = [code for code, language in LANGUAGES.items() if not language.begun or is_translated(code, page)]
    if config.bilingual_language:
        return {code: f"{code}/{page}.html" for code in codes}
    here = page_language(config, page)
    return {code: re.sub(rf"(^|/){here}/", rf"\1{code}/", page) + ".html" for code in codes}


def is_translated(code: str, page: str) -> bool:
    """Tell whether a translation that is begun has a page; what Sphinx makes itself is always there."""
    name = page.rsplit("/", 1)[-1]
    found = (BOOK / code / f"{name}.md", BOOK.parent / "notebooks" / code / f"{name}.ipynb")
    return name == "search" or any(path.is_file() for path in found)


def page_named(app: Sphinx, name: str, language: str) -> str | None:
    """Return the page of that name in a language, wherever this build has it, or None."""
    found = (page for page in sorted(app.env.found_docs) if page.rsplit("/", 1)[-1] == name)
    return next((page for page in found if page_language(app.config, page) == language), None)


def add_section_places(app: Sphinx, doctree: nodes.document) -> None:
    """Give each section a number as anchor, so that the same place has the same one in both languages."""
    for number, section in enumerate(doctree.findall(nodes.section)):
        section["ids"].append(f"section-{number}")


def add_languages(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the templates the page's language, its twins and the addresses for search engines."""
    config = app.config
    language = page_language(config, page)
    places = addresses(config, page)
    context["language"] = language
    if config.bilingual_language:
        up = "../" * (page.count("/") + 1)
        twins = {code: up + place for code, place in places.items()}
        context["alternates"] = {code: f"{config.bilingual_site}/{place}" for code, place in places.items()}
        context["alternates"]["x-default"] = f"{config.bilingual_site}/"
    else:
        names = {code: place.removesuffix(".html") for code, place in places.items()}
        twins = {
            code: context["pathto"](name) for code, name in names.items() if name in app.env.found_docs
        }
    twins.pop(language, None)
    context["twins"] = [(LANGUAGES[code], address) for code, address in twins.items()]


def add_folders(app: Sphinx, config: Config) -> None:
    """Find templates and static files beside this folder, wherever the pages lie."""
    # Before the theme's own, some of which are replaced.
    config.templates_path.insert(0, str(BOOK / "_templates"))
    config.html_static_path.append(str(BOOK / "_static"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension and its parts."""
    app.add_config_value("bilingual_language", "", "env")
    app.add_config_value("bilingual_site", "", "html")
    # Jupyter Book sets it, for an extension that no page uses.
    app.add_config_value("comments_config", {}, "")
    app.connect("config-inited", add_folders)
    app.connect("doctree-read", add_section_places)
    # The theme removes what is empty at priority 500, so the switch has to be there before.
    app.connect("html-page-context", add_languages, priority=400)
    app.add_css_file("book.css")
    app.add_js_file("language_switch.js")
    app.add_js_file("unroll.js")
    for part in PARTS:
        app.setup_extension(part)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
