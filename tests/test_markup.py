"""What the theme's HTML leaves to be mended."""

from importlib.resources import files

import pytest
from bs4 import BeautifulSoup

from markup import THEME, mend_markup

THEMES = """<div id="pst-primary-sidebar">
<button class="search-button-field" title="Search" aria-label="Search">
<i class="fas fa-list"></i> Search</button><button type="submit">go</button>
<span class="search-button__kbd-shortcut"><kbd>K</kbd></span></div>
<main><summary aria-label="Toggle">Show code</summary>
<div class="citation" role="doc-biblioentry"></div>
<th class="head"><p></p></th><th class="head"><p>n</p></th><th class="stub"><p>one</p></th>
<td><p>1 <b>2</b></p></td><td><p>one</p><p>two</p></td></main>
<p class="title logo__title">AlexNet on CIFAR-10</p>
<pre><span></span>x</pre><pre><span></span>
x</pre>"""
MENDED = """<div role="complementary" id="pst-primary-sidebar">
<button type="button" class="search-button-field" title="Search">
<i aria-hidden="true" class="fas fa-list"></i> Search</button><button type="submit">go</button>
<span aria-hidden="true" class="search-button__kbd-shortcut"><kbd>K</kbd></span></div>
<main><summary>Show code</summary>
<div class="citation" role="listitem"></div>
<td></td><th scope="col" class="head">n</th><th scope="row" class="stub">one</th>
<td>1 <b>2</b></td><td><p>one</p><p>two</p></td></main>
<p class="title logo__title">AlexNet on CIFAR-⁠10</p>
<pre>x</pre><pre><span></span>
x</pre>"""


def test_the_themes_html_is_mended_once(tmp_path):
    (tmp_path / "index.html").write_text(THEMES, "utf-8")
    for _ in range(2):
        mend_markup(tmp_path, "en")
        assert (tmp_path / "index.html").read_text("utf-8") == MENDED


def test_the_options_that_the_page_itself_needs_stand_in_the_page(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static/documentation_options.js").write_text(r"const OPTIONS = {a: '\1'};", "utf-8")
    page = tmp_path / "index.html"
    tags = '<script src="_static/documentation_options.js?v=1"></script><script src="b.js">'
    page.write_text(tags, "utf-8")
    mend_markup(tmp_path, "en")
    wanted = r"<script>const OPTIONS = {a: '\1'};</script>" + '<script src="b.js">'
    assert page.read_text("utf-8") == wanted


@pytest.mark.parametrize(
    ("said", "has_columns"),
    [
        ("Still as it was: a sentence that is longer than a phone is wide", False),
        ("Before:    2.303 2.302\nSomething else", False),
        ("Conv2   221,440\nFC1  16,781,312", True),
        ("As a matrix\n[[818 112]\n [227 900]]", True),
        ("Still as it was: given [[5, 5], [0, 2]], the first row does not sum to 1", False),
        ("def f():\n    return 1", False),
    ],
)
def test_what_is_said_may_go_on_in_the_next_line_unless_its_lines_form_columns(tmp_path, said, has_columns):
    page = tmp_path / "index.html"
    output = '<div class="output stream highlight-myst-ansi"><div><pre><span></span>{}</pre>'
    page.write_text(output.format(said), "utf-8")
    for _ in range(2):
        mend_markup(tmp_path, "en")
        found = BeautifulSoup(page.read_text("utf-8"), "html.parser").div
        assert ("columns" in found["class"], found["class"].count("columns")) == (has_columns, has_columns)
        assert found.get_text() == said


def test_the_themes_own_measuring_is_left_out(tmp_path):
    theme = files("pydata_sphinx_theme") / "theme/pydata_sphinx_theme/static/scripts/pydata-sphinx-theme.js"
    copy = tmp_path / THEME
    copy.parent.mkdir(parents=True)
    copy.write_text(theme.read_text("utf-8"), "utf-8")
    mend_markup(tmp_path, "en")
    measured = "pst-scrollable-table-container"
    assert [measured in script.read_text("utf-8") for script in (theme, copy)] == [True, False]
