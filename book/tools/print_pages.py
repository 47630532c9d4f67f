"""The pages of a language as one document to be printed: cover, contents, and a chapter for each page."""

import base64
import json
import re
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import jinja2
from bs4 import BeautifulSoup, Tag
from pygments.formatters import HtmlFormatter

from languages import words
from notebook_files import reference
from site_config import language_contents, load, site_address

# What serves only a reader at a screen; the code of the setup cell is folded away there, too.
SCREEN_ONLY = (
    "script, button, source, .caption-number, .headerlink, .widget, .d-print-none, .print-edition, "
    ".cell:not(.tag_predict, .tag_answer) > details.hide, details > summary > .expanded"
)
# What a booklet of answers is about.
PRACTICE = ".tag_exercise, details.question"
# Lines of code from which a cell may go on on the next page.
LONG = 16
CODE_STYLE = "a11y-high-contrast-light"  # the theme's
# Whole, not what the site has left of them: cover and contents have words of their own. Outlines
# are TrueType's: those of another kind, or a bold made up by the browser, would be drawings in the PDF.
FONTS = {name: f"book/_static/fonts/{name}.woff2" for name in ("korean", "korean-bold", "math")}
TEMPLATE = "print-book.html"


def anchor_of(name: str) -> str:
    """Return a page's name as CSS and PDF both take it: not beginning with a digit."""
    return f"page-{name}".replace("_", "-")


def read_articles(root: Path, folder: Path, language: str) -> dict[str, Tag]:
    """Return the articles of a language's pages in the order of the book, by the names of the pages."""
    contents = language_contents(root, language)
    parts = contents.get("parts", [])
    names = [contents["root"], *(entry["file"] for part in parts for entry in part["chapters"])]
    return {name: read_article(folder / f"{name}.html") for name in names}


def read_article(page: Path) -> Tag:
    """Return what a page says, without what stands around it."""
    article = re.search("<article.*</article>", page.read_text("utf-8"), re.DOTALL)[0]
    return BeautifulSoup(article, "html.parser").article


def strip_for_print(articles: dict[str, Tag], language: str) -> None:
    """Take out of the pages what paper has no use for; name the first of them."""
    for article in articles.values():
        for tag in article.select(SCREEN_ONLY):
            tag.decompose()
        for fold in article.select("details"):
            fold["open"] = ""
        for title in article.select("summary > .collapsed"):
            is_answer = title.find_parent(class_="tag_answer")
            title.string = words(language)["print"]["answer" if is_answer else "predict"]
        for link in article.select("a.image-reference"):
            link.unwrap()
        for code in article.select(".cell_input"):
            if code.get_text().strip().count("\n") >= LONG - 1:
                code["class"].append("long")
    first = next(iter(articles.values()))
    first.h1.string = words(language)["print"]["about"]
    # The lists of the pages, and the section that they are in: the document has one with page numbers.
    for section in first.select("section section:has(.contents-list)"):
        section.decompose()


def keep_practice(articles: dict[str, Tag]) -> dict[str, Tag]:
    """Return the articles that have exercises or questions, each with its title and those sections alone."""
    kept = {}
    for name, article in articles.items():
        sections = article.select("h1 ~ section")
        practice = [section for section in sections if section.select(PRACTICE)]
        if practice:
            title = article.h1.extract()
            article.clear()
            article.extend([title, *practice])
            kept[name] = article
    return kept


def give_anchors(articles: dict[str, Tag]) -> dict[str, str]:
    """Give each anchor a name of its own in the whole document; return the names by their addresses."""
    anchors = {f"{name}.html": anchor_of(name) for name in articles}
    for name, article in articles.items():
        for number, tag in enumerate(article.find_all(id=True)):
            anchors[f"{name}.html#{tag['id']}"] = tag["id"] = f"{anchor_of(name)}-{number}"
    return anchors


def redirect(name: str, article: Tag, anchors: dict[str, str], home: str, folder: str) -> None:
    """Lead the links of a page to places in the document where they can, else to the published site."""
    for link in article.find_all("a", href=True):
        address = unquote(urljoin(f"{name}.html", link["href"]))
        inside = anchors.get(address) or anchors.get(urldefrag(address).url)
        link["href"] = f"#{inside}" if inside else urljoin(f"{home}{name}.html", link["href"])
    for image in article.find_all("img"):
        image["src"] = f"{folder}/{image['src']}"


def document(root: Path, language: str, pages: Path, folder: str, edition: str = "book") -> str | None:
    """Return the HTML of a language's whole book, or of its exercises with their answers; none without any.

    Parameters
    ----------
    root
        Holds ``_config.yml``, ``_toc.yml``, the templates and the fonts.
    language
        One of the site's languages.
    pages
        Its folder of the built site.
    folder
        How the document, where it will lie, reaches that folder.
    edition
        ``"book"`` or ``"answers"``.
    """
    config = load(root, "_config.yml")
    home = f"{site_address(root)}/{language}/"
    articles = read_articles(root, pages, language)
    strip_for_print(articles, language)
    if edition == "answers" and not (articles := keep_practice(articles)):
        return None
    anchors = give_anchors(articles)
    for name, article in articles.items():
        redirect(name, article, anchors, home, folder)
    printed = []
    for name, article in articles.items():
        title = " ".join(article.h1.get_text().split())
        printed.append({"anchor": anchor_of(name), "title": title, "body": article.decode_contents()})
    templates = jinja2.Environment(loader=jinja2.FileSystemLoader(root / "book/_templates"), autoescape=True)
    templates.filters["css_string"] = lambda text: json.dumps(text, ensure_ascii=False)
    return templates.get_template(TEMPLATE).render(
        language=language, title=config["title"], words=words(language)["print"], pages=printed,
        subtitle=words(language)["print"][edition],
        folder=folder,
        version=reference(root).removeprefix("v"), address=home, repository=config["repository"]["url"],
        fonts={name: base64.b64encode((root / font).read_bytes()).decode() for name, font in FONTS.items()},
        code_style=HtmlFormatter(style=CODE_STYLE).get_style_defs(".highlight"),
    )  # fmt: skip
