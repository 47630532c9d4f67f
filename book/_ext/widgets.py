"""Figures that a reader can move, placed beside a named cell of a chapter.

On a page of Markdown one follows the container of a named class, which holds what is seen without scripts.

The notebooks stay plain Markdown and code, so the place of each widget is noted here. What it shows is
computed when the page is read; its words come from ``book/locale``. Without scripts, on paper and in other
builders the chapter's own figures stand alone, and a widget's still, if it has one; paper names its address.
"""

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from languages import BOOK, SOURCE, words
from page_places import page_language

# Of each page, the widgets and the cells whose outputs come before (or the class of the container).
PLACES = {
    "index": {"confusion": "movable-still"},
    "01_imagenet": {"answers": "not-accuracy"},
    "04_augmentation": {"crops": "count-crops"},
    "06_network": {"blocks": "parameters", "kernel": "convolution-photo", "network": "compare-counts"},
    "08_confusion": {"confusion": "mistakes"},
    "10_ladder": {"ladder": "guesses"},
    "14_humans": {"quiz": "quiz"},
    "15_inside": {"model": "photo"},
    "photo": {"model": "widget-still"},
}
# What opens a chapter stands before its first cell of code.
BEFORE = {"blocks"}
# What a widget loads beside its own script.
MORE = {"model": ("network.js", "widget_drawings.js", "widget_model.css")}
# Rows of a recorded run, or a network, fetched when they are wanted; both languages share them.
ROWS = "widget_data"


def places_of(page: str) -> dict[str, str]:
    """Return the widgets of a page and their cells, in the order of the page."""
    return PLACES.get(page.rsplit("/", 1)[-1], {})


def as_html(config: Config, page: str, widget: str, data: dict[str, Any]) -> str:
    """Return the place of a widget and its data, which work from ``file://`` too; before it its still."""
    still = data.pop("still", "")
    # Within a script, "</" would end it.
    content = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    language, name = page_language(config, page), page.rsplit("/", 1)[-1]
    address = f"{config.bilingual_site}/{language}/{name}.html#widget-{widget}"
    on_paper = words(language)["print"]["movable"].format(f'<a href="{address}">{address}</a>')
    return (
        f'{still}<div class="widget" id="widget-{widget}" data-widget="{widget}">\n'
        f"<script>(window.alexnetData ||= {{}}).{widget} = {content};</script>\n</div>\n"
        f'<p class="widget-on-paper">{on_paper}</p>\n'
    )


def add_widgets(app: Sphinx, doctree: nodes.document) -> None:
    """Put the widgets of a chapter beside their cells."""
    page = app.env.docname
    cells = found_places(doctree, page)
    if app.builder.name != "html" or not cells:
        return
    # Here, because it takes seconds: the library brings torch with it.
    from widget_data import collect

    notebook, results = Path(app.env.doc2path(page)), Path(app.config.widgets_results)
    # The joined site keeps the rows beside the folders of its languages.
    rows = "../" * (page.count("/") + bool(app.config.bilingual_language)) + ROWS
    for widget, node in cells.items():
        if data := collect(widget, page_language(app.config, page), notebook, results):
            place = nodes.raw("", as_html(app.config, page, widget, data | {"rows": rows}), format="html")
            index = node.parent.index(node)
            if widget not in BEFORE:
                index += 1
            elif isinstance(node.parent[index - 1], nodes.raw):  # the beginning of a fold
                index -= 1
            node.parent.insert(index, place)


def found_places(doctree: nodes.document, page: str) -> dict[str, nodes.container]:
    """Return the widgets of a page that have their place on it, which is not so in every small book."""
    found = {widget: find_cell(doctree, cell) for widget, cell in places_of(page).items()}
    return {widget: node for widget, node in found.items() if node}


def find_cell(doctree: nodes.document, cell: str) -> nodes.container | None:
    """Return the container of a cell, or the first of a class; None where there is none."""
    for node in doctree.findall(nodes.container):
        # myst-nb keeps a cell's metadata and not its id; stage_book.py notes the one in the other.
        if cell in (node.get("cell_metadata", {}).get("id"), *node["classes"]):
            return node
    return None


def add_files(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load scripts and style on the pages that have a widget, and on no other."""
    widgets = [name for name in places_of(page) if f'data-widget="{name}"' in context.get("body", "")]
    files = [name for widget in widgets for name in (*MORE.get(widget, ()), f"widget_{widget}.js")]
    for name in ("widget.css", "widget.js", *files) if widgets else ():
        if name.endswith(".css"):
            app.add_css_file(name)
        else:
            app.add_js_file(name, loading_method="defer")


def write_rows(app: Sphinx, problem: Exception | None) -> None:
    """Write what is fetched: the images and scores of each row of a matrix, the quiz's, the network.

    The joined site has it once, so of its builds the source's writes it.
    """
    is_twin = app.config.bilingual_language not in ("", SOURCE.code)
    if problem is not None or app.builder.name != "html" or is_twin:
        return
    pages = {
        widget: page
        for page in filter(places_of, app.env.found_docs)
        for widget in found_places(app.env.get_doctree(page), page)
    }
    if pages:
        from widget_data import FETCHED

        results, folder = Path(app.config.widgets_results), Path(app.outdir) / ROWS
        for widget in FETCHED.keys() & pages:
            FETCHED[widget](Path(app.env.doc2path(pages[widget])), results, folder)


def setup(app: Sphinx) -> None:
    """Register the extension."""
    app.add_config_value("widgets_results", str(BOOK / "results"), "env")
    app.connect("doctree-read", add_widgets)
    app.connect("html-page-context", add_files, priority=600)
    app.connect("build-finished", write_rows)
