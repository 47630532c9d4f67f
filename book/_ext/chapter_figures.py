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
import re
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.utils.smartquotes import smartyPants
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from languages import words
from page_places import page_language


def figure_of(notebook: dict[str, Any], wanted: list[str]) -> tuple[str, dict[str, Any]] | None:
    """Return the first of some cells that shows a figure, and its output; None where none does.

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
    figures = (
        (cell, output)
        for cell in wanted
        for output in cells[cell].get("outputs", [])
        if "image/png" in output.get("metadata", {})
    )
    return next(figures, None)


class ChapterFigure(SphinxDirective):
    """Insert the figure; the page is read again when the notebook changes."""

    required_arguments = 1
    option_spec: ClassVar = {"cells": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Return the picture, or a sentence where the chapter has no outputs."""
        notebook = Path(self.env.relfn2path(self.arguments[0])[1])
        self.env.note_dependency(str(notebook))
        language = page_language(self.config, self.env.docname)
        absent = [nodes.paragraph("", words(language)["note"]["no-figure"])]
        if not self.config.bilingual_language:  # the pages of a plain build are not staged
            notebook = Path(self.env.srcdir, "_build/executed", language, notebook.name)
            self.env.note_dependency(str(notebook))
            if not notebook.is_file():
                return absent
        try:
            found = figure_of(json.loads(notebook.read_text("utf-8")), self.options["cells"].split())
        except (OSError, ValueError) as problem:
            raise self.error(f"{self.arguments[0]}: {problem}") from None
        if found is None:
            return absent
        cell, output = found
        file = Path(self.env.doctreedir) / "chapter_figures" / language / f"{notebook.stem}-{cell}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode("".join(output["data"]["image/png"])))
        # Sphinx copies what lies outside the pages as well, if its path is relative.
        here = Path(self.env.doc2path(self.env.docname)).parent
        uri, about = Path(os.path.relpath(file, here)).as_posix(), output["metadata"]["image/png"]
        image = nodes.image("", uri=uri, alt=about["alt"], width=f"{about['width']}px")
        image["classes"] += ["photo"] * about.get("photo", False)
        return [nodes.figure("", image)]


def caption_figures(app: Sphinx, doctree: nodes.document) -> None:
    """Make the picture of a cell a figure, with the number that staging gave it, its title and its anchor.

    One without a title is called after the heading above it, as tables are.
    """
    for cell in list(doctree.findall(nodes.container)):
        about = cell.get("cell_metadata", {}).get("figure")
        for image in list(cell.findall(nodes.image)) if about else ():
            number = nodes.reference("", about["label"], refuri=f"#{about['place']}", internal=True)
            title = smartyPants(about["title"]) or heading_above(image)
            title = title[:1].upper() + title[1:]
            caption = nodes.caption("", "", nodes.strong("", "", number), nodes.Text(f" {title}"))
            image.replace_self(nodes.figure("", image.deepcopy(), caption, ids=[about["place"]]))


def heading_above(node: nodes.Node) -> str:
    """Return the heading of the section that a node lies in, without the number of a step."""
    section = node.parent
    while not isinstance(section, nodes.section):
        section = section.parent
    return re.sub(r"^\d+\. ", "", section.next_node(nodes.title).astext())
