"""The pictures of chapters 1 to 8 show what they are given."""

import itertools
import math

import matplotlib as mpl
import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from torch import nn

from alexnet_lib.language import text
from alexnet_lib.metrics import ReliabilityBins
from alexnet_lib.notebook import COLOURS, PIXELS_PER_INCH, Picture, setup
from alexnet_lib.plots.basics import (
    WIDEST,
    plot_channel_histograms,
    plot_enlargements,
    plot_history,
    plot_parameters_and_macs,
    plot_reliability,
    plot_top5_errors,
    show_images,
)
from alexnet_lib.summary import layer_table
from alexnet_lib.transforms import channel_statistics

pytestmark = pytest.mark.usefixtures("language")


# --- The contest ---

# Not in order, and with a cliff in a year of its own.
WINNERS = {2003: ("Third-Team", 9.5), 2001: ("First", 40.0), 2002: ("Second", 38), 2004: ("Fourth", 8.25)}


def contest(winners: dict[int, tuple[str, float]] = WINNERS) -> Picture:
    return plot_top5_errors(winners, {2003: 9.0}, {2003: 37.0}, human=12.5)


def line(axes: Axes, colour: str) -> list[tuple[float, float]]:
    """Return the points of the one line of a colour."""
    (found,) = (drawn for drawn in axes.lines if to_hex(drawn.get_color()).upper() == COLOURS[colour])
    return list(zip(found.get_xdata(), found.get_ydata(), strict=True))


def test_the_line_joins_the_winners_in_order_and_nothing_else():
    assert line(contest().figure.axes[0], "blue") == [(2001, 40.0), (2002, 38), (2003, 9.5), (2004, 8.25)]


def test_the_steepest_fall_is_found_in_the_data_and_told():
    axes = contest().figure.axes[0]
    assert line(axes, "vermilion") == [(2002, 38), (2003, 9.5)]
    assert text("figures_basics.fall", points=28.5) in [words.get_text() for words in axes.texts]
    later = contest(WINNERS | {2003: ("Third", 37.5)})
    assert line(later.figure.axes[0], "vermilion") == [(2003, 37.5), (2004, 8.25)]


def test_second_places_and_further_data_have_marks_of_their_own():
    axes = contest().figure.axes[0]
    marks = {drawn.get_label(): drawn.get_offsets().tolist() for drawn in axes.collections}
    assert marks == {
        text("figures_basics.extra"): [[2003, 9.0]],
        text("figures_basics.second"): [[2003, 37.0]],
    }


def test_every_point_has_its_value_beside_it_as_it_was_published():
    axes = contest().figure.axes[0]
    values = {words.xy: words.get_text() for words in axes.texts if words.get_text().endswith("%")}
    assert values == {
        (2001, 40.0): "40.0%", (2002, 38): "38%", (2003, 9.5): "9.5%", (2004, 8.25): "8.25%",
        (2003, 9.0): "9.0%", (2003, 37.0): "37.0%",
    }  # fmt: skip


def test_the_human_line_lies_at_the_error_and_says_that_it_is_one_human(language):
    axes = contest().figure.axes[0]
    assert {height for _, height in line(axes, "green")} == {12.5}
    labels = [words.get_text() for words in axes.get_legend().get_texts()]
    caveat = {"ko": "한 명", "en": "one "}[language]
    assert any(caveat in label and "12.5%" in label for label in labels)


def test_years_carry_their_winners_and_errors_begin_at_zero():
    axes = contest().figure.axes[0]
    ticks = [tick.get_text() for tick in axes.get_xticklabels()]
    assert ticks == ["2001\nFirst", "2002\nSecond", "2003\nThird-\nTeam", "2004\nFourth"]
    assert axes.get_ylim()[0] == 0


def test_the_words_for_the_contest_hold_its_cliff_and_the_years_below_the_human(language):
    words = contest().alt
    below = {"ko": "2003, 2004년", "en": "2003, 2004."}[language]
    for told in ("2001", "2004", "40.0%", "8.25%", "38%", "9.5%", "12.5%", below):
        assert told in words


# --- The data ---

QUIZ = ["gamma", "alpha"]


class Pixels:
    """The one thing that channel_statistics asks of a data set."""

    def __init__(self, data: np.ndarray) -> None:
        self.data = data


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def is_korean(words: str) -> bool:
    return any("가" <= letter <= "힣" for letter in words)


@pytest.fixture
def versions(rng) -> list[np.ndarray]:
    return [rng.integers(256, size=(2, side, side, 3), dtype=np.uint8) for side in (32, 16, 8)]


def places(figure: Figure) -> dict[tuple[float, float], np.ndarray]:
    """Return the pictures by (left, top), in inches from the upper left corner of the figure."""
    width, height = figure.get_size_inches()
    boxes = [(axes.get_position(original=True), axes.images[0].get_array()) for axes in figure.axes]
    return {(box.x0 * width, height - box.y1 * height): np.asarray(picture) for box, picture in boxes}


def test_columns_are_images_and_rows_their_versions_from_large_to_small(versions):
    found = places(plot_enlargements(versions, QUIZ).figure)
    assert len(found) == 2 * 4
    tops = sorted({round(top, 6) for _, top in found})
    assert len(tops) == 4  # the true size, then one row a version
    for row, version in enumerate([versions[0], *versions]):
        in_row = sorted((left, top) for left, top in found if round(top, 6) == tops[row])
        for place, picture in zip(in_row, version, strict=True):
            np.testing.assert_array_equal(found[place], picture)


def test_in_true_size_a_pixel_is_a_pixel_of_the_page_and_the_others_are_equally_large(versions):
    figure = plot_enlargements(versions, QUIZ).figure
    width, height = figure.get_size_inches()
    sizes = []
    for axes in figure.axes:
        box = axes.get_position(original=True)
        assert box.width * width == pytest.approx(box.height * height)
        sizes.append(box.width * width * PIXELS_PER_INCH)
    assert sorted(sizes)[:2] == pytest.approx([32, 32])
    assert max(sizes) == pytest.approx(sorted(sizes)[2])
    assert not any(axes.axison for axes in figure.axes)
    assert width <= 8


def test_enlargements_are_named_and_measured(versions, language):
    figure, alt = (picture := plot_enlargements(versions, QUIZ)).figure, picture.alt
    assert [axes.get_title() for axes in figure.axes if axes.get_title()] == QUIZ
    words = [label.get_text() for label in figure.texts]
    assert words == [text("figures_basics.true_size"), "32×32", "16×16", "8×8"]
    assert is_korean(words[0]) == (language == "ko")
    assert "32×32, 16×16, 8×8" in alt and "gamma, alpha" in alt


def steps(figure: Figure, panel: int) -> list[StepPatch]:
    return [patch for patch in figure.axes[panel].patches if isinstance(patch, StepPatch)]


@pytest.fixture
def pixels(rng) -> np.ndarray:
    levels = [rng.integers(low, high, size=(20, 8, 8)) for low, high in ((0, 256), (40, 200), (0, 90))]
    return np.stack(levels, axis=-1).astype(np.uint8)


def test_each_channel_is_counted_by_itself(pixels):
    mean, std = channel_statistics(Pixels(pixels))
    figure = plot_channel_histograms(pixels, mean, std).figure
    for channel, step in enumerate(steps(figure, 0)):
        values, edges, _ = step.get_data()
        expected, _ = np.histogram(pixels[..., channel], bins=np.arange(0, 260, 4))
        np.testing.assert_allclose(values, 100 * expected / pixels[..., channel].size)
        assert values.sum() == pytest.approx(100)
        np.testing.assert_allclose(255 * edges + 0.5, np.arange(0, 260, 4))


def test_after_normalization_the_shape_is_the_same_and_the_axis_another(pixels):
    mean, std = channel_statistics(Pixels(pixels))
    figure = plot_channel_histograms(pixels, mean, std).figure
    for channel, (before, after) in enumerate(zip(steps(figure, 0), steps(figure, 1), strict=True)):
        np.testing.assert_array_equal(before.get_data().values, after.get_data().values)
        middles = (after.get_data().edges[1:] + after.get_data().edges[:-1]) / 2
        shares = after.get_data().values / 100
        # Bins of four levels are coarse, but the mean is 0 and the spread 1, or nearly.
        assert shares @ middles == pytest.approx(0, abs=0.05)
        assert shares @ middles**2 == pytest.approx(1, abs=0.05)
        wrong = (before.get_data().edges[1:] - mean[channel - 1]) / std[channel - 1]  # another channel's
        assert abs(shares @ wrong) > 0.1


def test_lines_stand_at_the_means_and_then_at_zero(pixels):
    mean, std = channel_statistics(Pixels(pixels))
    before, after = plot_channel_histograms(pixels, mean, std).figure.axes
    assert [line.get_xdata()[0] for line in before.lines] == list(mean)
    assert [line.get_xdata()[0] for line in after.lines] == [0]


def test_channels_differ_in_colour_and_in_dash_and_are_named_once(pixels, language):
    figure = plot_channel_histograms(pixels, *channel_statistics(Pixels(pixels))).figure
    assert len({to_hex(step.get_edgecolor()) for step in steps(figure, 0)}) == 3
    assert len({step.get_linestyle() for step in steps(figure, 0)}) == 3
    (legend,) = figure.legends
    names = [text(f"figures_basics.{name}") for name in ("red", "green", "blue")]
    assert [words.get_text() for words in legend.get_texts()] == names
    words = [axes.get_title() + axes.get_xlabel() for axes in figure.axes] + names
    assert all(is_korean(word) == (language == "ko") for word in words)


def test_the_words_for_the_histograms_tell_how_far_the_values_reach():
    # A channel's 0 and 1 lie at -mean/std and (1 - mean)/std.
    words = plot_channel_histograms(np.zeros((1, 2, 2, 3), np.uint8), (0.5, 0.4, 0.3), (0.2, 0.25, 0.1)).alt
    assert "-3.0" in words.replace("−", "-") and "7.0" in words


# --- Images ---


@pytest.fixture
def batch() -> np.ndarray:
    return np.random.default_rng(0).integers(256, size=(25, 32, 32, 3), dtype=np.uint8)


def test_every_image_stands_under_its_own_title_from_left_to_right_and_then_down(batch):
    titles = [f"name {i}" for i in range(25)]
    picture = show_images(batch, titles)
    panels = picture.figure.axes
    assert [axes.get_title() for axes in panels] == titles
    for axes, image in zip(panels, batch, strict=True):
        assert np.array_equal(axes.images[0].get_array(), image)
        assert not axes.axison
    places = [axes.get_subplotspec() for axes in panels]
    assert [(place.rowspan.start, place.colspan.start) for place in places] == list(np.ndindex(5, 5))
    assert picture.alt.endswith(f"{', '.join(titles)}.")


def test_a_last_row_may_be_short(batch):
    panels = show_images(batch[:7], range(7), columns=3).figure.axes
    assert len(panels) == 7
    assert panels[-1].get_subplotspec().rowspan.start == 2


def test_many_columns_do_not_make_a_picture_wider_than_a_page(batch):
    assert show_images(batch, range(25), columns=12).figure.get_figwidth() == pytest.approx(WIDEST)


def test_a_picture_of_tall_images_is_tall_and_of_two_is_as_wide_as_a_page_allows():
    tall = show_images(np.zeros((4, 320, 32, 3), np.uint8), range(4), columns=4).figure
    width, height = tall.get_size_inches()
    assert width == pytest.approx(WIDEST) and height > 9 * width / 4
    assert show_images(np.zeros((2, 8, 8, 3)), range(2), columns=2).figure.get_figwidth() <= WIDEST


def test_an_image_without_colours_is_drawn_from_black_to_white():
    drawn = show_images([np.array([[-3.0, 5.0]])], ["map"]).figure.axes[0].images[0]
    assert drawn.to_rgba(drawn.get_array())[0, :, :3].tolist() == [[0, 0, 0], [1, 1, 1]]


def test_a_title_too_few_is_refused(batch):
    with pytest.raises(ValueError, match="shorter"):
        show_images(batch, [""] * 24)


# --- The network ---

# Two convolutions and a fully connected layer on an 8x8 image, counted by hand.
PARAMETERS = [4 * (3 * 9 + 1), 6 * (4 * 9 + 1), 10 * (6 * 16 + 1)]
MACS = [64 * 4 * 3 * 9, 16 * 6 * 4 * 9, 96 * 10]


@pytest.fixture
def picture() -> Picture:
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3, padding=1),
        nn.Flatten(), nn.Linear(96, 10),
    )
    return plot_parameters_and_macs(layer_table(model, (3, 8, 8)))


@pytest.mark.parametrize(
    ("side", "counts", "colour"), [(0, PARAMETERS, "blue"), (1, MACS, "orange")]
)
def test_bars_are_the_shares_in_percent(
    picture: Picture, side: int, counts: list[int], colour: str
) -> None:
    axes = picture.figure.axes[side]
    expected = [100 * count / sum(counts) for count in counts]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx(expected)
    assert {to_hex(bar.get_facecolor()) for bar in axes.patches} == {COLOURS[colour].lower()}
    assert [label.get_text() for label in axes.texts] == [f"{share:.1f}%" for share in expected]


def test_only_layers_with_parameters_are_named(picture: Picture) -> None:
    right = picture.figure.axes[1]
    assert [label.get_text() for label in right.get_yticklabels()] == ["Conv1", "Conv2", "FC1"]


def test_the_bars_stand_back_to_back_on_one_scale_with_the_first_layer_on_top(picture: Picture) -> None:
    left, right = picture.figure.axes
    assert left.get_xlim() == right.get_xlim()[::-1]
    assert right.get_xlim()[0] == 0
    top = left.patches[0].get_y()
    bottom = left.patches[-1].get_y()
    assert left.transData.transform((0, top))[1] > left.transData.transform((0, bottom))[1]


def test_the_titles_name_the_totals():
    model = nn.Sequential(nn.Flatten(), nn.Linear(2000, 3))
    left, right = plot_parameters_and_macs(layer_table(model, (2000,))).figure.axes
    assert "6,003" in left.get_title() and "6,000" in right.get_title()


def test_the_words_name_the_largest_layers_and_the_share_of_the_fully_connected_ones(picture, language):
    dense, busiest = PARAMETERS[2] / sum(PARAMETERS), MACS[0] / sum(MACS)
    for word in ("FC1", "Conv1", f"{dense:.0%}", f"{busiest:.0%}", f"{MACS[2] / sum(MACS):.0%}"):
        assert word in picture.alt


# --- Training ---


def made_up_history(epochs: int) -> list[dict]:
    rows = []
    for epoch in range(1, epochs + 1):
        row = {"epoch": epoch, "train_loss": 2.0 / epoch, "test_loss": 1.8 / epoch + 0.1}
        row |= {"train_accuracy": 0.25 + 0.05 * epoch, "test_accuracy": 0.3 + 0.03 * epoch}
        rows.append(row | {"val_loss": None, "val_accuracy": None, "learning_rate": 0.001, "seconds": 1.0})
    return rows


def curves(figure: Figure, panel: int) -> dict[str, np.ndarray]:
    return {line.get_label(): line.get_xydata() for line in figure.axes[panel].get_lines()}


@pytest.mark.parametrize("epochs", [1, 2, 10])
def test_each_point_is_an_epoch_of_the_history(epochs):
    history = made_up_history(epochs)
    figure = plot_history(history).figure
    for panel, quantity, scale in ((0, "loss", 1), (1, "accuracy", 100)):
        drawn = curves(figure, panel)
        for split in ("train", "test"):
            expected = [[row["epoch"], scale * row[f"{split}_{quantity}"]] for row in history]
            np.testing.assert_allclose(drawn[text(f"figures_basics.{split}")], expected)


def test_training_and_test_are_not_interchanged():
    drawn = curves(plot_history(made_up_history(10)).figure, 1)
    last = {split: drawn[text(f"figures_basics.{split}")][-1, 1] for split in ("train", "test")}
    assert last == pytest.approx({"train": 75, "test": 60})


def test_the_dotted_lines_are_what_guessing_among_ten_classes_scores():
    figure = plot_history(made_up_history(3)).figure
    label = text("figures_basics.chance")
    loss = nn.CrossEntropyLoss()(torch.zeros(1, 10), torch.tensor([3]))
    assert curves(figure, 0)[label][:, 1] == pytest.approx(loss.item())
    assert curves(figure, 1)[label][:, 1] == pytest.approx(100 / 10)


def test_the_titles_give_the_last_gap_with_its_sign():
    history = made_up_history(10)
    loss, accuracy = (axes.get_title() for axes in plot_history(history).figure.axes)
    assert "−0.08" in loss  # 0.2 - 0.28
    assert "+15.0" in accuracy
    history[-1]["test_accuracy"] = 0.8  # the test set may score above training
    assert "−5.0" in plot_history(history).figure.axes[1].get_title()


def test_epochs_are_marked_by_whole_numbers():
    axes = plot_history(made_up_history(2)).figure.axes[0]
    assert all(float(tick).is_integer() for tick in axes.get_xticks())


def test_the_words_of_the_curves_begin_with_their_title_and_give_the_last_accuracies(language):
    picture = plot_history(made_up_history(10), "A short training (2,000 images, 10 epochs)")
    assert picture.figure.get_suptitle() == "A short training (2,000 images, 10 epochs)"
    assert picture.alt.startswith("A short training (2,000 images, 10 epochs). ")
    assert all(number in picture.alt for number in ("75.0%", "60.0%", "+15.0"))
    assert is_korean(picture.alt) == (language == "ko")


# --- Confidence ---

BINNED = ReliabilityBins(
    edges=np.linspace(0, 1, 5),
    counts=np.array([0, 10, 30, 60]),
    confidence=np.array([math.nan, 0.4, 0.6, 0.9]),
    accuracy=np.array([math.nan, 0.5, 0.6, 0.8]),
)
ERROR = (10 * 0.1 + 60 * 0.1) / 100


def test_bars_are_accuracies_and_below_stand_the_shares_of_images():
    upper, lower = plot_reliability({"one": BINNED}).figure.axes
    assert [bar.get_height() for bar in upper.containers[0]] == pytest.approx([0, 50, 60, 80])
    assert [bar.get_x() for bar in upper.containers[0]] == pytest.approx([0, 25, 50, 75])
    assert [bar.get_height() for bar in lower.containers[0]] == pytest.approx([0, 10, 30, 60])


def test_dots_stand_at_the_mean_confidence_of_their_bin():
    dots, diagonal = plot_reliability({"one": BINNED}).figure.axes[0].lines
    np.testing.assert_allclose(dots.get_xdata()[1:], [40, 60, 90])
    np.testing.assert_allclose(dots.get_ydata()[1:], [50, 60, 80])
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [0, 100]


def test_each_model_has_its_panel_under_its_name_and_its_error():
    picture = plot_reliability({"one": BINNED, "two": BINNED})
    figure = picture.figure
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert [title.split("\n")[0] for title in titles] == ["one", "two"]
    assert all(f"{100 * ERROR:.1f}" in title for title in titles)
    assert picture.alt.count(f"{100 * ERROR:.1f}") == 2 and "one" in picture.alt and "two" in picture.alt


def test_many_panels_have_titles_that_stay_above_them(language):
    long = {"ko": "지금 막 학습한 모델의 이름", "en": "a rather long name of a model"}[language]
    names = [long, f"{long} {long}", "third", "fourth"]
    with mpl.rc_context():
        setup(language)  # the width of Hangul is that of the book's own font
        figure = plot_reliability(dict.fromkeys(names, BINNED)).figure
        FigureCanvasAgg(figure).draw()
    titles = [axes.title.get_window_extent() for axes in figure.axes if axes.get_title()]
    assert len(titles) == 4
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(titles))
