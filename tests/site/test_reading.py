"""Whoever opens a page can read it: at any width, in the dark, without scripts or server, in any language."""

import re

import pytest
from pages import pages
from playwright.sync_api import TimeoutError as StillWaiting
from reading import HEIGHT, QUERIES, STAND_STILL, UNROLLED, WIDEST_ELEMENT, WIDTHS

from browser import complaints
from notebook_files import LANGUAGES

MOST_KIB = 600  # of the first load of a page
HEAVY = "gallery.html"  # pictures and little else
ANSWER = 20_000  # milliseconds: a busy machine answers late
# Controls that the theme's scripts serve, and what changes when they answer; those scripts come late.
CONTROLS = (
    (1280, ".theme-switch-button", "document.documentElement.dataset.mode"),
    (1280, ".search-button__button", "document.getElementById('pst-search-dialog').open"),
    (390, ".primary-toggle", "document.getElementById('pst-primary-sidebar-modal').open"),
)
# The colours of the text and of what lies behind it.
COLOURS = """[getComputedStyle(document.querySelector("article p, article")).color,
  getComputedStyle(document.body).backgroundColor]"""
THEME_SCRIPTS = re.compile(r"/(bootstrap|pydata-sphinx-theme)\.js")
# What a reader has chosen before, the browser's language, and the language that the root then opens.
ARRIVALS = (("", "ko-KR", "ko"), ("", "fr", "en"), ("ko", "en-US", "ko"), ("en", "ko-KR", "en"))
# An address that is not there, the browser's language, and the language that comes first.
LOST = (("en/gone.html", "ko-KR", "en"), ("gone.html", "ko-KR", "ko"), ("gone.html", "en-US", "en"))
STUB = "ko/01_stub.html"


def chapters(places):
    return [place for place in places if re.search(r"/\d\d_", place)]


def without_search(places):
    return [place for place in places if not place.endswith("search.html")]


def opening_problems(page, address, place):
    """Yield what goes wrong when a page is the first that is opened, and where it is too wide."""
    found, answers = complaints(page, address), []
    page.on("requestfinished", lambda asked: answers.append(asked.sizes()["responseBodySize"]))
    page.goto(f"{address}/{place}", wait_until="networkidle")
    yield from (f"{place}: {complaint}" for complaint in found)
    if sum(answers) > MOST_KIB * 1024 and not place.endswith(HEAVY):
        yield f"{place}: the first load has {sum(answers) / 1024:.0f} KiB"
    page.add_style_tag(content=STAND_STILL)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        if element := page.evaluate(WIDEST_ELEMENT):
            yield f"{place} at {width} px: {element}"


def control_problems(page, address, place, patience=ANSWER):
    """Yield the controls that do not answer the first click on a page, within some milliseconds."""
    for width, selector, state in CONTROLS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.goto(f"{address}/{place}")
        before = page.evaluate(state)
        page.click(f"{selector} >> visible=true")
        try:
            page.wait_for_function(f"(before) => {state} !== before", arg=before, timeout=patience)
        except StillWaiting:
            yield f"{place} at {width} px: {selector} does not answer the first click"


def colour_problems(page, address, place):
    """Yield the systems whose colours a first visit does not show before the theme's scripts have run."""
    page.route(THEME_SCRIPTS, lambda route: route.abort())
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{address}/{place}")
        text, behind = (brightness(colour) for colour in page.evaluate(COLOURS))
        if (text > behind) != (scheme == "dark"):
            yield f"{place}: a first visit does not show the colours of a system that is {scheme}"


def brightness(colour):
    """Return the sum of red, green and blue of a computed colour; what is transparent has none."""
    red, green, blue, *opaque = map(float, re.findall(r"[\d.]+", colour))
    return (red + green + blue) * (opaque[0] if opaque else 1)


def test_pages_are_light_open_without_a_fault_ask_no_other_host_and_fit_every_width(visit, address, places):
    opened = ((visit("about:blank"), place) for place in places)  # each with an empty cache
    assert [found for page, place in opened for found in opening_problems(page, address, place)] == []


def test_a_page_and_the_search_work_as_files(page, site, places):
    home = site.resolve().as_uri()
    found = complaints(page, home)
    for place in places:
        page.goto(f"{home}/{place}", wait_until="networkidle")
    assert found == []
    # Among files a browser shows no excerpts of other pages, but it lists them.
    page.goto(f"{home}/ko/search.html?q={QUERIES[0]}")
    page.wait_for_selector("#search-results li > a")


def test_a_page_can_be_read_without_scripts(visit, address, places):
    for place in without_search(places):
        page = visit(f"{address}/{place}", java_script_enabled=False)
        assert page.locator("a.language-switch").first.is_visible()
        assert len(page.locator("article").inner_text()) > 100


def test_the_language_switch_keeps_the_place_and_remembers_the_choice(page, address, places):
    for place in chapters(places):
        name = place.partition("/")[2]
        for other in (code for code in LANGUAGES if not place.startswith(code)):
            page.goto(f"{address}/{place}#section-1")
            page.click(f"a.language-switch[hreflang={other}] >> nth=0")
            page.wait_for_url(f"{address}/{other}/{name}#section-1")
            assert page.evaluate("localStorage.getItem('lang')") == other


def test_controls_answer_the_first_click(page, address, places):
    # The page of the search has a field in place of the search's button.
    found = [control_problems(page, address, place) for place in without_search(places)]
    assert [problem for problems in found for problem in problems] == []


def test_a_first_visit_shows_the_systems_colours_at_once(page, address, places):
    found = [colour_problems(page, address, place) for place in without_search(places)]
    assert [problem for problems in found for problem in problems] == []


@pytest.mark.parametrize(("chosen", "accepted", "wanted"), ARRIVALS)
def test_the_root_sends_readers_to_their_language(visit, address, chosen, accepted, wanted):
    page = visit(f"{address}/404.html", locale=accepted)
    page.evaluate("(chosen) => localStorage.setItem('lang', chosen)", chosen)
    page.goto(f"{address}/")
    page.wait_for_url(f"{address}/{wanted}/index.html")


@pytest.mark.parametrize(("asked", "accepted", "wanted"), LOST)
def test_a_page_that_is_not_there_speaks_the_readers_language_first(
    visit, address, site, asked, accepted, wanted
):
    page = visit("about:blank", locale=accepted)
    page.route("**/gone.html", lambda route: route.fulfill(path=site / "404.html"))
    page.goto(f"{address}/{asked}")
    first = page.locator("section").first
    assert first.get_attribute("lang") == wanted
    assert first.locator("form").is_visible() and first.locator("li a").count()


def test_foreign_requests_script_errors_and_what_is_too_wide_or_heavy_are_found(damage, damaged, page):
    (damaged / "ko/heavy.json").write_bytes(bytes(MOST_KIB * 1024))
    script = """<script>fetch("https://cdn.example.org/x.json").catch(() => {}); fetch("heavy.json");
      nothing.here</script>"""
    wide = '<p class="wide" style="min-width: 2000px">wide</p>'
    address = damage(STUB, "</section>", f"{script}{wide}</section>")
    problems = "\n".join(opening_problems(page, address, STUB))
    assert f"{STUB}: asks a foreign host: https://cdn.example.org/x.json" in problems
    assert f"{STUB}: script error: nothing is not defined" in problems
    assert f"{STUB}: the first load has" in problems
    for width in WIDTHS:
        assert re.search(rf'at {width} px: <p class="wide"> reaches \d+ px past the right edge', problems)


def test_a_page_without_colours_on_a_first_visit_is_found(damage, page):
    address = damage(STUB, re.escape("dataset.mode : system"), 'dataset.mode : "light"')
    [problem] = colour_problems(page, address, STUB)
    assert problem.endswith("a system that is dark")


def test_controls_that_do_not_answer_are_found(damage, page):
    for script in ("bootstrap", "pydata-sphinx-theme", "sphinx-book-theme"):
        address = damage(f"ko/_static/scripts/{script}.js", r"(?s)\A.*\Z", "")
    assert len(list(control_problems(page, address, STUB, patience=500))) == 3


def test_what_a_page_leaves_out_at_first_is_laid_out_soon(visit, stub_address):
    seen = """[document.querySelector("article section > section").style.contentVisibility,
      [...document.querySelectorAll("article section > section")]
        .filter((section) => getComputedStyle(section).contentVisibility !== "visible").length]"""
    # A place further down is found at once.
    for place, first in ((STUB, "visible"), (f"{STUB}#section-1", "")):
        assert visit(f"{stub_address}/{place}").evaluate(seen) == [first, 0]


@pytest.mark.parametrize("place", ["", "#section-1"])
def test_what_scrolls_by_itself_can_be_reached_by_the_keyboard(damage, visit, place):
    page = visit(damage(STUB, r"</pre>", f"{'x' * 200}</pre>") + f"/{STUB}{place}")
    page.wait_for_function(UNROLLED)
    # What is folded away is not measured, as the theme would, until it is opened.
    parts = page.locator("article pre")
    assert parts.evaluate_all("(parts) => parts.some((part) => part.hasAttribute('tabindex'))") is False
    page.evaluate("document.querySelectorAll('article details').forEach((fold) => (fold.open = true))")
    page.wait_for_function("document.querySelector('article pre[tabindex]')")
    assert parts.evaluate_all("""(parts) => {
      const wide = parts.filter((part) => part.scrollWidth > part.clientWidth);
      return [wide.every((part) => part.tabIndex === 0), parts.length > wide.length];
    }""") == [True, True]


def test_a_table_fades_at_its_edge_until_its_end_is_reached(damage, page):
    fades = "getComputedStyle(document.querySelector('.pst-scrollable-table-container')).maskImage !== 'none'"
    for wide in ("", "x" * 300):
        page.goto(damage(STUB, r">1</td>", f">1{wide}</td>") + f"/{STUB}")
        page.wait_for_function(UNROLLED)
        page.wait_for_function(f"{fades} === {str(bool(wide)).lower()}")
        page.evaluate("document.querySelector('.pst-scrollable-table-container').scrollLeft = 1e6")
        page.wait_for_function(f"!({fades})")


def wide_table(rows: int, form: str) -> str:
    """Return a table too wide for a phone, in the form that one of so many rows gets."""
    cells = ["76.35 (75.5–77.2)", "8.7×10¹⁴ (A, B)", "50,000 (±0.10)", "12 min (C)", "learning rate"]
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>" for _ in range(rows))
    head = "<tr><th>network</th><th>first</th><th>second</th><th>third</th><th>fourth</th></tr>"
    begin = f'<table class="table {form}" style="--tracks: {5 if form == "turned" else 4}">'
    return f"{begin}<thead>{head}</thead><tbody>{body}</tbody></table>"


@pytest.mark.parametrize(("rows", "form"), [(2, "turned"), (4, "headed")])
def test_a_table_too_wide_for_a_phone_is_put_in_another_form_and_fits(damage, visit, rows, form):
    address = damage("en/01_stub.html", r"(?s)<table.*?</table>", wide_table(rows, form))
    box = f"document.querySelector(':has(> .{form})')"
    hidden = f"{box}.scrollWidth - {box}.clientWidth"
    cut = f"[...document.querySelectorAll('.{form} td')].some((cell) => cell.scrollWidth > cell.clientWidth)"
    for width, is_hidden in ((390, False), (600, True)):
        page = visit(f"{address}/en/01_stub.html", width)
        assert (page.evaluate(hidden) > 0) == is_hidden
        assert not page.evaluate(cut)


# Where on a phone what a chapter begins with stands: a section, or a picture before it.
FIRST = "document.querySelector('article :is(h2, .network-drawing)').getBoundingClientRect().top + scrollY"
PHONE_HEIGHT = 844
LATEST = 1.5 * PHONE_HEIGHT
CUT_TABLES = """(() => {
  document.querySelectorAll("article details").forEach((fold) => (fold.open = true));
  return [...document.querySelectorAll("article table")].filter((table) => {
    const box = table.closest(".pst-scrollable-table-container") ?? table.parentElement;
    return table.scrollWidth > table.clientWidth + 1 && getComputedStyle(box).overflowX !== "auto";
  }).length;
})()"""


def phone_problems(page, address, place, width=390):
    """Yield that a chapter begins too far below its title, and that tables are cut off."""
    page.set_viewport_size({"width": width, "height": PHONE_HEIGHT})
    page.goto(f"{address}/{place}")
    if chapters([place]) and page.evaluate(FIRST) > LATEST:
        yield f"{place}: the first section begins late"
    page.wait_for_function(UNROLLED)
    if cut := page.evaluate(CUT_TABLES):
        yield f"{place}: {cut} tables are cut off"


def test_on_a_phone_every_chapter_begins_soon_and_no_table_is_cut_off(page, address, site):
    headed = re.compile(r'class="[^"]*\bheaded\b')
    others = [place for place in pages(site) if headed.search((site / place).read_text("utf-8"))]
    places = sorted({*chapters(pages(site)), *others})
    assert [problem for place in places for problem in phone_problems(page, address, place)] == []


def test_a_section_that_begins_late_is_found(damage, page):
    address = damage(STUB, re.escape('<details class="preparation">'), "<details open>" + "<p>x</p>" * 40)
    assert list(phone_problems(page, address, STUB)) == [f"{STUB}: the first section begins late"]


def test_a_table_that_is_cut_off_is_found_and_a_smaller_phone_can_move_it(damage, page):
    table = wide_table(4, "headed").replace("learning rate", "x" * 80)
    box = f'<div class="pst-scrollable-table-container">{table}</div>'
    address = damage("en/01_stub.html", r'(?s)<div class="pst-scrollable-table-container">.*?</div>', box)
    found = [list(phone_problems(page, address, "en/01_stub.html", width)) for width in (390, 360)]
    assert found == [["en/01_stub.html: 1 tables are cut off"], []]


def test_the_head_of_a_long_table_stays_under_the_bar_of_a_phone(damage, visit):
    output = f'<div class="cell_output docutils container">{wide_table(60, "headed")}</div>'
    fold = f'<details class="admonition hide below-input" open><summary>Guess</summary>{output}</details>'
    address = damage("en/01_stub.html", r"(?s)<table.*?</table>", fold)
    page = visit(f"{address}/en/01_stub.html", 390)
    right = "document.querySelector('{}').getBoundingClientRect().right"
    assert page.evaluate(right.format(".headed")) <= page.evaluate(right.format("details:has(.headed)"))
    page.evaluate("document.querySelectorAll('.headed tr')[30].scrollIntoView({ behavior: 'instant' })")
    is_seen = """(() => {
      const head = document.querySelector(".headed thead");
      const { left, top, width, height } = head.getBoundingClientRect();
      return head.contains(document.elementFromPoint(left + width / 2, top + height / 2));
    })()"""
    page.wait_for_function(is_seen)
    page.add_style_tag(content=".headed thead { position: static !important; }")
    assert not page.evaluate(is_seen)


def test_what_a_cell_says_goes_on_below_unless_it_has_columns(damage, visit):
    said = '<div class="output stream{}"><div class="highlight"><pre>' + "word " * 60 + "</pre></div></div>"
    address = damage("en/01_stub.html", r"(?s)<table.*?</table>", said.format("") + said.format(" columns"))
    shown = visit(f"{address}/en/01_stub.html", 390).locator(".stream pre").filter(has_text="word")
    cut = [part.evaluate("part => part.scrollWidth > part.clientWidth") for part in shown.all()]
    assert cut == [False, True]


def test_the_tables_of_recorded_runs_are_no_wider_than_their_column(visit, address, site, places):
    fits = """[...document.querySelectorAll(".pst-scrollable-table-container")]
      .map((box) => box.scrollWidth <= box.clientWidth)"""
    for place in [place for place in pages(site) if place.endswith("/results.html")] or chapters(places):
        found = visit(f"{address}/{place}").evaluate(fits)
        assert found and all(found), place


def test_an_icon_is_drawn_by_the_sites_own_font(visit, stub_address):
    page = visit(f"{stub_address}/ko/index.html")
    count, is_own, status = page.evaluate("""async () => {
      const icons = [...document.querySelectorAll(".fa-magnifying-glass")];
      const icon = icons.find((icon) => icon.getClientRects().length);
      const { content, fontFamily } = getComputedStyle(icon, "::before");
      const fonts = await document.fonts.load(`900 16px ${fontFamily}`, content[1]);
      return [fonts.length, fonts[0]?.family.includes("Font Awesome"), fonts[0]?.status];
    }""")
    assert count >= 1 and is_own and status == "loaded"
