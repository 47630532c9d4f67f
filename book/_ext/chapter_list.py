"""The directive ``chapters``: the pages of a part of the contents, with their topics and minutes.

    :::{chapters} Practice
    :::

The argument is the part's caption in ``_toc.yml``. Titles, topics and minutes are those of the pages' heads.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bilingual import page_language
from languages import words
from notebook_files import read
from widgets import PLACES

CHAPTER = re.compile(r"(?:.*/)?(\d\d)_\w+")


def head(path: Path) -> str:
    """Return the beginning of a page: the first cell of a notebook, else all of it."""
    return read(path).cells[0].source if path.suffix == ".ipynb" else path.read_text("utf-8")


def about(text: str, language: str) -> tuple[str, dict[str, str]]:
    """Return a page's title without its topic, and what to say below it, by kind."""
    title, _, topic = re.search("^# (.+)$", text, re.MULTILINE)[1].partition(" · ")
    minutes = re.escape(words(language)["contents"]["minutes"]).replace(r"\{\}", r"\d+")
    found = {
        "minutes": re.search(rf"^>.*?({minutes})", text, re.MULTILINE),
        "description": re.search(r"^    description: (.+)$", text, re.MULTILINE),
    }
    notes = {"topic": topic} if topic else {}
    return title, notes | {kind: match[1] for kind, match in found.items() if match}


class ChapterList(SphinxDirective):
    """List the pages of a part."""

    required_arguments = 1
    final_argument_whitespace = True

    def pages(self) -> Iterator[str]:
        """Yield the names of the part's pages in the language of this one, but for the first page."""
        for part in self.env.external_site_map.root.subtrees:
            if part.caption == self.arguments[0]:
                language = page_language(self.config, self.env.docname)
                yield from (
                    page
                    for page in part.files()
                    if page_language(self.config, page) == language and page != self.env.docname
                )

    def run(self) -> list[nodes.Node]:
        """Return the list; it is made anew when one of the pages changes."""
        language = page_language(self.config, self.env.docname)
        chapters = nodes.bullet_list(classes=["contents-list"])
        for page in self.pages():
            path = Path(self.env.doc2path(page))
            self.env.note_dependency(str(path))
            title, notes = about(head(path), language)
            link = pending_xref("", nodes.inline("", title), refdoc=self.env.docname, refwarn=True)
            link.attributes |= {"refdomain": "std", "reftype": "doc", "reftarget": f"/{page}"}
            link["refexplicit"] = True
            if page.rsplit("/", 1)[-1] in PLACES:
                notes["movable"] = words(language)["contents"]["movable"]
            below = [nodes.inline("", note, classes=[kind]) for kind, note in notes.items()]
            lines = [nodes.paragraph("", "", link), nodes.paragraph("", "", *below, classes=["about"])]
            chapters += nodes.list_item("", *lines[: 2 if below else 1])
        return [chapters] if chapters.children else []  # a translation that is begun may have none of them


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("chapters", ChapterList)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
