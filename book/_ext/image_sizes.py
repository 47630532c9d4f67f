"""Every picture says its size, so that the text below does not jump when it arrives.

All but the first of a page are fetched only when the reader comes near. A figure that was drawn for phones as
well (see ``number_figures`` in book/tools/stage_book.py) lets the browser choose; a press shows it large.
"""

import hashlib
import itertools
import re
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

import imagesize
from bs4 import BeautifulSoup
from sphinx.application import Sphinx

from languages import words

IMAGE = re.compile(r"<img\b[^>]*>")
PHONE = "(max-width: 600px)"
DENSITY = 2  # dots of a drawing for a pixel of the page


def with_size(tag: str, pixels: tuple[int, int]) -> str:
    """Return an ``<img>`` with ``width`` and ``height``; a width that it has is kept."""
    image = BeautifulSoup(tag, "html.parser").img
    asked = re.search(r"width:\s*([\d.]+)(?:px)?\s*(?:;|$)", image.attrs.pop("style", ""))
    width = float(asked[1] if asked else image.get("width") or pixels[0])
    image["width"] = str(round(width))
    image["height"] = str(round(width * pixels[1] / pixels[0]))
    return str(image)


def narrow_twin(app: Sphinx, file: Path) -> str:
    """Return the ``<source>`` of a figure's drawing for phones, copied to the pictures, or ""."""
    name = f"{hashlib.sha256(file.read_bytes()).hexdigest()}.png"
    drawn = Path(app.srcdir, "narrow", name)
    if not drawn.is_file():
        return ""
    target = Path(app.outdir, app.builder.imagedir, f"narrow-{name}")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(drawn, target)
    width, height = (length // DENSITY for length in imagesize.get(drawn))
    place = f"{app.builder.imgpath}/{target.name}"
    return f'<source media="{PHONE}" srcset="{place}" width="{width}" height="{height}"/>'


def add_sizes(app: Sphinx, context: dict[str, Any]) -> None:
    """Give each picture of a page its size in pixels of the page."""
    files = {name: app.srcdir / source for source, name in app.builder.images.items()}
    later = itertools.chain([""], itertools.repeat(' loading="lazy"'))

    def sized(tag: re.Match[str]) -> str:
        name = PurePosixPath(re.search(r'\bsrc="([^"]*)"', tag[0])[1]).name
        pixels = imagesize.get(files[name]) if name in files else (-1, -1)
        whole = with_size(tag[0], pixels) if pixels[0] > 0 else tag[0]
        whole = whole.replace("<img", f"<img{next(later)}", 1)
        twin = narrow_twin(app, files[name]) if name in files else ""
        return f"<picture>{twin}{whole}</picture>" if twin else whole

    context["body"] = IMAGE.sub(sized, context["body"])
    if "<figure" in context["body"]:
        said = words(context["language"])["figure"]
        said = {f"data-{name}": said[name] for name in ("close", "larger", "smaller")}
        app.add_js_file("figures.js", **said)
