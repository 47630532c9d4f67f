"""The first column of a table heads its rows, for who hears the table, if it names each row by a word."""

import re
from typing import Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

WORD = re.compile(r"[^\W\d_]{2}")


class RowHeaders(SphinxPostTransform):
    """Mark the column as headers; what Markdown writes knows only those of columns."""

    default_priority = 800  # after the outputs of cells have been put in
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Look at the tables of a page."""
        for group in self.document.findall(nodes.tgroup):
            names = [row[0].astext() for body in group.findall(nodes.tbody) for row in body]
            if len(names) == len(set(names)) > 1 and all(map(WORD.search, names)):
                next(group.findall(nodes.colspec))["stub"] = 1
