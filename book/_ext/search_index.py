"""The search: what each section of the book says, and the terms of the glossary by all their names.

``book/_static/search.js`` loads it when a reader begins to type. Sphinx's own index knows pages and whole
words; a reader wants a section, and Korean words carry their particles with them.
"""

import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from glossary_links import terms
from languages import words
from page_places import is_chapter, page_language, page_named

NAME = "search_index.js"
# Markup, and what is listed by itself.
APART = (nodes.section, nodes.title, nodes.raw, nodes.comment, nodes.math, nodes.math_block)


def said(node: nodes.Node) -> str:
    """Return the text of a node, code and outputs with it, without that of the sections within it."""
    if isinstance(node, nodes.Text):
        return str(node)
    # The titles that the first page lists are found on their own pages.
    if isinstance(node, APART) or "contents-list" in node["classes"]:
        return ""
    parts = node.children
    if node.get("nb_element") == "mime_bundle":  # the same output in several forms, the plainest last
        parts = parts[:1]
    return ("" if isinstance(node, nodes.TextElement) else " ").join(map(said, parts))


def text_of(section: nodes.section) -> str:
    """Return the text of a section in one line, each Hangul syllable as one letter."""
    whole = " ".join(said(child) for child in section.children)
    return unicodedata.normalize("NFC", " ".join(whole.split()))


def bold_in(section: nodes.section) -> str:
    """Return the words that a section has in bold, as a term where it is introduced."""
    paragraphs = (child for child in section.children if isinstance(child, nodes.paragraph))
    return " ".join(bold.astext() for paragraph in paragraphs for bold in paragraph.findall(nodes.strong))


def described(app: Sphinx, page: str, section: nodes.section) -> list[Any]:
    """Return a section: anchor, heading, text, what is bold in it, and what a find there counts.

    Most where a chapter explains; less on other pages, and where an exercise but uses a word.
    """
    tags = {tag for cell in section.children for tag in cell.get("cell_metadata", {}).get("tags", ())}
    share = (0.5 if "exercise" in tags else 1) * (1 if is_chapter(app, page) else 0.7)
    heading = section.next_node(nodes.title).astext()
    return [section["ids"][0], heading, text_of(section), bold_in(section), share]


def index_of(app: Sphinx) -> dict[str, Any]:
    """Return the words of the search, the pages (name, title, sections), and the terms of the glossary."""
    trees = {name: app.env.get_doctree(name) for name in sorted(app.env.found_docs)}
    pages = [
        [name, tree.next_node(nodes.title).astext(), [
            described(app, name, section) for section in tree.findall(nodes.section)
        ]]
        for name, tree in trees.items()
        if tree.next_node(nodes.title)
    ]  # fmt: skip
    here = sorted({page_language(app.config, name) for name in trees})
    found = [term for language in here for term in known(app, language)]
    return {"words": words(app.config.language)["search"], "pages": pages, "terms": found}


def known(app: Sphinx, language: str) -> Iterator[list[Any]]:
    """Yield each term of a language's glossary: names, sentence, and the page and anchor where it stands."""
    if glossary := page_named(app, "glossary", language):
        for term in terms(app.env.get_doctree(glossary), language):
            yield [term.names, " ".join(term.sentence.split()), glossary, term.anchor]


def write_index(app: Sphinx, problem: Exception | None) -> None:
    """Write the index as a script, which a page opened as a file can load as well."""
    if problem is None and app.builder.name == "html":
        content = json.dumps(index_of(app), ensure_ascii=False, separators=(",", ":"))
        Path(app.outdir, NAME).write_text(f"window.bookIndex = {content};\n", "utf-8")


def leave_sphinx_search(app: Sphinx) -> None:
    """Let Sphinx make no index of its own."""
    app.builder.search = False


def search_page(app: Sphinx) -> list[tuple[str, dict[str, Any], str]]:
    """Return the page that lists all that was found."""
    return [("search", {}, "search.html")]
