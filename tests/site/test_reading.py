"""Whoever opens a page can read it: at any width, in the dark, without scripts, in either language."""

import re

import pytest
from reading import HEIGHT, UNROLLED, WIDTHS, colour_problems, control_problems, opening_problems
from test_pages import replace

from conftest import served
from notebook_files import LANGUAGES
from page_tables import mend_tables

MOST_KIB = 600  # of the first load of a chapter
ANSWER = 20_000  # milliseconds: a busy machine answers late
# What a reader has chosen before, the browser's language, and the language that the root then opens.
ARRIVALS = (("", "ko-KR", "ko"), ("", "fr", "en"), ("ko", "en-US", "ko"), ("en", "ko-KR", "en"))
# An address that is not there, the browser's language, and the language that comes first.
LOST = (("en/gone.html", "ko-KR", "en"), ("gone.html", "ko-KR", "ko"), ("gone.html", "en-US", "en"))


def chapters(places):
    return [place for place in places if re.search(r"/\d\d_", place)]


def without_search(places):
    return [place for place in places if not place.endswith("search.html")]


def test_pages_open_without_a_fault_ask_no_other_host_and_fit_every_width(reader, address, places):
    assert [found for place in places for found in opening_problems(reader, address, place)] == []


def test_the_first_load_of_a_chapter_is_light(reader, address, places):
    for place in chapters(places):
        page, answers = reader.new_page(), []
        page.on("requestfinished", lambda asked, answers=answers: answers.append(asked.sizes()))
        page.goto(f"{address}/{place}", wait_until="networkidle")
        assert answers and sum(sizes["responseBodySize"] for sizes in answers) < MOST_KIB * 1024
        page.close()


def test_a_page_can_be_read_without_scripts(browser, address, places):
    page = browser.new_page(java_script_enabled=False)
    for place in without_search(places):
        page.goto(f"{address}/{place}")
        assert page.locator("a.language-switch").first.is_visible()
        assert len(page.locator("article").inner_text()) > 100
    page.close()


def test_the_language_switch_keeps_the_place_and_remembers_the_choice(reader, address, places):
    page = reader.new_page()
    for place in chapters(places):
        name = place.partition("/")[2]
        for other in (code for code in LANGUAGES if not place.startswith(code)):
            page.goto(f"{address}/{place}#section-1")
            page.click(f"a.language-switch[hreflang={other}] >> nth=0")
            page.wait_for_url(f"{address}/{other}/{name}#section-1")
            assert page.evaluate("localStorage.getItem('lang')") == other


def test_controls_answer_the_first_click(reader, address, places):
    # The page of the search has a field in place of the search's button.
    assert [
        found
        for place in without_search(places)
        for found in control_problems(reader, address, place, ANSWER)
    ] == []


def test_a_first_visit_shows_the_systems_colours_at_once(reader, address, places):
    assert [
        found for place in without_search(places) for found in colour_problems(reader, address, place)
    ] == []


@pytest.mark.parametrize(("chosen", "accepted", "wanted"), ARRIVALS)
def test_the_root_sends_readers_to_their_language(browser, address, chosen, accepted, wanted):
    page = browser.new_page(locale=accepted)
    page.goto(f"{address}/404.html")
    page.evaluate("(chosen) => localStorage.setItem('lang', chosen)", chosen)
    page.goto(f"{address}/")
    page.wait_for_url(f"{address}/{wanted}/index.html")
    page.close()


@pytest.mark.parametrize(("asked", "accepted", "wanted"), LOST)
def test_a_page_that_is_not_there_speaks_the_readers_language_first(
    browser, address, site, asked, accepted, wanted
):
    page = browser.new_page(locale=accepted)
    page.route("**/gone.html", lambda route: route.fulfill(path=site / "404.html"))
    page.goto(f"{address}/{asked}")
    first = page.locator("section").first
    assert first.get_attribute("lang") == wanted
    assert first.locator("form").is_visible() and first.locator("li a").count()
    page.close()


def test_foreign_requests_script_errors_and_what_is_too_wide_are_found(damaged, reader):
    script = '<script>fetch("https://cdn.example.org/x.json").catch(() => {}); nothing.here</script>'
    wide = '<p class="wide" style="min-width: 2000px">wide</p>'
    replace(damaged, "ko/01_stub.html", "</section>", f"{script}{wide}</section>")
    with served(damaged) as address:
        problems = "\n".join(opening_problems(reader, address, "ko/01_stub.html"))
    assert "ko/01_stub.html: asks a foreign host: https://cdn.example.org/x.json" in problems
    assert "ko/01_stub.html: script error: nothing is not defined" in problems
    for width in WIDTHS:
        assert re.search(rf'at {width} px: <p class="wide"> reaches \d+ px past the right edge', problems)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_without_colours_on_a_first_visit_is_found(damaged, reader, scheme):
    other = {"light": "dark", "dark": "light"}[scheme]
    replace(damaged, "ko/01_stub.html", re.escape("dataset.mode : system"), f'dataset.mode : "{other}"')
    with served(damaged) as address:
        [problem] = colour_problems(reader, address, "ko/01_stub.html")
    assert problem.endswith(f"does not show the colours of a system that is {scheme}")


def test_controls_that_do_not_answer_are_found(damaged, reader):
    for script in ("bootstrap", "pydata-sphinx-theme", "sphinx-book-theme"):
        (damaged / f"ko/_static/scripts/{script}.js").unlink()
        (damaged / f"ko/_static/scripts/{script}.js").write_text("")
    with served(damaged) as address:
        assert len(list(control_problems(reader, address, "ko/01_stub.html", patience=500))) == 3


def test_what_a_page_leaves_out_at_first_is_laid_out_soon(reader, stub):
    seen = """[document.querySelector("article section > section").style.contentVisibility,
      [...document.querySelectorAll("article section > section")]
        .filter((section) => getComputedStyle(section).contentVisibility !== "visible").length]"""
    page = reader.new_page()
    with served(stub / "_build/site") as address:
        # A place further down is found at once.
        for place, first in (("ko/01_stub.html", "visible"), ("en/01_stub.html#section-1", "")):
            page.goto(f"{address}/{place}")
            page.wait_for_function(UNROLLED)
            assert page.evaluate(seen) == [first, 0]


def test_what_scrolls_by_itself_can_be_reached_by_the_keyboard(damaged, reader):
    reached = """(() => {
      const parts = [...document.querySelectorAll("article pre")];
      const wide = parts.filter((part) => part.scrollWidth > part.clientWidth);
      return [wide.length > 0, wide.every((part) => part.tabIndex === 0), parts.length > wide.length];
    })()"""
    page = reader.new_page()
    with served(damaged) as address:
        for name, place in (("ko/01_stub.html", ""), ("en/01_stub.html", "#section-1")):
            replace(damaged, name, r"</pre>", f"{'x' * 200}</pre>")
            page.goto(f"{address}/{name}{place}")
            page.wait_for_function(UNROLLED)
            page.wait_for_function("document.querySelector('article [tabindex]')")
            assert page.evaluate(reached) == [True, True, True]


def test_a_table_fades_at_its_edge_until_its_end_is_reached(damaged, reader):
    fades = "getComputedStyle(document.querySelector('.pst-scrollable-table-container')).maskImage !== 'none'"
    page = reader.new_page()
    with served(damaged) as address:
        for wide in ("", "x" * 300):
            replace(damaged, "ko/01_stub.html", r">1</td>", f">1{wide}</td>")
            page.goto(f"{address}/ko/01_stub.html")
            page.wait_for_function(UNROLLED)
            page.wait_for_function(f"{fades} === {str(bool(wide)).lower()}")
            page.evaluate("document.querySelector('.pst-scrollable-table-container').scrollLeft = 1e6")
            page.wait_for_function(f"!({fades})")


@pytest.mark.parametrize(("rows", "form"), [(2, "turned"), (4, "headed")])
def test_a_table_too_wide_for_a_phone_is_put_in_another_form_and_fits(damaged, reader, rows, form):
    cells = ["76.35 (75.5–77.2)", "8.7×10¹⁴ (A, B)", "50,000 (±0.10)", "12 min (C)", "learning rate"]
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>" for _ in range(rows))
    head = "<tr><th>network</th><th>first</th><th>second</th><th>third</th><th>fourth</th></tr>"
    table = mend_tables(f'<table class="table"><thead>{head}</thead><tbody>{body}</tbody></table>')
    replace(damaged, "en/01_stub.html", r"(?s)<table.*?</table>", table)
    page = reader.new_page()
    box = f"document.querySelector(':has(> .{form})')"
    hidden = f"{box}.scrollWidth - {box}.clientWidth"
    cut = f"[...document.querySelectorAll('.{form} td')].some((cell) => cell.scrollWidth > cell.clientWidth)"
    with served(damaged) as address:
        for width, is_hidden in ((390, False), (600, True)):
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.goto(f"{address}/en/01_stub.html")
            assert (page.evaluate(hidden) > 0) == is_hidden
            assert not page.evaluate(cut)


def test_an_icon_is_drawn_by_the_sites_own_font(reader, stub):
    drawn = """async () => {
      const icons = [...document.querySelectorAll(".fa-magnifying-glass")];
      const icon = icons.find((icon) => icon.getClientRects().length);
      const { content, fontFamily } = getComputedStyle(icon, "::before");
      const fonts = await document.fonts.load(`900 16px ${fontFamily}`, content[1]);
      return [fonts.length, fonts[0]?.family.includes("Font Awesome"), fonts[0]?.status];
    }"""
    page = reader.new_page()
    with served(stub / "_build/site") as address:
        page.goto(f"{address}/ko/index.html")
        count, is_own, status = page.evaluate(drawn)
    assert count >= 1 and is_own and status == "loaded"
