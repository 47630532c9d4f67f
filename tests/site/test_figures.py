"""Figures in a browser: each screen gets the drawing that fits it, and a press shows the picture large."""

import colorsys
import io
from urllib.parse import urljoin

import matplotlib as mpl
import pytest
from pages import pages
from PIL import Image

from alexnet_lib.notebook import COLOURS

PHONE, SCREEN = 390, 1280
OPEN = "document.querySelectorAll('details').forEach((fold) => (fold.open = true))"
# What the browser has chosen: how wide it is shown, and how wide it was drawn, in pixels of the page.
CHOSEN = "(image) => image.decode().then(() => [image.clientWidth, image.naturalWidth / 2])"

# How far each table was moved, with little room, and how far its first column and its head went with it.
# Tables that are shown as such move in their boxes; those that a phone puts into another form do not.
MOVED = """[...document.querySelectorAll(".pst-scrollable-table-container:has(thead)")].filter((table) =>
  getComputedStyle(table.querySelector("table")).display === "table").map((table) => {
  const all = (part) => [...table.querySelectorAll(part)];
  const [cells, heads] = [all("tr > :first-child"), all("thead tr > *")];
  table.style.width = 0;
  table.style.width = `${cells[0].offsetWidth + 20}px`;
  table.style.maxHeight = `${heads[0].offsetHeight + 20}px`;
  table.scrollTo({ left: 1000, top: 1000, behavior: "instant" });
  const gaps = (parts, side) => parts.map((part) =>
    Math.abs(part.getBoundingClientRect()[side] - table.getBoundingClientRect()[side]));
  return [table.scrollLeft, table.scrollTop, Math.max(...gaps(cells, "left"), ...gaps(heads, "top"))];
})"""
# Paint a picture in one colour, and look at it in the dark.
PAINT = """async (image, colour) => {
  document.documentElement.dataset.theme = "dark";
  image.closest("figure").querySelectorAll("source").forEach((other) => other.remove());
  const canvas = Object.assign(document.createElement("canvas"), { width: 9, height: 9 });
  const brush = Object.assign(canvas.getContext("2d"), { fillStyle: colour });
  brush.fillRect(0, 0, 9, 9);
  image.src = canvas.toDataURL();
  await image.decode();
}"""


@pytest.mark.parametrize("width", [PHONE, SCREEN])
def test_each_screen_gets_the_drawing_that_was_made_for_it(visit, illustrated, width):
    """Else letters would be shown smaller than they were drawn; tests/test_layout.py sees to the drawings."""
    for place in illustrated:
        page = visit(place, width)
        page.evaluate(OPEN)
        for image in page.locator("figure:has(source) img").all():
            image.scroll_into_view_if_needed()
            shown, drawn = image.evaluate(CHOSEN)
            assert shown >= 0.95 * drawn
            assert (drawn < PHONE) == (width == PHONE)


@pytest.mark.parametrize(("by", "width"), [("mouse", SCREEN), ("keys", SCREEN), ("touch", PHONE)])
def test_a_press_shows_a_figure_large_with_its_caption_and_closes_again(visit, illustrated, by, width):
    for place in illustrated:
        page = visit(place, width, has_touch=by == "touch")
        page.evaluate(OPEN)
        figure = page.locator("figure:has(figcaption)").first
        link, view = figure.locator("a.image-reference"), page.locator("dialog.figure-view")
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


def test_a_figure_fits_the_screen_again_when_it_is_turned(visit, illustrated):
    sizes = """["img", ":scope"].flatMap((part) => {
      const stage = document.querySelector(".figure-stage");
      const shown = part === ":scope" ? stage : stage.querySelector(part);
      return [shown.clientWidth, shown.clientHeight];
    })"""
    page = visit(illustrated[0], 844, height=390)
    page.evaluate(OPEN)
    page.locator("figure:has(figcaption) a.image-reference").first.click()
    for width, height in ((844, 390), (390, 844), (844, 390)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(100)
        for _ in range(5):
            page.keyboard.press("-")
        picture, stage = (page.evaluate(sizes)[part:part + 2] for part in (0, 2))
        assert all(mine <= room + 1 for mine, room in zip(picture, stage, strict=True))
        assert any(mine > room - 20 for mine, room in zip(picture, stage, strict=True))


def test_without_scripts_a_figure_is_a_link_to_the_picture(visit, illustrated):
    for place in illustrated:
        page = visit(place, java_script_enabled=False)
        for link in page.locator("figure:has(source) a.image-reference").all():
            answer = page.request.get(urljoin(place, link.get_attribute("href")))
            assert answer.ok and answer.headers["content-type"].startswith("image/")


@pytest.mark.parametrize("width", [PHONE, SCREEN])
def test_the_first_column_and_the_head_of_a_table_stay_in_sight(visit, address, site, width):
    found = next(page for page in pages(site).values() if page.soup.select("table td + td"))
    page = visit(f"{address}/{found.place}", width)
    page.evaluate(OPEN)
    across, down, gaps = zip(*page.evaluate(MOVED), strict=True)
    assert max(across) > 0 and max(down) > 0 and max(gaps) < 3


def test_a_colour_of_a_figure_keeps_its_hue_in_the_dark_and_is_seen(visit, illustrated):
    page = visit(illustrated[0])
    page.evaluate(OPEN)
    image = page.locator("figure:has(source) img:not(.photo)").first.element_handle()
    image.scroll_into_view_if_needed()  # what is out of sight is not loaded, and decoding would not end
    for name in ("blue", "orange", "green", "vermilion"):
        image.evaluate(PAINT, COLOURS[name])
        shot = Image.open(io.BytesIO(image.screenshot())).convert("RGB")
        shown = [part / 255 for part in shot.getpixel((shot.width // 2, shot.height // 2))]
        drawn = mpl.colors.to_rgb(COLOURS[name])
        assert colorsys.rgb_to_hsv(*shown)[0] == pytest.approx(colorsys.rgb_to_hsv(*drawn)[0], abs=0.03), name
        assert colorsys.rgb_to_hsv(*shown)[2] > 0.9, name  # orange that is dark is brown
