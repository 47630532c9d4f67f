"""What can be told from the files of the site, without a browser."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from fontTools.ttLib import TTFont

from notebook_files import LANGUAGES

SHORTEST_ALT = 8
DESCRIPTION = range(40, 161)
FONT = "ko/_static/fonts/korean.woff2"
HANGUL = re.compile(r"[\uac00-\ud7a3]")
PRIVATE_PATH = re.compile(r"(?<![\w.:/-])/(?:root|home|work|tmp|Users)/\S*")
NOT_PROSE = ("script", "style", "pre", "code", ".math")
# Tags that make a browser fetch something by itself, and where they name it.
FETCHED = {"script": "src", "img": "src", "source": "srcset", "iframe": "src", "link": "href"}
FETCHED_LINKS = {"stylesheet", "icon", "preload"}


@dataclass(frozen=True)
class Page:
    """One page of the site; ``place`` is its path below the root, such as ``ko/index.html``."""

    site: Path
    place: str

    @property
    def language(self) -> str:
        """The folder, or nothing for the pages at the root."""
        return self.place.split("/")[0] if "/" in self.place else ""

    @property
    def twins(self) -> dict[str, str]:
        """The places of the same page, by the other languages."""
        name = self.place.partition("/")[2]
        others = {code: f"{code}/{name}" for code in LANGUAGES if self.language and code != self.language}
        return {code: place for code, place in others.items() if is_wanted(self.site, code, place)}

    @property
    def soup(self) -> BeautifulSoup:
        """The parsed page, which many tests share: look at it, and leave it as it is."""
        path = self.site / self.place
        return parsed(path, path.stat().st_mtime_ns)

    @cached_property
    def anchors(self) -> set[str]:
        """Every id of the page."""
        return {tag["id"] for tag in self.soup.find_all(id=True)}

    def text(self, without: tuple[str, ...] = ("script", "style")) -> str:
        """Return the words of the article, without some of its parts."""
        article = self.soup.article or self.soup.body
        hidden = {id(text) for tag in article.select(", ".join(without)) for text in tag.strings}
        return "".join(" " if id(text) in hidden else text for text in article.strings)


@cache
def parsed(path: Path, changed: int) -> BeautifulSoup:
    """Return a page of HTML; ``changed`` tells one state of the file from another."""
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def is_wanted(site: Path, code: str, place: str) -> bool:
    """Tell whether a language is to have a page: a translation that is begun has those that are there."""
    return not LANGUAGES[code].begun or (site / place).is_file()


def pages(site: Path) -> dict[str, Page]:
    """Return the pages of the site by their place."""
    found = [
        *site.glob("*.html"),
        *(path for language in LANGUAGES for path in site.glob(f"{language}/*.html")),
    ]
    places = sorted(path.relative_to(site).as_posix() for path in found)
    return {place: Page(site, place) for place in places}


def problems_of_files(site: Path, address: str) -> list[str]:
    """Return what is wrong with the pages at ``site``, which are to be published at ``address``."""
    found = pages(site)
    problems = list(missing_twins(found))
    for page in found.values():
        checks = [description_problems(page), image_problems(page), text_problems(page)]
        checks += [link_problems(page, found, address)]
        if page.language:
            checks += [language_problems(page, address), sitemap_problems(page, address)]
            checks += [social_problems(page, address), font_problems(page)]
        problems += [f"{page.place}: {problem}" for check in checks for problem in check]
    return problems


def missing_twins(found: dict[str, Page]) -> Iterator[str]:
    """Yield the pages that some language has not."""
    for page in found.values():
        for twin in page.twins.values():
            if twin not in found:
                yield f"{page.place}: there is no {twin}"


def description_problems(page: Page) -> Iterator[str]:
    """Yield what is wrong with the description in the page's head."""
    found = page.soup.find_all("meta", attrs={"name": "description"})
    if len(found) != 1:
        yield f"{len(found)} descriptions in the head; one is needed"
    elif len(found[0]["content"]) not in DESCRIPTION:
        yield f"the description has {len(found[0]['content'])} characters; 40 to 160 are wanted"


def language_problems(page: Page, address: str) -> Iterator[str]:
    """Yield what is wrong with what the page says of its language and its twins."""
    if page.soup.html.get("lang") != page.language:
        yield f'<html lang="{page.soup.html.get("lang")}">; it should be "{page.language}"'
    wanted = {
        code: f"{address}/{place}" for code, place in (page.twins | {page.language: page.place}).items()
    }
    head = page.soup.head.find_all("link", hreflang=True)
    if {link["hreflang"]: link["href"] for link in head} != wanted | {"x-default": f"{address}/"}:
        yield "the hreflang links do not name the page, its twins and the root"
    canonical = page.soup.find("link", rel="canonical")
    if canonical is None or canonical["href"] != wanted[page.language]:
        yield f"the canonical address is not {wanted[page.language]}"
    # One above the text and, in chapters, one below it.
    if {link["href"] for link in page.soup.select("a.language-switch")} != {
        f"../{place}" for place in page.twins.values()
    }:
        yield "the language switch does not lead to the page's twins"


def sitemap_problems(page: Page, address: str) -> Iterator[str]:
    """Yield whether the map for search engines leaves the page out."""
    listed = f"<loc>{address}/{page.place}</loc>" in (page.site / "sitemap.xml").read_text("utf-8")
    if not listed and not page.place.endswith("/search.html"):
        yield "the page is not in sitemap.xml"


def social_problems(page: Page, address: str) -> Iterator[str]:
    """Yield whether other sites would have no picture to show beside a link to the page."""
    picture = page.soup.find("meta", property="og:image")
    place = picture["content"].removeprefix(f"{address}/") if picture else ""
    if not place.startswith(f"{page.language}/") or not (page.site / place).is_file():
        yield f"the social picture is not there: {place or 'no og:image'}"


def font_problems(page: Page) -> Iterator[str]:
    """Yield the Korean letters of a page that would be drawn in whatever font the reader has."""
    font = page.site / FONT
    if page.language == "ko":
        known = characters_of(font, font.stat().st_mtime_ns) if font.is_file() else set()
        if missing := sorted(set(HANGUL.findall(page.text())) - known):
            yield f"{FONT} has no {' '.join(missing[:10])}"


@cache
def characters_of(font: Path, changed: int) -> set[str]:
    """Return the characters that a font can draw; ``changed`` tells one state of the file from another."""
    return set(map(chr, TTFont(font).getBestCmap()))


def image_problems(page: Page) -> Iterator[str]:
    """Yield the pictures without a size, or without words in the language of the page."""
    for image in page.soup.find_all("img"):
        alt = image.get("alt", "").strip()
        if not (image.get("width", "").isdigit() and image.get("height", "").isdigit()):
            yield f"{shown(image)} has no width and height"
        if len(alt) < SHORTEST_ALT:
            yield f"{shown(image)} has no alternative text of {SHORTEST_ALT} or more characters"
        elif bool(HANGUL.search(alt)) != (page.language == "ko"):
            yield f"{shown(image)} has an alternative text in another language: {alt[:40]}"


def text_problems(page: Page) -> Iterator[str]:
    """Yield what readers should not get to see."""
    text = page.text()
    if "Traceback" in text or page.soup.select_one(".output.traceback"):
        yield "a traceback stands in the text"
    for path in sorted(set(PRIVATE_PATH.findall(text))):
        yield f"a path of the machine that built it stands in the text: {path}"
    for stray in re.findall(r".{0,20}\*\*.{0,20}", page.text(NOT_PROSE)):
        yield f"a stray ** stands in the text: {stray.strip()}"


def link_problems(page: Page, found: dict[str, Page], address: str) -> Iterator[str]:
    """Yield what is asked of foreign hosts, and the links that lead nowhere within the site."""
    for tag in page.soup.find_all([*FETCHED, "a"]):
        target = tag.get(FETCHED.get(tag.name, "href"))
        fetched = tag.name in FETCHED and (tag.name != "link" or FETCHED_LINKS & set(tag.get("rel", [])))
        if not target:
            continue
        whole = urljoin(f"{address}/{page.place}", target)
        if not whole.startswith(f"{address}/"):
            if fetched and not whole.startswith("data:"):
                yield f"{shown(tag)} is fetched from {urlsplit(whole).netloc}"
            continue
        place = unquote(urlsplit(whole).path.removeprefix(urlsplit(address).path + "/")) or "index.html"
        anchor = unquote(urlsplit(whole).fragment)
        if not (page.site / place).is_file():
            yield f"{shown(tag)} leads to {place}, which is not there"
        elif anchor and place in found and anchor not in found[place].anchors:
            yield f"{shown(tag)} leads to the anchor #{anchor} of {place}, which is not there"


def replace(site: Path, place: str, pattern: str, new: str) -> None:
    """Change a file of a copy of a site, for what should then be found."""
    path = site / place
    text, count = re.subn(pattern, lambda match: new, path.read_text("utf-8"), count=1)
    assert count == 1
    path.unlink()  # it may be a link to the original
    path.write_text(text, "utf-8")


def shown(tag: Tag) -> str:
    """Return how a message names an element."""
    target = tag.get("src") or tag.get("href") or ""
    words = tag.get_text(" ", strip=True)[:30]
    return f"<{tag.name} {target[-50:]}>" + (f' "{words}"' if words else "")
