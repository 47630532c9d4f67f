"""From a reference within a chapter, ``(Krizhevsky, 2009)``, a link to its entry in the bibliography.

The notebooks are plain Markdown and know no roles. What fits two entries, or none, stays as it is.
"""

import re
from collections import defaultdict
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from bilingual import page_language
from glossary_links import PROSE, is_prose

# He et al., 2016 within brackets, or He et al. (2016); He 외, 2016 and He 외(2016) in Korean.
REFERENCE = re.compile(
    r"(?P<name>[A-Z][\w-]*[a-z])(?: et al\.| and [A-Z]\w+| 외| 등|(?:[와과] |·)[A-Z][a-z]+)?"
    r"(?:, (?P<year>\d{4})(?=[;)])| ?\((?P<alone>\d{4})\))",
    re.ASCII,
)

Place = tuple[str, str, str]


def entries(app: Sphinx, language: str) -> dict[tuple[str, str], Place]:
    """Return page, anchor and text of each entry that its first author and its year tell from the others."""
    found: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for citation in app.env.get_domain("cite").citations:
        page, authors = citation.bibliography_key.docname, citation.entry.persons.get("author", [])
        if authors and page_language(app.config, page) == language:
            name, year = " ".join(authors[0].last_names), citation.entry.fields["year"]
            text = citation.formatted_entry.text.render_as("text")
            found[name, year].append((page, citation.citation_id, " ".join(text.split())))
    return {about: places[0] for about, places in found.items() if len(places) == 1}


def link_references(chapter: nodes.document, known: dict[tuple[str, str], nodes.reference]) -> None:
    """Link the references in the prose of a chapter; ``known`` holds the links without their words."""
    for paragraph in filter(is_prose, list(chapter.findall(nodes.paragraph))):
        for text in list(paragraph.findall(nodes.Text)):
            pieces: list[nodes.Node] = []
            end = 0
            for found in REFERENCE.finditer(text) if isinstance(text.parent, PROSE) else ():
                if link := known.get((found["name"], found["year"] or found["alone"])):
                    link = link.copy()
                    link += nodes.Text(found[0])
                    pieces += [nodes.Text(text[end : found.start()]), link]
                    end = found.end()
            if pieces:
                text.parent.replace(text, [*pieces, nodes.Text(text[end:])])


def add_links(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Link a chapter to the bibliography of its language, where there is one."""
    if app.env.doc2path(page).endswith(".ipynb"):
        known = {}
        for about, (there, anchor, text) in entries(app, page_language(app.config, page)).items():
            address = f"{app.builder.get_relative_uri(page, there)}#{anchor}"
            known[about] = nodes.reference("", "", internal=True, refuri=address, reftitle=text)
            known[about]["classes"].append("citation-link")
        link_references(doctree, known)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("doctree-resolved", add_links)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
