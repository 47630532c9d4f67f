"""What only a browser can tell of a page: whether it opens, fits, answers and speaks to who reads it."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from pages import NOT_PROSE, pages
from playwright.sync_api import BrowserContext
from playwright.sync_api import TimeoutError as StillWaiting

from browser import complaints
from notebook_files import LANGUAGES

WIDTHS = (320, 390, 768, 1280)
HEIGHT = 900
# Korean words without the particles they carry in the text.
QUERIES = ("합성곱", "손실", "학습", "과적합", "혼동 행렬", "학습률")

# A sidebar that is sliding away would be measured on its way.
STAND_STILL = "* { transition: none !important; animation: none !important }"
WIDEST_ELEMENT = """(() => {
  const width = document.documentElement.clientWidth;
  const excess = document.documentElement.scrollWidth - width;
  if (excess <= 0) return null;
  // What scrolls by itself, or hangs beside the page, does not widen it.
  const isApart = (element, isAncestor) => {
    if (!element || element === document.body) return false;
    const { position, overflowX } = getComputedStyle(element);
    if (position === "fixed" || (isAncestor && overflowX !== "visible")) return true;
    return isApart(element.parentElement, true);
  };
  const right = (element) => element.getBoundingClientRect().right;
  const wide = [...document.body.querySelectorAll("*")]
    .filter((element) => right(element) > width + 0.5 && !isApart(element, false));
  const worst = wide.reduce((a, b) => (a && right(a) > right(b) ? a : b), null);
  const name = worst ? `<${worst.tagName.toLowerCase()} class="${worst.className}">` : "an element";
  return `${name} reaches ${Math.ceil(excess)} px past the right edge`;
})()"""
# A page is whole a moment after it is loaded; see book/_static/unroll.js.
UNROLLED = "!document.querySelector('.unrolling')"
LISTED = "[...document.querySelectorAll('#search-results li > a')].map((link) => link.pathname)"
SEARCH = "async (query) => (await bookSearch(query)).map((hit) => `/ko/${hit.page}.html`)"
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


def one_of_each_kind(site: Path) -> list[str]:
    """Return, for each language, the first page, the longest notebook and the search."""
    chosen = []
    for language in LANGUAGES:
        notebooks = [path.stem for path in (site / language / "_sources").glob("*.ipynb")]
        longest = max(notebooks, key=lambda name: (site / language / f"{name}.html").stat().st_size)
        chosen += [f"{language}/{name}.html" for name in ("index", longest, "search")]
    return chosen


def opening_problems(reader: BrowserContext, address: str, place: str) -> Iterator[str]:
    """Yield what goes wrong when a page is opened, and where it is too wide."""
    page = reader.new_page()
    found = complaints(page, address)
    page.goto(f"{address}/{place}", wait_until="networkidle")
    yield from (f"{place}: {complaint}" for complaint in found)
    page.add_style_tag(content=STAND_STILL)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        if element := page.evaluate(WIDEST_ELEMENT):
            yield f"{place} at {width} px: {element}"
    page.close()


def control_problems(reader: BrowserContext, address: str, place: str, patience: float) -> Iterator[str]:
    """Yield the controls that do not answer the first click on a page, within some milliseconds."""
    for width, selector, state in CONTROLS:
        page = reader.new_page()
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.goto(f"{address}/{place}")
        before = page.evaluate(state)
        page.click(f"{selector} >> visible=true")
        try:
            page.wait_for_function(f"(before) => {state} !== before", arg=before, timeout=patience)
        except StillWaiting:
            yield f"{place} at {width} px: {selector} does not answer the first click"
        page.close()


def colour_problems(reader: BrowserContext, address: str, place: str) -> Iterator[str]:
    """Yield the systems whose colours a first visit does not show before the theme's scripts have run."""
    page = reader.new_page()
    page.route(THEME_SCRIPTS, lambda route: route.abort())
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{address}/{place}")
        text, behind = (brightness(colour) for colour in page.evaluate(COLOURS))
        if (text > behind) != (scheme == "dark"):
            yield f"{place}: a first visit does not show the colours of a system that is {scheme}"
    page.close()


def brightness(colour: str) -> float:
    """Return the sum of red, green and blue of a computed colour; what is transparent has none."""
    red, green, blue, *opaque = map(float, re.findall(r"[\d.]+", colour))
    return (red + green + blue) * (opaque[0] if opaque else 1)


def search_problems(reader: BrowserContext, address: str, site: Path) -> Iterator[str]:
    """Yield the Korean pages that hold a word, with whatever particle, and that its search does not list.

    A query is typed as the book writes it, without its spaces, and in parts, as macOS gives it.
    """
    page = reader.new_page()
    found = complaints(page, address)
    page.goto(f"{address}/ko/search.html?q={QUERIES[0]}", wait_until="networkidle")
    yield from (f"ko/search.html: {complaint}" for complaint in found)
    if not page.locator("#search-results li mark").count():
        yield "ko/search.html: the results do not show the word that was sought"
    korean = {place: each for place, each in pages(site).items() if each.language == "ko"}
    # The first page lists the titles of the chapters, which are found in the chapters.
    apart = ("ko/search.html", "ko/index.html")
    texts = {f"/{place}": each.text(NOT_PROSE) for place, each in korean.items() if place not in apart}
    for query in QUERIES:
        for typed in {query, query.replace(" ", ""), unicodedata.normalize("NFD", query)}:
            listed = page.evaluate(SEARCH, typed)
            for place, text in texts.items():
                if query in text and place not in listed:
                    yield f"ko/search.html: {typed} does not find {place[1:]}"
    page.close()
