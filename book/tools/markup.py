"""What the theme's HTML leaves to be mended for screen readers, validators and slow connections."""

import html
import re
from pathlib import Path

from english_words import mark_english
from languages import words

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
    (r'<th (class="stub)', r'<th scope="row" \1'),  # book/_ext/tables.py
    (r"<pre><span></span>(?!\n)", "<pre>"),  # which keeps an empty first line
    # A cell and its only paragraph.
    (r"(<t[dh][^>]*>)<p>((?:(?!</?p[ >]).)*)</p>(</t[dh]>)", r"\1\2\3"),
    # The name of the book keeps its number on its line.
    (r'(<p class="title logo__title">[^<]*-)(?=\d)', "\\1\u2060"),
)
LANDMARK = re.compile(r'(?<=aria-label=")(?:Main|Page)(?=")')  # which the theme does not translate
# The theme measures code and tables one by one when a page has come, which lays out all of it, folds as well.
# book/_static/unroll.js does so in pieces, and with what is folded waits until it is opened.
THEME = "_static/scripts/pydata-sphinx-theme.js"
MEASURED = re.compile(r'\["pre",[^\]]*"\.pst-scrollable-table-container"\](?=\.join\(", "\)\)\.forEach)')
# What a cell of code says, and whether its lines form columns; such lines must not be broken.
SAID = re.compile(
    r'(<div class="output stream)(?! columns)([^>]*>(?:<div[^>]*>)?<pre>)(.*?)(?=</pre>)', re.DOTALL
)
COLUMNS = re.compile(r"\S {2,}\S[^\n]*\n(?:[^\n]*\n)*?[^\n]*\S {2,}\S|^\[\[[^\n]*\n \[", re.MULTILINE)
# The only script that lines within the page need at once; it is shorter than what asking for it takes.
OPTIONS = "_static/documentation_options.js"
OPTIONS_TAG = re.compile(rf'<script src="{re.escape(OPTIONS)}[^"]*"></script>')


def mend_markup(folder: Path, language: str) -> None:
    """Mend the pages of a built language in place, and the theme's script."""
    theme = folder / THEME
    if theme.is_file():
        theme.write_text(MEASURED.sub('["unroll-measures-it"]', theme.read_text("utf-8")), "utf-8")
    said = words(language)["landmarks"]
    for path in folder.glob("*.html"):
        text = path.read_text("utf-8")
        for pattern, mended in MENDS:
            text = re.sub(pattern, mended, text)
        text = LANDMARK.sub(lambda found: said[found[0]], text)
        text = SAID.sub(marked_columns, text)
        text = OPTIONS_TAG.sub(lambda _: f"<script>{(folder / OPTIONS).read_text('utf-8')}</script>", text)
        path.write_text(mark_english(text, language), "utf-8")


def marked_columns(output: re.Match[str]) -> str:
    """Return what a cell says with the class ``columns`` if a line that is too long must not go on below."""
    said = html.unescape(re.sub("<[^>]*>", "", output[3]))
    return f"{output[1]}{' columns' if COLUMNS.search(said) else ''}{output[2]}{output[3]}"
