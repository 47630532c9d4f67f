"""What a notebook shows: letters, sentences, tables, sources and figures."""

import base64
import inspect
import io
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import torch
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.font_manager import FontEntry
from matplotlib.text import Text

from alexnet_lib.devices import choose_device, device_name
from alexnet_lib.language import set_language, text
from alexnet_lib.layout import DPI, NARROW, ON_A_PHONE, PHONE_DPI, PIXELS_PER_INCH, break_lines, make_narrow
from alexnet_lib.terminal import in_notebook, is_live, print_words
from alexnet_lib.version import __version__

FONT = Path(__file__).parent / "fonts" / "NotoSansCJKkr-subset.otf"
WEIGHTS = (400, 700)  # one file stands for both: Hangul in bold would need another of its size


def use_book_fonts() -> None:
    """Draw Latin, digits and signs in Matplotlib's own DejaVu Sans and Hangul in the book's font.

    Its family name is its path: by the name that the file itself gives, an installed font of that name would
    be taken.
    """
    entries = [FontEntry(fname=str(FONT), name=str(FONT), weight=weight) for weight in WEIGHTS]
    known = font_manager.fontManager.ttflist
    known += [entry for entry in entries if entry not in known]
    mpl.rcParams["font.family"] = ["DejaVu Sans", str(FONT)]  # the first that has a letter draws it


def as_written(words: Iterable[object]) -> list[str]:
    """Return a reader's words, such as the names of classes, so that a figure shows them letter for letter.

    Hangul in parts, as macOS writes the names of folders, is put together; a ``$`` begins no formula; a
    legend does not leave out what begins with ``_``.
    """
    composed = [unicodedata.normalize("NFC", str(word)) for word in words]
    # A hair's breadth before an underscore; Matplotlib takes "\$" for the sign itself.
    return [("\u200a" * word.startswith("_") + word).replace("$", r"\$") for word in composed]


SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
# Code keeps its hyphens.
HYPHEN_OR_CODE = re.compile(r"(`[^`]*`)|(?<![\w-])-(?=\d)")


def say(key: str, **values: object) -> None:
    """Show a sentence of the text catalogue: as Markdown in a notebook, else as plain text."""
    show_markdown(with_minus_signs(text(key, **values)))


def show_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Show a table; a column whose cells are all numbers, units and signs aside, stands to the right."""
    cells = [[with_minus_signs(str(cell)) for cell in row] for row in rows]
    rules = ["---:" if all(is_number(row[i]) for row in cells) else ":---" for i in range(len(header))]
    lines = ["| " + " | ".join(line) + " |" for line in (header, rules, *cells)]
    show_markdown("\n".join(lines))


def is_number(cell: str) -> bool:
    """Tell whether a cell of a table begins as a number does, or is empty."""
    return cell.lstrip("+-−±").replace("—", "")[:1].isdigit() or cell in ("", "—")


def with_minus_signs(words: str) -> str:
    """Return words in which negative numbers have a minus sign, which Python writes as a hyphen."""
    return HYPHEN_OR_CODE.sub(lambda found: found[1] or "−", words)


def power_of_ten(value: float) -> str:
    """Return a number in the form 8.7×10¹⁴."""
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}×10" + str(int(exponent)).translate(SUPERSCRIPT)


def two_digits(value: float) -> str:
    """Return a number with two digits that count, below a thousandth as a power of ten."""
    return f"{value:.2g}" if value >= 1e-3 else power_of_ten(value)


def show_source(thing: Callable | type) -> None:
    """Show the source of a function or a class of the library: what is read is what runs."""
    show_markdown(f"```python\n{inspect.getsource(thing).rstrip()}\n```")


def show_markdown(markdown: str) -> None:
    """Show Markdown in a notebook, and the plain text of it elsewhere."""
    if in_notebook():
        from IPython.display import display

        # IPython's own Markdown would download a text that begins with an address.
        display({"text/markdown": markdown, "text/plain": markdown}, raw=True)
    else:
        print_words(markdown)


def record(name: str, value: float | int | str) -> None:
    """Publish a number under a name, so that a page of ``book/`` can quote it with ``{glue:text}``.

    Shows nothing. The format is papermill's record, which myst-nb reads; importing myst-nb
    itself would not work in Colab.
    """
    if not in_notebook():
        return
    from IPython.display import display

    prefix = "application/papermill.record/"
    scrap = {"scrapbook": {"name": name, "mime_prefix": prefix}}
    display({prefix + "text/plain": repr(value)}, raw=True, metadata=scrap)


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
        "axes.titlesize": "medium",
        "figure.constrained_layout.use": True,
        "figure.constrained_layout.h_pad": 0.1,  # inches: no word at the very edge, which a dark page shows
        "figure.constrained_layout.w_pad": 0.1,
        "figure.dpi": PIXELS_PER_INCH,
        "image.interpolation": "nearest",  # pixels as they are; smoothed ones take three times the bytes
        "legend.frameon": False,
    })
    if in_notebook():
        shell = sys.modules["IPython"].get_ipython()
        describe_figures(shell)
        explain_missing_names(shell)
    device = device_name(choose_device())
    say("notebook.setup", version=__version__, torch=torch.__version__, device=device)
    if ref != f"v{__version__}":
        say("notebook.other_version", ref=ref, version=__version__)


def explain_missing_names(shell: Any) -> None:
    """Let a notebook say, below the error of a name that is not there, that a cell above makes it."""

    def explain(
        shell: Any, kind: type[NameError], error: NameError, traceback: TracebackType, tb_offset: int | None
    ) -> None:
        shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)
        print_words(text("notebook.missing_name", name=error.name))

    shell.set_custom_exc((NameError,), explain)


class Picture:
    """A figure that shows itself as the last expression of a cell, and says what it shows.

    pyplot forgets the figure, so that a notebook does not show it a second time. Where nobody watches,
    because a page is made of the notebook, the picture goes into the output a second time, for phones,
    and both times without its title, which the page sets as a caption.

    Attributes
    ----------
    figure
        The Matplotlib figure, to change or to save.
    alt
        What someone who cannot see it should know; one picture a cell, where the built page looks for it.
    again
        Draws the picture anew, as ``drawn_twice`` lets it; without it the figure itself is made narrow.
    """

    again: Callable[[], "Picture"] | None = None

    def __init__(self, figure: Figure, alt: str) -> None:
        plt.close(figure)
        if not alt.strip():
            raise ValueError("A picture needs words for those who cannot see it.")
        self.figure, self.alt = figure, alt

    def __repr__(self) -> str:
        return self.alt

    @property
    def title(self) -> Text | None:
        """The words above the whole figure; there are none where several panels have each its own."""
        title = self.figure.get_suptitle()
        over_all = [words for words in self.figure.texts if title and words.get_text() == title]
        titles = over_all or [axes.title for axes in self.figure.axes if axes.get_title()]
        return titles[0] if len(titles) == 1 else None

    @property
    def is_photo(self) -> bool:
        """Whether it shows the pixels of images, in their own colours or in grey."""
        shown = [image for axes in self.figure.axes for image in axes.get_images()]
        return any(image.get_array().ndim == 3 or image.get_cmap().name == "gray" for image in shown)

    def png(self, titled: bool = True) -> bytes:
        """Draw the picture, with or without its title, as a PNG file."""
        file = io.BytesIO()
        dpi = DPI if self.figure.get_figwidth() > NARROW else PHONE_DPI
        if self.title:
            self.title.set(visible=titled, in_layout=titled)
        break_lines(self.figure)
        self.figure.savefig(file, format="png", dpi=dpi, metadata={"Software": None})
        return file.getvalue()

    def narrow(self) -> "Picture":
        """Return the picture as a phone shows it."""
        with mpl.rc_context(ON_A_PHONE):
            picture = self.again() if self.again else self
            make_narrow(picture.figure)
        return picture

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, dict[str, object]]]:
        width, height = (round(inches * PIXELS_PER_INCH) for inches in self.figure.get_size_inches())
        about: dict[str, object] = {"alt": self.alt, "width": width, "height": height}
        if for_page := in_notebook() and not is_live():
            title = " ".join(self.title.get_text().replace(r"\$", "$").split()) if self.title else ""
            about |= {"title": title, "photo": self.is_photo}
        shown = {"image/png": encoded(self.png(titled=not for_page)), "text/plain": self.alt}
        if for_page:
            about["narrow"] = encoded(self.narrow().png(titled=False))
        return shown, {"image/png": about}


def encoded(png: bytes) -> str:
    """Return a file as notebooks hold it."""
    return base64.b64encode(png).decode()


def describe_figures(shell: Any) -> None:
    """Let a figure of the reader's own be shown as a ``Picture``, described by its titles and labels."""

    def drawn(figure: Figure) -> tuple[str, dict[str, object]]:
        titles = [axes.get_title() for axes in figure.axes]
        labels = [words for axes in figure.axes for words in (axes.get_xlabel(), axes.get_ylabel())]
        words = ", ".join(filter(None, [figure.get_suptitle(), *titles, *labels]))
        shown, about = Picture(figure, text("notebook.figure", words=words))._repr_mimebundle_()
        return shown["image/png"], about["image/png"]

    plt.switch_backend(mpl.get_backend())  # it registers a way of its own when it is loaded
    shell.display_formatter.formatters["image/png"].for_type(Figure, drawn)
