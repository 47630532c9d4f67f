"""Join the built languages to one site: a folder each, the pages at its root, the map for search engines."""

import importlib.util
import shutil
from pathlib import Path

import jinja2

from icons import cut_icons
from markup import mend_markup
from notebook_files import LANGUAGES
from site_config import load, site_address

# sphinx-mathjax-offline brings 24 MB; the pages ask for this much.
MATHJAX = ("tex-chtml.js", "output/chtml/fonts/woff-v2")
# For other builders, or for who develops the themes.
UNUSED = ("mathjax", "locales", "*.map", ".buildinfo")
UNLISTED = ("search.html",)
# Equal in both languages, and large: kept once, beside them (see book/_ext/widgets.py).
SHARED = "widget_data"


def join(root: Path, built: dict[str, Path], site: Path) -> None:
    """Write the site anew; until it is whole the one before it stays."""
    partial = site.with_name(f".{site.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    for language, folder in built.items():
        copy_language(folder, partial / language)
        cut_icons(partial / language)
        mend_markup(partial / language)
        copy_mathjax(partial / language / "_static/mathjax")
    values = {"title": load(root, "_config.yml")["title"], "site": site_address(root)}
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


def copy_mathjax(target: Path) -> None:
    """Serve MathJax from the site itself."""
    source = Path(importlib.util.find_spec("sphinx-mathjax-offline").origin).parent / "static/mathjax"
    for name in MATHJAX:
        copy = shutil.copytree if (source / name).is_dir() else shutil.copy2
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        copy(source / name, target / name)


def sitemap(site: Path, address: str) -> str:
    """Return the XML that tells search engines each page and its twin."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">',
    ]
    for name in sorted(
        path.name for path in (site / LANGUAGES[0]).glob("*.html") if path.name not in UNLISTED
    ):
        places = {language: f"{address}/{language}/{name}" for language in LANGUAGES}
        twins = "".join(
            f'<xhtml:link rel="alternate" hreflang="{code}" href="{place}"/>'
            for code, place in places.items()
        )
        lines += [f"<url><loc>{place}</loc>{twins}</url>" for place in places.values()]
    return "\n".join([*lines, "</urlset>", ""])
