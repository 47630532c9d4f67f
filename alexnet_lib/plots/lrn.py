"""Chapter 12's figures: what LRN does to a value, curves of several cells, a table of two questions."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.ticker import MaxNLocator

from alexnet_lib.language import text
from alexnet_lib.layout import drawn_twice, legend_inside, subplots
from alexnet_lib.notebook import COLOURS, Picture
from alexnet_lib.training import History
from alexnet_lib.uncertainty import over_seeds

STYLES = {32: (COLOURS["blue"], "o-"), 64: (COLOURS["vermilion"], "s--")}
NARROW = 0.08  # between the two widths, so that their points do not cover each other


def cell_name(cell: tuple[str, int]) -> str:
    """Return what a figure calls a cell: its normalization and its width."""
    normalization = text(f"figures_lrn.{cell[0]}")
    return text("figures_lrn.cell", normalization=normalization, width=cell[1])


@drawn_twice
def plot_response(values: np.ndarray, responses: Mapping[str, np.ndarray], unit: float) -> Picture:
    """Draw what becomes of a value in different company, against the value.

    Parameters
    ----------
    values
        (N,), rising.
    responses
        (N,) for each name, which is a key of the text catalogue's ``figures_factorial``.
    unit
        Written on the axes: what one of the values is worth in levels of a pixel.
    """
    figure, axes = subplots(width=7, height=4.2)
    colours = (COLOURS["blue"], COLOURS["vermilion"], COLOURS["grey"])
    for (name, response), colour, style in zip(responses.items(), colours, ("-", "--", ":"), strict=True):
        label = text(f"figures_lrn.{name}")
        axes.plot(values, response, style, color=colour, linewidth=2.5, label=label)
    axes.set_xlabel(text("figures_lrn.before", unit=unit))
    axes.set_ylabel(text("figures_lrn.after", unit=unit))
    axes.set_title(text("figures_lrn.response_title"))
    axes.set_xlim(0, values[-1])
    axes.set_ylim(0, None)
    legend_inside(axes)
    peaks = {text(f"figures_lrn.{name}"): values[curve.argmax()] for name, curve in responses.items()}
    places = "; ".join(f"{name}: {place:.1f}" for name, place in peaks.items())
    return Picture(figure, text("figures_lrn.alt_response", peaks=places))


@drawn_twice
def plot_errors(histories: Mapping[tuple[str, int], History]) -> Picture:
    """Draw the validation error of each cell by epoch, on a logarithmic scale.

    Parameters
    ----------
    histories
        As ``fit`` returns them.
    """
    figure, axes = subplots(height=4.4)
    strokes = {"none": ":", "lrn": "-", "batch": "--"}
    for cell, history in histories.items():
        normalization, width = cell
        percent = [100 * (1 - row["val_accuracy"]) for row in history]
        style = {"color": STYLES[width][0], "linestyle": strokes[normalization], "linewidth": 2}
        epochs = [row["epoch"] for row in history]
        axes.plot(epochs, percent, marker="." if len(epochs) < 10 else "", label=cell_name(cell), **style)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set_xlabel(text("figures_lrn.epoch"))
    axes.set_ylabel(text("figures_lrn.validation_error"))
    axes.set_title(text("figures_lrn.curves_title"))
    legend_inside(axes)
    last = {cell_name(cell): 100 * (1 - rows[-1]["val_accuracy"]) for cell, rows in histories.items()}
    errors = "; ".join(f"{name}: {error:.1f}%" for name, error in last.items())
    return Picture(figure, text("figures_lrn.alt_errors", errors=errors))


@drawn_twice
def plot_cells(
    errors: Mapping[tuple[str, int], Sequence[float]], published: Mapping[str, float] | None = None
) -> Picture:
    """Draw the test error of each cell: a point a seed, means joined by width, spreads where n >= 3.

    Parameters
    ----------
    errors
        In percent, one a seed.
    published
        Name and error of what others report, in percent: dotted lines across.
    """
    order = [name for name in ("none", "lrn", "batch") if any(name == cell[0] for cell in errors)]
    figure, axes = subplots(width=7, height=4.8)
    for side, (width, (colour, style)) in zip((-NARROW, NARROW), STYLES.items(), strict=True):
        places, means = [], []
        for place, name in enumerate(order):
            scores = errors.get((name, width), [])
            if not scores:
                continue
            summary = over_seeds(scores)
            places.append(place + side)
            means.append(summary.mean)
            axes.plot([places[-1]] * len(scores), scores, ".", color=colour, markersize=9, alpha=0.5)
            if summary.standard_deviation is not None:
                options = {"ecolor": colour, "capsize": 5, "linewidth": 1.5, "fmt": "none"}
                axes.errorbar(places[-1], summary.mean, summary.standard_deviation, **options)
        label = text("figures_lrn.width", width=width)
        axes.plot(places, means, style, color=colour, markersize=8, label=label)
    for name, error in (published or {}).items():
        axes.axhline(error, color=COLOURS["grey"], linestyle=":")
        place = {"xy": (0.01, error), "xycoords": ("axes fraction", "data"), "va": "bottom"}
        axes.annotate(text(f"figures_lrn.{name}", error=error), color=COLOURS["grey"], **place)
    axes.set_xticks(range(len(order)), [text(f"figures_lrn.{name}") for name in order])
    axes.set_xlim(-1.1 if published else -0.5, len(order) - 0.5)  # room for names, off the points
    axes.set_ylabel(text("figures_lrn.test_error"))
    axes.set_xlabel(text("figures_lrn.normalization"))
    axes.set_title(text("figures_lrn.cells_title"))
    legend_inside(axes)
    means = [f"{cell_name(cell)}: {np.mean(scores):.1f}%" for cell, scores in errors.items() if len(scores)]
    seeds = max(map(len, errors.values()))
    return Picture(figure, text("figures_lrn.alt_cells", seeds=seeds, means="; ".join(means)))
