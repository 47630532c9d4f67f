"""A style sheet without the custom properties that nothing reads.

The themes define some six hundred of them. No rule, script or page asks for half, and yet a browser works all
of them out before it shows the first word.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import tinycss2

NAME = re.compile(r"--[\w-]+")
READ = re.compile(r"var\(\s*(--[\w-]+)")
# Rules that hold rules; in any other that begins with an @, all is kept as it is.
NESTED = ("media", "supports", "layer")

Node = Any  # tinycss2 has no common type for what it parses


def without_unread(sheet: str, elsewhere: Iterable[str]) -> str:
    """Return a sheet without the custom properties that are read neither in it nor in the texts elsewhere."""
    rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    read = {name for text in elsewhere for name in NAME.findall(text)}
    reads: dict[str, set[str]] = {}
    for name, text in declarations(rules):
        if NAME.fullmatch(name):
            reads.setdefault(name, set()).update(READ.findall(text))
        else:
            read.update(READ.findall(text))
    waiting = list(read)
    while waiting:  # a property that is read reads others
        new = reads.get(waiting.pop(), set()) - read
        read |= new
        waiting += new
    return "\n".join(without(rules, reads.keys() - read))


def declarations(rules: Iterable[Node]) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each declaration; a rule that is kept whole has no name."""
    for rule in rules:
        if rule.type == "qualified-rule":
            yield from ((part.name, part.serialize()) for part in contents(rule))
        elif holds_rules(rule):
            yield from declarations(inner(rule))
        else:
            yield "", rule.serialize()


def without(rules: Iterable[Node], unread: set[str]) -> Iterator[str]:
    """Yield the rules as text, without these properties; a rule that had no others goes."""
    for rule in rules:
        prelude = tinycss2.serialize(rule.prelude).strip()
        if rule.type == "qualified-rule":
            if parts := [part.serialize().strip() for part in contents(rule) if part.name not in unread]:
                yield f"{prelude}{{{';'.join(parts)}}}"
        elif holds_rules(rule):
            if kept := "\n".join(without(inner(rule), unread)):
                yield f"@{rule.at_keyword} {prelude}{{\n{kept}\n}}"
        else:
            yield rule.serialize()


def holds_rules(rule: Node) -> bool:
    """Tell whether other rules stand between the brackets of a rule."""
    return rule.type == "at-rule" and rule.lower_at_keyword in NESTED and rule.content is not None


def contents(rule: Node) -> list[Node]:
    """Return the declarations of a rule."""
    return tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)


def inner(rule: Node) -> list[Node]:
    """Return the rules within a rule."""
    return tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
