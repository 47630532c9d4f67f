"""Figures that can be read: on a screen, on a phone, in both languages."""

import importlib
import math
import pkgutil
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

import figure_samples
from alexnet_lib import plots
from alexnet_lib.language import set_language
from alexnet_lib.layout import NARROW, ON_A_PHONE, break_lines, make_narrow
from alexnet_lib.notebook import Picture, setup
from figure_samples import FIGURES

# What a page has room for, and the smallest letters, both in its pixels.
SCREEN, PHONE = (776, 13), (358, 11)
POINTS, PIXELS = 72, 96  # an inch


@pytest.fixture(autouse=True)
def style(monkeypatch):
    """Set the book's style, and put the one before back."""
    with mpl.rc_context():
        monkeypatch.setattr("alexnet_lib.notebook.say", lambda *_, **__: None)
        setup("en")
        yield


def on_a_phone(draw: Callable[[], Picture]) -> Picture:
    """Return a picture as ``narrow`` gives it, without drawing it wide where it draws itself anew."""
    with mpl.rc_context(ON_A_PHONE):
        picture = draw()
        if picture.again:
            make_narrow(picture.figure)
            return picture
    return draw().narrow()


def laid_out(picture: Picture) -> Figure:
    """Return the figure as it is drawn on a page."""
    if picture.title:
        picture.title.set(visible=False, in_layout=False)
    break_lines(picture.figure)
    picture.figure.draw_without_rendering()
    return picture.figure


def test_slanted_names_above_a_panel_do_not_come_down_into_it():
    with mpl.rc_context(ON_A_PHONE):
        figure, axes = plt.subplots(figsize=(NARROW, 2), layout="constrained")
    axes.set_xticks(range(6), ["a-long-name-in-one-word"] * 6)
    axes.xaxis.tick_top()
    break_lines(figure)
    figure.draw_without_rendering()
    names = [name.get_window_extent() for name in axes.get_xticklabels()]
    plt.close(figure)
    assert names[0].height > names[0].width / 2, "they are slanted"
    assert min(name.y0 for name in names) >= axes.bbox.y1


def seen(figure: Figure) -> list[Text]:
    """Return the words of a figure that are drawn: not those of ticks outside of their axis."""
    words, beyond = [*figure.texts], set()
    for legend in figure.legends:
        words += legend.findobj(Text)
    for axes in figure.axes:
        words += axes.findobj(Text) if axes.axison else [axes.title, *axes.texts]
        for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
            low, high = sorted(axis.get_view_interval())
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if not low - 1e-9 <= tick.get_loc() <= high + 1e-9:
                    beyond |= {tick.label1, tick.label2}
    return [one for one in words if one.get_visible() and one.get_text().strip() and one not in beyond]


def smallest(figure: Figure, room: int) -> float:
    """Return the size of the smallest letters in pixels of a page, to whose room the figure shrinks."""
    scale = min(1, room / (PIXELS * figure.get_figwidth()))
    sizes = (words.get_fontsize() for words in seen(figure))
    return min(sizes, default=math.inf) * PIXELS / POINTS * scale


def collisions(figure: Figure) -> list[tuple[str, str]]:
    """Return the words that lie on each other by more than a hair, and those that the edge cuts off."""
    words = seen(figure)
    if not words:
        return []
    names, boxes = [one.get_text() for one in words], [box_of(one) for one in words]
    edge = figure.bbox.padded(1)
    cut = [not (edge.contains(*box.min) and edge.contains(*box.max)) for box in boxes]
    left, low, right, high = np.array([box.extents for box in boxes]).T[:, :, None]
    begins = (left <= right.T) & (low <= high.T)  # before the other ends
    pairs = [(names[one], names[other]) for one, other in np.argwhere(np.triu(begins & begins.T, 1))]
    return pairs + [(name, "edge") for name, is_cut in zip(names, cut, strict=True) if is_cut]


def box_of(words: Text) -> Bbox:
    """Return the room of words, without the air above and below them; upright if they are neither."""
    box = words.get_window_extent()
    if words.get_rotation() % 90:  # slanted: near its end, which is at the axis
        size = words.get_fontsize() * words.figure.dpi / POINTS
        return Bbox.from_bounds(box.x1 - size / 2, box.y1 - size / 2, size / 4, size / 4)
    air = 0.12 * min(box.width, box.height)
    return Bbox.from_extents(box.x0 + air, box.y0 + air, box.x1 - air, box.y1 - air)


def test_every_plot_of_the_library_is_among_the_samples():
    made = set()
    for module in pkgutil.iter_modules(plots.__path__):
        names = vars(importlib.import_module(f"alexnet_lib.plots.{module.name}"))
        made |= {name for name, value in names.items() if hasattr(value, "__wrapped__") and callable(value)}
    samples = Path(figure_samples.__file__).read_text("utf-8")
    assert [name for name in sorted(made) if f".{name}" not in samples] == [] and len(made) > 20


# Minutes of drawing. Where time is short, a phone, which has the least room, and Korean stand for all.
PAGES = [
    pytest.param("ko", PHONE, id="phone-ko"),
    pytest.param("en", PHONE, id="phone-en", marks=pytest.mark.slow),
    pytest.param("en", SCREEN, id="screen-en", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("language", "page"), PAGES)
@pytest.mark.parametrize("figure", FIGURES)
def test_letters_can_be_read(figure, language, page):
    set_language(language)
    drawn = laid_out(on_a_phone(FIGURES[figure]) if page == PHONE else FIGURES[figure]())
    assert page == SCREEN or drawn.get_figwidth() * PIXELS <= PHONE[0]
    room, letters = page
    assert smallest(drawn, room) >= letters
    assert collisions(drawn) == []


def test_small_letters_and_words_on_each_other_would_be_found():
    figure, axes = plt.subplots(figsize=(8, 4))
    axes.set_xlabel("small", fontsize="x-small")
    assert smallest(laid_out(Picture(figure, "A figure.")), SCREEN[0]) < SCREEN[1]
    figure, axes = plt.subplots(figsize=(16, 4))  # scaled down
    axes.set_ylabel("loss")
    assert smallest(figure, SCREEN[0]) < SCREEN[1]
    figure, axes = plt.subplots(figsize=(NARROW, 3))
    axes.set_xticks([0.4, 0.5], ["automobile", "airplane"])
    figure.text(0.9, 0.5, "far outside")
    figure.draw_without_rendering()
    assert {"far outside", "automobile"} <= {name for pair in collisions(figure) for name in pair}
