"""MathJax, a megabyte, only on pages that have formulas of their own."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def drop_mathjax(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Undo what Sphinx does for a page whose table of contents leads to formulas."""
    if not app.env.get_domain("math").data["has_equations"].get(page):
        context["script_files"] = [file for file in context["script_files"] if not is_mathjax(file)]


def is_mathjax(file: Any) -> bool:
    """Tell MathJax and its settings from the other scripts of a page."""
    body = getattr(file, "attributes", {}).get("body") or ""
    return "mathjax" in str(getattr(file, "filename", file)) or "MathJax" in body


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("html-page-context", drop_mathjax, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
