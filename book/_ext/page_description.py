"""A description for every page: what a search engine shows under its title."""

import html
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from languages import words

SHORTEST, LONGEST = 40, 160

def prose(doctree: nodes.document) -> str:
    """Return the first words of a page: its paragraphs, without those that are nothing but links."""
    found = ""
    for paragraph in doctree.findall(nodes.paragraph):
        # Outputs, tables and notes have parents of another kind.
        if isinstance(paragraph.parent, nodes.section) and not is_link_line(paragraph):
            found = f"{found} {paragraph.astext()}".strip()
            if len(found) >= SHORTEST:
                break
    return re.sub(r"\s+", " ", found)


def is_link_line(paragraph: nodes.paragraph) -> bool:
    """Tell whether a paragraph holds links and what separates them, no more."""
    beside = [child.astext() for child in paragraph.children if not isinstance(child, nodes.reference)]
    return len(beside) < len(paragraph.children) and not re.search(r"\w", "".join(beside))


def shortened(text: str) -> str:
    """Cut at the end of a word, so that a search engine shows all of it."""
    if len(text) <= LONGEST:
        return text
    return text[: text.rindex(" ", 0, LONGEST)].rstrip(" ,;:-·") + "…"


def add_description(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Describe the page in its head, unless its front matter does (``myst: html_meta: description``)."""
    written = context.get("metatags") or ""
    if 'name="description"' in written:
        return
    described = shortened(prose(doctree)) if doctree else ""
    described = described or words(context["language"])["site"]["search"]
    context["metatags"] = f'{written}<meta name="description" content="{html.escape(described)}" />\n'


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("html-page-context", add_description, priority=450)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
