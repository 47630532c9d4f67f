"""The pictures of chapter 16: what a training that is wrong shows, beside a sound one."""

import math
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from alexnet_lib.language import text
from alexnet_lib.layout import drawn_twice, legend_below, room
from alexnet_lib.notebook import COLOURS, Picture, as_written

CHANCE = math.log(10)
SOUND = {"color": COLOURS["blue"], "linestyle": "--"}
BROKEN = {"color": COLOURS["vermilion"], "linestyle": "-"}
CHANCE_LINE = {"color": COLOURS["grey"], "linestyle": ":"}


@drawn_twice
def plot_symptoms(
    titles: Sequence[str],
    pairs: Sequence[tuple[Sequence[float] | float, Sequence[float] | float]],
    caption: str = "",
) -> Picture:
    """Draw what a sound training and a broken one show, a panel a case.

    Parameters
    ----------
    titles
        One a case.
    pairs
        A case's sound and broken training: the losses by step, drawn as curves, or an accuracy each,
        from 0 to 1, drawn as bars. A dotted line marks what guessing among ten classes would give.
    caption
        What to see in the picture; stands above it, and on the page below it.
    """
    names = as_written(titles)
    columns = min(2, len(names))
    rows = math.ceil(len(names) / columns)
    width, height = (7.5, 1.9 * rows + 0.6) if rows > 1 else (6, 3.4)
    figure, panels = plt.subplots(rows, columns, figsize=(room(width), height), squeeze=False)
    for axes in panels.flat[len(names) :]:
        axes.remove()
    figure.suptitle(caption)
    told = []
    for axes, name, (sound, broken) in zip(panels.flat, names, pairs, strict=False):
        draw = draw_scores if np.ndim(sound) == 0 else draw_losses
        told.append(f"{name}: {draw(axes, sound, broken)}")
        axes.set_title(name)
    # Bars have their names below them.
    styles = {"sound": SOUND, "broken": BROKEN} if any(np.ndim(sound) for sound, _ in pairs) else {}
    lines = [plt.Line2D([], [], **style) for style in (*styles.values(), CHANCE_LINE)]
    labels = [*(text(f"figures_clinic.{name}") for name in styles), text("figures_basics.chance")]
    legend_below(figure, lines, labels, columns=3)
    return Picture(figure, "; ".join(told))


def draw_losses(axes: Axes, sound: Sequence[float], broken: Sequence[float]) -> str:
    """Draw two curves of losses by step; say how both end."""
    axes.axhline(CHANCE, **CHANCE_LINE)
    for losses, style in ((sound, SOUND), (broken, BROKEN)):
        axes.plot(range(1, len(losses) + 1), losses, linewidth=1.5, **style)
    # As far above chance as the sound training comes below it; a loss that runs wild is cut off there.
    learned = max(CHANCE - min(sound), 0.1)
    axes.set_ylim(CHANCE - 1.1 * learned, CHANCE + 1.1 * learned)
    axes.set(xlabel=text("figures_clinic.step"), ylabel=text("figures_clinic.loss"))
    ends = (np.mean(losses[-10:]) for losses in (sound, broken))
    return text("figures_clinic.alt_losses", sound=next(ends), broken=next(ends))


def draw_scores(axes: Axes, sound: float, broken: float) -> str:
    """Draw two accuracies as bars; say them."""
    names = [text("figures_clinic.sound"), text("figures_clinic.broken")]
    colours = [SOUND["color"], BROKEN["color"]]
    bars = axes.bar(names, [100 * sound, 100 * broken], color=colours, width=0.6)
    axes.bar_label(bars, fmt="%.0f%%")
    axes.axhline(10, **CHANCE_LINE)
    axes.set(ylim=(0, 115), ylabel=text("figures_basics.test_accuracy"))
    return text("figures_clinic.alt_scores", sound=sound, broken=broken)
