"""The style sheets, cut by Node to what the pages use."""

import re
import shutil

import pytest

from join_site import can_purge, purge_styles
from notebook_files import ROOT

pytestmark = pytest.mark.skipif(
    not can_purge(ROOT), reason="npm has not installed what cuts the style sheets"
)

HEAD = '<link rel="stylesheet" href="_static/styles/a.css"><link rel="stylesheet" href="_static/b.css?v=1">'
SHEETS = {
    "styles/a.css": (
        "@charset 'utf-8'; /* a note */ .shown{color:var(--read)} .unshown{top:0} h7{top:0} .made{top:0}"
        ".bs-tooltip-top{top:0} :root{--read:red;--unread:blue;--asked:1px;--elsewhere:2px}"
        '.shown{background:url("../pictures/c.svg")} .words{top:0}'
        "@media print{.unshown{top:1px}} @keyframes spin{to{top:0}}"
        '@font-face{font-family:"Unused";src:url(f.woff2)}'
    ),
    "b.css": '.shown{top:2px} [data-theme="dark"] .shown{top:3px}',
    "own.css": ".own{left:var(--elsewhere)} .unshown{left:0}",
}


@pytest.fixture
def cut(tmp_path):
    """Return a language's folder of two pages, one of which has a sheet of its own, after the cut."""
    own = HEAD + '<link rel="stylesheet" href="_static/own.css">'
    (tmp_path / "index.html").write_text(f"<html>{HEAD}<h1 class='shown'>words h7</h1></html>")
    (tmp_path / "other.html").write_text(f"<html data-theme='dark'>{own}<p id='x'>1</p></html>")
    for place, text in {**SHEETS, "s.js": 'x.className = "made"; read("--asked")'}.items():
        (tmp_path / "_static" / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "_static" / place).write_text(text)
    purge_styles(ROOT, tmp_path)
    return tmp_path


def test_what_a_page_or_a_script_names_stays_and_nothing_else(cut):
    bundle = (cut / "_static/site.css").read_text()
    assert set(re.findall(r"\.([\w-]+)\s*\{", bundle)) == {"shown", "made", "bs-tooltip-top"}
    assert not re.search(r"h7|unshown|print|spin|Unused|--unread|a note", bundle)
    assert all(name in bundle for name in ("--read:", "--asked:", "--elsewhere:", "dark"))
    assert bundle.index("top:2px") < bundle.index("top:3px")


def test_pages_load_one_sheet_where_they_loaded_the_shared_ones(cut):
    link = '<link rel="stylesheet" href="_static/site.css">'
    for page, own in (("index.html", 0), ("other.html", 1)):
        text = (cut / page).read_text()
        assert text.count(link) == 1 and text.count("own.css") == own and "b.css" not in text
    assert sorted(path.name for path in cut.rglob("*.css")) == ["own.css", "site.css"]


def test_an_address_is_seen_from_the_bundle(cut):
    assert 'url("pictures/c.svg")' in (cut / "_static/site.css").read_text()


def test_without_node_nothing_is_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    (tmp_path / "index.html").write_text(HEAD)
    purge_styles(ROOT, tmp_path)
    assert (tmp_path / "index.html").read_text() == HEAD
