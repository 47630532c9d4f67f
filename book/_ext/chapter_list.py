"""The directive ``chapters``: the chapters of the page's language, by their titles; no page lists them.

    :::{chapters} 1 9
    :::

Without a second number it goes on to the last chapter.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bilingual import page_language

CHAPTER = re.compile(r"(?:.*/)?(\d\d)_\w+")


class ChapterList(SphinxDirective):
    """List the chapters from a number to another."""

    required_arguments = 1
    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the list; a link without words of its own takes the chapter's title."""
        first, last = int(self.arguments[0]), int((*self.arguments, "99")[1])
        language = page_language(self.config, self.env.docname)
        chapters = nodes.bullet_list()
        for page in sorted(self.env.found_docs):
            found = CHAPTER.fullmatch(page)
            if found and first <= int(found[1]) <= last and page_language(self.config, page) == language:
                link = pending_xref("", nodes.inline("", page), refdoc=self.env.docname, refwarn=True)
                link.attributes |= {"refdomain": "std", "reftype": "doc", "reftarget": f"/{page}"}
                link["refexplicit"] = False
                chapters += nodes.list_item("", nodes.paragraph("", "", link))
        self.env.note_reread()  # another chapter may have come
        return [chapters] if chapters.children else []


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("chapters", ChapterList)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
