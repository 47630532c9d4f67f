"""What the theme's HTML leaves to be mended for screen readers, validators and slow connections."""

import html
import re
import unicodedata
from pathlib import Path

from english_words import mark_english
from languages import words

STRING = r'<span class="(s[12])">([^<]*)</span>'
# Each with what it becomes. An icon says nothing that is not said beside it, nor does a hint of two keys.
MENDS = (
    (r"<i class=", '<i aria-hidden="true" class='),
    (r'<span (class="search-button__kbd-shortcut")', r'<span aria-hidden="true" \1'),
    (r'<div id="pst-primary-sidebar"', '<div role="complementary" id="pst-primary-sidebar"'),
    (r"<button(?![^>]*\stype=)", '<button type="button"'),
    # A name that is not the visible words is one that a reader who speaks to the machine cannot say.
    (r'(<button[^>]*search-button-field[^>]*) aria-label="[^"]*"', r"\1"),
    (r'<summary aria-label="[^"]*">', "<summary>"),
    (r'<div([^>]*) role="doc-biblioentry"', r'<div\1 role="listitem"'),
    (r'<th class="head[^"]*">(?:<p></p>)?</th>', "<td></td>"),  # the empty corner of a table heads nothing
    (r'<th (class="head)', r'<th scope="col" \1'),
    (r'<th (class="stub)', r'<th scope="row" \1'),  # book/_ext/row_headers.py
    # Names, brackets and spaces have the colour of all code, and are two fifths of a chapter's tags.
    (r'<span class="[npw]">([^<]*)</span>', r"\1"),
    # The quotes of a string and what they enclose; a cell and its only paragraph.
    (STRING + 2 * r'(?:<span class="\1">([^<]*)</span>)?', r'<span class="\1">\2\3\4</span>'),
    (r"(<t[dh][^>]*>)<p>((?:(?!</?p[ >]).)*)</p>(</t[dh]>)", r"\1\2\3"),
    # The name of the book keeps its number on its line.
    (r'(<p class="title logo__title">[^<]*-)(?=\d)', "\\1\u2060"),
)
LANGUAGE = re.compile(r'<html lang="(\w+)"')
LANDMARK = re.compile(r'(?<=aria-label=")(?:Main|Page)(?=")')  # which the theme does not translate
# A cell that is longer than this, in Latin letters, is a sentence and may break; a shorter one is a value.
SENTENCE = 26
CELL = re.compile(
    r'<(t[dh](?: scope="\w+")?)((?: class="[^"]*")?)>((?:(?!</?t[dh]).)*)(</t[dh]>)', re.DOTALL
)
# A heading without its sign, and a table that nothing names.
HEADING_OR_TABLE = re.compile(
    r'<h[1-6][^>]*>(.*?)(?=<a class="headerlink|</h)|<table(?=[ >])(?![^>]*aria-)', re.DOTALL
)
# The only script that lines within the page need at once; it is shorter than what asking for it takes.
OPTIONS = "_static/documentation_options.js"
OPTIONS_TAG = re.compile(rf'<script src="{re.escape(OPTIONS)}[^"]*"></script>')


def mend_markup(folder: Path) -> None:
    """Mend the pages of a built language in place."""
    for path in folder.glob("*.html"):
        text = path.read_text("utf-8")
        for pattern, mended in MENDS:
            text = re.sub(pattern, mended, text)
        if language := LANGUAGE.search(text):
            said = words(language[1])["landmarks"]
            text = LANDMARK.sub(lambda found, said=said: said[found[0]], text)
        text = name_tables(CELL.sub(marked_cell, text))
        text = OPTIONS_TAG.sub(lambda _: f"<script>{(folder / OPTIONS).read_text('utf-8')}</script>", text)
        path.write_text(mark_english(text), "utf-8")


def name_tables(text: str) -> str:
    """Return a page whose tables are named after the heading above them, from the second on with a number."""
    heading, count = "", 0

    def name(found: re.Match[str]) -> str:
        nonlocal heading, count
        if found[1] is not None:
            heading, count = plain(found[1]), 0
            return found[0]
        count += 1
        number = f" ({count})" if count > 1 else ""
        return f'<table aria-label="{html.escape(heading)}{number}"' if heading else found[0]

    return HEADING_OR_TABLE.sub(name, text)


def plain(markup: str) -> str:
    """Return the words of a piece of HTML."""
    return html.unescape(re.sub("<[^>]*>", "", markup)).strip()


def marked_cell(cell: re.Match[str]) -> str:
    """Return a cell of a table with the class ``sentence`` if it may break (see book/_static/book.css)."""
    width = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in plain(cell[3]))
    classes = cell[2][len(' class="') : -1].split()
    if width <= SENTENCE or "sentence" in classes:
        return cell[0]
    return f'<{cell[1]} class="{" ".join([*classes, "sentence"])}">{cell[3]}{cell[4]}'
