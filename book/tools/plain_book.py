"""The extension behind ``jupyter-book build .``: one plain book of both languages, in Jupyter Book's own way.

Pages are read where they lie; a notebook gets the outputs that ``make book`` has left in ``_build/executed``,
and where there are none the page says so. The published site is staged by ``build_site.py``, without this.
"""

from functools import cache
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from executed_rules import records
from notebook_files import as_text, chapters
from stage_book import GLUE, StaleNotebook, number_figures, stage_notebook, without_missing_numbers


@cache
def unfinished(root: Path, language: str) -> dict[str, set[str]]:
    """Return the chapters that were not executed to their end, each with the numbers that it recorded."""
    executed = root / "_build/executed" / language
    paths = chapters(root, language)
    staged = {path.name: stage_notebook(path, executed / path.name, root) for path in paths}
    return {name: set(records(notebook)) for name, (notebook, problem) in staged.items() if problem}


def read_page(app: Sphinx, page: str, content: list[str]) -> None:
    """Give a notebook its outputs, and a page a dash for each number that no run has recorded yet."""
    root, path = Path(app.srcdir), Path(app.env.doc2path(page))
    language = path.parent.name
    executed = root / "_build/executed" / language
    quoted = [path.name] if path.suffix == ".ipynb" else [glue["name"] for glue in GLUE.finditer(content[0])]
    for name in quoted:
        app.env.note_dependency(str(executed / name))
    try:
        if path.suffix == ".ipynb":
            notebook, _ = stage_notebook(path, executed / path.name, root)
            number_figures(notebook, path.name[:2], language, root / "_build/narrow")
            content[0] = as_text(notebook)
        elif quoted:
            content[0] = without_missing_numbers(content[0], unfinished(root, language))
    except StaleNotebook as problem:
        raise ExtensionError(str(problem)) from None


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("source-read", read_page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
