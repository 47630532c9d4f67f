"""Formulas as MathML, written when the book is built: no script, no jump, and screen readers read them."""

from html import escape
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging

logger = logging.getLogger(__name__)


def mathml(node: nodes.Element, is_block: bool) -> str:
    """Return a formula as ``<math>``; what cannot be converted is a warning, and stays as it is."""
    try:
        converted = tex2mathml(node.astext(), as_block=is_block)
    except MathError as problem:
        logger.warning("this formula cannot be converted: %s", problem, location=node)
        return f"<code>{escape(node.astext())}</code>"
    # Browsers leave no room behind the name of a function.
    return converted.replace("<mo>&ApplyFunction;</mo>", '<mspace width="0.167em"/>')


def visit_inline(translator: Any, node: nodes.Element) -> None:
    """Write a formula within a line."""
    translator.body.append(mathml(node, False))
    raise nodes.SkipNode


def visit_block(translator: Any, node: nodes.Element) -> None:
    """Write a formula on a line of its own; on a narrow screen it scrolls."""
    translator.body.append(translator.starttag(node, "div", CLASS="math", tabindex="0"))
    translator.body.append(f"{mathml(node, True)}</div>\n")
    raise nodes.SkipNode
