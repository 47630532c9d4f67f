"""The style sheets of a built language: one in place of many, without the rules that no page can use.

The theme brings all of Bootstrap. A rule stays if the names in one of its selectors (of tags, classes and
ids) all stand in the markup of a page or in a string of a script, so that what a script adds to a page keeps
its style.
"""

import os
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import tinycss2
from pygments.lexers import JavascriptLexer
from pygments.token import String

from custom_properties import without_unread
from style_rules import Node, parsed, rewritten

BUNDLE = "_static/site.css"
LINK = re.compile(r'<link\b(?=[^>]*rel="stylesheet")[^>]*href="(?P<place>[^"?]+)[^"]*"[^>]*>\s*')
ADDRESS = re.compile(r'url\(\s*["\']?(?!data:|#)(?P<place>[^"\')]+)["\']?\s*\)')
WORD = re.compile(r"-?[A-Za-z_][\w-]*")


def join_styles(folder: Path) -> None:
    """Put the sheets that all pages of a language load into one, in their order; other sheets stay."""
    pages = {path: path.read_text("utf-8") for path in folder.glob("*.html")}
    scripts = [path.read_text("utf-8") for path in folder.glob("_static/**/*.js")]
    loaded = [[link["place"] for link in LINK.finditer(text)] for text in pages.values()]
    shared = [place for place in loaded[0] if all(place in places for places in loaded)]
    words = set().union(*map(words_of_page, pages.values()), *map(words_of_script, scripts))
    rules = [rule for place in shared for rule in read_sheet(folder / place, folder / BUNDLE)]
    for place in shared:
        (folder / place).unlink()
    others = [path.read_text("utf-8") for path in folder.glob("_static/**/*.css")]
    bundle = without_unread("\n".join(used(rules, words)), [*pages.values(), *scripts, *others])
    (folder / BUNDLE).write_text(bundle, "utf-8")
    for page, text in pages.items():
        page.write_text(with_bundle(text, shared), "utf-8")


def with_bundle(text: str, shared: list[str]) -> str:
    """Return a page that loads the bundle where it loaded the first of the shared sheets."""
    links = iter([f'<link rel="stylesheet" href="{BUNDLE}">\n'])
    return LINK.sub(lambda link: next(links, "") if link["place"] in shared else link[0], text)


def read_sheet(path: Path, target: Path) -> Iterator[Node]:
    """Yield the rules of a sheet and of those it imports; their addresses are those seen from ``target``."""

    def as_seen(address: re.Match[str]) -> str:
        return f'url("{Path(os.path.relpath(path.parent / address["place"], target.parent)).as_posix()}")'

    text = ADDRESS.sub(as_seen, path.read_text("utf-8"))
    for rule in parsed(text):
        keyword = rule.lower_at_keyword if rule.type == "at-rule" else None
        if keyword == "import":
            imported = next(token.value for token in rule.prelude if token.type == "string")
            yield from read_sheet(path.parent / imported, target)
        elif keyword != "charset":
            yield rule


class MarkupWords(HTMLParser):
    """Collects all that could be the name of a tag, a class or an id; the text of a page is none."""

    def __init__(self) -> None:
        super().__init__()
        self.words: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the name of the tag, and what its classes, its id and its data name."""
        self.words.add(tag)
        for name, value in attrs:
            if name in ("class", "id") or name.startswith("data-"):
                self.words.update(WORD.findall(value or ""))

    def handle_data(self, data: str) -> None:
        """Take the strings of a script that stands in the page."""
        if self.cdata_elem == "script":
            self.words.update(words_of_script(data))


def words_of_page(text: str) -> set[str]:
    """Return what could be a name in the markup of a page and in the scripts that stand in it."""
    parser = MarkupWords()
    parser.feed(text)
    parser.close()
    return parser.words


def words_of_script(text: str) -> set[str]:
    """Return what could be a name in the strings of a script."""
    strings = (value for kind, value in JavascriptLexer().get_tokens(text) if kind in String)
    return {word for string in strings for word in WORD.findall(string)}


def used(rules: Iterable[Node], words: set[str]) -> Iterator[str]:
    """Yield the rules that may apply to something, each as text."""

    def write(rule: Node) -> str:
        selectors = [part for part in split(rule.prelude) if names(part) <= words]
        prelude = ",".join(tinycss2.serialize(part).strip() for part in selectors)
        return f"{prelude}{{{tinycss2.serialize(rule.content).strip()}}}" if selectors else ""

    return rewritten(rules, write)


def split(prelude: list[Node]) -> list[list[Node]]:
    """Return the selectors between the commas."""
    parts: list[list[Node]] = [[]]
    for token in prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def names(selector: list[Node]) -> set[str]:
    """Return the tags, classes and ids that something must have; what stands in brackets is not asked."""
    found, before = set(), None
    for token in selector:
        if token.type == "hash" or (token.type == "ident" and before != ":"):
            found.add(token.value)
        before = token.value if token.type == "literal" else None
    return found
