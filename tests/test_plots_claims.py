"""What the figures of chapter 13 draw, against what they are given."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest

from alexnet_lib.experiments.claims import Verdict, claim_text
from alexnet_lib.language import LANGUAGES, set_language
from alexnet_lib.notebook import COLOURS
from alexnet_lib.plots.claims import plot_claims, plot_colour_noise, plot_learning_rates

VERDICTS = {"parameters": Verdict(True, True, False), "lrn_alpha": Verdict(True, False, None)}


@pytest.fixture(autouse=True)
def figures_closed() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_claim_is_a_row_and_a_witness_a_column(language):
    set_language(language)
    axes = plot_claims(VERDICTS).axes[0]
    marks = {mark.get_position(): mark.get_text() for mark in axes.texts}
    assert marks == {(0, 0): "✓", (1, 0): "✓", (2, 0): "✗", (0, 1): "✓", (1, 1): "✗", (2, 1): "–"}
    assert [label.get_text() for label in axes.get_yticklabels()] == [claim_text(name) for name in VERDICTS]
    assert axes.yaxis_inverted() and len(axes.get_xticklabels()) == 3


def test_a_mark_differs_in_shape_and_in_colour():
    axes = plot_claims(VERDICTS).axes[0]
    colours = {mark.get_text(): mark.get_color() for mark in axes.texts}
    assert colours == {"✓": COLOURS["blue"], "✗": COLOURS["vermilion"], "–": COLOURS["grey"]}
    assert all(mark in axes.get_xlabel() for mark in colours)


def test_the_rates_are_steps_that_end_with_the_run_and_conv1_is_frozen():
    axes = plot_learning_rates().axes[0]
    others, conv1 = axes.lines
    assert list(others.get_xdata()) == list(conv1.get_xdata()) == list(range(94))
    assert {line.get_drawstyle() for line in axes.lines} == {"steps-post"}
    assert sorted({round(rate, 6) for rate in others.get_ydata()}) == [1e-5, 1e-4, 1e-3, 1e-2]
    assert np.isnan(conv1.get_ydata()[72:]).all() and not np.isnan(conv1.get_ydata()[:72]).any()
    assert axes.get_yscale() == "log"
    assert [label.get_color() for label in axes.texts] == [others.get_color(), conv1.get_color()]


def test_each_way_is_a_row_that_begins_with_the_original():
    original = np.zeros((4, 4, 3), np.uint8)
    noisy = {
        name: [np.full_like(original, value + i) for i in range(3)] for name, value in (("a", 10), ("b", 20))
    }
    axes = plot_colour_noise(original, noisy).axes
    shown = [panel.images[0].get_array()[0, 0, 0] for panel in axes]
    assert shown == [0, 10, 11, 12, 0, 20, 21, 22]
    assert [panel.get_title() for panel in axes] == ["original", "", "a", "", "original", "", "b", ""]


@pytest.mark.parametrize(
    ("language", "words"), [("ko", ["에폭", "로그 눈금"]), ("en", ["epoch", "log scale"])]
)
def test_words_follow_the_language(language, words):
    set_language(language)
    axes = plot_learning_rates().axes[0]
    assert words[0] in axes.get_xlabel() and words[1] in axes.get_ylabel()
