"""Figures for the page: one style, Hangul without a font to install, an alternative text always."""

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


def show_figure(figure: Figure, key: str, **values: object) -> None:
    """Show a figure with its alternative text, and close it.

    Parameters
    ----------
    figure
        One a cell: the built page takes the text from the cell.
    key, values
        Of the text catalogue: what someone who cannot see the figure should know.
    """
    words = text(key, **values)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})
    plt.close(figure)
    if not in_notebook():
        return
    from IPython.display import display

    width, height = (round(inches * PIXELS_PER_INCH) for inches in figure.get_size_inches())
    display(
        {"image/png": file.getvalue(), "text/plain": words},
        raw=True,
        metadata={"image/png": {"alt": words, "width": width, "height": height}},
    )
