"""What other sites show of a page that someone links to: a title, a sentence, and the book's picture.

The picture is drawn by the book's own figure code when the site is built, in the language of the site.
"""

import contextlib
import io
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx

from languages import LANGUAGES, words

FILE = "_static/social.png"
SIZE = (1200, 630)  # pixels, the shape that most sites show whole
# The colours of the theme's two modes, for the browser's own bar.
THEME_COLOURS = {"light": "#ffffff", "dark": "#121212"}


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


def write_picture(app: Sphinx, exception: Exception | None) -> None:
    """Write the picture of a published language; the plain build of both has no address to give it."""
    if not exception and app.builder.format == "html" and app.config.bilingual_language:
        draw_picture(Path(app.outdir) / FILE, app.config.bilingual_language)


def add_properties(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the template the page's properties, by the names of the Open Graph protocol (ogp.me)."""
    context["theme_colours"] = THEME_COLOURS
    if not app.config.bilingual_language:
        return
    language = context["language"]
    tagline = words(language)["site"]["tagline"]
    described = BeautifulSoup(context["metatags"], "html.parser").find("meta", attrs={"name": "description"})
    context["open_graph"] = {
        "og:type": "website",
        "og:site_name": app.config.html_title,
        # The search names itself in its template.
        "og:title": BeautifulSoup(context.get("title", tagline), "html.parser").get_text(),
        "og:description": described["content"],
        "og:url": context["alternates"][language],
        "og:locale": LANGUAGES[language].locale,
        "og:image": f"{app.config.bilingual_site}/{language}/{FILE}",
        "og:image:width": SIZE[0],
        "og:image:height": SIZE[1],
        "og:image:alt": tagline,
    }


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    # After the page's description.
    app.connect("html-page-context", add_properties, priority=460)
    app.connect("build-finished", write_picture)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
