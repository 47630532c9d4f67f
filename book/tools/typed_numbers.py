"""Find measurements that were typed into prose: they grow stale, and no one sees it."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from display_words import ChapterCode, Words

FENCE = re.compile(r"\s*(?P<fence>`{3,}|~{3,}|:{3,})\s*(?P<info>.*)")
PROSE_DIRECTIVE = re.compile(r"\{(?!code|math|mermaid)")
# What is not prose outside the fences, in the order in which it has to go.
NOT_PROSE = [
    re.compile(r"<!--.*?-->", re.DOTALL),
    re.compile(r"^\s*:[\w-]+:.*$", re.MULTILINE),  # an option of a directive
    re.compile(r"(?:\{[\w:+-]+\})?(?P<tick>`+)(?!`).*?(?<!`)(?P=tick)(?!`)", re.DOTALL),  # code and roles
    re.compile(r"\$\$.*?\$\$|(?<![\\$])\$[^$\n]+\$", re.DOTALL),
    re.compile(r"(?<=\])\([^)\s]*\)|<?https?://[^\s)>]+>?"),  # where a link leads
    re.compile(r"</?[a-zA-Z][^>]*>"),
    re.compile(r"\b(?:arXiv|doi):\s?\S+", re.IGNORECASE),
    # Versions, licences and places in a paper are names, not measurements.
    re.compile(
        r"(?:Python|PyTorch|torch|torchvision|CUDA|CC BY(?:-NC-SA)?|OFL|[Ss]ections?|§)[ -]?\d+(?:\.\d+)+\+?"
        r"|\d+(?:\.\d+)+\s?절"
    ),
]
NUMBER = re.compile(r"(?<![A-Za-z0-9_.,])(\d[\d,]*(?:\.\d+)?)(?:\s?(%|％|퍼센트|per\s?cent))?(?!\.?\d)")
DEFINED = re.compile(r"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def split_code(markdown: str) -> tuple[str, str]:
    """Return a page without its code blocks, and the code; a directive's own text is prose."""
    text: list[str] = []
    code: list[str] = []
    open_fences: list[tuple[str, bool]] = []
    for line in markdown.split("\n"):
        match = FENCE.fullmatch(line)
        in_code = bool(open_fences) and open_fences[-1][1]
        closes = match and not match["info"] and open_fences and match["fence"].startswith(open_fences[-1][0])
        if closes:
            open_fences.pop()
        elif match and not in_code:
            prose = match["fence"][0] == ":" or PROSE_DIRECTIVE.match(match["info"])
            open_fences.append((match["fence"], not prose))
        else:
            (code if in_code else text).append(line)
    return "\n".join(text), "\n".join(code)


def measurements(markdown: str) -> Iterator[tuple[str, bool]]:
    """Yield each decimal number and each percentage of the prose, and whether it is in percent."""
    text = split_code(markdown)[0]
    for pattern in NOT_PROSE:
        text = pattern.sub(" ", text)
    for number, sign in NUMBER.findall(text):
        if sign or "." in number:
            yield number, bool(sign)


def typed_numbers(
    markdown: str, facts: Mapping[str, Mapping[str, Any]], code: Iterable[str] = ()
) -> Iterator[str]:
    """Yield the numbers that are neither a listed fact nor a definition visible in code on the page.

    Parameters
    ----------
    markdown
        The page, or one cell of it; the code blocks in it count as code of the page.
    facts
        ``alexnet_lib.facts.facts()``: a percentage needs a fact whose unit is ``%``.
    code
        The page's code cells.
    """
    values = [(str(fact["value"]), fact.get("unit") == "%") for fact in facts.values()]
    known = {(Decimal(value), percent) for value, percent in values if re.fullmatch(r"\d+(\.\d+)?", value)}
    all_code = "\n".join([*code, split_code(markdown)[1]])
    defined = {Decimal(number) for number in DEFINED.findall(all_code)}
    for number, percent in measurements(markdown):
        value = Decimal(number.replace(",", ""))
        is_fact = (value, True) in known or (not percent and (value, False) in known)
        if not is_fact and (value / 100 if percent else value) not in defined:
            yield f"{number} %" if percent else number


def written(text: Words) -> str:
    """Return what is typed in a string, with a sign in place of each placeholder."""
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    return "".join(part.value if isinstance(part, ast.Constant) else "□" for part in parts)


def words_and_code(sources: Iterable[str]) -> tuple[list[list[str]], list[str]]:
    """Return the words for the reader in each code cell of a chapter, and the code without them."""
    code = ChapterCode(sources)
    words = [code.words(cell) for cell in range(len(code.cells))]
    typed = [[written(text) for text in texts] for texts in words]
    for text in (text for texts in words for text in texts):
        for part in text.values if isinstance(text, ast.JoinedStr) else [text]:
            if isinstance(part, ast.Constant):
                part.value = ""
    return typed, [ast.unparse(tree) for tree in code.cells]
