"""Ten years of a contest in one curve: the ILSVRC winners' top-5 errors, as published."""

import re
from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from alexnet_lib.figures import COLOURS
from alexnet_lib.language import text

Facts = Mapping[str, Mapping[str, Any]]

# Where a value stands: the curve falls from left to right, so these two corners are free of it.
ABOVE = {"xytext": (7, 3), "ha": "left", "va": "bottom"}
BELOW = {"xytext": (-7, -3), "ha": "right", "va": "top"}
WHITE = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.5}
# Beside a year's winner: what it reached with further data, and whoever came second.
BESIDE = {"extra": ("D", COLOURS["orange"], BELOW), "second": ("x", COLOURS["grey"], ABOVE)}


def plot_top5_errors(facts: Facts) -> Figure:
    """Draw each year's winning error, mark the steepest fall, and compare with a human.

    Parameters
    ----------
    facts
        As ``facts()`` returns them. Drawn are ``ilsvrc_YEAR``, ``ilsvrc_YEAR_extra``,
        ``ilsvrc_YEAR_second`` and ``ilsvrc_human``, all in percent.
    """
    winners = by_year(facts, "")
    years = sorted(winners)
    errors = [winners[year]["value"] for year in years]
    figure, axes = plt.subplots(figsize=(7.8, 5))
    line = {"color": COLOURS["blue"], "label": text("figures_imagenet.winner")}
    axes.plot(years, errors, "o-", linewidth=2, zorder=2, **line)
    write_values(axes, dict(zip(years, errors, strict=True)), ABOVE)
    for suffix, (marker, colour, place) in BESIDE.items():
        points = {year: fact["value"] for year, fact in by_year(facts, f"_{suffix}").items()}
        style = {"marker": marker, "color": colour, "label": text(f"figures_imagenet.{suffix}")}
        axes.scatter(list(points), list(points.values()), zorder=3, **style)
        write_values(axes, points, place)
    mark_steepest_fall(axes, years, errors)
    human = facts["ilsvrc_human"]["value"]
    axes.axhline(human, color=COLOURS["green"], ls="--", label=text("figures_imagenet.human", error=human))
    axes.set_title(text("figures_imagenet.title"))
    axes.set_ylabel(text("figures_imagenet.error"))
    names = [winners[year]["winner"].replace("-", "-\n") for year in years]
    axes.set_xticks(years, [f"{year}\n{name}" for year, name in zip(years, names, strict=True)])
    axes.set_xlabel(text("figures_imagenet.year"))
    axes.margins(x=0.08)  # the last value stands to the right of its point
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper right")
    return figure


def write_values(axes: Axes, points: Mapping[int, float], place: Mapping[str, Any]) -> None:
    """Write each value beside its point, on white, so that no line runs through it."""
    for year, value in points.items():
        axes.annotate(f"{value}%", (year, value), **place, textcoords="offset points", bbox=WHITE)


def by_year(facts: Facts, suffix: str) -> dict[int, Mapping[str, Any]]:
    """Return the facts named ``ilsvrc_YEAR`` and a suffix, by year."""
    found = {re.fullmatch(rf"ilsvrc_(\d{{4}}){suffix}", name): fact for name, fact in facts.items()}
    return {int(match[1]): fact for match, fact in found.items() if match}


def mark_steepest_fall(axes: Axes, years: list[int], errors: list[float]) -> None:
    """Paint over the segment along which the error fell by the most points, and say by how many."""
    falls = -np.diff(errors)
    place = int(falls.argmax())
    start_end = slice(place, place + 2)
    axes.plot(years[start_end], errors[start_end], color=COLOURS["vermilion"], linewidth=5, zorder=1)
    middle = (np.mean(years[start_end]), np.mean(errors[start_end]))
    words = text("figures_imagenet.fall", points=falls[place])
    style = {"color": COLOURS["vermilion"], "ha": "right", "va": "top"}
    axes.annotate(words, middle, (-14, -8), textcoords="offset points", **style)
