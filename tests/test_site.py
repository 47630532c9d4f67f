"""The built site: a two-page stub passes every check, and each check finds the damage it is there for."""

import os
import re
import shutil
import subprocess

import imagesize
import nbformat
import pytest
from sphinx.search.en import SearchEnglish

import build_site
import check_site
import site_stub
from browser import browser
from browser_checks import (
    control_problems,
    page_problems,
    problems_in_browser,
    search_problems,
)
from image_sizes import with_size
from join_site import sitemap
from korean_search import SearchKorean
from node_checks import UNROLLED
from notebook_files import LANGUAGES, ROOT, current_repository, reference
from page_checks import pages, problems_of_files
from page_description import shortened
from site_config import site_address
from site_server import served

ADDRESS = site_address(ROOT)
REPOSITORY = current_repository(ROOT)


@pytest.fixture(scope="session")
def stub(tmp_path_factory):
    """Build the stub once for all tests."""
    root = tmp_path_factory.mktemp("stub") / "book"
    executed = site_stub.write_book(root)
    assert build_site.build(root, executed, root / "_build") == []
    return root


@pytest.fixture
def site(stub, tmp_path):
    """Return a copy that may be damaged; files that are not replaced are the stub's own."""
    return shutil.copytree(stub / "_build/site", tmp_path / "site", copy_function=os.link)


@pytest.fixture(scope="session")
def chromium(chromium_needed):
    """Start one browser for all tests that damage a page."""
    with browser() as started:
        yield started


def replace(site, place, pattern, new):
    """Change a page of a damaged copy."""
    path = site / place
    text, count = re.subn(pattern, lambda match: new, path.read_text("utf-8"), count=1)
    assert count == 1
    path.unlink()
    path.write_text(text, "utf-8")


def test_the_files_of_the_stub_have_no_problem(stub):
    assert problems_of_files(stub / "_build/site", ADDRESS) == []


def test_the_pages_of_the_stub_have_no_problem_in_a_browser(stub, chromium_needed):
    assert problems_in_browser(stub / "_build/site", short=True) == []


DAMAGES = {
    "foreign script": (
        "</head>",
        '<script src="https://cdn.example.org/x.js"></script></head>',
        "fetched from cdn",
    ),
    "foreign style": (
        "</head>",
        '<link rel="stylesheet" href="//fonts.example.org/a.css">',
        "fetched from fonts",
    ),
    "missing alt": (r'alt="[^"]*" height', "height", "no alternative text"),
    "short alt": (r'alt="[^"]*" height', 'alt="그림" height', "no alternative text"),
    "alt in the other language": (
        r'alt="[^"]*" height',
        'alt="A picture of a loss" height',
        "another language",
    ),
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
        r'<meta name="description" content="[^"]*"',
        '<meta name="description" content="짧다"',
        "2 char",
    ),
    "no description": (r'<meta name="description"[^>]*>', "", "0 descriptions"),
    "no social picture": (r'<meta property="og:image" [^>]*>', "", "social picture"),
    "social picture of the other language": ("/ko/_static/social", "/en/_static/social", "social picture"),
    "Hangul that the font has not": ("</article>", "<p>뷁</p></article>", "korean.woff2 has no 뷁"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_page_is_found(site, damage):
    pattern, new, message = DAMAGES[damage]
    replace(site, "ko/01_stub.html", pattern, new)
    problems = problems_of_files(site, ADDRESS)
    assert len(problems) == 1
    assert re.match(rf"ko/01_stub\.html: .*{message}", problems[0])


def test_asterisks_in_code_and_formulas_are_no_stray_ones(site):
    code = '<code>2**10</code><pre>f(**x)</pre><span class="math">a**b</span></article>'
    replace(site, "ko/01_stub.html", "</article>", code)
    assert problems_of_files(site, ADDRESS) == []


def test_a_site_without_its_korean_font_is_found(site):
    (site / "ko/_static/fonts/korean.woff2").unlink()
    problems = problems_of_files(site, ADDRESS)
    assert len(problems) == 3 and all("korean.woff2 has no" in problem for problem in problems)


def test_a_page_without_its_twin_is_found(site):
    (site / "en/01_stub.html").unlink()
    assert "ko/01_stub.html: the page has no twin in en/" in problems_of_files(site, ADDRESS)


def test_a_page_that_the_sitemap_leaves_out_is_found(site):
    replace(site, "sitemap.xml", rf"<loc>{ADDRESS}/en/01_stub\.html</loc>", "")
    assert problems_of_files(site, ADDRESS) == ["en/01_stub.html: the page is not in sitemap.xml"]


def test_the_browser_finds_foreign_requests_script_errors_and_what_is_too_wide(site, chromium):
    script = '<script>fetch("https://cdn.example.org/x.json").catch(() => {}); nothing.here</script>'
    wide = '<p class="wide" style="width: 2000px">wide</p>'
    replace(site, "ko/01_stub.html", "</section>", f"{script}{wide}</section>")
    with served(site) as address:
        problems = "\n".join(page_problems(chromium, address, "ko/01_stub.html"))
    assert "ko/01_stub.html: asks a foreign host: https://cdn.example.org/x.json" in problems
    assert "ko/01_stub.html: script error: ReferenceError: nothing is not defined" in problems
    for width in (320, 390, 768, 1280):
        assert re.search(
            rf'at {width} px: <p class="wide"> reaches \d+ px past the right edge', problems
        )


def test_controls_that_lose_the_first_click_are_found(site, chromium, monkeypatch):
    monkeypatch.setattr("browser_checks.LOOKS", 20)
    for script in ("bootstrap", "pydata-sphinx-theme"):
        (site / f"ko/_static/scripts/{script}.js").write_text("", "utf-8")
    with served(site) as address:
        found = list(control_problems(chromium, address, "ko/01_stub.html"))
    assert len(found) == 3 and all("does not answer the first click" in problem for problem in found)


def test_what_a_page_leaves_out_at_first_is_laid_out_soon(stub, chromium):
    every = """(async () => {
      const hidden = () => [...document.querySelectorAll("article section > section")]
        .filter((section) => getComputedStyle(section).contentVisibility !== "visible").length;
      for (let i = 0; i < 100 && document.querySelector(".unrolling"); i++)
        await new Promise((done) => setTimeout(done, 50));
      return [document.querySelector("article section > section").style.contentVisibility, hidden()];
    })()"""
    with served(stub / "_build/site") as address:
        chromium.open(f"{address}/ko/01_stub.html")
        assert chromium.value(every) == ["visible", 0]
        chromium.open(f"{address}/en/01_stub.html#section-1")  # a place further down is found at once
        assert chromium.value(every) == ["", 0]


def test_what_scrolls_by_itself_can_be_reached_by_the_keyboard(site, chromium):
    reached = """(() => {
      const parts = [...document.querySelectorAll("article pre")];
      const wide = parts.filter((part) => part.scrollWidth > part.clientWidth);
      return [wide.length > 0, wide.every((part) => part.tabIndex === 0), parts.length > wide.length];
    })()"""
    with served(site) as address:
        for page, place in (("ko/01_stub.html", ""), ("en/01_stub.html", "#section-1")):
            replace(site, page, r"</pre>", f"{'x' * 200}</pre>")
            chromium.open(f"{address}/{page}{place}")
            chromium.value(UNROLLED)
            assert chromium.value(reached) == [True, True, True]


def test_a_table_fades_at_its_edge_until_its_end_is_reached(site, chromium):
    look = """new Promise((seen) => {
      const table = document.querySelector(".pst-scrollable-table-container");
      const fades = () => getComputedStyle(table).maskImage.includes("gradient");
      const before = fades();
      table.addEventListener("scroll", () => setTimeout(() => seen([before, fades()])));
      table.scrollLeft = table.scrollWidth;
      if (!table.scrollLeft) seen([before, fades()]);
    })"""
    with served(site) as address:
        for wide, faded in (("", [False, False]), ("x" * 300, [True, False])):
            replace(site, "ko/01_stub.html", r">1</td>", f">1{wide}</td>")
            chromium.open(f"{address}/ko/01_stub.html")
            chromium.value(UNROLLED)
            assert chromium.value(look) == faded


def test_results_without_excerpts_are_found(site, chromium):
    replace(site, "ko/01_stub.html", ' role="main"', "")
    replace(site, "ko/index.html", ' role="main"', "")
    with served(site) as address:
        problems = list(search_problems(chromium, address, pages(site)))
    assert "ko/search.html: the results show no text of the pages" in problems


def test_without_the_pairs_of_syllables_korean_search_is_found_lacking(site, chromium):
    replace(site, "ko/_static/language_data.js", "function splitQuery", "function noSplitQuery")
    with served(site) as address:
        problems = list(search_problems(chromium, address, pages(site)))
    assert "ko/search.html: 합성곱 does not find ko/01_stub.html" in problems


def test_an_icon_is_drawn_by_the_sites_own_font(stub, chromium):
    drawn = """(async () => {
      await document.fonts.ready;
      const icons = [...document.querySelectorAll(".fa-magnifying-glass")];
      const icon = icons.find((icon) => icon.getClientRects().length);
      const { content, fontFamily } = getComputedStyle(icon, "::before");
      const isThere = document.fonts.check(`900 16px ${fontFamily}`, content[1]);
      return [fontFamily.includes("Font Awesome"), isThere];
    })()"""
    with served(stub / "_build/site") as address:
        chromium.open(f"{address}/ko/index.html")
        assert chromium.value(drawn) == [True, True]


def test_formulas_stand_in_the_page_and_need_no_script(stub):
    for language in LANGUAGES:
        page = pages(stub / "_build/site")[f"{language}/01_stub.html"]
        found = {formula["display"]: formula for formula in page.soup.find_all("math")}
        assert found["block"].mfrac and "ln" in found["inline"].get_text()
        assert not page.soup.find("script", src=re.compile("mathjax", re.IGNORECASE))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_buttons_lead_to_the_files_of_the_repository(stub, language):
    page = pages(stub / "_build/site")
    links = {
        link["href"] for link in page[f"{language}/01_stub.html"].soup.select(".article-header-buttons a")
    }
    path = f"notebooks/{language}/01_stub.ipynb"
    assert f"https://colab.research.google.com/github/{REPOSITORY}/blob/{reference()}/{path}" in links
    assert f"https://mybinder.org/v2/gh/{REPOSITORY}/{reference()}?urlpath=lab/tree/{path}" in links
    assert f"https://github.com/{REPOSITORY}/edit/main/{path}" in links
    index = page[f"{language}/index.html"].soup
    assert index.select_one(f'a[href="https://github.com/{REPOSITORY}/edit/main/book/{language}/index.md"]')


def test_the_korean_pages_speak_korean_and_bring_their_font(stub):
    site = stub / "_build/site"
    interface = pages(site)["ko/01_stub.html"].soup
    titles = {tag["title"] for tag in interface.find_all(["a", "button"], title=True)}
    assert not [title for title in titles if re.search("[a-z]{3}", title) and not re.search("[가-힣]", title)]
    assert (site / "ko/_static/fonts/korean.woff2").stat().st_size > 1_000
    assert "클립보드에 복사" in (site / "ko/_static/copybutton.js").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE" in (site / "ko/_static/fonts/korean-OFL.txt").read_text("utf-8").upper()


def test_a_link_to_a_page_shows_its_title_its_description_and_a_picture(stub):
    site = stub / "_build/site"
    for place, locale in (("ko/01_stub.html", "ko_KR"), ("en/01_stub.html", "en_GB")):
        soup = pages(site)[place].soup
        shown = {tag["property"]: tag["content"] for tag in soup.find_all("meta", property=True)}
        assert shown["og:title"] == soup.h1.find(string=True)
        assert shown["og:description"] == soup.find("meta", attrs={"name": "description"})["content"]
        assert (shown["og:url"], shown["og:locale"]) == (f"{ADDRESS}/{place}", locale)
        assert imagesize.get(site / shown["og:image"].removeprefix(f"{ADDRESS}/")) == (1200, 630)


@pytest.mark.parametrize(
    ("language", "run", "links"),
    [
        (
            "ko",
            "마지막 실행: 2026년 11월 24일 · 1,234초 · alexnet_lib 0.1.0, .* 장치: 종이와 연필",
            "틀린 곳 알리기",
        ),
        (
            "en",
            "Last run: 24 November 2026 · 1,234 s · alexnet_lib 0.1.0, .* pencil and paper",
            "Report a mistake",
        ),
    ],
)
def test_the_foot_of_a_chapter_tells_of_its_run_and_leads_on(stub, language, run, links):
    page = pages(stub / "_build/site")
    foot = page[f"{language}/01_stub.html"].soup.select_one(".chapter-foot")
    assert re.search(run, foot.get_text())
    assert links in foot.get_text()
    places = {link["href"].split("?")[0] for link in foot.find_all("a")}
    other = "en" if language == "ko" else "ko"
    repository = f"https://github.com/{REPOSITORY}"
    assert places == {
        f"{repository}/commit/0123abcdef",
        f"{repository}/issues/new",
        f"{repository}/blob/main/notebooks/{language}/01_stub.ipynb",
        "_sources/01_stub.ipynb",
        f"../{other}/01_stub.html",
    }
    assert page[f"{language}/index.html"].soup.select_one(".chapter-foot") is None


def test_a_notebook_is_downloaded_as_it_is_committed(stub):
    for language in LANGUAGES:
        offered = stub / f"_build/site/{language}/_sources/01_stub.ipynb"
        assert offered.read_bytes() == (stub / f"notebooks/{language}/01_stub.ipynb").read_bytes()


def test_an_unchanged_language_is_not_rendered_again(stub, monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **options: pytest.fail("rendered again"))
    before = (stub / "_build/site/index.html").stat()
    assert build_site.build(stub, stub / "_build/executed", stub / "_build") == []
    assert (stub / "_build/site/index.html").stat().st_ino == before.st_ino


def test_a_changed_word_is_reason_to_render_that_language_alone(stub, tmp_path):
    source = shutil.copytree(stub / "_build/src", tmp_path / "src")
    before = {language: build_site.key_of(stub, source / language) for language in LANGUAGES}
    page = source / "en/pages/index.md"
    page.write_text(page.read_text("utf-8").replace("first", "very first"), "utf-8")
    after = {language: build_site.key_of(stub, source / language) for language in LANGUAGES}
    assert after["ko"] == before["ko"]
    assert after["en"] != before["en"]


def test_a_warning_of_jupyter_book_fails_and_is_tried_again_next_time(stub, tmp_path, monkeypatch, capsys):
    def warn(command, **options):
        assert "-W" in command
        return subprocess.CompletedProcess(command, 1, "", "WARNING: a link leads nowhere")

    shutil.copytree(stub / "_build/src", tmp_path / "src")
    monkeypatch.setattr(subprocess, "run", warn)
    for _ in range(2):
        assert build_site.render(stub, tmp_path, "en") == "en: Jupyter Book warns or fails, see above."
        assert "a link leads nowhere" in capsys.readouterr().err


def test_check_site_says_that_it_skipped_the_browser(site, monkeypatch, capsys):
    monkeypatch.setattr(check_site, "program", lambda: None)
    assert check_site.main([str(site)]) == 3
    assert "not looked at in a browser" in capsys.readouterr().out
    replace(site, "ko/01_stub.html", 'height="400"', "")
    assert check_site.main([str(site)]) == 1


def test_check_site_checks_again_what_changed_and_nothing_else(site, monkeypatch, capsys):
    looked = []
    monkeypatch.setattr(check_site, "program", lambda: "chromium")
    monkeypatch.setattr(check_site, "problems_in_browser", lambda site, short: looked.append(short) or [])
    monkeypatch.setattr(check_site, "installed", lambda: True)
    for name in ("html_problems", "accessibility_problems", "lighthouse_problems"):
        monkeypatch.setattr(check_site, name, lambda *arguments: [])
    assert [
        check_site.main([str(site), *options]) for options in (["--short"], ["--short"], [], ["--short"])
    ] == [0] * 4
    assert looked == [True, False]
    (site / "404.html").write_text((site / "404.html").read_text("utf-8") + "\n", "utf-8")
    assert check_site.main([str(site), "--short"]) == 0
    assert looked == [True, False, True]


def test_korean_words_are_found_without_their_particles():
    words = SearchKorean({}).split("손실은 ResNet18에서 줄어듭니다.")
    assert {"손실", "ResNet18", "줄어"} <= set(words)
    # Sphinx's own splitting keeps the particle, and so finds no 손실.
    assert "손실" not in SearchEnglish({}).split("손실은 줄어듭니다.")


def test_a_description_ends_with_a_whole_word():
    words = " ".join(["word"] * 60)
    assert len(shortened(words)) <= 160
    assert shortened(words).endswith("word…")
    assert shortened("short") == "short"


def test_a_picture_keeps_the_width_it_was_given_and_gets_the_height_that_goes_with_it():
    assert with_size('<img alt="x" src="a.png" style="width: 640px;"/>', (1280, 800)) == (
        '<img alt="x" height="400" src="a.png" width="640"/>'
    )
    assert 'width="30"' in with_size('<img alt="x" src="a.png">', (30, 20))


def test_the_sitemap_lists_each_page_with_its_twin_and_no_search(stub):
    text = sitemap(stub / "_build/site", "https://book.example")
    assert text.count("<loc>") == 4
    assert text.count('hreflang="en" href="https://book.example/en/01_stub.html"') == 2
    assert "search" not in text


def test_the_stub_is_a_valid_notebook():
    for language in LANGUAGES:
        nbformat.validate(site_stub.notebook(language))
