"""Join the built languages to one site: a folder each, the pages at its root, the map for search engines."""

import shutil
import subprocess
from pathlib import Path

import jinja2
from bs4 import BeautifulSoup

from fonts import cut_fonts
from languages import LANGUAGES, words
from markup import mend_markup
from pictures import shrink_pictures
from site_config import load, site_address

# For other builders, for who develops the themes, for browsers that cannot read woff2, and there are none,
# or for print; and the script of icons that book/_templates/layout.html does without.
UNUSED = (
    "locales", "*.map", ".buildinfo", "*webpack-macros.html", "logo_*", "fa-*.ttf", "korean-bold.woff2",
    "fontawesome.js*",
)  # fmt: skip
UNLISTED = ("search.html",)
# Equal in both languages, and large: kept once, beside them (see book/_ext/widgets.py).
SHARED = "widget_data"


def join(root: Path, built: dict[str, Path], site: Path) -> None:
    """Write the site anew; until it is whole the one before it stays."""
    partial = site.with_name(f".{site.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    for language, folder in built.items():
        copy_language(folder, partial / language)
        mend_markup(partial / language, language)
        purge_styles(root, partial / language)
        cut_fonts(partial / language)
        shrink_pictures(partial / language, cache=site.with_name("webp"))
        copy_sources(root / "notebooks" / language, partial / language / "_sources")
    values = {"title": load(root, "_config.yml")["title"], "site": site_address(root)}
    said = {code: words(code)["site"] for code in built}
    values |= {"languages": [LANGUAGES[code] for code in built], "words": said}
    values["contents"] = {code: listed_pages(partial / code / "index.html") for code in built}
    templates = jinja2.Environment(loader=jinja2.FileSystemLoader(root / "book/_templates"), autoescape=True)
    for name, template in (("index.html", "site-index.html"), ("404.html", "site-404.html")):
        (partial / name).write_text(templates.get_template(template).render(values), "utf-8")
    (partial / "sitemap.xml").write_text(sitemap(partial, values["site"]), "utf-8")
    # GitHub Pages would leave out the folders that begin with an underscore.
    (partial / ".nojekyll").touch()
    shutil.rmtree(site, ignore_errors=True)
    partial.rename(site)


def copy_language(folder: Path, target: Path) -> None:
    """Copy the pages of a language; what both languages share goes beside its folder."""
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns(*UNUSED, SHARED))
    if (folder / SHARED).is_dir():
        shutil.copytree(folder / SHARED, target.with_name(SHARED), dirs_exist_ok=True)


def purge_styles(root: Path, folder: Path) -> None:
    """Cut the style sheets of a built language to what its pages use, if Node is there to do it."""
    if can_purge(root):
        subprocess.run(["node", root / "book/node/purge.mjs", folder], check=True)


def can_purge(root: Path) -> bool:
    """Tell whether ``npm ci`` has installed what cuts the style sheets."""
    return shutil.which("node") is not None and (root / "book/node/node_modules/purgecss").is_dir()


def copy_sources(notebooks: Path, target: Path) -> None:
    """Offer the notebooks as they are committed; outputs, which the pages show, take fifty times as much."""
    for path in target.glob("*.ipynb"):
        shutil.copyfile(notebooks / path.name, path)


def listed_pages(first: Path) -> list[tuple[str, str]]:
    """Return the addresses and titles of the pages that the first page of a language lists."""
    links = BeautifulSoup(first.read_text("utf-8"), "html.parser").select(".contents-list a")
    return [(link["href"], link.get_text().strip()) for link in links]


def sitemap(site: Path, address: str) -> str:
    """Return the XML that tells search engines the pages, of which each names its twins itself."""
    found = sorted(path.relative_to(site) for code in LANGUAGES for path in (site / code).glob("*.html"))
    pages = (f"{address}/{page.as_posix()}" for page in found if page.name not in UNLISTED)
    return "\n".join([
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
        *(f"<url><loc>{page}</loc></url>" for page in pages),
        "</urlset>\n",
    ])
