"""The icons of the theme, cut to those that the pages show.

The theme draws them with a script of 1.5 MB that holds two thousand. Here the few that are used stand as
drawings in the pages, and they show with scripts off too. A browser takes a millisecond or two to open a
drawing that it knows from a style sheet, and next to nothing for one of the page's own.
"""

import re
from pathlib import Path

SCRIPT = "_static/scripts/fontawesome.js"
STYLES = "_static/icons.css"
# The theme takes the signs of its boxes and of some links from them.
FONTS = "_static/vendor/fontawesome/webfonts"
# The theme's own order: brands, regular, solid. A name that comes again is the solid one, which pages show.
DRAWING = re.compile(
    r'(?:"(?P<quoted>[a-z0-9-]+)"|\b(?P<plain>[a-z0-9]+)):\[(?P<width>\d+),(?P<height>\d+),'
    r'\[(?P<aliases>[^\]]*)\],"[0-9a-f]+","(?P<path>[^"]+)"\]'
)
SHOWN = re.compile(
    r'<(?:i|span)\b[^>]*\bclass="(?P<names>[^"]*\b(?:fas|fab|fa-solid|fa-brands)\b[^"]*)"[^>]*>(?=\s*</)'
)
NAME = re.compile(r"\bfa-(?!solid\b|brands\b|lg\b)([a-z0-9-]+)")
TAG = re.compile(r'<script[^>]*src="_static/scripts/fontawesome\.js[^"]*"[^>]*></script>')
EVERY = """/* Icons: Font Awesome Free, https://fontawesome.com/license/free, CC BY 4.0 */
:is(.fas, .fab, .fa-solid, .fa-brands)::before { content: none; }
:is(.fas, .fab, .fa-solid, .fa-brands) svg { fill: currentColor; vertical-align: -0.125em; }
:is(.fas, .fab, .fa-solid, .fa-brands) { font-family: inherit !important; }  /* the theme's would be loaded */
.bd-sidebar-secondary.hide:not(:hover) .onthispage::after { content: "▾"; font-family: inherit; }
.fa-lg { font-size: 1.25em; line-height: 0.05em; }
"""


def cut_icons(folder: Path) -> None:
    """Draw the icons in the pages of a built language, in place of the theme's script."""
    drawn = drawings((folder / SCRIPT).read_text("utf-8"))
    for path in folder.glob("*.html"):
        text = with_icons(path.read_text("utf-8"), drawn)
        path.write_text(TAG.sub(f'<link rel="stylesheet" href="{STYLES}">', text), "utf-8")
    (folder / STYLES).write_text(EVERY, "utf-8")
    for script in (folder / SCRIPT).parent.glob(f"{Path(SCRIPT).name}*"):
        script.unlink()
    for font in (folder / FONTS).glob("*.ttf"):  # for browsers that cannot read woff2, and there are none
        font.unlink()


def with_icons(page: str, drawn: dict[str, tuple[int, int, str]]) -> str:
    """Return a page with its icons, each drawn where it first comes; where it comes again, that is shown."""
    before = set()

    def icon(shown: re.Match[str]) -> str:
        name = NAME.search(shown["names"])[1]
        if name not in drawn:
            raise ValueError(f"The theme's script of icons has no {name}, which a page shows.")
        width, height, path = drawn[name]
        shape = f'<use href="#icon-{name}"/>' if name in before else f'<path id="icon-{name}" d="{path}"/>'
        before.add(name)
        box = f'viewBox="0 0 {width} {height}" width="{width / height:.3g}em" height="1em"'
        return f"{shown[0]}<svg {box}>{shape}</svg>"

    return SHOWN.sub(icon, page)


def drawings(script: str) -> dict[str, tuple[int, int, str]]:
    """Return width, height and SVG path of every icon in the theme's script, by all of its names."""
    found = {}
    for match in DRAWING.finditer(script):
        names = [match["quoted"] or match["plain"], *re.findall(r'"([a-z0-9-]+)"', match["aliases"])]
        found |= dict.fromkeys(names, (int(match["width"]), int(match["height"]), match["path"]))
    return found
