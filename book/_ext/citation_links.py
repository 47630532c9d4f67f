"""Links from the chapters to the bibliography.

``(Krizhevsky, 2009)`` is a reference; what fits two entries, or none, stays as it is.
"""

import re
from collections import defaultdict

from docutils import nodes
from sphinx.application import Sphinx

from chapter_prose import PROSE, prose, put_link
from page_places import is_chapter, page_language

# He et al., 2016 within brackets, or He et al. (2016); He 외, 2016 and He 외(2016) in Korean.
REFERENCE = re.compile(
    r"(?P<name>[A-Z][\w-]*[a-z])(?: et al\.| and [A-Z]\w+| 외| 등|(?:[와과] |·)[A-Z][a-z]+)?"
    r"(?:, (?P<year>\d{4})(?=[;)])| ?\((?P<alone>\d{4})\))",
    re.ASCII,
)


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
