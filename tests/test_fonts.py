"""The book's fonts for pages and print, and the cut to what the pages show."""

import shutil

import pytest
from fontTools.ttLib import TTFont

from fonts import cut_fonts
from notebook_files import ROOT

FOLDER = ROOT / "book/_static/fonts"
FIGURES = ROOT / "alexnet_lib/fonts/NotoSansCJKkr-subset.otf"


def characters(path):
    return set(map(chr, TTFont(path).getBestCmap()))


def test_both_weights_have_the_letters_of_the_figures():
    figures = characters(FIGURES)
    assert characters(FOLDER / "korean.woff2") == characters(FOLDER / "korean-bold.woff2") == figures


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
