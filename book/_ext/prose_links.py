"""From the prose of a chapter, links to the bibliography and to the glossary, and from there back.

The notebooks are plain Markdown and know no roles. ``(Krizhevsky, 2009)`` is a reference; what fits two
entries, or none, stays as it is. Of a term the first use is linked to its sentence, and found by how the book
marks it: in a language with letters of its own by the English in parentheses, ``합성곱(convolution)``, else
by bold, ``**convolution**``. There a term of several words needs no bold: mean may be a verb, a confusion
matrix is nothing else.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from docutils import nodes
from sphinx.application import Sphinx

from languages import LANGUAGES
from page_places import is_chapter, page_language, page_named

# Code, formulas and links keep what they are.
PROSE = (nodes.paragraph, nodes.strong, nodes.emphasis)
# He et al., 2016 within brackets, or He et al. (2016); He 외, 2016 and He 외(2016) in Korean.
REFERENCE = re.compile(
    r"(?P<name>[A-Z][\w-]*[a-z])(?: et al\.| and [A-Z]\w+| 외| 등|(?:[와과] |·)[A-Z][a-z]+)?"
    r"(?:, (?P<year>\d{4})(?=[;)])| ?\((?P<alone>\d{4})\))",
    re.ASCII,
)


@dataclass(frozen=True)
class Term:
    """A term of the glossary; ``plain`` and ``bold`` match it where a chapter introduces it.

    ``names`` are all by which it may be searched: in the glossary's source, a comment below the term
    (``% CNN, ConvNet``) adds those that the book itself does not use.
    """

    anchor: str
    names: list[str]
    plain: re.Pattern[str]
    bold: re.Pattern[str]
    sentence: str


def terms(glossary: nodes.document, language: str) -> Iterator[Term]:
    """Yield the terms of a glossary page: ``합성곱 (convolution)``, or ``convolution`` in English."""
    for item in glossary.findall(nodes.definition_list_item):
        term = item[0]
        own, _, english = term.astext().rstrip(")").partition(" (")
        names = own.split(", ")
        if LANGUAGES[language].letters:
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
        yield Term(term["ids"][0], known, *patterns, sentence)


def any_of(names: list[str]) -> str:
    """Return a pattern that matches each of the names, and nothing if there are none."""
    return f"(?:{'|'.join(map(re.escape, names))})" if names else "(?!)"


def is_prose(paragraph: nodes.paragraph) -> bool:
    """Tell whether the book's authors wrote a paragraph, and not a cell's output."""
    node = paragraph
    while node.parent:
        node = node.parent
        if isinstance(node, nodes.container):
            return False
    return True


def prose(chapter: nodes.document) -> list[nodes.paragraph]:
    """Return the paragraphs of a chapter that its authors wrote."""
    return list(filter(is_prose, chapter.findall(nodes.paragraph)))


def put_link(text: nodes.Text, begin: int, end: int, **about: str | list[str]) -> nodes.Text:
    """Make a part of a text a link; return what stands before it."""
    before = nodes.Text(text[:begin])
    link = nodes.reference("", text[begin:end], internal=True, **about)
    text.parent.replace(text, [piece for piece in (before, link, nodes.Text(text[end:])) if piece.astext()])
    return before


def first_use(paragraph: nodes.paragraph, term: Term, language: str) -> tuple[nodes.Text, int, int] | None:
    """Return the piece of text that introduces the term, and where in it the term begins and ends."""
    texts = list(paragraph.findall(nodes.Text))
    # What marks a Korean term stands behind the bold; what marks an English one is the bold.
    whole = "".join(texts)
    begin = 0
    for text in texts:
        pattern = term.bold if isinstance(text.parent, nodes.strong) else term.plain
        around, start = (whole, begin) if LANGUAGES[language].letters else (text, 0)
        found = pattern.search(around, start)
        if found and found.end() <= start + len(text) and isinstance(text.parent, PROSE):
            return text, found.start() - start, found.end() - start
        begin += len(text)
    return None


def link_first_uses(chapter: nodes.document, found: Iterable[Term], language: str, glossary: str) -> None:
    """Link the first use of each term to its sentence in the glossary, whose address is given."""
    paragraphs = prose(chapter)
    for term in found:
        uses = (first_use(paragraph, term, language) for paragraph in paragraphs)
        if use := next(filter(None, uses), None):
            address = f"{glossary}#{term.anchor}"
            put_link(*use, refuri=address, reftitle=term.sentence, classes=["glossary-term"])


def sections_of(
    chapter: nodes.document, found: list[Term], language: str
) -> Iterator[tuple[Term, nodes.section, bool]]:
    """Yield the terms that a chapter uses, each with a section, and whether that has it in bold."""
    paragraphs = prose(chapter)
    for term in found:
        uses = [(paragraph, first_use(paragraph, term, language)) for paragraph in paragraphs]
        known = [(isinstance(use[0].parent, nodes.strong), paragraph) for paragraph, use in uses if use]
        if known:
            is_bold, section = max(known, key=lambda use: use[0])  # the first in bold, else the first
            while not isinstance(section, nodes.section):
                section = section.parent
            yield term, section, is_bold


def add_ways_back(app: Sphinx, glossary: nodes.document, page: str, found: list[Term], language: str) -> None:
    """Add to each term of a glossary the chapters that introduce it in bold, else the first that uses it."""
    ways: dict[str, list[tuple[bool, nodes.reference]]] = {term.anchor: [] for term in found}
    for name in sorted(app.env.found_docs):
        if page_language(app.config, name) == language and is_chapter(app, name):
            number = app.env.titles[name].astext().partition(". ")[0]
            address = app.builder.get_relative_uri(page, name)
            for term, section, is_bold in sections_of(app.env.get_doctree(name), found, language):
                place = f"{address}#{section['ids'][0]}"
                ways[term.anchor].append((is_bold, nodes.reference("", number, internal=True, refuri=place)))
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
        add_ways_back(app, doctree, page, found, language)
    elif is_chapter(app, page):
        link_first_uses(doctree, found, language, app.builder.get_relative_uri(page, glossary))


def entries(app: Sphinx, page: str) -> dict[tuple[str, str], tuple[str, str]]:
    """Return address and text of each entry that its first author and its year tell from the others."""
    language = page_language(app.config, page)
    found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for citation in app.env.get_domain("cite").citations:
        there, authors = citation.bibliography_key.docname, citation.entry.persons.get("author", [])
        if authors and page_language(app.config, there) == language:
            name, year = " ".join(authors[0].last_names), citation.entry.fields["year"]
            address = f"{app.builder.get_relative_uri(page, there)}#{citation.citation_id}"
            text = citation.formatted_entry.text.render_as("text")
            found[name, year].append((address, " ".join(text.split())))
    return {about: places[0] for about, places in found.items() if len(places) == 1}


def link_entries(chapter: nodes.document, known: dict[tuple[str, str], tuple[str, str]]) -> None:
    """Link the references of a chapter to the addresses of their entries."""
    texts = [text for paragraph in prose(chapter) for text in paragraph.findall(nodes.Text)]
    for text in texts:
        for found in reversed(list(REFERENCE.finditer(text))) if isinstance(text.parent, PROSE) else ():
            if entry := known.get((found["name"], found["year"] or found["alone"])):
                about = {"refuri": entry[0], "reftitle": entry[1], "classes": ["citation-link"]}
                text = put_link(text, *found.span(), **about)


def link_references(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Link a chapter to the bibliography of its language."""
    if is_chapter(app, page):
        link_entries(doctree, entries(app, page))
