"""Buttons that lead to a page's real file: the published pages have lost their language folder."""

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from bilingual import BOOK, page_language


def folder(language: str, suffix: str) -> str:
    """Return where a page's source lies in the repository."""
    return f"{'notebooks' if suffix == '.ipynb' else 'book'}/{language}/"


def released() -> str:
    """Return the tag that the setup cells install, such as ``v0.1.0``."""
    source = (BOOK.parent / "alexnet_lib/version.py").read_text("utf-8")
    return "v" + re.search(r'^__version__ = "(.+)"$', source, re.MULTILINE)[1]


def set_folder(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Tell the theme the folder of the page for its edit and source buttons."""
    if doctree and app.config.bilingual_language:
        suffix = Path(app.env.doc2path(page)).suffix
        context["doc_path"] = folder(page_language(app.config, page), suffix)


def launch_address(address: str, branch: str, name: str, path: str) -> str:
    """Return the theme's address of a launch button with another version and place of the notebook.

    What is replaced is its end, for the owner, the repository and the branch may be called alike:
    ``.../blob/BRANCH/FILE`` for Colab, ``.../BRANCH?urlpath=lab/tree/FILE`` for Binder.
    """
    end = re.compile(rf"/{re.escape(branch)}(/|\?urlpath=.+/){re.escape(name)}$")
    return end.sub(lambda found: f"/{released()}{found[1]}{path}", address)


def correct_launches(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Open notebooks at the version whose library their setup cell installs, and in their own folder."""
    branch = app.config.html_theme_options["repository_branch"]
    name = f"{page}.ipynb"
    path = context.get("doc_path", "") + name
    for group in context.get("header_buttons", []):
        if group.get("label") != "launch-buttons":
            continue
        for button in group["buttons"]:
            button["url"] = launch_address(button["url"], branch, name, path)
            # The theme's pictures of the two services have neither a size nor a Korean text.
            button["icon"] = "fas fa-play"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("html-page-context", set_folder, priority=400)
    app.connect("html-page-context", correct_launches, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
