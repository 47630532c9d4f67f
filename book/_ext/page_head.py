"""What search engines and other sites show of a page: a title, a sentence, and the book's picture."""

import html
import re
from typing import Any

import imagesize
from docutils import nodes
from jinja2.filters import do_striptags
from sphinx.application import Sphinx

from languages import BOOK, LANGUAGES, SOURCE, words

SHORTEST, LONGEST = 40, 160  # characters of a description
DESCRIPTION = re.compile(r'<meta content="([^"]*)" name="description"')
PICTURE = "_static/social-{}.png"  # which book/tools/write_readme.py draws


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


def add_head(app: Sphinx, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Describe the page, unless its front matter does (``myst: html_meta: description``).

    The template gets the page's properties by the names of the Open Graph protocol (ogp.me).
    """
    written = context.get("metatags") or ""
    said = words(context["language"])["site"]
    if found := DESCRIPTION.search(written):
        described = html.unescape(found[1])
    else:
        described = (shortened(prose(doctree)) if doctree else "") or said["search"]
        written += f'<meta name="description" content="{html.escape(described)}" />\n'
    context["metatags"] = written
    if app.config.bilingual_language:
        language = context["language"]
        drawn = (PICTURE.format(code) for code in (language, SOURCE.code))
        picture = next(place for place in drawn if (BOOK / place).is_file())  # or the source's
        width, height = imagesize.get(BOOK / picture)
        context["open_graph"] = {
            "og:type": "website",
            "og:site_name": app.config.html_title,
            # The search names itself in its template.
            "og:title": do_striptags(context.get("title", said["tagline"])),
            "og:description": described,
            "og:url": context["alternates"][language],
            "og:locale": LANGUAGES[language].locale,
            "og:image": f"{app.config.bilingual_site}/{language}/{picture}",
            "og:image:width": width,
            "og:image:height": height,
            "og:image:alt": said["tagline"],
        }
