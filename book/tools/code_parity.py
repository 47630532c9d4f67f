"""The code of a chapter in two languages: the same syntax tree, but for the words that a reader sees.

A string is words where the source's holds letters of its language. Words say the same in both languages where
they hold the same placeholders and numerals, in any order. What stands as an index, is compared, or is handed
to what looks something up is equal to the letter. Words that reach such a place by way of a variable are not
followed there: the notebooks are run, and their numbers compared.
"""

import ast
import re
import string
from collections.abc import Iterator

from notebook_rules import holds_source_letters

# Fill, alignment and width of a format serve the length of the words; the rest is how a number is written.
FORMAT = re.compile(r"(?:.?[<>=^])?([-+ ]?z?#?)0?(?:\d+|\{.*?\})?([,_]?(?:\.(?:\d+|\{.*?\}))?[a-zA-Z%]?)")
NUMERAL = re.compile(r"\d[\d,]*(?:\.\d+)?")
WHOLE = (ast.stmt, ast.Call, ast.keyword, ast.Compare, ast.BinOp)
# What these are handed are keys, names and paths; the first of what these are, a key.
LOOKED_UP, ASKED = {"Path", "check", "load", "open", "record", "save", "say", "text"}, {"get", "pop"}

Words = ast.Constant | ast.JoinedStr


def is_text(node: object) -> bool:
    """Tell a string, with placeholders or without."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def excerpt(node: ast.AST) -> str:
    """Return a piece of code, short enough for a sentence."""
    words = " ".join(ast.unparse(node).split())
    return words if len(words) <= 80 else f"{words[:77]}..."


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
            key.exact = f"a key in {excerpt(node)}"
    return tree


def written(text: Words) -> str:
    """Return what is typed in a string, with a sign in place of each placeholder."""
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    return "".join(part.value if isinstance(part, ast.Constant) else "□" for part in parts)


def number_format(spec: str) -> str:
    """Return what a format says of a number: sign, grouping, precision and type."""
    found = FORMAT.fullmatch(spec)
    return "".join(found.groups()) if found else spec


def shape(node: object) -> str:
    """Return a syntax tree as text, with the strings masked that may be words."""
    if isinstance(node, list):
        return f"[{', '.join(map(shape, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    if is_text(node) and not hasattr(node, "exact"):
        placeholders, numerals = holds(node)
        return f"words({sorted(placeholders)}, {sorted(numerals)})"
    return f"{type(node).__name__}({', '.join(shape(value) for _, value in ast.iter_fields(node))})"


def holds(text: Words) -> tuple[dict[str, str], set[str]]:
    """Return the placeholders of a string, each with its own spelling, and the numerals, in no order."""
    typed, placeholders = [], {}
    for part in text.values if isinstance(text, ast.JoinedStr) else [text]:
        if isinstance(part, ast.FormattedValue):
            spec = number_format(ast.unparse(part.format_spec)[2:-1] if part.format_spec else "")
            shown = ast.unparse(ast.JoinedStr([part]))[2:-1]
            placeholders[f"{shape(part.value)}!{part.conversion}:{spec}"] = shown
        else:
            typed.append(part.value)
    try:  # it may be a template, filled in by format
        fields = list(string.Formatter().parse("\0".join(typed)))
    except ValueError:
        fields = [("\0".join(typed), None, "", "")]
    for _, name, spec, conversion in fields:
        if name is not None:
            placeholders[f"{name}!{conversion}:{number_format(spec)}"] = f"{{{name}}}"
    numerals = {number.replace(",", "") for field in fields for number in NUMERAL.findall(field[0])}
    return placeholders, numerals


def differences(source: object, translation: object) -> Iterator[str]:
    """Yield what differs between two syntax trees beside words, each as a phrase."""
    if isinstance(source, ast.AST) and isinstance(translation, ast.AST):
        if is_text(source) and is_text(translation):
            yield from word_differences(source, translation)
        elif type(source) is not type(translation):
            yield f"{excerpt(source)} and {excerpt(translation)}" if isinstance(source, WHOLE) else ""
        else:
            for field in source._fields:
                found = list(differences(getattr(source, field, None), getattr(translation, field, None)))
                # A name, a number or an operator is shown with what is around it.
                around = f"{excerpt(source)} and {excerpt(translation)}" if isinstance(source, WHOLE) else ""
                yield from (phrase or around for phrase in found)
    elif isinstance(source, list) and isinstance(translation, list):
        for pair in zip(source, translation, strict=False):
            yield from differences(*pair)
        shorter = min(len(source), len(translation))
        if rest := source[shorter:] + translation[shorter:]:
            yield f"{excerpt(rest[0])} stands in one of them alone"
    elif type(source) is not type(translation) or source != translation:
        yield ""


def word_differences(source: Words, translation: Words) -> Iterator[str]:
    """Yield what keeps two strings from saying the same in two languages."""
    if ast.dump(source) == ast.dump(translation):
        return
    pair = f"{excerpt(source)} and {excerpt(translation)}"
    reason = getattr(source, "exact", "") or getattr(translation, "exact", "")
    if not reason and not holds_source_letters(ast.unparse(source)):
        reason = "no words"
    if reason:
        yield f"{pair} must be equal to the letter, for such a string is {reason}"
        return
    (places, numbers), (other_places, other_numbers) = holds(source), holds(translation)
    both = places | other_places
    odd = [both[place] for place in sorted(places.keys() ^ other_places.keys())]
    odd += sorted(numbers ^ other_numbers)
    if odd:
        yield f"{pair} do not hold the same: {', '.join(dict.fromkeys(odd))}"
    elif not written(translation).strip():
        yield f"{pair}: one of them is empty"
