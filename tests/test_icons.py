"""The theme's icons, cut to those that the pages show."""

import re

import pytest

from icons import FONTS, SCRIPT, STYLES, cut_icons, drawings

# In the manner of the theme's script: brands, then regular, then solid.
THEMES = (
    '{"some-brand":[496,512,[],"f09b","M1 1z"],sun:[512,512,[9728],"f185","M2 2z"]},'
    '{sun:[512,512,[9728],"f185","M3 3z"],pencil:[384,512,[9999,"pencil-alt"],"f303","M4 4z"],'
    'house:[512,512,[],"f015","M5 5z"]}'
)
TAG = '<script defer src="_static/scripts/fontawesome.js?digest=1"></script>'


@pytest.fixture
def built(tmp_path):
    """Return a built language that has one page and the theme's script."""
    for path, text in {
        "index.html": TAG + '<i class="fas fa-pencil-alt"></i><i class="a fa-solid fa-sun  fa-lg">\n</i>',
        "other.html": TAG
        + 2 * '<span class="fab fa-some-brand"></span>'
        + '<p class="fa-house">no icon</p>',
        SCRIPT: THEMES,
        SCRIPT + ".LICENSE.txt": "",
        FONTS + "/fa.woff2": "",
        FONTS + "/fa.ttf": "",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    return tmp_path


def test_a_name_that_comes_twice_is_the_solid_icon_and_aliases_are_known():
    found = drawings(THEMES)
    assert found["sun"] == (512, 512, "M3 3z")
    assert found["pencil-alt"] == found["pencil"] == (384, 512, "M4 4z")


def test_pages_get_the_icons_they_show_and_no_script(built):
    cut_icons(built)
    index, other = ((built / page).read_text("utf-8") for page in ("index.html", "other.html"))
    icon = r'<\w+ class="([^"]*)"[^>]*><svg viewBox="([\d ]+)" width="(.+?)".*?>(<.+?/>)</svg>'
    assert re.findall(icon, index + other) == [
        ("fas fa-pencil-alt", "0 0 384 512", "0.75em", '<path id="icon-pencil-alt" d="M4 4z"/>'),
        ("a fa-solid fa-sun  fa-lg", "0 0 512 512", "1em", '<path id="icon-sun" d="M3 3z"/>'),
        ("fab fa-some-brand", "0 0 496 512", "0.969em", '<path id="icon-some-brand" d="M1 1z"/>'),
        ("fab fa-some-brand", "0 0 496 512", "0.969em", '<use href="#icon-some-brand"/>'),
    ]
    assert '<p class="fa-house">no icon</p>' in other
    for text in (index, other):
        assert text.startswith(f'<link rel="stylesheet" href="{STYLES}">') and "fontawesome" not in text
    assert "svg" in (built / STYLES).read_text("utf-8")
    assert not (built / SCRIPT).exists() and [path.name for path in (built / FONTS).iterdir()] == ["fa.woff2"]


def test_an_icon_that_the_theme_has_not_stops_the_build(built):
    (built / "index.html").write_text('<i class="fas fa-unicorn"></i>', "utf-8")
    with pytest.raises(ValueError, match="no unicorn"):
        cut_icons(built)
