"""The font of the print: the same letters, as TrueType."""

import io

import pytest
from fontTools.pens.areaPen import AreaPen
from fontTools.ttLib import TTFont

from notebook_files import ROOT
from print_font import as_truetype
from print_pages import TEXT_FONT


@pytest.fixture(scope="module")
def fonts():
    return TTFont(ROOT / TEXT_FONT), TTFont(io.BytesIO(as_truetype(ROOT / TEXT_FONT)))


def drawn(font, letter):
    """Return how wide a letter is, and how much ink it takes."""
    glyphs, name = font.getGlyphSet(), font.getBestCmap()[ord(letter)]
    pen = AreaPen(glyphs)
    glyphs[name].draw(pen)
    return glyphs[name].width, abs(pen.value)


def test_the_outlines_are_truetype_and_every_character_is_there(fonts):
    old, new = fonts
    assert "glyf" in new and "CFF " not in new
    assert new.getBestCmap().keys() == old.getBestCmap().keys()


def test_the_letters_are_as_wide_and_as_black_as_they_were(fonts):
    old, new = fonts
    for letter in "합성곱손실AlexNet0123456789×":
        assert drawn(new, letter) == pytest.approx(drawn(old, letter), rel=0.01)


def test_bold_letters_are_as_wide_and_take_more_ink(fonts):
    bold = TTFont(io.BytesIO(as_truetype(ROOT / TEXT_FONT, is_bold=True)))
    for letter in "합성곱손실AlexNet0123456789×":
        width, ink = drawn(fonts[1], letter)
        bold_width, bold_ink = drawn(bold, letter)
        assert bold_width == width
        assert 1.2 * ink < bold_ink < 2 * ink
