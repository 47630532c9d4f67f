"""The book's fonts for pages and print, and the cut to what the pages show."""

import shutil

import pytest
from fontTools.pens.areaPen import AreaPen
from fontTools.ttLib import TTFont

from fonts import cut_fonts
from notebook_files import ROOT

FOLDER = ROOT / "book/_static/fonts"
FIGURES = ROOT / "alexnet_lib/fonts/NotoSansCJKkr-subset.otf"
LETTERS = "합성곱손실AlexNet0123456789×"


def drawn(font, letter):
    """Return how wide a letter is, and how much ink it takes."""
    glyphs, name = font.getGlyphSet(), font.getBestCmap()[ord(letter)]
    pen = AreaPen(glyphs)
    glyphs[name].draw(pen)
    return glyphs[name].width, abs(pen.value)


def test_letters_have_the_width_and_the_ink_of_those_in_the_figures_and_bold_ones_more_ink():
    figures, regular, bold = (
        TTFont(path) for path in (FIGURES, FOLDER / "korean.woff2", FOLDER / "korean-bold.woff2")
    )
    assert figures.getBestCmap().keys() == regular.getBestCmap().keys() == bold.getBestCmap().keys()
    for letter in LETTERS:
        width, ink = drawn(figures, letter)
        # The outlines of the variable font that it comes from overlap.
        assert drawn(regular, letter) == pytest.approx((width, ink), rel=0.08)
        bold_width, bold_ink = drawn(bold, letter)
        assert width <= bold_width < 1.2 * width
        assert 1.2 * ink < bold_ink < 2 * ink


@pytest.fixture
def built(tmp_path):
    """Return a built language with a page, a script, and two fonts."""
    fonts = tmp_path / "_static/fonts"
    fonts.mkdir(parents=True)
    for name in ("korean.woff2", "math.woff2"):
        shutil.copy(FOLDER / name, fonts)
    (tmp_path / "index.html").write_text("<p>손실 <math><mi>x</mi></math></p>", "utf-8")
    (tmp_path / "_static/words.js").write_text(r'const words = "\uac12\ud559";', "utf-8")
    return tmp_path


def characters(path):
    return set(map(chr, TTFont(path).getBestCmap()))


def test_a_font_keeps_what_pages_and_scripts_show_and_loses_the_rest(built):
    before = (built / "_static/fonts/korean.woff2").stat().st_size
    cut_fonts(built)
    font = built / "_static/fonts/korean.woff2"
    assert set("손실값학") <= characters(font)
    assert not set("뷁쀍합") & characters(font)
    assert font.stat().st_size < before / 20


def test_the_font_of_formulas_keeps_the_letters_that_a_browser_puts_in_place_of_those_of_the_page(built):
    cut_fonts(built)
    font = built / "_static/fonts/math.woff2"
    assert "𝑥" in characters(font)  # what <mi>x</mi> shows
    assert font.read_bytes() == (FOLDER / "math.woff2").read_bytes()
