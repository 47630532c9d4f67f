"""A style sheet without the custom properties that nothing reads.

The themes define some six hundred of them, and no rule, script or page asks for half.
"""

import re
from collections.abc import Iterable, Iterator

import tinycss2

from style_rules import Node, contents, holds_rules, inner, parsed, rewritten

NAME = re.compile(r"--[\w-]+")
READ = re.compile(r"var\(\s*(--[\w-]+)")


def without_unread(sheet: str, elsewhere: Iterable[str]) -> str:
    """Return a sheet without the custom properties that are read neither in it nor in the texts elsewhere."""
    rules = parsed(sheet)
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
    unread = reads.keys() - read

    def write(rule: Node) -> str:
        parts = [part.serialize().strip() for part in contents(rule) if part.name not in unread]
        return f"{tinycss2.serialize(rule.prelude).strip()}{{{';'.join(parts)}}}" if parts else ""

    return "\n".join(rewritten(rules, write))


def declarations(rules: Iterable[Node]) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each declaration; a rule that is kept whole has no name."""
    for rule in rules:
        if rule.type == "qualified-rule":
            yield from ((part.name, part.serialize()) for part in contents(rule))
        elif holds_rules(rule):
            yield from declarations(inner(rule))
        else:
            yield "", rule.serialize()
