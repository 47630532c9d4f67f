"""Every picture says its size, so that the text below does not jump when it arrives.

All but the first of a page are fetched only when the reader comes near.
"""

import itertools
import re
from pathlib import PurePosixPath
from typing import Any

import imagesize
from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx

IMAGE = re.compile(r"<img\b[^>]*>")


def with_size(tag: str, pixels: tuple[int, int]) -> str:
    """Return an ``<img>`` with ``width`` and ``height``; a width that it has is kept."""
    image = BeautifulSoup(tag, "html.parser").img
    asked = re.search(r"width:\s*([\d.]+)(?:px)?\s*(?:;|$)", image.attrs.pop("style", ""))
    width = float(asked[1] if asked else image.get("width") or pixels[0])
    image["width"] = str(round(width))
    image["height"] = str(round(width * pixels[1] / pixels[0]))
    return str(image)


def add_sizes(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give each picture of a page its size in pixels of the page."""
    files = {name: app.srcdir / source for source, name in app.builder.images.items()}
    later = itertools.chain([""], itertools.repeat(' loading="lazy"'))

    def sized(tag: re.Match[str]) -> str:
        name = PurePosixPath(re.search(r'\bsrc="([^"]*)"', tag[0])[1]).name
        pixels = imagesize.get(files[name]) if name in files else (-1, -1)
        whole = with_size(tag[0], pixels) if pixels[0] > 0 else tag[0]
        return whole.replace("<img", f"<img{next(later)}", 1)

    if "body" in context:
        context["body"] = IMAGE.sub(sized, context["body"])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("html-page-context", add_sizes)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
