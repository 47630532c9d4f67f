"""Formulas as MathML, written when the book is built: no script, no jump, and screen readers read them."""

import re
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging

# What the converter leaves: a space behind the name of a function, and the room around a sign.
MENDS = (
    (r"(<mi>(?:ln|log)</mi>)", r'\1<mspace width="0.167em"/>'),
    (r"(<mo>&#x0003D;</mo>)<mo>&#x02212;</mo>", r'\1<mo form="prefix">&#x02212;</mo>'),
)

logger = logging.getLogger(__name__)


def mathml(node: nodes.Element, display: str) -> str:
    """Return a formula as ``<math>``; a command that the converter does not know is a warning."""
    formula = node.astext()
    converted = convert(formula, display=display)
    for pattern, mended in MENDS:
        converted = re.sub(pattern, mended, converted)
    if "\\" in converted:
        logger.warning("this formula has a command that cannot be converted: %s", formula, location=node)
    return converted


def visit_inline(translator: Any, node: nodes.Element) -> None:
    """Write a formula within a line."""
    translator.body.append(mathml(node, "inline"))
    raise nodes.SkipNode


def visit_block(translator: Any, node: nodes.Element) -> None:
    """Write a formula on a line of its own; on a narrow screen it scrolls."""
    translator.body.append(translator.starttag(node, "div", CLASS="math", tabindex="0"))
    translator.body.append(f"{mathml(node, 'block')}</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
