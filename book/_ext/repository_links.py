"""What leads from a page to its file: the buttons above it, and the foot of a chapter.

The foot tells when and with what a chapter was run, as ``book/tools/stage_book.py`` notes it in the
notebook's metadata; a notebook that nobody ran has none.
"""

import datetime
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date
from sphinx.application import Sphinx

from languages import LANGUAGES, words
from notebook_files import launch_links, reference
from page_places import is_chapter, page_language, page_named

Piece = tuple[str, str | None]


def source_folder(app: Sphinx, page: str) -> str:
    """Return the folder of a page's source, which the address of a published page has lost."""
    language = app.config.bilingual_language
    return f"{'notebooks' if is_chapter(app, page) else 'book'}/{language}/" if language else ""


def correct_launches(app: Sphinx, page: str, context: dict[str, Any]) -> None:
    """Open notebooks at the version whose library their setup cell installs, and in their own folder."""
    for group in context.get("header_buttons", []):
        if group.get("label") == "launch-buttons":
            links = launch_links(page.rsplit("/", 1)[-1], page_language(app.config, page), reference())
            for button in group["buttons"]:
                button["url"] = links[button["text"]]
                # The theme's pictures of the two services have neither a size nor a Korean text.
                button["icon"] = "fas fa-play"


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
    about = {"title": f"{place}: ", "body": f"{words(language)['foot']['questions']}{place}, {reference()}\n"}
    return f"{repository}/issues/new?{urlencode(about)}"


def add_foot(app: Sphinx, page: str, context: dict[str, Any]) -> None:
    """Give the template of a chapter's foot what it shows."""
    language, options = context["language"], app.config.html_theme_options
    notebook, repository = Path(app.env.doc2path(page)), options["repository_url"]
    place = f"notebooks/{language}/{notebook.name}"
    run = json.loads(notebook.read_text("utf-8"))["metadata"].get("run", {})
    said = words(language)["foot"]
    links = [
        (said["report"], report_address(repository, place, language)),
        (said["source"], f"{repository}/blob/{options['repository_branch']}/{place}"),
        (said["notebook"], context["pathto"](f"_sources/{context['sourcename']}", 1)),
    ]
    if results := page_named(app, "results", language):
        links.append((said["results"], context["pathto"](results)))
    context["chapter_foot"] = {"run": run_pieces(run, language, repository), "links": links}
