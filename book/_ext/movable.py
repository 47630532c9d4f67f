"""The directive ``movable``: a chapter's widget on another page too, behind its still picture.

    :::{movable} confusion
    ![The confusion matrix](confusion.png)
    :::
"""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from page_places import page_language
from widgets import ROWS, as_html, load


class Movable(SphinxDirective):
    """Place a widget behind its still picture."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the container of the content, and the widget if it has something to show."""
        # Here, because it takes seconds: the library brings torch with it.
        from widget_data import collect

        page, widget = self.env.docname, self.arguments[0]
        still = nodes.container("", *self.parse_content_to_nodes(), classes=["movable-still"])
        language, source = page_language(self.config, page), Path(self.env.doc2path(page))
        data = collect(widget, language, source, Path(self.config.widgets_results))
        if data is None:
            return [still]
        # The joined site keeps the rows beside the folders of its languages.
        up = page.count("/") + bool(self.config.bilingual_language)
        data["rows"] = "../" * up + ROWS
        self.env.metadata[page]["movable"] = widget
        return [still, nodes.raw("", as_html(self.config, page, widget, data), format="html")]


def add_files(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the scripts and styles of the widget that a page has placed so."""
    load(app, app.env.metadata[page].get("movable", "").split())


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("movable", Movable)
    app.connect("html-page-context", add_files, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
