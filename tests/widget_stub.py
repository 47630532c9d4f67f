"""A site of the pages that have a widget; the chapters hold nothing but the cells that a widget needs."""

import json
import shutil
from pathlib import Path

import nbformat
import numpy as np
from sphinx.application import Sphinx

from alexnet_lib.experiments.ladder import RUNGS
from alexnet_lib.experiments.people import TABLES
from alexnet_lib.records import LABELS
from join_site import copy_language
from notebook_files import LANGUAGES, ROOT
from widgets import PLACES

HEADINGS = {"ko": "움직이는 그림이 있는 장", "en": "A chapter with a figure to move"}
INDEX = "# {}\n\n:::{{container}} movable-still\nA matrix.\n:::\n\n```{{toctree}}\n{}\n```\n"
CHAPTERS = {page: widgets for page, widgets in PLACES.items() if page != "index"}
COUNT = 10_000


def source_of(page: str, cell: str, language: str) -> str:
    """Return the code of a cell of the real chapter."""
    cells = json.loads((ROOT / f"notebooks/{language}/{page}.ipynb").read_text("utf-8"))["cells"]
    return next("".join(each["source"]) for each in cells if each["id"] == cell)


def write_results(folder: Path) -> Path:
    """Write made-up recorded runs: right more often than not, cats and dogs taken for each other."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.arange(COUNT) % 10).astype(np.uint8)
    np.save(folder / LABELS, labels)
    for strength, name in enumerate(("baseline", "modern"), start=2):
        logits = rng.normal(0, 1.5, (COUNT, 10))
        logits[np.arange(COUNT), labels] += strength
        for a, b in ((3, 5), (5, 3)):
            logits[labels == a, b] += strength / 2
        # A cell without a single image, and one with three.
        logits[labels == 8, 5] = logits[labels == 8, 4] = -50
        logits[np.flatnonzero(labels == 8)[:3], 4] = 50
        np.savez(folder / f"{name}-0.npz", logits=logits.astype(np.float16))
        about = {"run": name, "seed": 0, "date": "2026-11-24", "test": {}}
        (folder / f"{name}-0.json").write_text(json.dumps(about))
    # The ladder's runs, each a little better than the one below, and people's answers as they are.
    for strength, name in enumerate(RUNGS):
        logits = rng.normal(0, 1, (COUNT, 10))
        logits[np.arange(COUNT), labels] += 1 + 0.1 * strength
        np.savez(folder / f"rung_{name}-0.npz", logits=logits.astype(np.float16))
    (folder / TABLES).parent.mkdir()
    shutil.copy(ROOT / "book/results" / TABLES, folder / TABLES)
    return folder


def add_switch(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Put a link to the page's twin above its text."""
    other = next(language for language in LANGUAGES if language != app.config.language)
    link = f'<a class="language-switch" hreflang="{other}" href="../{other}/{page}.html">{other}</a>'
    context["body"] = link + context.get("body", "")


def setup(app: Sphinx) -> None:
    """Give the stub what widgets ask of the book: its language and address, and the way to the other one."""
    app.add_config_value("bilingual_language", "", "env")
    app.add_config_value("bilingual_site", "https://book.example", "html")
    app.add_js_file("language_switch.js")
    app.connect("html-page-context", add_switch)


def build(folder: Path, results: Path) -> Path:
    """Build both languages as the published site does, without Jupyter Book; return the site."""
    site = folder / "site"
    for language in LANGUAGES:
        pages = folder / language
        pages.mkdir(parents=True)
        cells = [nbformat.v4.new_markdown_cell(f"# {HEADINGS[language]}\n\n" + "word " * 40, id="title")]
        for page, widgets in CHAPTERS.items():
            if (text := ROOT / f"book/{language}/{page}.md").is_file():
                shutil.copy(text, pages)
                continue
            needed = ["scores"] if page == "01_imagenet" else []
            code = [
                nbformat.v4.new_code_cell(source_of(page, name, language), id=name, metadata={"id": name})
                for name in [*needed, *widgets.values()]
            ]
            after = nbformat.v4.new_markdown_cell("## after", id="after")
            nbformat.write(nbformat.v4.new_notebook(cells=[*cells, *code, after]), pages / f"{page}.ipynb")
        names = "\n".join(["01_without", *CHAPTERS])
        nbformat.write(nbformat.v4.new_notebook(cells=cells), pages / "01_without.ipynb")
        (pages / "index.md").write_text(INDEX.format(HEADINGS[language], names), "utf-8")
        options = {
            "extensions": ["myst_nb", "sphinx_book_theme", "widgets", "widget_stub"],
            "html_theme": "sphinx_book_theme",
            "html_static_path": [str(ROOT / "book/_static")],
            "html_css_files": ["book.css", "reading.css", "wayfinding.css"],
            "html_context": {"default_mode": "auto"},
            "language": language,
            "bilingual_language": language,
            "myst_enable_extensions": ["colon_fence"],
            "nb_execution_mode": "off",
            "suppress_warnings": ["myst-nb.lexer"],
            "widgets_results": str(results),
        }
        app = Sphinx(pages, None, folder / f"built/{language}", folder / f"trees/{language}", "html",
                     confoverrides=options, status=None, warningiserror=False)  # fmt: skip
        app.build()
        assert app.statuscode == 0
        copy_language(folder / f"built/{language}", site / language)
        # The theme's own layout asks for it; the book's does not.
        (site / language / "_static/scripts/fontawesome.js").touch()
    return site
