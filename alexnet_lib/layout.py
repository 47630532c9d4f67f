"""How a figure is laid out for a page: wide, and again for a phone, with letters that stay readable."""

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.category import StrCategoryLocator
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, LogLocator, NullFormatter

P = ParamSpec("P")
T = TypeVar("T")

PIXELS_PER_INCH = 96  # of the page, as a browser has it: a figure 8 inches wide takes 768 of its pixels
# Dots an inch. A phone has two or more for a pixel of the page, and the site is to be light.
DPI, PHONE_DPI = 144, 192
WIDE, NARROW = 8.0, 3.7  # inches: what a page has room for, and what it has on a phone of 390 pixels
PAD = 0.05  # inches: what stays free around a panel on a phone
# Letters of 10 points take 13.3 pixels of the page; on a phone they take 11.3.
ON_A_PHONE = {
    "figure.figsize": (NARROW, 0.8 * NARROW), "font.size": 8.5, "figure.titlesize": "medium",
    "lines.linewidth": 1.2, "lines.markersize": 4, "figure.constrained_layout.w_pad": PAD,
    "figure.constrained_layout.h_pad": PAD,
}  # fmt: skip
LINE = 1.4  # of the letters' size: the height of a line
# What a phone leaves out of a share such as 0.82: its first zero, and of 0.00 all but that.
SPARE = re.compile(r"^0(?=\.\d+$)(?!\.0+$)|(?<=^0)\.0+$")


def is_narrow() -> bool:
    """Tell whether what is drawn now is for a phone."""
    return mpl.rcParams["figure.figsize"][0] == NARROW


def room(width: float = WIDE) -> float:
    """Return how wide, in inches, a figure is drawn that would like to have a certain width."""
    return NARROW if is_narrow() else width


def drawn_twice(plot: Callable[P, T]) -> Callable[P, T]:
    """Let the ``Picture`` that a function returns draw itself again, with the same arguments, for a phone."""

    @functools.wraps(plot)
    def draw(*arguments: P.args, **options: P.kwargs) -> T:
        picture = plot(*arguments, **options)
        picture.again = functools.partial(plot, *arguments, **options)
        return picture

    return draw


def subplots(
    rows: int = 1, columns: int = 1, *, width: float = WIDE, height: float, **options: Any
) -> tuple[Figure, Any]:
    """Return what ``plt.subplots`` does; on a phone, panels in one row stand one below the other.

    Width and height are the figure's, in inches; a panel on a phone is lower than it is wide.
    """
    if is_narrow() and rows == 1:
        rows, columns = columns, 1
        options = {name: value for name, value in options.items() if name != "width_ratios"}
        height = rows * min(height, 0.8 * NARROW)
    return plt.subplots(rows, columns, figsize=(room(width), height), **options)


def legend_below(figure: Figure, *lines: Sequence[Any], columns: int) -> Legend:
    """Put a legend below all panels, in as many columns as there is room for, at most those wanted."""
    legend = figure.legend(*lines, loc="outside lower center", ncols=columns)
    if columns > 1 and legend.get_window_extent().width > figure.bbox.width:
        legend.remove()
        return legend_below(figure, *lines, columns=columns - 1)
    if is_narrow():  # and not at the cost of the panels
        lines_of_words = -(-len(legend.get_texts()) // columns)
        figure.set_figheight(figure.get_figheight() + lines_of_words * line_height())
    return legend


def legend_inside(axes: Axes, place: str = "best") -> Legend:
    """Put a legend into a panel that has room for it; on a phone none has, and it stands below."""
    return legend_below(axes.figure, columns=1) if is_narrow() else axes.legend(loc=place)


def number_powers_of_ten(axis: Axis, times: Sequence[int] = (1,)) -> None:
    """Set numbers on a logarithmic axis: the powers of ten, each times the given, without small exponents.

    Letters of an exponent would be too small to read.
    """
    axis.set_major_locator(LogLocator(subs=times))
    axis.set_major_formatter(lambda value, _: np.format_float_positional(value, precision=6, trim="-"))
    axis.set_minor_formatter(NullFormatter())


def line_height() -> float:
    """Return the height of a line of words, in inches."""
    return LINE * mpl.rcParams["font.size"] / 72


def break_lines(figure: Figure) -> None:
    """Break titles, names and legends into as many lines as it takes to have room for them."""
    width, height = figure.bbox.size
    for words in figure.texts:
        break_at(words, width)
    if not any(axes.axison for axes in figure.axes):
        return  # images alone
    figure.draw_without_rendering()  # now it is known how large everything is
    changed = [break_names(axes.xaxis, axes.bbox.width) for axes in figure.axes]
    changed += [break_names(axes.yaxis, 0.42 * width) for axes in figure.axes if not is_beside(axes)]
    if any(changed):
        figure.draw_without_rendering()
    for axes in figure.axes:
        box, middle = axes.bbox, axes.bbox.x0 + axes.bbox.width / 2
        # A panel alone in its row may use the room of the page on both sides.
        room = box.width * 1.1 if is_beside(axes) else 2 * min(middle, width - middle)
        for words in (axes.title, axes.xaxis.label):
            break_at(words, room)
        break_at(axes.yaxis.label, min(1.15 * box.height, height))
    for legend in [*figure.legends, *(axes.get_legend() for axes in figure.axes if axes.get_legend())]:
        for words in legend.get_texts():
            break_at(words, 0.85 * width)


def is_beside(axes: Axes) -> bool:
    """Tell whether a panel has others in its row."""
    place = axes.get_subplotspec()
    return place is not None and place.colspan.stop - place.colspan.start < place.get_gridspec().ncols


def break_names(axis: Axis, room: float) -> bool:
    """Break the names at the ticks of an axis, or slant them; those beside each other share the room.

    Returns
    -------
    bool
        Whether anything had to be changed.
    """
    labels = axis.get_ticklabels()
    named = isinstance(axis.get_major_locator(), FixedLocator | StrCategoryLocator)
    if not named or not labels or labels[0].get_rotation():
        return False
    share = 0.95 * room / len(labels) if axis.axis_name == "x" else room
    names = [label.get_text() for label in labels]
    for label in labels:
        break_at(label, share)
    turn = {}
    if axis.axis_name == "x" and max(label.get_window_extent().width for label in labels) > share:
        # They end at a tick below which they stand, and begin at one above which they do.
        side = "left" if axis.get_ticks_position() == "top" else "right"
        turn = {"rotation": 50, "ha": side, "rotation_mode": "anchor"}
    broken = [label.get_text() for label in labels]
    if not turn and broken == names:
        return False
    axis.set_ticks(axis.get_ticklocs(), names if turn else broken, **turn)
    return True


def break_at(words: Text, room: float) -> None:
    """Break words into lines that take no more than so many dots, if a space allows it."""
    upright = words.get_rotation() == 90
    extent = "height" if upright else "width"

    def is_too_long(line: str) -> bool:
        words.set_text(line)
        return getattr(words.get_window_extent(), extent) > room

    whole = words.get_text()
    if not whole or not is_too_long(whole):
        return
    lines = []
    for line in whole.split("\n"):
        first, *others = line.split(" ")
        lines.append(first)
        for word in others:
            longer = f"{lines[-1]} {word}"
            if is_too_long(longer):
                lines.append(word)
            else:
                lines[-1] = longer
    words.set_text("\n".join(lines))


def make_narrow(figure: Figure) -> None:
    """Make a figure fit a phone, if it was not drawn for one: narrower, and a matrix with fewer digits.

    A matrix whose cells hold their values does without its bar of colours.
    """
    size = mpl.rcParams["font.size"]
    for axes in figure.axes:
        axes.tick_params(which="both", labelsize=size)  # in points, for ticks that are yet to come
    if figure.get_figwidth() > NARROW:
        for axes in [axes for axes in figure.axes if axes.texts]:
            bars = [image.colorbar for image in axes.images if image.colorbar]
            for bar in bars:
                bar.remove()
            if any(label.get_rotation() for label in axes.get_xticklabels()):
                axes.tick_params(axis="x", labelrotation=90)
        figure.set_size_inches(NARROW, min(figure.get_figheight(), 1.1 * NARROW))
        for words in figure.findobj(Text):
            words.set_fontsize(size)
            words.set_text(SPARE.sub("", words.get_text()))
        if figure.get_layout_engine():
            figure.get_layout_engine().set(w_pad=PAD, h_pad=PAD)
