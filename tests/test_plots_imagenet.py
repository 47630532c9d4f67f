"""The curve of the contest shows the facts that it is given, and finds its own cliff."""

import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from alexnet_lib.facts import facts
from alexnet_lib.figures import COLOURS
from alexnet_lib.language import text
from alexnet_lib.plots.imagenet import plot_top5_errors

# Not in order, and with a cliff in a year of its own.
MADE_UP = {
    "ilsvrc_2003": {"value": 9.5, "winner": "Third-Team"},
    "ilsvrc_2001": {"value": 40.0, "winner": "First"},
    "ilsvrc_2002": {"value": 38, "winner": "Second"},
    "ilsvrc_2004": {"value": 8.25, "winner": "Fourth"},
    "ilsvrc_2003_second": {"value": 37.0},
    "ilsvrc_2003_extra": {"value": 9.0},
    "ilsvrc_2004_test_images": {"value": 1000},
    "ilsvrc_human": {"value": 12.5},
    "paper_top5": {"value": 17.0},
}


pytestmark = pytest.mark.usefixtures("language")


def axes_of(given: dict) -> Axes:
    return plot_top5_errors(given).axes[0]


def line(axes: Axes, colour: str) -> list[tuple[float, float]]:
    """Return the points of the one line of a colour."""
    (found,) = (drawn for drawn in axes.lines if to_hex(drawn.get_color()).upper() == COLOURS[colour])
    return list(zip(found.get_xdata(), found.get_ydata(), strict=True))


def test_the_line_joins_the_winners_in_order_and_nothing_else():
    assert line(axes_of(MADE_UP), "blue") == [(2001, 40.0), (2002, 38), (2003, 9.5), (2004, 8.25)]


def test_the_steepest_fall_is_found_in_the_data_and_told():
    axes = axes_of(MADE_UP)
    assert line(axes, "vermilion") == [(2002, 38), (2003, 9.5)]
    assert text("figures_imagenet.fall", points=28.5) in [words.get_text() for words in axes.texts]
    later = MADE_UP | {"ilsvrc_2003": {"value": 37.5, "winner": "Third"}}
    assert line(axes_of(later), "vermilion") == [(2003, 37.5), (2004, 8.25)]


def test_of_the_real_facts_the_cliff_is_alexnets_year():
    assert line(axes_of(facts()), "vermilion") == [(2011, 25.8), (2012, 16.4)]


def test_second_places_and_further_data_have_marks_of_their_own():
    axes = axes_of(MADE_UP)
    marks = {drawn.get_label(): drawn.get_offsets().tolist() for drawn in axes.collections}
    assert marks == {
        text("figures_imagenet.extra"): [[2003, 9.0]],
        text("figures_imagenet.second"): [[2003, 37.0]],
    }


def test_every_point_has_its_value_beside_it_as_it_was_published():
    axes = axes_of(MADE_UP)
    values = {words.xy: words.get_text() for words in axes.texts if words.get_text().endswith("%")}
    assert values == {
        (2001, 40.0): "40.0%", (2002, 38): "38%", (2003, 9.5): "9.5%", (2004, 8.25): "8.25%",
        (2003, 9.0): "9.0%", (2003, 37.0): "37.0%",
    }  # fmt: skip


def test_the_human_line_lies_at_the_error_and_says_that_it_is_one_human(language):
    axes = axes_of(MADE_UP)
    assert {height for _, height in line(axes, "green")} == {12.5}
    labels = [words.get_text() for words in axes.get_legend().get_texts()]
    caveat = {"ko": "한 명", "en": "one "}[language]
    assert any(caveat in label and "12.5%" in label for label in labels)


def test_years_carry_their_winners_and_errors_begin_at_zero():
    axes = axes_of(MADE_UP)
    ticks = [tick.get_text() for tick in axes.get_xticklabels()]
    assert ticks == ["2001\nFirst", "2002\nSecond", "2003\nThird-\nTeam", "2004\nFourth"]
    assert axes.get_ylim()[0] == 0


def test_labels_are_in_the_language_and_the_figure_fits_the_page(language):
    figure = plot_top5_errors(facts())
    axes = figure.axes[0]
    for words in (axes.get_title(), axes.get_xlabel(), axes.get_ylabel()):
        assert any("가" <= letter <= "힣" for letter in words) == (language == "ko")
    assert figure.get_figwidth() <= 8
