"""The Korean font of the figures as a web font, served by the site itself."""

import shutil
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont
from sphinx.application import Sphinx

from bilingual import BOOK

FONTS = BOOK.parent / "alexnet_lib/fonts"
SOURCE = FONTS / "NotoSansCJKkr-subset.otf"


def write_font(app: Sphinx, exception: Exception | None) -> None:
    """Write what ``book.css`` asks for, and the licence with it."""
    if exception or app.builder.format != "html" or app.config.language != "ko":
        return
    target = Path(app.outdir) / "_static/fonts"
    target.mkdir(exist_ok=True)
    font = TTFont(SOURCE, recalcTimestamp=False)
    font.flavor = "woff2"
    font.save(target / "korean.woff2")
    shutil.copy(FONTS / "OFL.txt", target)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("build-finished", write_font)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
