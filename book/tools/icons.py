"""The icons of the theme, cut to those that the pages show.

The theme draws them with a script of 1.5 MB that holds two thousand. Here the few that are used become
masks in a style sheet, and they show with scripts off too.
"""

import re
from pathlib import Path
from urllib.parse import quote

SCRIPT = "_static/scripts/fontawesome.js"
STYLES = "_static/icons.css"
# The theme takes the signs of its boxes and of some links from them.
FONTS = "_static/vendor/fontawesome/webfonts"
# The theme's own order: brands, regular, solid. A name that comes again is the solid one, which pages show.
DRAWING = re.compile(
    r'(?:"(?P<quoted>[a-z0-9-]+)"|\b(?P<plain>[a-z0-9]+)):\[(?P<width>\d+),(?P<height>\d+),'
    r'\[(?P<aliases>[^\]]*)\],"[0-9a-f]+","(?P<path>[^"]+)"\]'
)
SHOWN = re.compile(r'class="[^"]*\b(?:fas|fab|fa-solid|fa-brands)\b[^"]*"')
NAME = re.compile(r"\bfa-(?!solid\b|brands\b|lg\b)([a-z0-9-]+)")
TAG = re.compile(r'<script[^>]*src="_static/scripts/fontawesome\.js[^"]*"[^>]*></script>')
EVERY = """/* Icons: Font Awesome Free, https://fontawesome.com/license/free, CC BY 4.0 */
:is(.fas, .fab, .fa-solid, .fa-brands)::before {
  content: ""; display: inline-block; width: var(--wide, 1em); height: 1em; vertical-align: -0.125em;
  background: currentColor; mask: var(--drawing) center / contain no-repeat;
}
:is(.fas, .fab, .fa-solid, .fa-brands) { font-family: inherit !important; }  /* the theme's would be loaded */
.bd-sidebar-secondary.hide:not(:hover) .onthispage::after { content: "▾"; font-family: inherit; }
.fa-lg { font-size: 1.25em; line-height: 0.05em; }
@media (forced-colors: active) {
  :is(.fas, .fab, .fa-solid, .fa-brands)::before { background: CanvasText; }
}
"""


def cut_icons(folder: Path) -> None:
    """Give the pages of a built language a style sheet in place of the theme's script of icons."""
    pages = {path: path.read_text("utf-8") for path in folder.glob("*.html")}
    names = {name for text in pages.values() for shown in SHOWN.findall(text) for name in NAME.findall(shown)}
    drawn = drawings((folder / SCRIPT).read_text("utf-8"))
    if missing := sorted(names - drawn.keys()):
        raise ValueError(f"The theme's script of icons has no {', '.join(missing)}, which pages show.")
    rules = [EVERY, *(rule(name, *drawn[name]) for name in sorted(names))]
    (folder / STYLES).write_text("\n".join(rules), "utf-8")
    for path, text in pages.items():
        path.write_text(TAG.sub(f'<link rel="stylesheet" href="{STYLES}">', text), "utf-8")
    for script in (folder / SCRIPT).parent.glob(f"{Path(SCRIPT).name}*"):
        script.unlink()
    for font in (folder / FONTS).glob("*.ttf"):  # for browsers that cannot read woff2, and there are none
        font.unlink()


def drawings(script: str) -> dict[str, tuple[int, int, str]]:
    """Return width, height and SVG path of every icon in the theme's script, by all of its names."""
    found = {}
    for match in DRAWING.finditer(script):
        names = [match["quoted"] or match["plain"], *re.findall(r'"([a-z0-9-]+)"', match["aliases"])]
        found |= dict.fromkeys(names, (int(match["width"]), int(match["height"]), match["path"]))
    return found


def rule(name: str, width: int, height: int, path: str) -> str:
    """Return the style of one icon."""
    box = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}'>"
    address = "data:image/svg+xml," + quote(f"{box}<path d='{path}'/></svg>", safe=" ='/:-,.")
    return f'.fa-{name} {{ --wide: {width / height:.3g}em; --drawing: url("{address}"); }}'
