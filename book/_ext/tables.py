"""Tables: their names, the column that heads their rows, cells that may break, and a form for phones."""

import html
import re
import unicodedata
from pathlib import PurePosixPath

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from joined_words import JOINER, joined
from languages import words
from page_places import page_language

CHAPTER = re.compile(r"(\d\d)_")
WORD = re.compile(r"[^\W\d_]{2}")
# A cell that is longer than this, in Latin letters, is a sentence and may break; a shorter one is a value.
SENTENCE = 26
PHONE = 47  # letters of a table beside each other on a phone; a column costs more than one by its padding
PADDING = 2.2
NARROWEST = (14, 22)  # letters of a column of sentences: of the first, and of another
FEW = 3  # rows that a phone can show as columns


def mend_tables(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Prepare the tables of a page; those of a chapter have numbers."""
    chapter = CHAPTER.match(PurePosixPath(page).name)
    label = words(page_language(app.config, page))["table"]["label"]
    name_tables(doctree, label.format(f"{int(chapter[1])}.{{}}") if chapter else "")
    for table in doctree.findall(nodes.table):
        mend_table(table)


def name_tables(doctree: nodes.document, label: str) -> None:
    """Name tables after the heading above them.

    In a chapter each has a number, for which ``label`` has braces, and shows its name; elsewhere those under
    one heading are told apart from the second on.
    """
    heading, below, count = "", 0, 0
    for node in list(doctree.findall(lambda node: isinstance(node, nodes.title | nodes.table))):
        if isinstance(node, nodes.title) and isinstance(node.parent, nodes.section):
            heading, below = node.astext(), 0
        elif isinstance(node, nodes.table):
            below, count = below + 1, count + 1
            if label:
                number, place = label.format(count), f"shown-table-{count}"
                link = nodes.reference("", number, refuri=f"#{place}", internal=True)
                caption = nodes.paragraph("", "", nodes.strong("", "", link), nodes.Text(f" {heading}"))
                caption.update_basic_atts({"ids": [place], "classes": ["table-caption"]})
                node.parent.insert(node.parent.index(node), caption)
                node["label"] = f"{number} {heading}"
            else:
                node["label"] = f"{heading} ({below})" if below > 1 else heading


def mend_table(table: nodes.table) -> None:
    """Mark what heads the rows, and sentences; give a table too wide for a phone a form for it.

    The first column heads the rows, for who hears the table, if it names each by a word. Few rows become
    columns on a phone (``turned``), else the first cell of a row stands above the others (``headed``); see
    book/_static/book.css.
    """
    rows = [row.children for row in table.findall(nodes.row)]
    names = [row[0].astext() for body in table.findall(nodes.tbody) for row in body]
    if len(names) == len(set(names)) > 1 and all(map(WORD.search, names)):
        next(table.findall(nodes.colspec))["stub"] = 1
    for cell in (cell for row in rows for cell in row):
        if letters(shown(cell)) > SENTENCE:
            cell["classes"].append("sentence")
    columns = list(zip(*rows, strict=True))
    if len(columns) < 3 or sum(map(column_width, columns, (True, *[False] * len(columns)))) <= PHONE:
        return
    is_turned = len(rows) - 1 <= FEW < len(columns) - 1
    table["classes"].append("turned" if is_turned else "headed")
    table["tracks"] = len(columns) if is_turned else len(columns) - 1


def shown(cell: nodes.entry) -> str:
    """Return the words of a cell."""
    texts = (text for text in cell.findall(nodes.Text) if not isinstance(text.parent, nodes.raw))
    return "".join(texts).strip()


def letters(text: str) -> int:
    """Return the width of a text in Latin letters."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def unbroken(text: str) -> list[str]:
    """Return the words of a text, those as one between which the page will not end a line."""
    page = re.sub(f"<[^>]*>|{JOINER}", "", joined(html.escape(text)))
    return re.split("[ \n]", html.unescape(page))


def column_width(cells: tuple[nodes.entry, ...], is_first: bool) -> float:
    """Return the letters that a column needs: of its longest value, or longest word of what may break."""

    def width(cell: nodes.entry, is_head: bool) -> int:
        text, is_sentence = shown(cell), "sentence" in cell["classes"]
        if not (is_head or is_sentence):
            return letters(text)
        least = NARROWEST[not is_first] if is_sentence and not is_head else 0
        return max([least, *map(letters, unbroken(text))])

    return PADDING + max(width(cell, number == 0) for number, cell in enumerate(cells))


def visit_table(translator: HTML5Translator, table: nodes.table) -> None:
    """Write the begin of a table as the theme does, with what is told of it above."""
    type(translator).visit_table(translator, table)
    tracks = f' style="--tracks: {table["tracks"]}"' if "tracks" in table else ""
    label = translator.attval(table["label"])
    translator.body[-1] = translator.body[-1].replace("<table", f'<table aria-label="{label}"{tracks}', 1)


def depart_table(translator: HTML5Translator, table: nodes.table) -> None:
    """Write the end of a table as the theme does."""
    type(translator).depart_table(translator, table)
