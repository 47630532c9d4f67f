"""What the extensions make of the stub: formulas, buttons, words, feet, pictures for other sites."""

import re
import shutil
import subprocess

import imagesize
import pytest
from pages import pages

import build_site
from image_sizes import with_size
from join_site import sitemap
from notebook_files import LANGUAGES, ROOT, current_repository, reference
from page_head import shortened
from site_config import site_address

ADDRESS = site_address(ROOT)
REPOSITORY = current_repository(ROOT)


def test_formulas_stand_in_the_page_and_need_no_script(stub):
    for language in LANGUAGES:
        page = pages(stub / "_build/site")[f"{language}/01_stub.html"]
        found = {formula.get("display"): formula for formula in page.soup.find_all("math")}
        assert found["block"].mfrac and "ln" in found[None].get_text()
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


def test_the_table_of_exercises_names_them_and_leads_to_their_chapter(stub):
    for language, task in (("ko", "가운데 찾기"), ("en", "The middle")):
        row = pages(stub / "_build/site")[f"{language}/index.html"].soup.select_one("tbody tr")
        assert row.a["href"] == "01_stub.html" and row.a.get_text()
        assert [cell.get_text() for cell in row.find_all("td")[1:]] == [task, "1", "6"]


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
        # The topic stands on a line of its own, without the dot that parts it from the question elsewhere.
        question, topic = soup.select_one("article h1").contents[:2]
        assert shown["og:title"] == f"{question} · {topic.contents[1]}" == soup.h1.find(string=True)
        assert shown["og:description"] == soup.find("meta", attrs={"name": "description"})["content"]
        assert (shown["og:url"], shown["og:locale"]) == (f"{ADDRESS}/{place}", locale)
        assert imagesize.get(site / shown["og:image"].removeprefix(f"{ADDRESS}/")) == (1200, 630)


@pytest.mark.parametrize(
    ("language", "run"),
    [
        ("ko", "마지막 실행: 2026년 11월 24일 · 1,234초 · alexnet_lib 0.1.0, .* 장치: 종이와 연필"),
        ("en", "Last run: 24 November 2026 · 1,234 s · alexnet_lib 0.1.0, .* pencil and paper"),
    ],
)
def test_the_foot_of_a_chapter_tells_of_its_run_and_leads_on(stub, language, run):
    page = pages(stub / "_build/site")
    foot = page[f"{language}/01_stub.html"].soup.select_one(".chapter-foot")
    assert re.search(run, foot.get_text())
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


def test_what_movable_figures_fetch_is_not_written_where_no_page_has_one(stub):
    assert not (stub / "_build/site/widget_data").exists()


def test_a_site_whose_pages_are_unchanged_is_not_built_again(stub, monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **options: pytest.fail("rendered again"))
    before = (stub / "_build/site/index.html").stat()
    assert build_site.build(stub, stub / "_build/executed", stub / "_build") == []
    assert (stub / "_build/site/index.html").stat().st_ino == before.st_ino


def test_a_changed_word_is_reason_to_build_the_site_anew(stub, tmp_path):
    pages = shutil.copytree(stub / "_build/src", tmp_path / "src")
    assert build_site.key_of(stub, pages) == (stub / "_build/site.key").read_text()
    page = pages / "en/pages/index.md"
    page.write_text(page.read_text("utf-8").replace("first", "very first"), "utf-8")
    assert build_site.key_of(stub, pages) != (stub / "_build/site.key").read_text()


def test_a_warning_of_jupyter_book_fails_and_is_tried_again_next_time(stub, tmp_path, monkeypatch, capsys):
    def warn(command, **options):
        assert "-W" in command
        return subprocess.CompletedProcess(command, 1, "", "WARNING: a link leads nowhere")

    monkeypatch.setattr(subprocess, "run", warn)
    for _ in range(2):
        failures = build_site.build(stub, stub / "_build/executed", tmp_path)
        assert failures == [f"{code}: Jupyter Book warns or fails, see above." for code in LANGUAGES]
        assert "a link leads nowhere" in capsys.readouterr().err


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


def test_the_sitemap_lists_each_page_and_no_search(stub):
    listed = re.findall("<loc>(.*?)</loc>", sitemap(stub / "_build/site", "https://book.example"))
    places = [f"{language}/{name}.html" for language in sorted(LANGUAGES) for name in ("01_stub", "index")]
    assert listed == [f"https://book.example/{place}" for place in places]
