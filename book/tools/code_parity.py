"""The code of a chapter in two languages: the same syntax tree, but for the words that a reader sees.

A string is words where the source's holds letters of its language. Words say the same in both languages where
they hold the same placeholders and numerals, in any order. What stands as an index, is compared, or is handed
to what looks something up is equal to the letter. Words that reach such a place by way of a variable are not
followed there: the notebooks are run, and their numbers compared.
"""

import ast
import re
import string
from itertools import zip_longest

from notebook_rules import holds_source_letters

# Fill, alignment and width of a format serve the length of the words; the rest is how a number is written.
FORMAT = re.compile(r"(?:.?[<>=^])?([-+ ]?z?#?)0?(?:\d+|\{.*?\})?([,_]?(?:\.(?:\d+|\{.*?\}))?[a-zA-Z%]?)")
NUMERAL = re.compile(r"\d[\d,]*(?:\.\d+)?")
# What these are handed are keys, names and paths; the first of what these are, a key.
LOOKED_UP, ASKED = {"Path", "check", "load", "open", "record", "save", "say", "text"}, {"get", "pop"}

Words = ast.Constant | ast.JoinedStr


def is_text(node: object) -> bool:
    """Tell a string, with placeholders or without."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def parsed(source: str) -> ast.Module:
    """Return the syntax tree of a cell without docstrings; strings that are no words are marked ``exact``."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
        looked_up = []
        match node:
            case ast.Subscript():
                looked_up = [node.slice]
            case ast.Compare():
                looked_up = [node.left, *node.comparators]
            case ast.FormattedValue(_, _, ast.JoinedStr() as form):
                looked_up = [form]
            case ast.Call(ast.Name(name) | ast.Attribute(_, name), places) if name in LOOKED_UP | ASKED:
                looked_up = places if name in LOOKED_UP else places[:1]
        for key in (part for one in looked_up for part in ast.walk(one) if is_text(part)):
            key.exact = True
    return tree


def texts(tree: ast.Module) -> list[Words]:
    """Return the strings of a cell, without those in the placeholders of others."""
    found = [node for node in ast.walk(tree) if is_text(node)]
    inside = {part for text in found if isinstance(text, ast.JoinedStr) for part in list(ast.walk(text))[1:]}
    return [text for text in found if text not in inside]


def written(text: Words) -> str:
    """Return what is typed in a string, with a sign in place of each placeholder."""
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    return "".join(part.value if isinstance(part, ast.Constant) else "□" for part in parts)


def number_format(spec: str) -> str:
    """Return what a format says of a number: sign, grouping, precision and type."""
    found = FORMAT.fullmatch(spec)
    return "".join(found.groups()) if found else spec


class Masked(ast.NodeTransformer):
    """Put in the place of words what they hold."""

    def __init__(self, words: set[Words]) -> None:
        self.words = words

    def visit(self, node: ast.AST) -> ast.AST:
        """Return the node, or what stands for it."""
        return ast.Name(holds(node)) if node in self.words else self.generic_visit(node)


def within(text: Words) -> set[Words]:
    """Return the strings in the placeholders of another, without those that are exact."""
    values = text.values if isinstance(text, ast.JoinedStr) else []
    parts = (node for part in values if isinstance(part, ast.FormattedValue) for node in ast.walk(part.value))
    return {node for node in parts if is_text(node) and not hasattr(node, "exact")}


def holds(text: Words) -> str:
    """Return the placeholders of a string and its numerals, in no order; words among the former masked."""
    typed, found, inner = [], set(), within(text)
    for part in text.values if isinstance(text, ast.JoinedStr) else [text]:
        if isinstance(part, ast.FormattedValue):
            value = ast.unparse(Masked(inner).visit(part.value))
            spec = ast.unparse(part.format_spec)[2:-1] if part.format_spec else ""
            found.add(placeholder(value, chr(part.conversion) if part.conversion > 0 else "", spec))
        else:
            typed.append(part.value)
    try:  # it may be a template, filled in by format
        fields = list(string.Formatter().parse("\0".join(typed)))
    except ValueError:
        fields = [("\0".join(typed), None, "", "")]
    is_filled = isinstance(text, ast.JoinedStr)  # whose own braces are doubled
    for _, name, spec, conversion in fields:
        if name is not None:
            field = placeholder(name, conversion, spec)
            found.add(f"{{{field}}}" if is_filled else field)
    found |= {number.replace(",", "") for field in fields for number in NUMERAL.findall(field[0])}
    return f"{'f' * is_filled}‹{' '.join(sorted(found)) or 'words' * bool(written(text).strip())}›"


def placeholder(value: str, conversion: str | None, spec: str) -> str:
    """Return a value within words, as both languages are to write it."""
    form = number_format(spec)
    return "{" + value + f"!{conversion}" * bool(conversion) + f":{form}" * bool(form) + "}"


def difference(source: str, translation: str) -> str:
    """Return the first line in which two cells of code differ beside their words, as both have it, or ""."""
    trees = [parsed(code) for code in (source, translation)]
    words: set[Words] = set()
    for first, second in zip(*map(texts, trees), strict=False):
        if holds_source_letters(ast.unparse(first)) and not hasattr(first, "exact"):
            words |= {first, second}
            # In a placeholder, too, a string without letters of the source is no words: both have it.
            same = {ast.unparse(part) for part in within(first)}
            same = {part for part in same if not holds_source_letters(part)}
            for part in within(first) | within(second):
                if ast.unparse(part) in same:
                    part.exact = True
    lines = [ast.unparse(Masked(words).visit(tree)).split("\n") for tree in trees]
    differing = (pair for pair in zip_longest(*lines, fillvalue="nothing") if len({*pair}) > 1)
    return " and ".join(next(differing, ()))
