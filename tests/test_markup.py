"""What the theme's HTML leaves to be mended."""

import pytest

from markup import MENDS, mend_markup

THEMES = """<html lang="ko" data-theme="auto"><div id="pst-primary-sidebar">
<button class="search-button-field" title="Search" aria-label="Search">
<i class="fas fa-list"></i> Search</button><button type="submit">go</button>
<span class="search-button__kbd-shortcut"><kbd>K</kbd></span></div>
<main><summary aria-label="Toggle">Show code</summary>
<div class="citation" role="doc-biblioentry"></div>
<th class="head"><p></p></th><th class="head"><p>n</p></th>
<td><p>1 <b>2</b></p></td><td><p>one</p><p>two</p></td></main>
<pre><span class="s1">'</span><span class="s1">a</span><span class="s1">'</span><span class="s2">"</span>
<span class="n">x</span><span class="o">=</span><span class="p">(</span></pre>
<link rel="preload" as="script" href="_static/a.js" />"""
MENDED = """<html lang="ko" data-theme="light"><div role="complementary" id="pst-primary-sidebar">
<button type="button" class="search-button-field" title="Search">
<i aria-hidden="true" class="fas fa-list"></i> Search</button><button type="submit">go</button>
<span aria-hidden="true" class="search-button__kbd-shortcut"><kbd>K</kbd></span></div>
<main><summary>Show code</summary>
<div class="citation" role="listitem"></div>
<td></td><th class="head">n</th>
<td>1 <b>2</b></td><td><p>one</p><p>two</p></td></main>
<pre><span class="s1">'a'</span><span class="s2">"</span>
x<span class="o">=</span>(</pre>
"""


def test_the_themes_html_is_mended_once(tmp_path):
    (tmp_path / "index.html").write_text(THEMES, "utf-8")
    for _ in range(2):
        mend_markup(tmp_path)
        assert (tmp_path / "index.html").read_text("utf-8") == MENDED


@pytest.mark.parametrize("place", range(len(MENDS)))
def test_every_mend_is_needed(tmp_path, monkeypatch, place):
    monkeypatch.setattr("markup.MENDS", MENDS[:place] + MENDS[place + 1 :])
    (tmp_path / "index.html").write_text(THEMES, "utf-8")
    mend_markup(tmp_path)
    assert (tmp_path / "index.html").read_text("utf-8") != MENDED


def test_the_options_that_the_page_itself_needs_stand_in_the_page(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static/documentation_options.js").write_text(r"const OPTIONS = {a: '\1'};", "utf-8")
    page = tmp_path / "index.html"
    tags = '<script src="_static/documentation_options.js?v=1"></script><script src="b.js">'
    page.write_text(tags, "utf-8")
    mend_markup(tmp_path)
    wanted = r"<script>const OPTIONS = {a: '\1'};</script>" + '<script src="b.js">'
    assert page.read_text("utf-8") == wanted


def test_the_themes_scripts_are_fetched_beside_all_else_and_run_later(tmp_path):
    page = tmp_path / "index.html"
    names = ("_static/scripts/bootstrap.js?digest=1", "_static/scripts/pydata-sphinx-theme.js?digest=1")
    first, second = names
    page.write_text("\n".join(f'<script defer src="{name}"></script>' for name in names), "utf-8")
    mend_markup(tmp_path)
    mended = page.read_text("utf-8")
    assert f'data-scripts="{first} {second}"' in mended and mended.count("<script") == 1
    assert [f'rel="prefetch" as="script" href="{name}"' in mended for name in names] == [True, True]
