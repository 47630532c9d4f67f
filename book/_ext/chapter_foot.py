"""The foot of a chapter: when and with what it was run, and where to go from here.

``book/tools/stage_book.py`` notes the run in the notebook's metadata; a notebook that nobody ran has none.
"""

import datetime
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date
from docutils import nodes
from sphinx.application import Sphinx

from bilingual import page_named
from languages import LANGUAGES, words
from repository_links import folder, released

Piece = tuple[str, str | None]


def run_pieces(run: dict[str, Any], language: str, repository: str) -> list[Piece]:
    """Return what to say of a run, and the address behind each piece, if any."""
    said, pieces = words(language)["foot"], []
    if "date" in run:
        date = datetime.date.fromisoformat(run["date"])
        pieces.append((said["date"].format(format_date(date, "long", LANGUAGES[language].locale)), None))
    if "seconds" in run:
        pieces.append((said["seconds"].format(run["seconds"]), None))
    if "said" in run:
        pieces.append((run["said"], None))
    if "versions" in run:
        # The setup cell has named PyTorch's.
        others = {name: version for name, version in run["versions"].items() if name != "torch"}
        pieces.append((", ".join(f"{name} {version}" for name, version in others.items()), None))
    if "commit" in run:
        commit, _, dirty = run["commit"].partition("-")
        pieces.append((said["dirty" if dirty else "commit"].format(commit), f"{repository}/commit/{commit}"))
    return pieces


def report_address(repository: str, place: str, language: str) -> str:
    """Return the form for a report, with the chapter and its version filled in."""
    about = {"title": f"{place}: ", "body": f"{words(language)['foot']['questions']}{place}, {released()}\n"}
    return f"{repository}/issues/new?{urlencode(about)}"


def add_foot(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the template of the foot what it shows; pages that are no chapters have none."""
    if not doctree or not app.env.doc2path(page).endswith(".ipynb"):
        return
    language, options = context["language"], app.config.html_theme_options
    notebook = Path(app.env.doc2path(page))
    place = folder(language, ".ipynb") + notebook.name
    repository = options["repository_url"]
    run = json.loads(notebook.read_text("utf-8"))["metadata"].get("run", {})
    said, results = words(language)["foot"], page_named(app, "results", language)
    links = [
        (said["report"], report_address(repository, place, language)),
        (said["source"], f"{repository}/blob/{options['repository_branch']}/{place}"),
        (said["notebook"], context["pathto"](f"_sources/{context['sourcename']}", 1)),
    ]
    if results:
        links.append((said["results"], context["pathto"](results)))
    context["chapter_foot"] = {"run": run_pieces(run, language, repository), "links": links}


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    # After the page's language and twin are known, before the theme removes what is empty.
    app.connect("html-page-context", add_foot, priority=450)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
