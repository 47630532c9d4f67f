"""Figures that a reader can move, placed after the output of a named cell of a chapter.

On a page of Markdown one follows the container of a named class, which holds what is seen without scripts.

The notebooks stay plain Markdown and code, so the place of each widget is noted here. What it shows is
computed when the page is read; its words come from ``book/locale``. Without scripts, in
print and in other builders the chapter's own figures stand alone.
"""

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from bilingual import page_language

RESULTS = Path(__file__).resolve().parents[1] / "results"
# The page, the cell whose output comes before (or the class of the container), the widget.
PLACES = {
    "01_imagenet": ("not-accuracy", "answers"),
    "04_augmentation": ("count-crops", "crops"),
    "06_network": ("compare-counts", "network"),
    "08_confusion": ("mistakes", "confusion"),
    "15_inside": ("photo", "model"),
    "photo": ("widget-still", "model"),
}
# What a widget loads beside its own script.
MORE = {"model": ("network.js", "widget_drawings.js", "widget_model.css")}
# Rows of a recorded run, or a network, fetched when they are wanted; both languages share them.
ROWS = "widget_data"

logger = logging.getLogger(__name__)


def place_of(page: str) -> tuple[str, str] | None:
    """Return the cell and the widget of a page, if it has one."""
    return PLACES.get(page.rsplit("/", 1)[-1])


def as_html(widget: str, data: dict[str, Any]) -> str:
    """Return the place of a widget and its data, which work from ``file://`` too."""
    # Within a script, "</" would end it.
    content = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return (
        f'<div class="widget" id="widget-{widget}" data-widget="{widget}">\n'
        f"<script>(window.alexnetData ||= {{}}).{widget} = {content};</script>\n</div>\n"
    )


def add_widget(app: Sphinx, doctree: nodes.document) -> None:
    """Put the widget of a chapter after its cell."""
    page = app.env.docname
    if app.builder.name != "html" or place_of(page) is None:
        return
    # Here, because it takes seconds: the library brings torch with it.
    from widget_data import collect

    cell, widget = place_of(page)
    notebook = Path(app.env.doc2path(page))
    for node in doctree.findall(nodes.container):
        # myst-nb keeps a cell's metadata and not its id; stage_book.py notes the one in the other.
        if cell in (node.get("cell_metadata", {}).get("id"), *node["classes"]):
            data = collect(
                widget, page_language(app.config, page), notebook, Path(app.config.widgets_results)
            )
            if data is not None:
                # The joined site keeps the rows beside the folders of its languages.
                up = page.count("/") + bool(app.config.bilingual_language)
                data["rows"] = "../" * up + ROWS
                node.parent.insert(
                    node.parent.index(node) + 1, nodes.raw("", as_html(widget, data), format="html")
                )
            return
    logger.warning("%s has no cell %s for the widget %s; see book/_ext/widgets.py", page, cell, widget)


def add_files(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load scripts and style on the pages that have a widget, and on no other."""
    if place_of(page) and 'class="widget"' in context.get("body", ""):
        app.add_css_file("widget.css")
        widget = place_of(page)[1]
        for name in ("widget.js", *MORE.get(widget, ()), f"widget_{widget}.js"):
            if name.endswith(".css"):
                app.add_css_file(name)
            else:
                app.add_js_file(name, loading_method="defer")


def write_rows(app: Sphinx, problem: Exception | None) -> None:
    """Write the images and scores behind each row of each recorded run's matrix, and the network."""
    if problem is not None or app.builder.name != "html":
        return
    widgets = {place_of(page)[1] for page in app.env.found_docs if place_of(page)}
    folder = Path(app.outdir) / ROWS
    if "confusion" in widgets:
        from widget_confusion import write_all_rows

        write_all_rows(Path(app.config.widgets_results), folder)
    if "model" in widgets:
        from network_weights import write_script

        write_script(folder)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_config_value("widgets_results", str(RESULTS), "env")
    app.connect("doctree-read", add_widget)
    app.connect("html-page-context", add_files, priority=600)
    app.connect("build-finished", write_rows)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
