"""One sheet in place of many, and no rule lost that a page or a script can use."""

import pytest

from styles import BUNDLE, join_styles

PAGE = """<html><head>
<link href="_static/styles/theme.css?digest=1" rel="stylesheet" />
<link rel="stylesheet" type="text/css" href="_static/book.css?v=2" />
{more}<link rel="icon" href="_static/icon.svg"/>
</head><body class="shown"><p id="here">text of a table</p>
<script>document.body.classList.add(/"/.test("inlined") ? "x" : name)</script></body></html>
"""
SHEETS = {
    "styles/theme.css": '@charset "utf-8";@import "../basic.css";.shown{color:red}.unseen{color:blue}',
    "basic.css": "p{margin:0}table{margin:1px}.a{background:url(file.png)}",
    "book.css": """
        /* a comment */
        .unseen, #here:not(.unseen) > em, #here:hover { color: green }
        #nowhere { color: green }
        .from-script { color: green }
        .inlined { color: green }
        .text, .name, .element { color: green }
        @media (max-width: 9px) { .unseen { top: 0 } .shown::after { content: "\\f107" } }
        @media print { .unseen { top: 0 } }
        @font-face { font-family: F; src: url("fonts/f.woff2") }
        @keyframes turn { from { top: 0 } to { top: 1px } }
        [data-theme="dark"] { --colour: white }
        .shown em, p { --unread: 1px; color: var(--colour) }
    """,
    "widget.css": ".unseen{color:red}",
}


@pytest.fixture
def built(tmp_path):
    """Return a built language of two pages, one of which has a sheet of its own."""
    for name, text in SHEETS.items():
        (tmp_path / "_static" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "_static" / name).write_text(text, "utf-8")
    (tmp_path / "_static/widget.js").write_text('element("b", { class: "from-script a" })', "utf-8")
    (tmp_path / "index.html").write_text(PAGE.format(more=""), "utf-8")
    own = '<link rel="stylesheet" href="_static/widget.css">\n'
    (tmp_path / "other.html").write_text(PAGE.format(more=own), "utf-8")
    join_styles(tmp_path)
    return tmp_path


def test_rules_stay_where_all_names_of_a_selector_are_there(built):
    rules = (built / BUNDLE).read_text("utf-8").splitlines()
    assert rules == [
        "p{margin:0}",
        '.a{background:url("file.png")}',
        ".shown{color:red}",
        "#here:hover{color: green}",
        ".from-script{color: green}",
        ".inlined{color: green}",
        "@media (max-width: 9px) {",
        '.shown::after{content: "\uf107"}',
        "}",
        '@font-face { font-family: F; src: url("fonts/f.woff2") }',
        "@keyframes turn { from { top: 0 } to { top: 1px } }",
        '[data-theme="dark"]{--colour: white}',
        "p{color: var(--colour)}",
    ]


def test_a_page_loads_the_one_sheet_and_those_that_are_its_own(built):
    link = f'<link rel="stylesheet" href="{BUNDLE}">'
    index, other = ((built / name).read_text("utf-8") for name in ("index.html", "other.html"))
    assert index.count('rel="stylesheet"') == index.count(link) == 1
    assert other.count('rel="stylesheet"') == 2 and "_static/widget.css" in other
    assert 'rel="icon"' in index
    assert sorted(path.name for path in built.rglob("*.css")) == ["basic.css", "site.css", "widget.css"]
    assert (built / "_static/widget.css").read_text("utf-8") == SHEETS["widget.css"]
