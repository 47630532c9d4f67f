"""The rules of a style sheet, those within others included."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import tinycss2

# Rules that hold rules; in any other that begins with an @, such as a font, all is kept as it is.
NESTED = ("media", "supports", "layer")

Node = Any  # tinycss2 has no common type for what it parses


def parsed(sheet: str) -> list[Node]:
    """Return the rules of a sheet."""
    return tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)


def rewritten(rules: Iterable[Node], write: Callable[[Node], str]) -> Iterator[str]:
    """Yield the rules as text, those with a selector as ``write`` gives them; what becomes empty goes."""
    for rule in rules:
        if rule.type == "qualified-rule":
            text = write(rule)
        elif holds_rules(rule):
            kept = "\n".join(rewritten(inner(rule), write))
            text = kept and f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{\n{kept}\n}}"
        else:
            text = rule.serialize()
        if text:
            yield text


def holds_rules(rule: Node) -> bool:
    """Tell whether other rules stand between the brackets of a rule."""
    return rule.type == "at-rule" and rule.lower_at_keyword in NESTED and rule.content is not None


def inner(rule: Node) -> list[Node]:
    """Return the rules within a rule."""
    return tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)


def contents(rule: Node) -> list[Node]:
    """Return the declarations of a rule."""
    return tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
