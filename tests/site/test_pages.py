"""The files of the site: nothing is missing, nothing leads nowhere, nothing says what it should not."""

import re

import pytest
from pages import problems_of_files, replace

from notebook_files import ROOT
from site_config import site_address

ADDRESS = site_address(ROOT)
MOST_BYTES = 46e6  # half of it are four PDFs and the notebooks, to be taken home; a seventh is the network


def test_the_pages_of_the_site_are_in_order(site):
    assert problems_of_files(site, ADDRESS) == []


def test_the_site_is_light(site):
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < MOST_BYTES


DAMAGES = {
    "foreign script": ("</head>", '<script src="https://cdn.example.org/x.js"></script></head>', "from cdn"),
    "foreign style": ("</head>", '<link rel="stylesheet" href="//fonts.example.org/a.css">', "from fonts"),
    "missing alt": (r'alt="[^"]*" height', "height", "no alternative text"),
    "short alt": (r'alt="[^"]*" height', 'alt="그림" height', "no alternative text"),
    "foreign alt": (r'alt="[^"]*" height', 'alt="A picture of a loss" height', "another language"),
    "unsized image": (r'height="400"', "", "no width and height"),
    "dead link": (
        r'href="index\.html">\s*<span class="std std-doc',
        'href="gone.html"><span class="',
        "gone.html",
    ),
    "dead anchor": ("</article>", '<a href="index.html#nowhere">x</a></article>', "anchor #nowhere"),
    "stray asterisks": ("<p>학습합니다", "<p>**손실(loss)**은 학습합니다", r"a stray \*\* .*손실"),
    "traceback": ("</article>", "<pre>Traceback (most recent call last)</pre></article>", "traceback"),
    "private path": ("</article>", "<pre>/root/book/data</pre></article>", "/root/book/data"),
    "wrong language": ('<html lang="ko"', '<html lang="en"', 'lang="en"'),
    "no hreflang": (r'<link rel="alternate" hreflang="en"[^>]*>', "", "hreflang"),
    "no canonical": (r'<link rel="canonical"[^>]*>', "", "canonical"),
    "switch to another page": (r'href="\.\./en/01_stub\.html"', 'href="../en/index.html"', "language switch"),
    "short description": (
        r'name="description" content="[^"]*"',
        'name="description" content="짧다"',
        "2 char",
    ),
    "no description": (r'<meta name="description"[^>]*>', "", "0 descriptions"),
    "no social picture": (r'<meta property="og:image" [^>]*>', "", "social picture"),
    "foreign social picture": ("/ko/_static/social", "/en/_static/social", "social picture"),
    "Hangul that the font has not": ("</article>", "<p>뷁</p></article>", "korean.woff2 has no 뷁"),
}


@pytest.mark.parametrize(("pattern", "new", "message"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_page_is_found(damaged, pattern, new, message):
    replace(damaged, "ko/01_stub.html", pattern, new)
    [problem] = problems_of_files(damaged, ADDRESS)
    assert re.match(rf"ko/01_stub\.html: .*{message}", problem)


def test_asterisks_in_code_and_formulas_are_no_stray_ones(damaged):
    code = '<code>2**10</code><pre>f(**x)</pre><span class="math">a**b</span></article>'
    replace(damaged, "ko/01_stub.html", "</article>", code)
    assert problems_of_files(damaged, ADDRESS) == []


def test_a_site_without_its_korean_font_is_found(damaged):
    (damaged / "ko/_static/fonts/korean.woff2").unlink()
    problems = problems_of_files(damaged, ADDRESS)
    assert len(problems) == 3 and all("korean.woff2 has no" in problem for problem in problems)


def test_a_page_without_its_twin_is_found(damaged):
    (damaged / "en/01_stub.html").unlink()
    assert "ko/01_stub.html: there is no en/01_stub.html" in problems_of_files(damaged, ADDRESS)


def test_a_page_that_the_sitemap_leaves_out_is_found(damaged):
    replace(damaged, "sitemap.xml", rf"<loc>{ADDRESS}/en/01_stub\.html</loc>", "")
    assert problems_of_files(damaged, ADDRESS) == ["en/01_stub.html: the page is not in sitemap.xml"]
