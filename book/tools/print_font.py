"""The book's font as a print needs it: with the outlines of TrueType, and bold as well.

A font with the outlines of PostScript, such as the book's, and a bold that the browser makes up as it goes
would both become drawings in the PDF, one for each character: nearly a megabyte, and coarse on a screen.
"""

import functools
import io
from math import hypot
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphCoordinates

TOLERANCE = 1.0  # thousandths of the letter's height, as all here
BOLD = 32.0  # by how much a bold stroke is thicker
# Where a corner is sharper than this, its tip would run far away.
SHARPEST = 0.25


@functools.cache
def as_truetype(path: Path, is_bold: bool = False) -> bytes:
    """Return a font of PostScript outlines with the same ones in TrueType's curves, or with bolder ones."""
    font = TTFont(path, recalcTimestamp=False)
    drawings, glyphs = font.getGlyphSet(), {}
    for name in font.getGlyphOrder():
        pen = TTGlyphPen(drawings)
        drawings[name].draw(Cu2QuPen(pen, TOLERANCE, reverse_direction=True))
        glyphs[name] = pen.glyph()
        if is_bold:
            embolden(glyphs[name])
    for table in {"CFF ", "VORG"} & set(font.keys()):
        del font[table]
    font["glyf"] = newTable("glyf")  # by which the builder knows of what kind the font is to be
    font.sfntVersion = "\0\1\0\0"
    builder = FontBuilder(font=font)
    builder.setupGlyf(glyphs)
    builder.setupMaxp()
    builder.setupPost(keepGlyphNames=False)
    file = io.BytesIO()
    font.save(file)
    return file.getvalue()


def embolden(glyph: Glyph) -> None:
    """Move each point of a letter's outline outwards, by half of what a bold stroke is thicker."""
    moved, begin = [], 0
    for end in getattr(glyph, "endPtsOfContours", []):
        contour = list(glyph.coordinates[begin : end + 1])
        moved += [
            outwards(contour[number - 1], point, contour[(number + 1) % len(contour)])
            for number, point in enumerate(contour)
        ]
        begin = end + 1
    if moved:
        glyph.coordinates = GlyphCoordinates(moved)


def outwards(before: tuple[int, int], point: tuple[int, int], after: tuple[int, int]) -> tuple[int, int]:
    """Return where a point of an outline comes to lie; the ink is to the right of the way along it."""
    ways = [(b[0] - a[0], b[1] - a[1]) for a, b in ((before, point), (point, after)) if a != b]
    # To the left of each way, one long.
    normals = [(-y / hypot(x, y), x / hypot(x, y)) for x, y in ways] or [(0.0, 0.0)]
    x, y = (sum(normal[axis] for normal in normals) / len(normals) for axis in (0, 1))
    reach = BOLD / 2 / max(x * x + y * y, SHARPEST)
    return round(point[0] + x * reach), round(point[1] + y * reach)
