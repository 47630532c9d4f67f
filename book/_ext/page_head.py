"""What search engines and other sites show of a page: a title, a sentence, and the book's picture.

The picture is drawn by the book's own figure code when the site is built, in the language of the site.
"""

import contextlib
import html
import io
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from jinja2.filters import do_striptags
from PIL import Image
from sphinx.application import Sphinx

from languages import LANGUAGES, words

SHORTEST, LONGEST = 40, 160  # characters of a description
DESCRIPTION = re.compile(r'<meta content="([^"]*)" name="description"')
FILE = "_static/social.png"
SIZE = (1200, 630)  # pixels, the shape that most sites show whole


def prose(doctree: nodes.document) -> str:
    """Return the first words of a page: its paragraphs, without those that are nothing but links."""
    found = ""
    for paragraph in doctree.findall(nodes.paragraph):
        # Outputs, tables and notes have parents of another kind.
        if isinstance(paragraph.parent, nodes.section) and not is_link_line(paragraph):
            found = f"{found} {paragraph.astext()}".strip()
            if len(found) >= SHORTEST:
                break
    return re.sub(r"\s+", " ", found)


def is_link_line(paragraph: nodes.paragraph) -> bool:
    """Tell whether a paragraph holds links and what separates them, no more."""
    beside = [child.astext() for child in paragraph.children if not isinstance(child, nodes.reference)]
    return len(beside) < len(paragraph.children) and not re.search(r"\w", "".join(beside))


def shortened(text: str) -> str:
    """Cut at the end of a word, so that a search engine shows all of it."""
    if len(text) <= LONGEST:
        return text
    return text[: text.rindex(" ", 0, LONGEST)].rstrip(" ,;:-·") + "…"


def add_head(app: Sphinx, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Describe the page, unless its front matter does (``myst: html_meta: description``).

    The template gets the page's properties by the names of the Open Graph protocol (ogp.me).
    """
    written = context.get("metatags") or ""
    said = words(context["language"])["site"]
    if found := DESCRIPTION.search(written):
        described = html.unescape(found[1])
    else:
        described = (shortened(prose(doctree)) if doctree else "") or said["search"]
        written += f'<meta name="description" content="{html.escape(described)}" />\n'
    context["metatags"] = written
    if app.config.bilingual_language:
        language = context["language"]
        context["open_graph"] = {
            "og:type": "website",
            "og:site_name": app.config.html_title,
            # The search names itself in its template.
            "og:title": do_striptags(context.get("title", said["tagline"])),
            "og:description": described,
            "og:url": context["alternates"][language],
            "og:locale": LANGUAGES[language].locale,
            "og:image": f"{app.config.bilingual_site}/{language}/{FILE}",
            "og:image:width": SIZE[0],
            "og:image:height": SIZE[1],
            "og:image:alt": said["tagline"],
        }


def draw_picture(path: Path, language: str) -> None:
    """Draw the two bars of chapter 6 under the name of the book."""
    # Here, because it takes seconds: the library brings torch with it.
    from alexnet_lib.models import AlexNet
    from alexnet_lib.notebook import DPI, setup
    from alexnet_lib.plots.basics import plot_parameters_and_macs
    from alexnet_lib.summary import layer_table

    # Setting the style says what the machine is, which is for readers of a notebook.
    with contextlib.redirect_stdout(io.StringIO()):
        setup(language)
    figure = plot_parameters_and_macs(layer_table(AlexNet())).figure
    figure.set_size_inches(*(side / DPI for side in SIZE))
    figure.suptitle(words(language)["site"]["tagline"], fontsize=15)
    figure.get_layout_engine().set(w_pad=0.15, h_pad=0.15)  # inches: other sites crop a little
    drawn = io.BytesIO()
    figure.savefig(drawn, dpi=DPI)
    # Two colours and their shades: a table of them takes a third of the bytes.
    Image.open(drawn).convert("RGB").quantize(dither=Image.Dither.NONE).save(path, "PNG", optimize=True)


def write_picture(app: Sphinx, problem: Exception | None) -> None:
    """Write the picture of a published language; the plain build of both has no address to give it."""
    if problem is None and app.builder.format == "html" and app.config.bilingual_language:
        draw_picture(Path(app.outdir) / FILE, app.config.bilingual_language)
