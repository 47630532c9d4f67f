"""A description for every page: what a search engine shows under its title."""

import html
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from words import own

SHORTEST, LONGEST = 40, 160

WITHOUT_PROSE = (
    "Search the text, the code and the results of AlexNet on CIFAR-10, a book that teaches by running."
)


def prose(doctree: nodes.document) -> str:
    """Return the first words of a page: its paragraphs, without those that are nothing but links."""
    words = ""
    for paragraph in doctree.findall(nodes.paragraph):
        # Outputs, tables and notes have parents of another kind.
        if isinstance(paragraph.parent, nodes.section) and not is_link_line(paragraph):
            words = f"{words} {paragraph.astext()}".strip()
            if len(words) >= SHORTEST:
                break
    return re.sub(r"\s+", " ", words)


def is_link_line(paragraph: nodes.paragraph) -> bool:
    """Tell whether a paragraph holds links and what separates them, no more."""
    beside = [child.astext() for child in paragraph.children if not isinstance(child, nodes.reference)]
    return len(beside) < len(paragraph.children) and not re.search(r"\w", "".join(beside))


def shortened(words: str) -> str:
    """Cut at the end of a word, so that a search engine shows all of it."""
    if len(words) <= LONGEST:
        return words
    return words[: words.rindex(" ", 0, LONGEST)].rstrip(" ,;:-·") + "…"


def add_description(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Describe the page in its head, unless its front matter does (``myst: html_meta: description``)."""
    written = context.get("metatags") or ""
    if 'name="description"' in written:
        return
    words = shortened(prose(doctree)) if doctree else ""
    words = words or own(context["language"])(WITHOUT_PROSE)
    context["metatags"] = f'{written}<meta name="description" content="{html.escape(words)}" />\n'


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("html-page-context", add_description, priority=450)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
