"""What the checks in a browser share: sizes of the screen, pages to look at, and what to ask of a page."""

from pathlib import Path

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


def longest(site: Path, language: str) -> str:
    """Return the place of the longest chapter, in which one is lost first."""
    chapters = (site / language).glob("[0-9][0-9]_*.html")
    return max(chapters, key=lambda path: path.stat().st_size).relative_to(site).as_posix()


def one_of_each_kind(site: Path) -> list[str]:
    """Return, for each language, the first page, the longest chapter and the search."""
    return [
        place
        for language in LANGUAGES
        for place in (f"{language}/index.html", longest(site, language), f"{language}/search.html")
    ]
