"""The directive ``practice-table``: the exercises and questions of each chapter, and minutes for them."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bilingual import page_language
from chapter_list import CHAPTER
from languages import words
from notebook_files import read
from practice_cells import exercises, questions

# A guess of the authors, and called so on the page: a fault takes longer to find than a number to work out.
MINUTES_EXERCISE, MINUTES_QUESTION = 5, 1


class PracticeTable(SphinxDirective):
    """Insert the table; the page is read again when a chapter changes."""

    def run(self) -> list[nodes.Node]:
        """Return the nodes of the table."""
        language = page_language(self.config, self.env.docname)
        head = words(language)["practice"]["table"]
        rows = [f"| {' | '.join(head)} |", "|---|---|---:|---:|"]
        for page in sorted(filter(CHAPTER.fullmatch, self.env.found_docs)):
            path = Path(self.env.doc2path(page))
            if page_language(self.config, page) != language or path.suffix != ".ipynb":
                continue
            self.env.note_dependency(str(path))
            notebook = read(path)
            tasks = [cells.title for cells in exercises(notebook)]
            asked = len(list(questions(notebook)))
            minutes = len(tasks) * MINUTES_EXERCISE + asked * MINUTES_QUESTION
            if minutes:
                rows.append(f"| [](/{page}.ipynb) | {' · '.join(tasks)} | {asked} | {minutes} |")
        return self.parse_text_to_nodes("\n".join(rows)) if len(rows) > 2 else []


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("practice-table", PracticeTable)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
