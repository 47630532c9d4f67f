"""The book's own Sphinx extension: what it does, and when; the modules beside it do it."""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.highlighting import PygmentsBridge

from chapter_figures import ChapterFigure, caption_figures
from chapter_lists import ChapterList, PracticeTable
from citation_links import link_references
from code_colours import FewPieces
from formulas import visit_block, visit_inline
from glossary_links import link_terms
from image_sizes import add_sizes
from interface_words import add_words, put_first, teach_copy_button
from joined_words import join_words
from languages import BOOK
from page_head import add_head
from page_places import add_languages, is_chapter
from recorded_runs import RecordedRuns
from repository_links import add_foot, correct_launches, source_folder
from search_index import leave_sphinx_search, search_page, write_index
from tables import depart_table, mend_tables, visit_table

DIRECTIVES = {
    "chapter-figure": ChapterFigure,
    "chapters": ChapterList,
    "practice-table": PracticeTable,
    "recorded-runs": RecordedRuns,
}
STYLES = ("book.css", "reading.css", "wayfinding.css")
SCRIPTS = ("language_switch.js", "reading.js", "unroll.js", "wayfinding.js", "cards.js", "search.js")
# Small, and lines within the page need it at once.
AT_ONCE = "documentation_options.js"
# The question of a chapter and its topic, which gets a line of its own. Who hears the page hears the dot too.
TOPIC = re.compile(r'(<h1>.*?)( · )(.*?)(?=<a class="headerlink")')
TOPIC_LINE = r'\1<span class="topic"><span class="visually-hidden">\2</span>\3</span>'


def add_folders(app: Sphinx, config: Config) -> None:
    """Find templates and static files beside this folder, wherever the pages lie."""
    # Before the theme's own, some of which are replaced.
    config.templates_path.insert(0, str(BOOK / "_templates"))
    config.html_static_path.append(str(BOOK / "_static"))


def add_places(app: Sphinx, doctree: nodes.document) -> None:
    """Give sections, cells and terms numbers as anchors: a place has the same one in both languages."""
    cells = (node for node in doctree.findall(nodes.container) if "cell" in node["classes"])
    kinds = {"section": doctree.findall(nodes.section), "cell": cells, "entry": doctree.findall(nodes.term)}
    for kind, found in kinds.items():
        for number, node in enumerate(found):
            node["ids"].append(f"{kind}-{number}")


def fill_context(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the templates what they show."""
    add_languages(app, page, context)
    add_words(app, context)
    add_head(app, context, doctree)
    if doctree:
        context["doc_path"] = source_folder(app, page)
        if is_chapter(app, page):
            add_foot(app, page, context)


def mend_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Change what the theme has made of a page, and see to it that nothing waits for its scripts."""
    correct_launches(app, page, context)
    if "body" in context:
        add_sizes(app, context)
        body = context["body"]
        context["body"] = join_words(TOPIC.sub(TOPIC_LINE, body) if is_chapter(app, page) else body)
        if '<details class="question">' in context["body"]:
            app.add_js_file("questions.js")
    for file in context["script_files"]:
        if file.filename and AT_ONCE not in str(file.filename):
            file.attributes.setdefault("defer", "defer")


def setup(app: Sphinx) -> None:
    """Register the extension."""
    app.add_config_value("bilingual_language", "", "env")
    app.add_config_value("bilingual_site", "", "html")
    # Jupyter Book sets it, for an extension that no page uses.
    app.add_config_value("comments_config", {}, "")
    app.setup_extension("widgets")
    for name, directive in DIRECTIVES.items():
        app.add_directive(name, directive)
    PygmentsBridge.html_formatter = FewPieces
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.add_node(nodes.table, override=True, html=(visit_table, depart_table))
    for name in STYLES:
        app.add_css_file(name)
    for name in SCRIPTS:
        app.add_js_file(name)
    app.connect("config-inited", add_folders)
    # Before the extensions that read their prompts from the configuration.
    app.connect("config-inited", put_first, priority=100)
    app.connect("builder-inited", leave_sphinx_search)
    app.connect("doctree-read", caption_figures, priority=100)  # before Sphinx looks for pictures to copy
    app.connect("doctree-read", add_places)
    app.connect("doctree-resolved", link_references)
    app.connect("doctree-resolved", link_terms)
    app.connect("doctree-resolved", mend_tables)  # behind those whose links are for prose
    app.connect("html-collect-pages", search_page)
    # The theme removes what is empty at priority 500, and all scripts are there after 600.
    app.connect("html-page-context", fill_context, priority=400)
    app.connect("html-page-context", mend_page, priority=900)
    for finish in (teach_copy_button, write_index):
        app.connect("build-finished", finish)
