"""The directives that list chapters with what stands in them.

    :::{chapters} Practice
    :::

lists the pages of a part of the contents with their topics and minutes; the argument is the part's caption in
``_toc.yml``, and titles, topics and minutes are those of the pages' heads. ``practice-table`` lists the
exercises and questions of each chapter, and minutes for them.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.util.docutils import SphinxDirective

from languages import words
from notebook_files import read
from page_places import page_language
from practice_cells import exercises, questions
from widgets import PLACES

CHAPTER = re.compile(r"(?:.*/)?\d\d_\w+")
# A guess of the authors, and called so on the page: a fault takes longer to find than a number to work out.
MINUTES_EXERCISE, MINUTES_QUESTION = 5, 1


def head(path: Path) -> str:
    """Return the beginning of a page: the first cell of a notebook, else all of it."""
    return read(path).cells[0].source if path.suffix == ".ipynb" else path.read_text("utf-8")


def about(text: str, language: str) -> tuple[str, dict[str, str]]:
    """Return a page's title without its topic, and what to say below it, by kind."""
    title, _, topic = re.search("^# (.+)$", text, re.MULTILINE)[1].partition(" · ")
    minutes = re.escape(words(language)["contents"]["minutes"]).replace(r"\{\}", r"\d+")
    found = {
        "minutes": re.search(rf"^>.*?({minutes})", text, re.MULTILINE),
        "description": re.search(r"^    description: (.+)$", text, re.MULTILINE),
    }
    notes = {"topic": topic} if topic else {}
    return title, notes | {kind: match[1] for kind, match in found.items() if match}


class PageList(SphinxDirective):
    """What lists other pages of the language of its own; it is made anew when one of them changes."""

    @property
    def language(self) -> str:
        """The language of the page."""
        return page_language(self.config, self.env.docname)

    def files(self, pages: Iterator[str]) -> Iterator[tuple[str, Path]]:
        """Yield name and file of those pages that are in this language, but for this one."""
        for page in pages:
            if page_language(self.config, page) == self.language and page != self.env.docname:
                path = Path(self.env.doc2path(page))
                self.env.note_dependency(str(path))
                yield page, path


class ChapterList(PageList):
    """List the pages of a part."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the list."""
        parts = self.env.external_site_map.root.subtrees
        pages = (page for part in parts if part.caption == self.arguments[0] for page in part.files())
        chapters = nodes.bullet_list(classes=["contents-list"])
        for page, path in self.files(pages):
            title, notes = about(head(path), self.language)
            link = pending_xref("", nodes.inline("", title), refdoc=self.env.docname, refwarn=True)
            link.attributes |= {"refdomain": "std", "reftype": "doc", "reftarget": f"/{page}"}
            link["refexplicit"] = True
            if page.rsplit("/", 1)[-1] in PLACES:
                notes["movable"] = words(self.language)["contents"]["movable"]
            below = [nodes.inline("", note, classes=[kind]) for kind, note in notes.items()]
            if "movable" in notes:
                below.insert(-1, nodes.Text(" "))  # no margin: it may begin a line
            lines = [nodes.paragraph("", "", link), nodes.paragraph("", "", *below, classes=["about"])]
            chapters += nodes.list_item("", *lines[: 2 if below else 1])
        return [chapters] if chapters.children else []  # a translation that is begun may have none of them


class PracticeTable(PageList):
    """Insert the table of exercises and questions."""

    def run(self) -> list[nodes.Node]:
        """Return the nodes of the table."""
        rows = [f"| {' | '.join(words(self.language)['practice']['table'])} |", "|---|---|---:|---:|"]
        for page, path in self.files(filter(CHAPTER.fullmatch, sorted(self.env.found_docs))):
            notebook = read(path)
            tasks = Counter(cells.title for cells in exercises(notebook))
            asked = len(list(questions(notebook)))
            minutes = tasks.total() * MINUTES_EXERCISE + asked * MINUTES_QUESTION
            if minutes:
                named = [f"{title} ({count})" if count > 1 else title for title, count in tasks.items()]
                rows.append(f"| [](/{page}.ipynb) | {' · '.join(named)} | {asked} | {minutes} |")
        return self.parse_text_to_nodes("\n".join(rows)) if len(rows) > 2 else []
