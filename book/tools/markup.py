"""What the theme's HTML leaves to be mended for screen readers and validators."""

import re
from pathlib import Path

# Each with what it becomes. An icon says nothing that is not said beside it, nor does a hint of two keys.
MENDS = (
    (r"<i class=", '<i aria-hidden="true" class='),
    (r'<span (class="search-button__kbd-shortcut")', r'<span aria-hidden="true" \1'),
    (r'(<main id="main-content" class="bd-main") role="main">', r"\1>"),
    (r'<div id="pst-primary-sidebar"', '<div role="complementary" id="pst-primary-sidebar"'),
    (r"<button(?![^>]*\stype=)", '<button type="button"'),
    # A name that is not the visible words is one that a reader who speaks to the machine cannot say.
    (r'(<button[^>]*search-button-field[^>]*) aria-label="[^"]*"', r"\1"),
    (r'<summary aria-label="[^"]*">', "<summary>"),
    (r'<div([^>]*) role="doc-biblioentry"', r'<div\1 role="listitem"'),
    (r'<th class="head[^"]*">(?:<p></p>)?</th>', "<td></td>"),  # the empty corner of a table heads nothing
)


def mend_markup(folder: Path) -> None:
    """Mend the pages of a built language in place."""
    for path in folder.glob("*.html"):
        text = path.read_text("utf-8")
        for pattern, mended in MENDS:
            text = re.sub(pattern, mended, text)
        path.write_text(text, "utf-8")
