"""The directive ``recorded-runs``: a table of recorded runs, in the page's language.

Its arguments are patterns of the runs' names, as the shell has them; none shows all. ``:folder: superseded``
shows the records that were replaced.
"""

from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from languages import BOOK
from page_places import page_language

RESULTS = BOOK / "results"


class RecordedRuns(SphinxDirective):
    """Insert the table; the page is read again when a record changes."""

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar = {"folder": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return the nodes of the table."""
        # Here, because it takes seconds: the library brings torch with it.
        from results_table import results_table

        folder = RESULTS / self.options.get("folder", "")
        for path in folder.glob("*.json"):
            self.env.note_dependency(str(path))
        names = self.arguments[0].split() if self.arguments else ["*"]
        table = results_table(folder, page_language(self.config, self.env.docname), names)
        return self.parse_text_to_nodes(table)
