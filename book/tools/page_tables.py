"""The tables of a page: their names, the cells that may break, and what a phone makes of wide ones."""

import html
import re
import unicodedata

from bs4 import BeautifulSoup, Tag

from languages import words

# A cell that is longer than this, in Latin letters, is a sentence and may break; a shorter one is a value.
SENTENCE = 26
CELL = re.compile(
    r'<(t[dh](?: scope="\w+")?)((?: class="[^"]*")?)>((?:(?!</?t[dh]).)*)(</t[dh]>)', re.DOTALL
)
# A heading without its sign, and a table that nothing names, with the box in which it scrolls.
HEADING_OR_TABLE = re.compile(
    r'<h[1-6][^>]*>(?P<heading>.*?)(?=<a class="headerlink|</h)'
    r'|(?P<box><div class="pst-scrollable-table-container">)?<table(?=[ >])(?![^>]*aria-)',
    re.DOTALL,
)
CHAPTER = re.compile(r"(\d\d)_")
TABLE = re.compile(r'(<table[^>]* class="table)("[^>]*)(>.*?</table>)', re.DOTALL)
PHONE = 47  # letters of a table beside each other on a phone; a column costs more than one by its padding
PADDING = 2.2
NARROWEST = (14, 22)  # letters of a column of sentences: of the first, and of another
FEW = 3  # rows that a phone can show as columns


def label_of(language: str, name: str) -> str:
    """Return what the tables of a chapter are called, with braces for their number; else nothing."""
    chapter = CHAPTER.match(name)
    return words(language)["table"]["label"].format(f"{int(chapter[1])}.{{}}") if chapter else ""


def mend_tables(text: str, label: str = "") -> str:
    """Return a page whose tables have names, cells that may break, and a form for phones."""
    return TABLE.sub(formed, name_tables(CELL.sub(marked_cell, text), label))


def name_tables(text: str, label: str) -> str:
    """Return a page whose tables are named after the heading above them.

    In a chapter each has a number, for which ``label`` has braces, and shows its name; elsewhere those under
    one heading are told apart from the second on.
    """
    heading, below, count = "", 0, 0

    def name(found: re.Match[str]) -> str:
        nonlocal heading, below, count
        if found["heading"] is not None:
            heading, below = plain(found["heading"]), 0
            return found[0]
        if not heading:
            return found[0]
        below, count = below + 1, count + bool(found["box"])
        title = html.escape(heading)
        if not (label and found["box"]):
            return f'{found[0]} aria-label="{title}{f" ({below})" if below > 1 else ""}"'
        number = label.format(count)
        link = f'<strong><a href="#shown-table-{count}">{number}</a></strong>'
        caption = f'<p class="table-caption" id="shown-table-{count}">{link} {title}</p>'
        return f'{caption}{found[0]} aria-label="{number} {title}"'

    return HEADING_OR_TABLE.sub(name, text)


def plain(markup: str) -> str:
    """Return the words of a piece of HTML."""
    return html.unescape(re.sub("<[^>]*>", "", markup)).strip()


def letters(text: str) -> int:
    """Return the width of a text in Latin letters."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def marked_cell(cell: re.Match[str]) -> str:
    """Return a cell of a table with the class ``sentence`` if it may break (see book/_static/book.css)."""
    classes = cell[2][len(' class="') : -1].split()
    if letters(plain(cell[3])) <= SENTENCE or "sentence" in classes:
        return cell[0]
    return f'<{cell[1]} class="{" ".join([*classes, "sentence"])}">{cell[3]}{cell[4]}'


def formed(table: re.Match[str]) -> str:
    """Return a table with what a phone makes of it, if it is too wide for one (see book/_static/book.css).

    Few rows become columns (``turned``); else the first cell of a row stands above the others (``headed``).
    """
    if "--tracks" in table[2]:
        return table[0]
    rows = [row.find_all(["th", "td"]) for row in BeautifulSoup(table[3], "html.parser").find_all("tr")]
    columns = list(zip(*rows, strict=True))
    if len(columns) < 3 or sum(map(column_width, columns, (True, *[False] * len(columns)))) <= PHONE:
        return table[0]
    is_turned = len(rows) - 1 <= FEW < len(columns) - 1
    form, tracks = ("turned", len(columns)) if is_turned else ("headed", len(columns) - 1)
    return f'{table[1]} {form}{table[2]} style="--tracks: {tracks}"{table[3]}'


def column_width(cells: tuple[Tag, ...], is_first: bool) -> float:
    """Return the letters that a column needs: of its longest value, or longest word of what may break."""

    def width(cell: Tag, is_head: bool) -> int:
        text, is_sentence = cell.get_text().strip(), "sentence" in cell.get("class", ())
        if not (is_head or is_sentence):
            return letters(text)
        least = NARROWEST[not is_first] if is_sentence and not is_head else 0
        return max([least, *map(letters, re.split(r"[ \n]", text))])  # what joins words is a space to split()

    return PADDING + max(width(cell, number == 0) for number, cell in enumerate(cells))
