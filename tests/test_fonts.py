"""The book's fonts for pages and print, and the cut to what the pages show."""

import shutil

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


def test_a_font_keeps_what_pages_and_scripts_show_and_loses_the_rest_but_for_that_of_formulas(tmp_path):
    fonts = tmp_path / "_static/fonts"
    fonts.mkdir(parents=True)
    for name in ("korean.woff2", "math.woff2"):
        shutil.copy(FOLDER / name, fonts)
    (tmp_path / "index.html").write_text("<p>손실 <math><mi>x</mi></math></p>", "utf-8")
    (tmp_path / "_static/words.js").write_text(r'const words = "\uac12\ud559";', "utf-8")
    cut_fonts(tmp_path)
    cut, whole = fonts / "korean.woff2", FOLDER / "korean.woff2"
    assert set("손실값학") <= characters(cut)
    assert not set("뷁쀍합") & characters(cut)
    assert cut.stat().st_size < whole.stat().st_size / 20
    # A browser shows <mi>x</mi> with a letter that does not stand in the page.
    formulas = fonts / "math.woff2"
    assert "𝑥" in characters(formulas)
    assert formulas.read_bytes() == (FOLDER / "math.woff2").read_bytes()
