"""Figures for the page: one style, Hangul without a font to install, an alternative text always."""

import base64
import io

import matplotlib as mpl
import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from alexnet_lib import __version__
from alexnet_lib.devices import choose_device, device_name
from alexnet_lib.language import set_language, text
from alexnet_lib.lettering import use_book_fonts
from alexnet_lib.report import in_notebook, say

DPI = 160
PIXELS_PER_INCH = 80  # of the page: a figure 8 inches wide takes 640 of its pixels, drawn at twice that

# Okabe and Ito's palette keeps its differences for every kind of colour vision.
COLOURS = {
    "blue": "#0072B2", "orange": "#E69F00", "green": "#009E73", "vermilion": "#D55E00",
    "purple": "#CC79A7", "sky": "#56B4E9", "yellow": "#F0E442", "grey": "#6E6E6E",
}


def setup(language: str, ref: str = f"v{__version__}") -> None:
    """Choose the language, set the style of all figures, and say what the notebook runs on.

    Parameters
    ----------
    language
        ``"ko"`` or ``"en"``.
    ref
        The version of the book that the notebook belongs to, such as ``"v0.1.0"``.
    """
    set_language(language)
    use_book_fonts()
    mpl.rcParams.update({
        "axes.prop_cycle": mpl.cycler(color=list(COLOURS.values())),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "figure.constrained_layout.use": True,
        "figure.constrained_layout.h_pad": 0.1,  # inches: no word at the very edge, which a dark page shows
        "figure.constrained_layout.w_pad": 0.1,
        "figure.dpi": PIXELS_PER_INCH,
        "legend.frameon": False,
    })
    device = device_name(choose_device())
    say("notebook.setup", version=__version__, torch=torch.__version__, device=device)
    if ref != f"v{__version__}":
        say("notebook.other_version", ref=ref, version=__version__)


def ink_on(colour: tuple[float, float, float, float]) -> str:
    """Return the colour, black or white, that has the higher contrast on a colour.

    Parameters
    ----------
    colour
        Red, green, blue and opacity, from 0 to 1; its luminance is that of WCAG 2.2.
    """
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    # (1 + 0.05) / (luminance + 0.05) against (luminance + 0.05) / (0 + 0.05)
    return "white" if (luminance + 0.05) ** 2 < 1.05 * 0.05 else "black"


class Picture:
    """A figure that shows itself as the last expression of a cell, and says what it shows.

    pyplot forgets the figure, so that a notebook does not show it a second time.

    Attributes
    ----------
    figure
        The Matplotlib figure, to change or to save.
    alt
        What someone who cannot see it should know; one picture a cell, where the built page looks for it.
    """

    def __init__(self, figure: Figure, alt: str) -> None:
        plt.close(figure)
        if not alt.strip():
            raise ValueError("A picture needs words for those who cannot see it.")
        self.figure, self.alt = figure, alt

    def __repr__(self) -> str:
        return self.alt

    def png(self, width: float | None = None) -> bytes:
        """Draw the picture, as wide as it is or so many pixels of the page; letters and height stay.

        Parameters
        ----------
        width
            In pixels of the page, of which ``PIXELS_PER_INCH`` make an inch.

        Returns
        -------
        bytes
            A PNG file with ``DPI`` dots an inch.
        """
        own = self.figure.get_figwidth()
        file = io.BytesIO()
        self.figure.set_figwidth(own if width is None else width / PIXELS_PER_INCH)
        self.figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})
        self.figure.set_figwidth(own)
        return file.getvalue()

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, dict[str, object]]]:
        width, height = (round(inches * PIXELS_PER_INCH) for inches in self.figure.get_size_inches())
        shown = {"image/png": base64.b64encode(self.png()).decode(), "text/plain": self.alt}
        return shown, {"image/png": {"alt": self.alt, "width": width, "height": height}}


def show_figure(figure: Figure | Picture, key: str, **values: object) -> None:
    """Show a figure with its alternative text; plots that return a ``Picture`` do not need it.

    Parameters
    ----------
    figure
        One a cell: the built page takes the text from the cell.
    key, values
        Of the text catalogue: what someone who cannot see the figure should know.
    """
    picture = Picture(figure.figure if isinstance(figure, Picture) else figure, text(key, **values))
    if in_notebook():
        from IPython.display import display

        display(picture)
