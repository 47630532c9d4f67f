"""Code in as few pieces as it has colours."""

import re

from bs4 import BeautifulSoup
from pygments import highlight, lex
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pygments.token import Operator, Text

from code_colours import STYLES, FewPieces

CODE = '''@cache
def mean(values: list[float], n=-1.5e3) -> float:
    """Return the mean
    of values."""
    for x, y in zip(values, range(10)):  # 주석
        assert x is not None and y != 2, f"value {x:.2f} 'of'\\n {len(values)}"
    return 3 * sum(values) / max(1, len(values))

class Net(nn.Module):
    pass
'''


def colours_of(name: str) -> list[str]:
    """Return what each style says of a class of its own style sheet."""
    sheets = [HtmlFormatter(style=style).get_style_defs() for style in STYLES]
    return [(re.search(rf"^\.{name} {{ ([^}}]*) }}", sheet, re.MULTILINE) or [""] * 2)[1] for sheet in sheets]


def test_every_letter_keeps_its_colour_but_for_operators():
    pieces = BeautifulSoup(highlight(CODE, PythonLexer(), FewPieces()), "html.parser").pre
    shown = [(letter, (piece.parent.get("class") or [""])[0]) for piece in pieces.strings for letter in piece]
    tokens = [(Text if kind is Operator else kind, text) for kind, text in lex(CODE, PythonLexer())]
    said = [(letter, kind) for kind, text in tokens for letter in text]
    assert [letter for letter, _ in shown] == [letter for letter, _ in said]
    plain = [style.style_for_token(Text)["color"] for style in STYLES]
    for (letter, name), (_, kind) in zip(shown, said, strict=True):
        if letter.isspace():
            continue
        wanted = [style.style_for_token(kind)["color"] for style in STYLES]
        found = colours_of(name) if name else [f"color: #{colour}" for colour in plain]
        assert [each.upper() for each in found] == [f"color: #{colour}".upper() for colour in wanted], letter


def test_neighbours_of_one_colour_are_one_piece():
    pieces = BeautifulSoup(highlight(CODE, PythonLexer(), FewPieces()), "html.parser").select("pre span")
    found = [piece.get_text() for piece in pieces]
    assert 'f"value {' in found and not {"x", " ", "(", "!=", "f"} & set(found)
    before = BeautifulSoup(highlight(CODE, PythonLexer(), HtmlFormatter()), "html.parser").select("pre span")
    assert len(found) < len(before) / 2
