"""What only a browser can tell of the built site."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from browser import Browser, browser
from notebook_files import LANGUAGES
from page_checks import NOT_PROSE, Page, pages
from site_server import served
from widget_checks import widget_problems

WIDTHS = (320, 390, 768, 1280)
# Korean words without the particles they carry in the text.
QUERIES = ("합성곱", "손실", "학습", "과적합", "혼동 행렬", "학습률")
# What a reader has chosen before, what the browser asks for, and the language that the root then opens.
ARRIVALS = (
    ("", "fr,ko-KR", "ko"), ("", "fr", "en"), ("ko", "en-US", "ko"), ("en", "ko-KR", "en"),
)  # fmt: skip

# A sidebar that is sliding away would be measured on its way.
STAND_STILL = """document.head.insertAdjacentHTML(
  "beforeend", "<style>* { transition: none !important; animation: none !important }</style>")"""
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
EXCERPTS = "document.querySelectorAll('#search-results .context').length"
LISTED_PAGES = (
    "[...document.querySelectorAll('#search-results ul.search > li > a')].map((link) => link.pathname)"
)
SEARCH = "Search._performSearch(...Search._parseQuery({query!r})).map((result) => `/ko/${{result[0]}}.html`)"
# Controls that the theme's scripts serve, and what changes when they answer; those scripts come late.
CONTROLS = (
    (1280, ".theme-switch-button", "document.documentElement.dataset.mode"),
    (1280, ".search-button__button", "document.getElementById('pst-search-dialog').open"),
    (390, ".primary-toggle", "document.getElementById('pst-primary-sidebar-modal').open"),
)
LOOKS = 400  # so often, 50 ms apart, a control is looked at: a busy machine answers late
ANSWERS = """(async () => {
  const state = () => %s;
  const before = state();
  document.querySelector("%s").click();
  for (let i = 0; i < %d && state() === before; i++) await new Promise((done) => setTimeout(done, 50));
  return state() !== before;
})()"""
# The colours of the text and of what lies behind it, before the reader does anything.
COLOURS = """[getComputedStyle(document.querySelector("article p, article")).color,
  getComputedStyle(document.body).backgroundColor]"""
READABLE = """(() => {
  const link = document.querySelector("a.language-switch");
  return link?.offsetParent && document.querySelector("article").innerText.trim().length > 100;
})()"""


def problems_in_browser(site: Path, short: bool = False) -> list[str]:
    """Look at every page, or (short) at one of each kind, in both languages."""
    found = {place: page for place, page in pages(site).items() if page.language}
    places = one_of_each_kind(site) if short else list(found)
    # The browser starts before the server's thread: a fork in the midst of threads may hang.
    with browser() as chromium, served(site) as address:
        problems = [problem for place in places for problem in page_problems(chromium, address, place)]
        for place in one_of_each_kind(site):
            if not place.endswith(("/index.html", "/search.html")):
                problems += reader_problems(chromium, address, place)
        for place in with_widgets(found):
            problems += widget_problems(chromium, address, place)
        problems += root_problems(chromium, address)
        problems += search_problems(chromium, address, found)
    return problems


def one_of_each_kind(site: Path) -> list[str]:
    """Return, for each language, the first page, the longest notebook and the search."""
    chosen = []
    for language in LANGUAGES:
        notebooks = [path.stem for path in (site / language / "_sources").glob("*.ipynb")]
        longest = max(notebooks, key=lambda name: (site / language / f"{name}.html").stat().st_size)
        chosen += [f"{language}/{name}.html" for name in ("index", longest, "search")]
    return chosen


def with_widgets(found: dict[str, Page]) -> list[str]:
    """Return the pages that hold a figure to move."""
    return [place for place, page in found.items() if page.soup.select_one(".widget")]


def page_problems(chromium: Browser, address: str, place: str) -> Iterator[str]:
    """Yield what goes wrong when a page is opened, and where it is too wide."""
    chromium.resize(WIDTHS[-1])
    chromium.open(f"{address}/{place}")
    for event in chromium.events:
        if message := complaint(event, address):
            yield f"{place}: {message}"
    chromium.value(STAND_STILL)
    for width in WIDTHS:
        chromium.resize(width)
        if element := chromium.value(WIDEST_ELEMENT):
            yield f"{place} at {width} px: {element}"


def complaint(event: dict[str, Any], address: str) -> str:
    """Return what an event of the browser says is wrong, or nothing."""
    kind, about = event["method"], event["params"]
    if kind == "Network.requestWillBeSent":
        url = about["request"]["url"]
        return "" if url.startswith((address, "data:", "blob:")) else f"asks a foreign host: {url}"
    if kind == "Runtime.exceptionThrown":
        details = about["exceptionDetails"]
        return f"script error: {details.get('exception', {}).get('description', details['text'])}"
    if kind == "Runtime.consoleAPICalled" and about["type"] in ("error", "assert"):
        return f"console error: {' '.join(str(part.get('value', '')) for part in about['args'])}"
    if kind == "Log.entryAdded" and about["entry"]["level"] == "error":
        return f"console error: {about['entry']['text']} {about['entry'].get('url', '')}"
    return ""


def reader_problems(chromium: Browser, address: str, place: str) -> Iterator[str]:
    """Yield whether a page can be read without scripts, and whether its switch keeps place and choice."""
    chromium.allow_scripts(False)
    chromium.open(f"{address}/{place}")
    if not chromium.value(READABLE):
        yield f"{place}: without scripts the text or the language switch does not show"
    chromium.allow_scripts(True)
    chromium.open(f"{address}/{place}")
    other = next(language for language in LANGUAGES if not place.startswith(language))
    chromium.value("localStorage.clear(), (location.hash = 'section-1')")
    chromium.click("a.language-switch")
    wanted = f"/{other}/{place.split('/', 1)[1]}#section-1"
    arrived, choice = chromium.value("[location.pathname + location.hash, localStorage.getItem('lang')]")
    if arrived != wanted:
        yield f"{place}: the language switch leads to {arrived} in place of {wanted}"
    if choice != other:
        yield f"{place}: the language switch does not remember {other}"
    yield from control_problems(chromium, address, place)
    yield from theme_problems(chromium, address, place)


def theme_problems(chromium: Browser, address: str, place: str) -> Iterator[str]:
    """Yield whether a first visit shows a page in the system's colours before the reader moves."""
    shown = {}
    for scheme in ("dark", "light"):
        chromium.prefer(scheme)
        chromium.open(f"{address}/{place}")
        text, behind = (brightness(colour) for colour in chromium.value(COLOURS))
        shown[scheme] = text > behind if scheme == "dark" else text < behind
        chromium.value("localStorage.clear()")
    if wrong := [scheme for scheme, right in shown.items() if not right]:
        yield f"{place}: a first visit does not show the colours of a system that is {' or '.join(wrong)}"


def brightness(colour: str) -> float:
    """Return the sum of red, green and blue of a computed colour; what is transparent has none."""
    red, green, blue, *opaque = map(float, re.findall(r"[\d.]+", colour))
    return (red + green + blue) * (opaque[0] if opaque else 1)


def control_problems(chromium: Browser, address: str, place: str) -> Iterator[str]:
    """Yield the controls of the theme that do not answer the first click on a page."""
    for width, selector, state in CONTROLS:
        chromium.resize(width)
        chromium.open(f"{address}/{place}")
        if not chromium.value(ANSWERS % (state, selector, LOOKS)):
            yield f"{place} at {width} px: {selector} does not answer the first click"
    chromium.value("localStorage.clear()")


def root_problems(chromium: Browser, address: str) -> Iterator[str]:
    """Yield the readers whom the root of the site does not send to their language."""
    agent = chromium.value("navigator.userAgent")
    for chosen, accepted, wanted in ARRIVALS:
        chromium.value(f"localStorage.setItem('lang', '{chosen}')")
        chromium.ask("Network.setUserAgentOverride", userAgent=agent, acceptLanguage=accepted)
        chromium.open(f"{address}/")
        if (arrived := chromium.value("location.pathname")) != f"/{wanted}/index.html":
            reader = f"a reader of {accepted!r} who chose {chosen or 'nothing'} before"
            yield f"index.html: opens {arrived} in place of /{wanted}/index.html for {reader}"


def search_problems(chromium: Browser, address: str, found: dict[str, Page]) -> Iterator[str]:
    """Yield the Korean pages that hold a word, with whatever particle, and that its search does not list.

    A query is typed as the book writes it, without its spaces, and in parts, as macOS gives it.
    """
    chromium.open(f"{address}/ko/search.html?q={QUERIES[0]}")
    for message in filter(None, (complaint(event, address) for event in chromium.events)):
        yield f"ko/search.html: {message}"
    if not chromium.value(EXCERPTS):
        yield "ko/search.html: the results show no text of the pages"
    korean = {f"/{place}": page.text(NOT_PROSE) for place, page in found.items() if page.language == "ko"}
    del korean["/ko/search.html"]
    for query in QUERIES:
        for typed in {query, query.replace(" ", ""), unicodedata.normalize("NFD", query)}:
            # The first as a reader sees it; a page load for each of the others would take long.
            listed = chromium.value(LISTED_PAGES if typed == QUERIES[0] else SEARCH.format(query=typed))
            for place, text in korean.items():
                if query in text and place not in listed:
                    yield f"ko/search.html: {typed} does not find {place[1:]}"
