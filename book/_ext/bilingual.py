"""The book's own Sphinx extension: languages, a page for a page.

Two builds use it. The published site is built once for each language (``book/tools/build_site.py``): its
pages have no language folder, ``bilingual_language`` is set, and the same page in another language is
``../CODE/07_training.html``. ``jupyter-book build .`` makes one plain book of all languages, whose pages are
``notebooks/CODE/07_training``; see ``book/tools/plain_book.py``.
"""

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from languages import LANGUAGES, Language

BOOK = Path(__file__).resolve().parents[1]
PARTS = (
    "chapter_figures", "chapter_foot", "chapter_list", "citation_links", "deferred_scripts", "formulas",
    "glossary_links", "image_sizes", "interface_words", "joined_words", "movable", "page_description",
    "recorded_runs", "practice_table", "repository_links", "row_headers", "search_index",
    "social_picture", "widgets",
)  # fmt: skip


def page_language(config: Config, page: str) -> str:
    """Return the language of a page: that of the build, else that of its folder."""
    folders = [part for part in page.split("/") if part in LANGUAGES]
    return config.bilingual_language or (folders[0] if folders else config.language)


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


def page_named(app: Sphinx, name: str, language: str) -> str | None:
    """Return the page of that name in a language, wherever this build has it, or None."""
    found = (page for page in sorted(app.env.found_docs) if page.rsplit("/", 1)[-1] == name)
    return next((page for page in found if page_language(app.config, page) == language), None)


def add_places(app: Sphinx, doctree: nodes.document) -> None:
    """Give sections, cells and terms numbers as anchors: a place has the same one in both languages."""
    cells = (node for node in doctree.findall(nodes.container) if "cell" in node["classes"])
    kinds = {"section": doctree.findall(nodes.section), "cell": cells, "entry": doctree.findall(nodes.term)}
    for kind, found in kinds.items():
        for number, node in enumerate(found):
            node["ids"].append(f"{kind}-{number}")


def add_languages(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
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
    app.connect("doctree-read", add_places)
    # The theme removes what is empty at priority 500, so the switch has to be there before.
    app.connect("html-page-context", add_languages, priority=400)
    app.add_css_file("book.css")
    app.add_css_file("reading.css")
    app.add_css_file("wayfinding.css")
    app.add_js_file("language_switch.js")
    app.add_js_file("reading.js")
    app.add_js_file("unroll.js")
    app.add_js_file("wayfinding.js")
    app.add_js_file("cards.js")
    app.add_js_file("questions.js")
    for part in PARTS:
        app.setup_extension(part)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
