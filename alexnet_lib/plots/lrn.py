"""Chapter 12's figure: the errors of its cells, by width, with LRN and without."""

from collections.abc import Mapping, Sequence

import numpy as np

from alexnet_lib.language import text
from alexnet_lib.layout import drawn_twice, legend_inside, subplots
from alexnet_lib.notebook import COLOURS, Picture
from alexnet_lib.uncertainty import MINIMUM_FOR_SPREAD

STYLES = {32: (COLOURS["blue"], "o-"), 64: (COLOURS["vermilion"], "s--")}
NARROW = 0.08  # between the two widths, so that their points do not cover each other


@drawn_twice
def plot_cells(errors: Mapping[tuple[str, int], Sequence[float]], published: Mapping[str, float]) -> Picture:
    """Draw the test error of each cell: a point a seed, means joined by width, spreads where n >= 3.

    Parameters
    ----------
    errors
        In percent, one a seed, by normalization (``"none"`` or ``"lrn"``) and width.
    published
        Errors that others report, in percent, by what to call them: dotted lines across.
    """
    figure, axes = subplots(width=7, height=4.8)
    names = {name: text(f"figures_lrn.{name}") for name in ("none", "lrn")}
    for side, (width, (colour, style)) in zip((-NARROW, NARROW), STYLES.items(), strict=True):
        means = {}
        for place, name in enumerate(names):
            scores = errors.get((name, width), [])
            if not scores:
                continue
            means[place + side] = np.mean(scores)
            axes.plot([place + side] * len(scores), scores, ".", color=colour, markersize=9, alpha=0.5)
            if len(scores) >= MINIMUM_FOR_SPREAD:
                options = {"ecolor": colour, "capsize": 5, "linewidth": 1.5, "fmt": "none"}
                axes.errorbar(place + side, np.mean(scores), np.std(scores, ddof=1), **options)
        label = text("figures_lrn.width", width=width)
        axes.plot([*means], [*means.values()], style, color=colour, markersize=8, label=label)
    for name, error in published.items():
        axes.axhline(error, color=COLOURS["grey"], linestyle=":")
        place = {"xy": (0.01, error), "xycoords": ("axes fraction", "data"), "va": "bottom"}
        axes.annotate(name, color=COLOURS["grey"], **place)
    axes.set_xticks(range(len(names)), [*names.values()])
    axes.set_xlim(-1.5, len(names) - 0.5)  # room for what is published, off the points
    axes.set(ylabel=text("figures_lrn.test_error"), title=text("figures_lrn.cells_title"))
    legend_inside(axes)
    means = [
        text("figures_lrn.mean", normalization=names[name], width=width, error=np.mean(scores))
        for (name, width), scores in errors.items()
        if len(scores)
    ]
    seeds = max(map(len, errors.values()))
    return Picture(figure, text("figures_lrn.alt_cells", seeds=seeds, means="; ".join(means)))
