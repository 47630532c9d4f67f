"""The reliability diagram's bars are as high as the bins say, and its words are the reader's."""

import itertools
import math

import matplotlib as mpl
import numpy as np
import pytest

from alexnet_lib.calibration import ReliabilityBins
from alexnet_lib.figures import setup
from alexnet_lib.language import text
from alexnet_lib.plots.calibration import plot_reliability

BINNED = ReliabilityBins(
    edges=np.linspace(0, 1, 5),
    counts=np.array([0, 10, 30, 60]),
    confidence=np.array([math.nan, 0.4, 0.6, 0.9]),
    accuracy=np.array([math.nan, 0.5, 0.6, 0.8]),
)
ERROR = (10 * 0.1 + 60 * 0.1) / 100


pytestmark = pytest.mark.usefixtures("language")


def test_bars_are_accuracies_and_below_stand_the_shares_of_images():
    upper, lower = plot_reliability({"one": BINNED}).axes
    assert [bar.get_height() for bar in upper.containers[0]] == pytest.approx([0, 50, 60, 80])
    assert [bar.get_x() for bar in upper.containers[0]] == pytest.approx([0, 25, 50, 75])
    assert [bar.get_height() for bar in lower.containers[0]] == pytest.approx([0, 10, 30, 60])


def test_dots_stand_at_the_mean_confidence_of_their_bin():
    dots, diagonal = plot_reliability({"one": BINNED}).axes[0].lines
    np.testing.assert_allclose(dots.get_xdata()[1:], [40, 60, 90])
    np.testing.assert_allclose(dots.get_ydata()[1:], [50, 60, 80])
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [0, 100]


def test_each_model_has_its_panel_under_its_name_and_its_error():
    figure = plot_reliability({"one": BINNED, "two": BINNED})
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert [title.split("\n")[0] for title in titles] == ["one", "two"]
    assert all(f"{100 * ERROR:.1f}" in title for title in titles)


def test_many_panels_have_titles_that_stay_above_them(language):
    long = {"ko": "지금 막 학습한 모델의 이름", "en": "a rather long name of a model"}[language]
    names = [long, f"{long} {long}", "third", "fourth"]
    with mpl.rc_context():
        setup(language)  # the width of Hangul is that of the book's own font
        figure = plot_reliability(dict.fromkeys(names, BINNED))
        figure.canvas.draw()
    titles = [axes.title.get_window_extent() for axes in figure.axes if axes.get_title()]
    assert len(titles) == 4
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(titles))


def test_words_are_in_the_language(language):
    figure = plot_reliability({"AlexNet": BINNED})
    words = [figure.get_suptitle(), figure.axes[0].get_ylabel(), figure.axes[1].get_xlabel()]
    words += [label.get_text() for label in figure.legends[0].get_texts()]
    assert len(words) == 6 and text("figures_calibration.diagonal") in words
    assert all(any("가" <= letter <= "힣" for letter in word) == (language == "ko") for word in words)
