"""Scripts wait until the page has been read, so that nothing waits for them."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

# Small, and lines within the page need it at once.
AT_ONCE = "documentation_options.js"


def defer_scripts(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Let the browser fetch every script beside its other work, and run them in their order."""
    for file in context["script_files"]:
        if file.filename and AT_ONCE not in str(file.filename):
            file.attributes.setdefault("defer", "defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("html-page-context", defer_scripts, priority=950)  # when all scripts are there
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
