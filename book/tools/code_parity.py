"""The code of a chapter in two languages: the same syntax tree, but for the words that a reader sees."""

import ast
import re
import string
from collections.abc import Iterator

from display_words import ChapterCode, Words, excerpt, is_text

# Fill, alignment and width of a format serve the length of the words; the rest is how a number is written.
FORMAT = re.compile(r"(?:.?[<>=^])?([-+ ]?z?#?)0?(?:\d+|\{.*?\})?([,_]?(?:\.(?:\d+|\{.*?\}))?[a-zA-Z%]?)")
NUMERAL = re.compile(r"\d[\d,]*(?:\.\d+)?")
WHOLE = (ast.stmt, ast.Call, ast.keyword, ast.Compare, ast.BinOp)


def number_format(spec: str) -> str:
    """Return what a format says of a number: sign, grouping, precision and type."""
    found = FORMAT.fullmatch(spec)
    return "".join(found.groups()) if found else spec


def shape(node: object, code: ChapterCode) -> str:
    """Return a syntax tree as text, with words for the reader masked."""
    if isinstance(node, list):
        return f"[{', '.join(shape(part, code) for part in node)}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    if is_text(node) and not code.misuse(node):
        placeholders, numerals = holds(node, code)
        return f"words({sorted(placeholders)}, {sorted(numerals)})"
    fields = [shape(value, code) for _, value in ast.iter_fields(node)]
    return f"{type(node).__name__}({', '.join(fields)})"


def holds(text: Words, code: ChapterCode) -> tuple[dict[str, str], set[str]]:
    """Return the placeholders of a string, each with its own spelling, and the numerals, in no order."""
    written, placeholders = [], {}
    for part in text.values if isinstance(text, ast.JoinedStr) else [text]:
        if isinstance(part, ast.FormattedValue):
            spec = number_format(ast.unparse(part.format_spec)[2:-1] if part.format_spec else "")
            shown = ast.unparse(ast.JoinedStr([part]))[2:-1]
            placeholders[f"{shape(part.value, code)}!{part.conversion}:{spec}"] = shown
        else:
            written.append(part.value)
    try:  # it may be a template, filled in by format
        fields = list(string.Formatter().parse("\0".join(written)))
    except ValueError:
        fields = [("\0".join(written), None, "", "")]
    for _, name, spec, conversion in fields:
        if name is not None:
            placeholders[f"{name}!{conversion}:{number_format(spec)}"] = f"{{{name}}}"
    numerals = {number.replace(",", "") for field in fields for number in NUMERAL.findall(field[0])}
    return placeholders, numerals


def differences(source: object, translation: object, codes: tuple[ChapterCode, ChapterCode]) -> Iterator[str]:
    """Yield what differs between two syntax trees beside words, each as a phrase."""
    if isinstance(source, ast.AST) and isinstance(translation, ast.AST):
        if is_text(source) and is_text(translation):
            yield from word_differences(source, translation, codes)
        elif type(source) is not type(translation):
            yield f"{excerpt(source)} and {excerpt(translation)}" if isinstance(source, WHOLE) else ""
        else:
            for field in source._fields:
                pair = getattr(source, field, None), getattr(translation, field, None)
                found = list(differences(*pair, codes))
                # A name, a number or an operator is shown with what is around it.
                around = f"{excerpt(source)} and {excerpt(translation)}" if isinstance(source, WHOLE) else ""
                yield from (phrase or around for phrase in found)
    elif isinstance(source, list) and isinstance(translation, list):
        for pair in zip(source, translation, strict=False):
            yield from differences(*pair, codes)
        shorter = min(len(source), len(translation))
        if rest := source[shorter:] + translation[shorter:]:
            yield f"{excerpt(rest[0])} stands in one of them alone"
    elif type(source) is not type(translation) or source != translation:
        yield ""


def word_differences(
    source: Words, translation: Words, codes: tuple[ChapterCode, ChapterCode]
) -> Iterator[str]:
    """Yield what keeps two strings from saying the same in two languages."""
    if ast.dump(source) == ast.dump(translation):
        return
    pair = f"{excerpt(source)} and {excerpt(translation)}"
    for text, code in zip((source, translation), codes, strict=True):
        if reason := code.misuse(text):
            yield f"{pair} must be equal to the letter, for such a string is {reason}"
            return
    (places, numbers), (other_places, other_numbers) = (
        holds(text, code) for text, code in zip((source, translation), codes, strict=True)
    )
    both = places | other_places
    odd = [both[place] for place in sorted(places.keys() ^ other_places.keys())]
    odd += sorted(numbers ^ other_numbers)
    if odd:
        yield f"{pair} do not hold the same: {', '.join(dict.fromkeys(odd))}"
    elif {ast.unparse(source), ast.unparse(translation)} & {"''", '""'}:
        yield f"{pair}: one of them is empty"
