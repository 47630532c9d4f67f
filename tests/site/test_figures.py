"""Figures in a browser: each screen gets the drawing that fits it, and a press shows the picture large."""

from urllib.parse import urljoin

import pytest
from pages import pages
from reading import HEIGHT, UNROLLED

PHONE, SCREEN = 390, 1280
DIALOG = "dialog.figure-view"
# What the browser has chosen: how wide it is shown, and how wide it was drawn, in pixels of the page.
CHOSEN = "(image) => image.decode().then(() => [image.clientWidth, image.naturalWidth / 2])"

# How far each table was moved, with room for little but its first column, and how far that went with it.
MOVED = """[...document.querySelectorAll(".pst-scrollable-table-container")].map((table) => {
  const cells = [...table.querySelectorAll("tr > :first-child")];
  table.style.width = 0;
  table.style.width = `${cells[0].offsetWidth + 20}px`;
  table.scrollLeft = 1000;
  const left = (part) => part.getBoundingClientRect().left;
  const gaps = cells.map((cell) => Math.abs(left(cell) - left(table)));
  return [table.scrollLeft, Math.max(...gaps)];
})"""


@pytest.fixture
def illustrated(request, address, site):
    """The address of a chapter with a figure for each language; with ``--every-page`` of all of them."""
    found = [page for page in pages(site).values() if page.soup.select("figure:has(figcaption) source")]
    if not request.config.getoption("--every-page"):
        found = {page.language: page for page in found}.values()
    assert found
    return [f"{address}/{page.place}" for page in found]


def opened(browser, place, width, **options):
    """Return a page, whole, with its folds open."""
    page = browser.new_page(viewport={"width": width, "height": HEIGHT}, **options)
    page.goto(place)
    if options.get("java_script_enabled", True):
        page.wait_for_function(UNROLLED)
        page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
    return page


@pytest.mark.parametrize("width", [PHONE, SCREEN])
def test_each_screen_gets_the_drawing_that_was_made_for_it(browser, illustrated, width):
    """Else letters would be shown smaller than they were drawn; tests/test_layout.py sees to the drawings."""
    for place in illustrated:
        page = opened(browser, place, width)
        images = page.locator("figure:has(source) img")
        for image in (images.nth(n) for n in range(images.count())):
            image.scroll_into_view_if_needed()
            shown, drawn = image.evaluate(CHOSEN)
            assert shown >= 0.95 * drawn
            assert (drawn < PHONE) == (width == PHONE)
        page.close()


@pytest.mark.parametrize(("by", "width"), [("mouse", SCREEN), ("keys", SCREEN), ("touch", PHONE)])
def test_a_press_shows_a_figure_large_with_its_caption_and_closes_again(browser, illustrated, by, width):
    for place in illustrated:
        page = opened(browser, place, width, has_touch=by == "touch")
        figure = page.locator("figure:has(figcaption)").first
        link, view = figure.locator("a.image-reference"), page.locator(DIALOG)
        link.scroll_into_view_if_needed()
        before = link.locator("img").evaluate("(image) => image.clientWidth")
        {"mouse": link.click, "touch": link.tap, "keys": lambda link=link: link.press("Enter")}[by]()
        assert view.is_visible()
        assert view.locator("p").text_content() == figure.locator(".caption-text").text_content()
        picture = view.locator("img")
        widths = [before, picture.evaluate("(image) => image.clientWidth")]
        page.keyboard.press("+") if by == "keys" else view.locator("button").nth(1).click()
        widths.append(picture.evaluate("(image) => image.clientWidth"))
        assert widths[0] * 1.2 < widths[1] < widths[2]
        page.keyboard.press("Escape") if by == "keys" else view.locator("button").last.click()
        assert not view.is_visible()
        assert link.evaluate("(link) => link === document.activeElement")
        page.close()


def test_without_scripts_a_figure_is_a_link_to_the_picture(browser, illustrated):
    for place in illustrated:
        page = opened(browser, place, SCREEN, java_script_enabled=False)
        for link in page.locator("figure:has(source) a.image-reference").all():
            answer = page.request.get(urljoin(place, link.get_attribute("href")))
            assert answer.ok and answer.headers["content-type"].startswith("image/")
        page.close()


@pytest.mark.parametrize("width", [PHONE, SCREEN])
def test_the_first_column_of_a_table_stays_in_sight(browser, address, site, width):
    found = next(page for page in pages(site).values() if page.soup.select("table td + td"))
    page = opened(browser, f"{address}/{found.place}", width)
    moved = page.evaluate(MOVED)
    assert moved and any(scrolled > 0 for scrolled, _ in moved)
    assert max(gap for _, gap in moved) < 3
    page.close()
