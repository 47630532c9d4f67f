"""Questions answer a click: the script is loaded on the pages that ask one.

The notebooks hold a list of options and a fold with the reasons; a page without scripts needs no more.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def add_script(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the script where the page has a question."""
    if '<details class="question">' in context.get("body", ""):
        app.add_js_file("questions.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("html-page-context", add_script)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
