"""The directive ``recorded-runs``: the table of all recorded runs, in the page's language.

Its argument, if any, is a folder of ``book/results``: ``superseded`` for the records that were replaced.
"""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bilingual import page_language

RESULTS = Path(__file__).resolve().parents[1] / "results"


class RecordedRuns(SphinxDirective):
    """Insert the table; the page is read again when a record changes."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the nodes of the table."""
        # Here, because it takes seconds: the library brings torch with it.
        from results_table import results_table

        folder = RESULTS.joinpath(*self.arguments)
        for path in folder.glob("*.json"):
            self.env.note_dependency(str(path))
        table = results_table(folder, page_language(self.config, self.env.docname))
        return self.parse_text_to_nodes(table)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("recorded-runs", RecordedRuns)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
