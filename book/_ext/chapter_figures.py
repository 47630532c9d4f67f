"""The directive ``chapter-figure``: a figure out of an executed chapter, on another page.

    :::{chapter-figure} ../../notebooks/ko/08_confusion.ipynb
    :cells: matrix my-matrix
    :::

The first of the cells that shows a figure gives it, with its alternative text; no picture is committed. In
its own chapter a figure gets its number and caption here.
"""

import base64
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bilingual import page_language
from languages import words


class Figure(NamedTuple):
    """A picture as PNG, its alternative text, its width in pixels of the page, its cell, and its classes."""

    png: bytes
    alt: str
    width: int
    cell: str
    classes: list[str]


def figure_of(notebook: dict[str, Any], wanted: list[str]) -> Figure | None:
    """Return the figure of the first of some cells that shows one.

    Parameters
    ----------
    notebook
        As its JSON has it; a ``Picture`` has put text and width into the output's metadata.
    wanted
        Ids of cells, the best first.
    """
    cells = {cell.get("id"): cell for cell in notebook["cells"]}
    if unknown := [cell for cell in wanted if cell not in cells]:
        raise ValueError(f"there is no cell {', '.join(unknown)}")
    for cell in wanted:
        for output in cells[cell].get("outputs", []):
            if about := output.get("metadata", {}).get("image/png"):
                png = base64.b64decode("".join(output["data"]["image/png"]))
                return Figure(png, about["alt"], about["width"], cell, ["photo"] * about.get("photo", False))
    return None


class ChapterFigure(SphinxDirective):
    """Insert the figure; the page is read again when the notebook changes."""

    required_arguments = 1
    option_spec = {"cells": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Return the picture, or a sentence where the chapter has no outputs."""
        notebook = Path(self.env.relfn2path(self.arguments[0])[1])
        self.env.note_dependency(str(notebook))
        language = page_language(self.config, self.env.docname)
        if not self.config.bilingual_language:  # the pages of a plain build are not staged
            notebook = Path(self.env.srcdir, "_build/executed", language, notebook.name)
            self.env.note_dependency(str(notebook))
            if not notebook.is_file():
                return [nodes.paragraph("", words(language)["note"]["no-figure"])]
        try:
            found = figure_of(json.loads(notebook.read_text("utf-8")), self.options["cells"].split())
        except (OSError, ValueError) as problem:
            raise self.error(f"{self.arguments[0]}: {problem}") from None
        if found is None:
            return [nodes.paragraph("", words(language)["note"]["no-figure"])]
        file = Path(self.env.doctreedir) / "chapter_figures" / language / f"{notebook.stem}-{found.cell}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(found.png)
        # Sphinx copies what lies outside the pages as well, if its path is relative.
        here = Path(self.env.doc2path(self.env.docname)).parent
        uri = Path(os.path.relpath(file, here)).as_posix()
        image = nodes.image("", uri=uri, alt=found.alt, width=f"{found.width}px", classes=found.classes)
        return [nodes.figure("", image)]


def caption_figures(app: Sphinx, doctree: nodes.document) -> None:
    """Make the picture of a cell a figure, with the number that staging gave it, its title and its anchor."""
    for cell in list(doctree.findall(nodes.container)):
        about = cell.get("cell_metadata", {}).get("figure")
        for image in list(cell.findall(nodes.image)) if about else ():
            number = nodes.reference("", about["label"], refuri=f"#{about['place']}", internal=True)
            caption = nodes.caption("", "", nodes.strong("", "", number), nodes.Text(f" {about['title']}"))
            image.replace_self(nodes.figure("", image.deepcopy(), caption, ids=[about["place"]]))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("chapter-figure", ChapterFigure)
    app.connect("doctree-read", caption_figures, priority=100)  # before Sphinx looks for pictures to copy
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
