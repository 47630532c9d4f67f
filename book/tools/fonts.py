"""The fonts of a built language, cut to the characters that its pages, scripts and style sheets show."""

import re
from pathlib import Path

from fontTools import subset

ESCAPED = re.compile(r"\\u?([0-9a-fA-F]{4})")


def cut_fonts(folder: Path) -> None:
    """Write every font of a built language anew, in place; characters that are missing are no error."""
    texts = [
        path.read_text("utf-8") for pattern in ("*.html", "_static/**/*.js", "_static/**/*.css")
        for path in folder.glob(pattern)
    ]  # fmt: skip
    characters = {ord(character) for text in texts for character in text}
    characters |= {int(code, 16) for text in texts for code in ESCAPED.findall(text)}
    options = subset.Options(flavor="woff2", layout_features=["*"])
    for path in folder.glob("_static/**/*.woff2"):
        font = subset.load_font(path, options)
        if "MATH" in font:  # a formula shows other letters than those that stand in the page
            continue
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=characters)
        subsetter.subset(font)
        subset.save_font(font, path, options)
