"""Find measurements that were typed into prose: they grow stale, and no one sees it."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from code_parity import is_text, parsed, written

MARKDOWN = MarkdownIt("gfm-like")
for plugin in (colon_fence_plugin, dollarmath_plugin, front_matter_plugin, myst_role_plugin):
    MARKDOWN.use(plugin)
DIRECTIVE = re.compile(r"\{(?!code|math|mermaid)")
OPTION = re.compile(r"^\s*:[\w-]+:.*$", re.MULTILINE)
# Versions, licences and places in a paper are names, not measurements.
NAMES = re.compile(
    r"\b(?:arXiv|doi):\s?\S+"
    r"|(?:Python|PyTorch|torch|torchvision|CUDA|CC BY(?:-NC-SA)?|OFL|[Ss]ections?|§)[ -]?\d+(?:\.\d+)+\+?"
    r"|\d+(?:\.\d+)+\s?절",
    re.IGNORECASE,
)
NUMBER = re.compile(r"(?<![A-Za-z0-9_.,])(\d[\d,]*(?:\.\d+)?)(?:\s?(%|％|퍼센트|per\s?cent))?(?!\.?\d)")
DEFINED = re.compile(r"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def split_code(markdown: str) -> tuple[str, str]:
    """Return the prose of a page, and its code; a directive's own text is prose."""
    prose: list[str] = []
    code: list[str] = []
    for token in MARKDOWN.parse(markdown):
        if token.type == "inline":
            pairs = pairwise([token, *token.children])
            read = (child.type in ("text", "image") and before.info != "auto" for before, child in pairs)
            shown = zip(token.children, read, strict=True)  # not code, roles, formulas, bare addresses
            prose.append("".join(child.content if is_read else " " for child, is_read in shown))
        elif token.type == "front_matter":
            prose.append(token.content)
        elif token.type == "code_block" or (token.type == "fence" and not DIRECTIVE.match(token.info)):
            code.append(token.content)
        elif token.type in ("fence", "colon_fence"):
            inner_prose, inner_code = split_code(OPTION.sub("", token.content))
            prose.append(inner_prose)
            code.append(inner_code)
    return "\n".join(prose), "\n".join(code)


def measurements(markdown: str) -> Iterator[tuple[str, bool]]:
    """Yield each decimal number and each percentage of the prose, and whether it is in percent."""
    for number, sign in NUMBER.findall(NAMES.sub(" ", split_code(markdown)[0])):
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
        ``alexnet_lib.records.facts()``: a percentage needs a fact whose unit is ``%``.
    code
        The page's code cells.
    """
    found = list(measurements(markdown))
    if not found:  # as in most cells: no need to look through the code of the page
        return
    values = [(str(fact["value"]), fact.get("unit") == "%") for fact in facts.values()]
    known = {(Decimal(value), percent) for value, percent in values if re.fullmatch(r"\d+(\.\d+)?", value)}
    all_code = "\n".join([*code, split_code(markdown)[1]])
    defined = {Decimal(number) for number in DEFINED.findall(all_code)}
    for number, percent in found:
        value = Decimal(number.replace(",", ""))
        is_fact = (value, True) in known or (not percent and (value, False) in known)
        if not is_fact and (value / 100 if percent else value) not in defined:
            yield f"{number} %" if percent else number


def words_and_code(sources: Iterable[str]) -> tuple[list[list[str]], list[str]]:
    """Return the strings in each code cell of a chapter that may be words, and the code without them."""
    typed, code = [], []
    for tree in map(parsed, sources):
        nodes = [node for node in ast.walk(tree) if is_text(node)]
        inside = {part for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
        texts = [node for node in nodes if node not in inside and not hasattr(node, "exact")]
        typed.append([written(text) for text in texts])
        for text in texts:
            for part in text.values if isinstance(text, ast.JoinedStr) else [text]:
                if isinstance(part, ast.Constant):
                    part.value = ""
        code.append(ast.unparse(tree))
    return typed, code
