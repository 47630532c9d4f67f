"""The pictures of chapters 1 to 8 show what they are given."""

import itertools
import math

import matplotlib as mpl
import numpy as np
import pytest
import sklearn.metrics
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from torch import nn
from torchvision import transforms

from alexnet_lib.language import set_language, text
from alexnet_lib.metrics import ReliabilityBins
from alexnet_lib.notebook import COLOURS, PIXELS_PER_INCH, Picture, setup
from alexnet_lib.plots.basics import (
    WIDEST,
    most_confident_mistakes,
    normalize_rows,
    plot_augmentations,
    plot_channel_histograms,
    plot_confusion_matrix,
    plot_crop,
    plot_enlargements,
    plot_history,
    plot_mistakes,
    plot_padding_orders,
    plot_pairs,
    plot_parameters_and_macs,
    plot_precision_and_recall,
    plot_reliability,
    plot_top5_errors,
    plot_wall,
    precision,
    recall,
    show_images,
)
from alexnet_lib.records import facts
from alexnet_lib.summary import layer_table
from alexnet_lib.transforms import channel_statistics

pytestmark = pytest.mark.usefixtures("language")


# --- The contest ---

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
    assert text("figures_basics.fall", points=28.5) in [words.get_text() for words in axes.texts]
    later = MADE_UP | {"ilsvrc_2003": {"value": 37.5, "winner": "Third"}}
    assert line(axes_of(later), "vermilion") == [(2003, 37.5), (2004, 8.25)]


def test_of_the_real_facts_the_cliff_is_alexnets_year():
    assert line(axes_of(facts()), "vermilion") == [(2011, 25.8), (2012, 16.4)]


def test_second_places_and_further_data_have_marks_of_their_own():
    axes = axes_of(MADE_UP)
    marks = {drawn.get_label(): drawn.get_offsets().tolist() for drawn in axes.collections}
    assert marks == {
        text("figures_basics.extra"): [[2003, 9.0]],
        text("figures_basics.second"): [[2003, 37.0]],
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


# --- The data ---

WALL_NAMES = ["gamma", "alpha", "beta"]


class Pixels:
    """The one thing that channel_statistics asks of a data set."""

    def __init__(self, data: np.ndarray) -> None:
        self.data = data


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def is_korean(words: str) -> bool:
    return any("가" <= letter <= "힣" for letter in words)


def test_a_row_of_the_wall_is_a_class(rng):
    images = rng.integers(255, size=(3, 4, 5, 6, 3), dtype=np.uint8)  # no white, so that gaps show
    axes = plot_wall(images, WALL_NAMES).axes[0]
    wall = np.asarray(axes.images[0].get_array())
    assert wall.shape == (3 * 7, 4 * 8, 3)
    for row in range(3):
        for column in range(4):
            tile = wall[7 * row : 7 * (row + 1), 8 * column : 8 * (column + 1)]
            np.testing.assert_array_equal(tile[1:-1, 1:-1], images[row, column])
            frame = np.ones((7, 8), bool)
            frame[1:-1, 1:-1] = False
            assert (tile[frame] == 255).all()


def test_a_name_stands_at_the_middle_of_its_row_and_none_is_cut_off(rng):
    figure = plot_wall(rng.integers(255, size=(3, 3, 5, 6, 3), dtype=np.uint8), ["x" * 10, "y", "z"])
    axes = figure.axes[0]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["x" * 10, "y", "z"]
    assert axes.get_yticks().tolist() == [3, 10, 17]  # rows 0 to 6, 7 to 13, 14 to 20
    assert figure.get_figwidth() <= 8
    figure.draw_without_rendering()
    assert min(tick.get_window_extent().x0 for tick in axes.get_yticklabels()) >= 0


@pytest.fixture
def versions(rng) -> list[np.ndarray]:
    return [rng.integers(256, size=(2, side, side, 3), dtype=np.uint8) for side in (32, 16, 8)]


def places(figure: Figure) -> dict[tuple[float, float], np.ndarray]:
    """Return the pictures by (left, top), in inches from the upper left corner of the figure."""
    width, height = figure.get_size_inches()
    boxes = [(axes.get_position(original=True), axes.images[0].get_array()) for axes in figure.axes]
    return {(box.x0 * width, height - box.y1 * height): np.asarray(picture) for box, picture in boxes}


def test_columns_are_images_and_rows_their_versions_from_large_to_small(versions):
    found = places(plot_enlargements(versions, WALL_NAMES[:2]))
    assert len(found) == 2 * 4
    tops = sorted({round(top, 6) for _, top in found})
    assert len(tops) == 4  # the true size, then one row a version
    for row, version in enumerate([versions[0], *versions]):
        in_row = sorted((left, top) for left, top in found if round(top, 6) == tops[row])
        for place, picture in zip(in_row, version, strict=True):
            np.testing.assert_array_equal(found[place], picture)


def test_in_true_size_a_pixel_is_a_pixel_of_the_page_and_the_others_are_equally_large(versions):
    figure = plot_enlargements(versions, WALL_NAMES[:2])
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
    figure = plot_enlargements(versions, WALL_NAMES[:2])
    assert [axes.get_title() for axes in figure.axes if axes.get_title()] == WALL_NAMES[:2]
    words = [label.get_text() for label in figure.texts]
    assert words == [text("figures_basics.true_size"), "32×32", "16×16", "8×8"]
    assert is_korean(words[0]) == (language == "ko")


def steps(figure: Figure, panel: int) -> list[StepPatch]:
    return [patch for patch in figure.axes[panel].patches if isinstance(patch, StepPatch)]


@pytest.fixture
def pixels(rng) -> np.ndarray:
    levels = [rng.integers(low, high, size=(20, 8, 8)) for low, high in ((0, 256), (40, 200), (0, 90))]
    return np.stack(levels, axis=-1).astype(np.uint8)


def test_each_channel_is_counted_by_itself(pixels):
    mean, std = channel_statistics(Pixels(pixels))
    figure = plot_channel_histograms(pixels, mean, std)
    for channel, step in enumerate(steps(figure, 0)):
        values, edges, _ = step.get_data()
        expected, _ = np.histogram(pixels[..., channel], bins=np.arange(0, 260, 4))
        np.testing.assert_allclose(values, 100 * expected / pixels[..., channel].size)
        assert values.sum() == pytest.approx(100)
        np.testing.assert_allclose(255 * edges + 0.5, np.arange(0, 260, 4))


def test_after_normalization_the_shape_is_the_same_and_the_axis_another(pixels):
    mean, std = channel_statistics(Pixels(pixels))
    figure = plot_channel_histograms(pixels, mean, std)
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
    before, after = plot_channel_histograms(pixels, mean, std).axes
    assert [line.get_xdata()[0] for line in before.lines] == list(mean)
    assert [line.get_xdata()[0] for line in after.lines] == [0]


def test_channels_differ_in_colour_and_in_dash_and_are_named_once(pixels, language):
    figure = plot_channel_histograms(pixels, *channel_statistics(Pixels(pixels)))
    colours = [to_hex(step.get_edgecolor()).upper() for step in steps(figure, 0)]
    assert colours == [COLOURS[name] for name in ("vermilion", "green", "blue")]
    assert len({step.get_linestyle() for step in steps(figure, 0)}) == 3
    (legend,) = figure.legends
    names = [text(f"figures_basics.{name}") for name in ("red", "green", "blue")]
    assert [words.get_text() for words in legend.get_texts()] == names
    words = [axes.get_title() + axes.get_xlabel() for axes in figure.axes] + names
    assert all(is_korean(word) == (language == "ko") for word in words)


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


def test_an_image_without_colours_is_drawn_from_black_to_white():
    drawn = show_images([np.array([[-3.0, 5.0]])], ["map"]).figure.axes[0].images[0]
    assert drawn.to_rgba(drawn.get_array())[0, :, :3].tolist() == [[0, 0, 0], [1, 1, 1]]


def test_a_title_too_few_is_refused(batch):
    with pytest.raises(ValueError, match="shorter"):
        show_images(batch, [""] * 24)


# --- Augmentation ---

MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)


@pytest.fixture
def image() -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(256, (3, 32, 32), dtype=torch.uint8, generator=generator)


def pictures(figure: Figure) -> list[np.ndarray]:
    return [np.asarray(axes.images[0].get_array()) for axes in figure.axes]


def as_pixels(image: torch.Tensor) -> np.ndarray:
    return image.permute(1, 2, 0).numpy()


def test_crop_and_flip_are_those_of_torchvision(image: torch.Tensor) -> None:
    padded = transforms.functional.pad(image, [4])
    window, crop, flip = pictures(plot_crop(padded, top=7, left=1, size=32))
    expected = transforms.functional.crop(padded, 7, 1, 32, 32)
    assert np.array_equal(window, as_pixels(padded))
    assert np.array_equal(crop, as_pixels(expected))
    assert np.array_equal(flip, as_pixels(transforms.functional.hflip(expected)))


def test_the_window_frames_exactly_the_pixels_of_the_crop(image: torch.Tensor) -> None:
    padded = transforms.functional.pad(image, [4])
    (frame,) = plot_crop(padded, top=7, left=1, size=32).axes[0].patches
    # Pixel i covers i - 0.5 to i + 0.5 on an image's axes.
    columns = (frame.get_x() + 0.5, frame.get_x() + frame.get_width() + 0.5)
    rows = (frame.get_y() + 0.5, frame.get_y() + frame.get_height() + 0.5)
    assert columns == (1, 33)
    assert rows == (7, 39)


def test_both_halves_show_the_same_nine_images_clamped_and_denormalized(image: torch.Tensor) -> None:
    normalize = transforms.Normalize(MEAN, STD)
    originals = torch.stack([image.roll(turn, -1) for turn in range(9)])
    shown = pictures(plot_augmentations(normalize(originals / 255), MEAN, STD))
    assert len(shown) == 18
    for picture, original in zip(shown[9:], originals, strict=True):
        assert np.array_equal(picture, as_pixels(original))
    mean, std = (np.array(values) for values in (MEAN, STD))
    for picture, original in zip(shown[:9], originals, strict=True):
        clamped = ((as_pixels(original) / 255 - mean) / std).clip(0, 1)
        assert np.abs(picture - 255 * clamped).max() <= 0.5 + 1e-3


def test_the_border_is_black_or_the_mean_colour(image: torch.Tensor) -> None:
    normalize, pad = transforms.Normalize(MEAN, STD), transforms.Pad(4)
    figure = plot_padding_orders(normalize(pad(image) / 255), pad(normalize(image / 255)), MEAN, STD)
    first, second = pictures(figure)
    assert first[0, 0].tolist() == [0, 0, 0]
    assert second[0, 0].tolist() == [round(255 * value) for value in MEAN]
    assert np.array_equal(first[4:-4, 4:-4], as_pixels(image))
    assert np.array_equal(second[4:-4, 4:-4], as_pixels(image))


@pytest.mark.parametrize(
    ("language", "titles"),
    [
        ("ko", ["패딩한 뒤 정규화", "정규화한 뒤 패딩"]),
        ("en", ["Pad, then normalize", "Normalize, then pad"]),
    ],
)
def test_titles_follow_the_language(language: str, titles: list[str], image: torch.Tensor) -> None:
    set_language(language)
    figure = plot_padding_orders(image / 255, image / 255, MEAN, STD)
    assert [axes.get_title() for axes in figure.axes] == titles


@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_panel_has_an_axis_and_every_figure_fits_the_page(language: str, image: torch.Tensor) -> None:
    set_language(language)
    figures = [
        plot_crop(transforms.functional.pad(image, [4]), top=0, left=0),
        plot_augmentations(torch.zeros(9, 3, 32, 32), MEAN, STD),
        plot_padding_orders(image / 255, image / 255, MEAN, STD),
    ]
    for figure in figures:
        assert not any(axes.axison for axes in figure.axes)
        assert figure.get_figwidth() <= 8


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
    figure = plot_history(history)
    for panel, quantity, scale in ((0, "loss", 1), (1, "accuracy", 100)):
        drawn = curves(figure, panel)
        for split in ("train", "test"):
            expected = [[row["epoch"], scale * row[f"{split}_{quantity}"]] for row in history]
            np.testing.assert_allclose(drawn[text(f"figures_basics.{split}")], expected)


def test_training_and_test_are_not_interchanged():
    drawn = curves(plot_history(made_up_history(10)), 1)
    last = {split: drawn[text(f"figures_basics.{split}")][-1, 1] for split in ("train", "test")}
    assert last == pytest.approx({"train": 75, "test": 60})


@pytest.mark.parametrize("num_classes", [10, 100])
def test_the_dotted_lines_are_what_guessing_scores(num_classes):
    figure = plot_history(made_up_history(3), num_classes)
    label = text("figures_basics.chance")
    assert curves(figure, 0)[label][:, 1] == pytest.approx(math.log(num_classes))
    assert curves(figure, 1)[label][:, 1] == pytest.approx(100 / num_classes)


def test_the_titles_give_the_last_gap_with_its_sign():
    history = made_up_history(10)
    loss, accuracy = (axes.get_title() for axes in plot_history(history).axes)
    assert "−0.08" in loss  # 0.2 - 0.28
    assert "+15.0" in accuracy
    history[-1]["test_accuracy"] = 0.8  # the test set may score above training
    assert "−5.0" in plot_history(history).axes[1].get_title()


def test_epochs_are_marked_by_whole_numbers():
    axes = plot_history(made_up_history(2)).axes[0]
    assert all(float(tick).is_integer() for tick in axes.get_xticks())


def test_labels_of_the_curves_are_in_the_language(language):
    figure = plot_history(made_up_history(2))
    words = [axes.get_xlabel() + axes.get_ylabel() + axes.get_title() for axes in figure.axes]
    words += [label.get_text() for label in figure.legends[0].get_texts()]
    assert len(words) == 6
    assert all(any("가" <= letter <= "힣" for letter in word) == (language == "ko") for word in words)


# --- Mistakes ---

NAMES = ["gamma", "alpha", "beta"]
COUNTS = np.array([[6, 3, 1], [0, 4, 4], [2, 0, 0]])  # not symmetric, rows of unequal size


def cells(figure: Figure) -> dict[tuple[int, int], str]:
    """Return what stands in each cell, by (row, column) of the picture."""
    places = {word.get_position(): word.get_text() for word in figure.axes[0].texts}
    return {(row, column): words for (column, row), words in places.items()}


def row_shares(matrix: np.ndarray) -> dict[tuple[int, int], str]:
    return {
        (row, column): f"{count / sum(line):.2f}"
        for row, line in enumerate(matrix.tolist())
        for column, count in enumerate(line)
    }


def test_each_cell_holds_its_share_of_the_row():
    assert cells(plot_confusion_matrix(COUNTS, NAMES)) == row_shares(COUNTS)


def test_a_transposed_matrix_would_be_noticed():
    assert cells(plot_confusion_matrix(COUNTS.T, NAMES)) != row_shares(COUNTS)


def test_the_picture_has_the_true_classes_from_top_to_bottom():
    axes = plot_confusion_matrix(COUNTS, NAMES).axes[0]
    picture = axes.images[0]
    np.testing.assert_allclose(picture.get_array(), COUNTS / COUNTS.sum(axis=1, keepdims=True))
    assert picture.origin == "upper"
    for ticks in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert [tick.get_text() for tick in ticks] == NAMES
    assert axes.get_ylabel() == text("figures_basics.true_label")


def test_figures_have_the_ink_that_can_be_read_on_their_cell():
    figure = plot_confusion_matrix(np.array([[90, 10], [25, 75]]), NAMES[:2])
    colours = {words.get_text(): words.get_color() for words in figure.axes[0].texts}
    assert colours == {"0.90": "white", "0.10": "black", "0.25": "black", "0.75": "white"}


def test_accuracy_and_misclassification_rate_stand_below_the_matrix():
    label = plot_confusion_matrix(COUNTS, NAMES).axes[0].get_xlabel()
    assert "50.00%" in label  # 10 of 20
    label = plot_confusion_matrix(np.array([[3, 1], [0, 4]]), NAMES[:2]).axes[0].get_xlabel()
    assert "87.50%" in label and "12.50%" in label


def test_rows_sum_to_one_and_an_empty_row_is_not_a_number():
    normalized = normalize_rows(np.array([[3, 1], [0, 0]]))
    assert normalized[0].sum() == 1
    assert np.isnan(normalized[1]).all()


@pytest.fixture
def scored() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(5, (400,), generator=generator)
    logits = 2 * torch.randn(400, 5, generator=generator)
    logits[torch.arange(400), labels] += 2
    logits[:, 4] -= 100  # a class that is never predicted
    return logits, labels


def test_recall_reads_rows_and_precision_reads_columns_as_in_scikit_learn(scored):
    logits, labels = scored
    predictions = logits.argmax(dim=1)
    matrix = sklearn.metrics.confusion_matrix(labels, predictions)
    options = {"average": None, "zero_division": np.nan}
    expected_recall = sklearn.metrics.recall_score(labels, predictions, **options)
    expected_precision = sklearn.metrics.precision_score(labels, predictions, **options)
    np.testing.assert_allclose(recall(matrix), expected_recall)
    np.testing.assert_allclose(precision(matrix), expected_precision)
    assert np.isnan(precision(matrix)[4]) and recall(matrix)[4] == 0
    assert not np.allclose(recall(matrix.T), expected_recall)


def test_bars_are_as_long_as_recall_and_precision():
    axes = plot_precision_and_recall(COUNTS, NAMES).axes[0]
    first, second = axes.containers
    np.testing.assert_allclose([bar.get_width() for bar in first], [60, 50, 0])
    np.testing.assert_allclose([bar.get_width() for bar in second], [75, 400 / 7, 0])
    assert to_hex(first[0].get_facecolor()).upper() == COLOURS["blue"]
    assert to_hex(second[0].get_facecolor()).upper() == COLOURS["orange"]
    assert first.get_label() == text("figures_basics.recall")
    assert axes.yaxis_inverted()


def test_a_class_never_predicted_is_said_to_have_no_precision():
    axes = plot_precision_and_recall(np.array([[5, 0], [5, 0]]), NAMES[:2]).axes[0]
    words = [word.get_text() for word in axes.texts]
    assert words == ["100", "0", "50", text("figures_basics.undefined")]


def test_mistakes_are_all_wrong_and_the_surest_come_first(scored):
    logits, labels = scored
    indices, confidences = most_confident_mistakes(logits, labels)
    probabilities = np.exp(logits.double().numpy())
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    wrong = [
        (-probability.max(), index)
        for index, probability in enumerate(probabilities)
        if probability.argmax() != labels[index]
    ]
    assert indices.tolist() == [index for _, index in sorted(wrong)[:12]]
    np.testing.assert_allclose(confidences, -np.array(sorted(wrong)[:12])[:, 0])


def test_the_surest_mistakes_are_told_apart_where_float32_would_round_to_one():
    logits = torch.tensor([[0.0, 20.0], [0.0, 30.0], [40.0, 0.0], [0.0, 25.0]])
    indices, _ = most_confident_mistakes(logits, torch.zeros(4, dtype=torch.int64))
    assert indices.tolist() == [1, 3, 0]


def test_no_mistakes_give_no_images_and_an_empty_figure():
    indices, confidences = most_confident_mistakes(torch.eye(3), torch.arange(3))
    assert len(indices) == len(confidences) == 0
    figure = plot_mistakes(np.zeros((0, 4, 4, 3), np.uint8), [], [], [], NAMES)
    assert not any(axes.images for axes in figure.axes)


def test_each_picture_is_named_by_true_class_prediction_and_confidence():
    images = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3), dtype=np.uint8)
    figure = plot_mistakes(images, [0, 2], [1, 0], [0.99, 0.876], NAMES)
    shown = [axes for axes in figure.axes if axes.images]
    titles = [axes.get_title() for axes in shown]
    assert [title.split("\n")[0] for title in titles] == ["gamma → alpha", "beta → gamma"]
    assert "99.0%" in titles[0] and "87.6%" in titles[1]
    for axes, image in zip(shown, images, strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), image)


def test_labels_of_the_matrix_are_in_the_language(language):
    figures = (plot_confusion_matrix(COUNTS, NAMES), plot_precision_and_recall(COUNTS, NAMES))
    words = [axes.get_title() + axes.get_xlabel() for figure in figures for axes in figure.axes[:1]]
    words += [label.get_text() for label in figures[1].legends[0].get_texts()]
    assert len(words) == 4
    assert all(any("가" <= letter <= "힣" for letter in word) == (language == "ko") for word in words)


# --- Confidence ---

BINNED = ReliabilityBins(
    edges=np.linspace(0, 1, 5),
    counts=np.array([0, 10, 30, 60]),
    confidence=np.array([math.nan, 0.4, 0.6, 0.9]),
    accuracy=np.array([math.nan, 0.5, 0.6, 0.8]),
)
ERROR = (10 * 0.1 + 60 * 0.1) / 100


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
    assert len(words) == 6 and text("figures_basics.diagonal") in words
    assert all(any("가" <= letter <= "힣" for letter in word) == (language == "ko") for word in words)


# --- Pairs of images ---


def test_each_pair_has_its_title_and_its_two_images_in_order():
    images, others = np.random.default_rng(0).integers(0, 256, (2, 4, 8, 8, 3), dtype=np.uint8)
    figure = plot_pairs(images, others, ["a", "b", "c", "d"])
    filled = [panel for panel in figure.subfigs if panel.axes]
    assert [panel.get_suptitle() for panel in filled] == ["a", "b", "c", "d"]
    for panel, image, other in zip(filled, images, others, strict=True):
        left, right = panel.axes
        np.testing.assert_array_equal(left.images[0].get_array(), image)
        np.testing.assert_array_equal(right.images[0].get_array(), other)
        assert left.get_title() == text("figures_basics.pair_test")
        assert right.get_title() == text("figures_basics.pair_train")
