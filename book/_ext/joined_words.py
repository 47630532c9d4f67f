"""Places where a line must not end.

Before a Korean particle or a comma behind a bracket, code or a formula; within CIFAR-10, 0.25–0.30 or n = 1.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

JOINER = "\u2060"  # no width, no break
# Code and formulas are left as they are, and so is what stands within a tag.
APART = re.compile(r"(<(pre|code|math|script|style)\b.*?</\2>|<[^>]*>)", re.DOTALL)
PLACES = re.compile(r"(?<=[)\]%’”…])(?=[가-힣])|(?<=[A-Za-z가-힣]-)(?=[\d가-힣])|(?<=\d–)(?=\d)")
COUNT = re.compile(r"\bn = (?=\d)")
SIGN = re.compile(r" ([±−]) (?=\S)")
# What may stand between the end of code or of a formula and what must not begin a line.
BEHIND = re.compile(r"(</(?:code|math)>(?:</\w+>)*)(?=[가-힣.,;:!?)\]%’”…])")


def joined(text: str) -> str:
    """Return the words of a page with joiners between those that belong together."""
    return SIGN.sub("\u00a0\\1\u00a0", COUNT.sub("n\u00a0=\u00a0", PLACES.sub(JOINER, text)))


def join_words(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Join the words of a page's body, between its tags."""
    if "body" in context:
        pieces = APART.split(context["body"])
        # Words, then what is apart, then the name of its tag, and so on.
        whole = "".join(
            joined(piece) if place % 3 == 0 else piece
            for place, piece in enumerate(pieces)
            if place % 3 < 2
        )
        context["body"] = BEHIND.sub(rf"\1{JOINER}", whole)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("html-page-context", join_words, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
