"""Links from the chapters to the glossary, and from there back.

Of a term the first use is linked to its sentence, and found by how the book marks it: in a language with
letters of its own by the English in parentheses, ``합성곱(convolution)``, else by bold, ``**convolution**``.
There a term of several words needs no bold: mean may be a verb, a confusion matrix is nothing else.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from docutils import nodes
from sphinx.application import Sphinx

from chapter_prose import PROSE, prose, put_link
from languages import LANGUAGES
from page_places import is_chapter, page_language, page_named


@dataclass(frozen=True)
class Term:
    """A term of the glossary; ``plain`` and ``bold`` match it where a chapter introduces it.

    ``names`` are all by which it may be searched: in the glossary's source, a comment below the term
    (``% CNN, ConvNet``) adds those that the book itself does not use. Where English ``follows`` in
    parentheses, it may stand behind the bold.
    """

    anchor: str
    names: list[str]
    plain: re.Pattern[str]
    bold: re.Pattern[str]
    sentence: str
    follows: bool


def terms(glossary: nodes.document, language: str) -> Iterator[Term]:
    """Yield the terms of a glossary page: ``합성곱 (convolution)``, or ``convolution`` in English."""
    for item in glossary.findall(nodes.definition_list_item):
        term = item[0]
        own, _, english = term.astext().rstrip(")").partition(" (")
        names, follows = own.split(", "), bool(LANGUAGES[language].letters)
        if follows:
            # 정규분포(normal distribution) is no first use of 분포(distribution).
            listed = rf"(?:[^)]*, )?{any_of(english.split(', '))}(?:, [^)]*)?"
            plain = bold = rf"(?<![가-힣]){any_of(names)}(?=\({listed}\))"
        else:
            plain = rf"\b{any_of([name for name in names if re.search('[ -]', name)])}\b"
            bold = rf"^{any_of(names)}[sd]?(?= \(|$)"
        apart = (nodes.raw, nodes.comment)
        texts = (text for text in item[-1].findall(nodes.Text) if not isinstance(text.parent, apart))
        # An English definition begins with the Korean name.
        sentence = "".join(texts).rpartition(" · ")[2]
        patterns = (re.compile(pattern, re.IGNORECASE) for pattern in (plain, bold))
        also = [name for note in item.findall(nodes.comment) for name in note.astext().split(", ")]
        known = [name for name in (*names, *english.split(", "), *also) if name]
        yield Term(term["ids"][0], known, *patterns, sentence, follows)


def any_of(names: list[str]) -> str:
    """Return a pattern that matches each of the names, and nothing if there are none."""
    return f"(?:{'|'.join(map(re.escape, names))})" if names else "(?!)"


def first_use(paragraph: nodes.paragraph, term: Term) -> tuple[nodes.Text, int, int] | None:
    """Return the piece of text that introduces the term, and where in it the term begins and ends."""
    texts = list(paragraph.findall(nodes.Text))
    whole = "".join(texts)
    begin = 0
    for text in texts:
        pattern = term.bold if isinstance(text.parent, nodes.strong) else term.plain
        around, start = (whole, begin) if term.follows else (text, 0)
        found = pattern.search(around, start)
        if found and found.end() <= start + len(text) and isinstance(text.parent, PROSE):
            return text, found.start() - start, found.end() - start
        begin += len(text)
    return None


def uses(paragraphs: list[nodes.paragraph], term: Term) -> Iterator[tuple[nodes.Text, int, int]]:
    """Yield the first use of a term in each paragraph that has one."""
    yield from filter(None, (first_use(paragraph, term) for paragraph in paragraphs))


def link_first_uses(chapter: nodes.document, found: Iterable[Term], glossary: str) -> None:
    """Link the first use of each term to its sentence in the glossary, whose address is given."""
    paragraphs = prose(chapter)
    for term in found:
        if use := next(uses(paragraphs, term), None):
            address = f"{glossary}#{term.anchor}"
            put_link(*use, refuri=address, reftitle=term.sentence, classes=["glossary-term"])


def add_ways_back(app: Sphinx, glossary: nodes.document, page: str, found: list[Term]) -> None:
    """Add to each term of a glossary the chapters that introduce it in bold, else the first that uses it."""
    ways: dict[str, list[tuple[bool, nodes.reference]]] = {term.anchor: [] for term in found}
    language = page_language(app.config, page)
    for name in sorted(app.env.found_docs):
        if page_language(app.config, name) == language and is_chapter(app, name):
            number = app.env.titles[name].astext().partition(". ")[0]
            paragraphs = prose(app.env.get_doctree(name))
            for term in found:
                known = [(isinstance(text.parent, nodes.strong), text) for text, *_ in uses(paragraphs, term)]
                if known:
                    is_bold, node = max(known, key=lambda use: use[0])  # the first in bold, else the first
                    while not isinstance(node, nodes.section):
                        node = node.parent
                    place = f"{app.builder.get_relative_uri(page, name)}#{node['ids'][0]}"
                    link = nodes.reference("", number, internal=True, refuri=place)
                    ways[term.anchor].append((is_bold, link))
    for item in glossary.findall(nodes.definition_list_item):
        known = ways[item[0]["ids"][0]]
        for link in [link for is_bold, link in known if is_bold] or [link for _, link in known[:1]]:
            item[-1][0].extend([nodes.Text(" → "), link])


def link_terms(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Link a chapter to the glossary of its language, where there is one, and the glossary to chapters."""
    language = page_language(app.config, page)
    glossary = page_named(app, "glossary", language)
    if not glossary:
        return
    found = list(terms(app.env.get_doctree(glossary), language))
    if page == glossary:
        add_ways_back(app, doctree, page, found)
    elif is_chapter(app, page):
        link_first_uses(doctree, found, app.builder.get_relative_uri(page, glossary))
