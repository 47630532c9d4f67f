"""The pictures of chapters 1 to 8 show what they are given."""

import math

import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from torch import nn

from alexnet_lib.language import text
from alexnet_lib.metrics import ReliabilityBins
from alexnet_lib.notebook import COLOURS
from alexnet_lib.plots.basics import (
    plot_accuracies,
    plot_backpropagation,
    plot_channel_histograms,
    plot_class_bars,
    plot_convolution,
    plot_curves,
    plot_enlargements,
    plot_history,
    plot_parameters_and_macs,
    plot_reliability,
    plot_top5_errors,
    show_images,
)
from alexnet_lib.summary import layer_table
from alexnet_lib.uncertainty import wilson_interval

# --- The contest ---

# Not in order, and with a cliff in a year of its own.
WINNERS = {2003: ("Third-Team", 9.5), 2001: ("First", 40.0), 2002: ("Second", 38), 2004: ("Fourth", 8.25)}


FURTHER, SECOND, HUMAN = {2003: 9.0}, {2003: 37.0}, 12.5


def line(axes: Axes, colour: str) -> list[tuple[float, float]]:
    """Return the points of the one line of a colour."""
    (found,) = (drawn for drawn in axes.lines if to_hex(drawn.get_color()).upper() == COLOURS[colour])
    return list(zip(found.get_xdata(), found.get_ydata(), strict=True))


def test_a_line_joins_the_winners_in_order_and_the_steepest_fall_is_found_in_the_data_and_told():
    picture = plot_top5_errors(WINNERS, FURTHER, SECOND, HUMAN)
    axes = picture.figure.axes[0]
    assert line(axes, "blue") == [(2001, 40.0), (2002, 38), (2003, 9.5), (2004, 8.25)]
    assert line(axes, "vermilion") == [(2002, 38), (2003, 9.5)]
    assert text("figures_basics.fall", points=28.5) in [words.get_text() for words in axes.texts]
    for told in ("2001", "2004", "40.0%", "8.25%", "38%", "9.5%", "12.5%", "2003, 2004"):
        assert told in picture.alt
    later = plot_top5_errors(WINNERS | {2003: ("Third", 37.5)}, FURTHER, SECOND, HUMAN)
    assert line(later.figure.axes[0], "vermilion") == [(2003, 37.5), (2004, 8.25)]


# --- The data ---

QUIZ = ["gamma", "alpha"]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


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


def steps(figure: Figure, panel: int) -> list[StepPatch]:
    return [patch for patch in figure.axes[panel].patches if isinstance(patch, StepPatch)]


def test_each_channel_is_counted_by_itself_and_after_normalization_stands_on_another_axis(rng):
    levels = [rng.integers(low, high, size=(20, 8, 8)) for low, high in ((0, 256), (40, 200), (0, 90))]
    pixels = np.stack(levels, axis=-1).astype(np.uint8)
    mean, std = (pixels / 255).mean(axis=(0, 1, 2)), (pixels / 255).std(axis=(0, 1, 2))
    figure = plot_channel_histograms(pixels, mean, std).figure
    for channel, (before, after) in enumerate(zip(steps(figure, 0), steps(figure, 1), strict=True)):
        values, edges, _ = before.get_data()
        expected, _ = np.histogram(pixels[..., channel], bins=np.arange(0, 260, 4))
        np.testing.assert_allclose(values, 100 * expected / pixels[..., channel].size)
        np.testing.assert_allclose(255 * edges + 0.5, np.arange(0, 260, 4))
        np.testing.assert_array_equal(before.get_data().values, after.get_data().values)
        middles = (after.get_data().edges[1:] + after.get_data().edges[:-1]) / 2
        shares = after.get_data().values / 100
        # Bins of four levels are coarse, but the mean is 0 and the spread 1, or nearly.
        assert shares @ middles == pytest.approx(0, abs=0.05)
        assert shares @ middles**2 == pytest.approx(1, abs=0.05)
        wrong = (before.get_data().edges[1:] - mean[channel - 1]) / std[channel - 1]  # another channel's
        assert abs(shares @ wrong) > 0.1


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


def test_an_image_without_colours_is_drawn_from_black_to_white():
    drawn = show_images([np.array([[-3.0, 5.0]])], ["map"]).figure.axes[0].images[0]
    assert drawn.to_rgba(drawn.get_array())[0, :, :3].tolist() == [[0, 0, 0], [1, 1, 1]]


# --- Curves, and answers ---


def test_every_curve_stands_over_its_places_under_its_name():
    curves = {"a": np.array([0.1, 0.5, 2.0, 0.25]), "b": torch.tensor([4.0, 3.0, 2.0, 1.0])}
    picture = plot_curves([10, 20, 30, 45], curves, "x", "y", limits=(0, 5), title="Both")
    axes = picture.figure.axes[0]
    assert [drawn.get_label() for drawn in axes.lines] == [*curves]
    for drawn, heights in zip(axes.lines, curves.values(), strict=True):
        np.testing.assert_allclose(drawn.get_xydata().T, [[10, 20, 30, 45], heights])
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == ("x", "y", "linear")
    assert axes.get_ylim() == (0, 5)
    numbers = {"first": 0.1, "middle": 2.0, "last": 0.25, "highest": 2.0, "top": 30}
    assert picture.alt.startswith("Both. ")
    assert text("figures_basics.alt_curve", name="a", **numbers) in picture.alt


def test_places_may_be_names_and_heights_logarithms():
    picture = plot_curves(["Conv1", "FC1"], {"a": [0.5, 0.01]}, "layer", "y", log=True)
    (drawn,) = picture.figure.axes[0].lines
    assert list(drawn.get_xdata()) == ["Conv1", "FC1"] and drawn.get_marker() == "o"
    assert picture.figure.axes[0].get_yscale() == "log" and "Conv1" in picture.alt


def test_no_curve_and_no_line_of_accuracies_is_left_out():
    many = {str(number): [0.1, 0.2] for number in range(9)}
    assert len(plot_curves([0, 1], many, "x", "y").figure.axes[0].lines) == 9
    assert len(plot_accuracies([0, 1], many, 100, "x", "y").figure.axes[0].containers) == 9


def bars(axes: Axes) -> list[np.ndarray]:
    return [segment[:, 1] for drawn in axes.containers for segment in drawn.lines[2][0].get_segments()]


def test_accuracies_stand_within_wilsons_intervals_and_draws_are_dots():
    draws = np.array([[0.70, 0.74, 0.72], [0.90, 0.93, 0.96]])
    lines = {"one": draws, "two": draws - 0.1}
    picture = plot_accuracies([20, 100], lines, 500, "images", "Start", log=True)
    axes = picture.figure.axes[0]
    for drawn, values in zip(axes.containers, lines.values(), strict=True):
        np.testing.assert_allclose(drawn.lines[0].get_ydata(), 100 * values.mean(axis=1))
        assert drawn.lines[0].get_xdata() == pytest.approx([20, 100], rel=0.03)
    ends = [wilson_interval(right, 500) for right in (360, 465, 310, 415)]
    np.testing.assert_allclose(bars(axes), 100 * np.array(ends))
    dots = [dot.get_ydata() for dot in axes.lines if dot.get_marker() == "."]
    assert sorted(np.concatenate(dots)) == pytest.approx(sorted(100 * np.array([*lines.values()]).ravel()))
    assert axes.get_xscale() == "log" and picture.alt.startswith("Start. ")
    assert all(number in picture.alt for number in ("500", "72.0%", "93.0%", "62.0%", "83.0%"))


def test_guessing_is_drawn_where_it_is_seen_and_a_single_draw_is_no_dot():
    def dotted(**limits: tuple[float, float]) -> list[float]:
        axes = plot_accuracies([0, 5], {"one": [0.9, 0.5]}, 100, "x", "y", **limits).figure.axes[0]
        np.testing.assert_allclose(bars(axes), [100 * np.array(wilson_interval(n, 100)) for n in (90, 50)])
        assert not [drawn for drawn in axes.lines if drawn.get_marker() == "."]
        return [drawn.get_ydata()[0] for drawn in axes.lines if drawn.get_linestyle() == ":"]

    assert dotted() == [] and dotted(limits=(0, 102)) == [10]


@pytest.mark.parametrize("count", [1, 3])
def test_a_bar_for_every_class_stands_below_its_picture(batch, count):
    shares = np.array([[0.2, 0.7, 0.1], [0.5, 0.3, 0.2], [0.0, 0.1, 0.9]])[:count]
    picture = plot_class_bars(batch[:count], shares, ["x", "y", "z"])
    above, below = picture.figure.axes[:count], picture.figure.axes[count:]
    for number, (image, bars) in enumerate(zip(above, below, strict=True)):
        np.testing.assert_array_equal(image.images[0].get_array(), batch[number])
        assert [bar.get_width() for bar in bars.patches] == pytest.approx(100 * shares[number])
        orange = [to_hex(bar.get_facecolor()).upper() == COLOURS["orange"] for bar in bars.patches]
        assert orange == [share == max(shares[number]) for share in shares[number]]
        assert bars.yaxis_inverted()
    assert above[0].get_title() == "y 70%" and "y 70%" in picture.alt
    assert not picture.figure.legends


def test_shares_that_are_not_known_are_hatched_and_explained(batch):
    shares = np.array([[0.5, 0.3, 0.2], [0.8, 0.1, 0.1]])
    unknown = np.array([[False, False, True], [False, True, True]])
    picture = plot_class_bars(batch[:2], shares, ["x", "y", "z"], ["first", "second"], "people", unknown)
    axes = picture.figure.axes
    assert [panel.get_title() for panel in axes[:2]] == ["first", "second"]
    for panel, row in zip(axes[2:], unknown, strict=True):
        assert [bool(bar.get_hatch()) for bar in panel.patches] == list(row)
        assert panel.get_xlabel() == "people"
    assert [words.get_text() for words in picture.figure.legends[0].get_texts()] == [
        text("figures_basics.unknown")
    ]
    assert "first: x 50%" in picture.alt


# --- The network ---

# Two convolutions and a fully connected layer on an 8x8 image, counted by hand.
PARAMETERS = [4 * (3 * 9 + 1), 6 * (4 * 9 + 1), 10 * (6 * 16 + 1)]
MACS = [64 * 4 * 3 * 9, 16 * 6 * 4 * 9, 96 * 10]


def test_bars_are_the_shares_in_percent_and_the_words_name_the_largest_layers():
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3, padding=1),
        nn.Flatten(), nn.Linear(96, 10),
    )  # fmt: skip
    picture = plot_parameters_and_macs(layer_table(model, (3, 8, 8)))
    picture.figure.draw_without_rendering()
    for axes, counts, colour in zip(
        picture.figure.axes, (PARAMETERS, MACS), ("blue", "orange"), strict=True
    ):
        expected = [100 * count / sum(counts) for count in counts]
        assert [bar.get_width() for bar in axes.patches] == pytest.approx(expected)
        assert {to_hex(bar.get_facecolor()) for bar in axes.patches} == {COLOURS[colour].lower()}
        assert [label.get_text() for label in axes.texts] == [f"{share:.1f}%" for share in expected]
        for label, bar in zip(axes.texts, axes.patches, strict=True):
            assert not label.get_window_extent().overlaps(bar.get_window_extent())
    dense, busiest = PARAMETERS[2] / sum(PARAMETERS), MACS[0] / sum(MACS)
    for word in ("FC1", "Conv1", f"{dense:.0%}", f"{busiest:.0%}", f"{MACS[2] / sum(MACS):.0%}"):
        assert word in picture.alt


def test_a_convolution_is_drawn_with_zero_in_middle_grey_and_frames_at_its_largest_and_smallest():
    image, result = np.zeros((7, 9)), np.zeros((5, 8))  # a kernel of 3 rows and 2 columns
    result[1, 6], result[4, 0] = 300.0, -40.0
    picture = plot_convolution(image, result)
    photo, made = picture.figure.axes[:2]
    assert made.images[0].to_rgba(np.array([[0.0]]))[0, 0, :3] == pytest.approx([0.5] * 3, abs=0.01)
    frames = [(frame.get_xy(), frame.get_width(), frame.get_height()) for frame in photo.patches]
    assert frames == [((5.5, 0.5), 2, 3), ((-0.5, 3.5), 2, 3)]
    assert [frame.get_xy() for frame in made.patches] == [(5.5, 0.5), (-0.5, 3.5)]
    for word in ("5×8", "+300", "-40", f"{38 / 40:.0%}"):
        assert word in picture.alt.replace("−", "-")


# --- Training ---


def loss_of(pixel: float, weight: float, bias: float, target: float, nudged: str, by: float) -> float:
    """Return the loss of a neuron in which one of the numbers on the way is a little larger."""
    more = dict.fromkeys(("w", "wx", "b", "z", "a", "L"), 0.0) | {nudged: by}
    product = (weight + more["w"]) * pixel + more["wx"]
    total = product + (bias + more["b"]) + more["z"]
    return (max(0.0, total) + more["a"] - target) ** 2 + more["L"]


@pytest.mark.parametrize("neuron", [(2, 3, -1, 8), (-1.5, 0.5, 2, 0.25), (2, 3, -7, 8)])
def test_values_of_the_graph_lead_to_the_loss_and_its_gradients_are_measured_slopes(neuron):
    picture = plot_backpropagation(*neuron)
    numbers = {"blue": {}, "vermilion": {}}
    for words in picture.figure.axes[0].texts:
        for colour, found in numbers.items():
            if words.get_text() and to_hex(words.get_color()).upper() == COLOURS[colour]:
                found[tuple(words.xy)] = float(words.get_text().replace("−", "-"))
    along = {"w": (1, 0.5), "wx": (1.5, 0), "b": (2, 0.5), "z": (2.5, 0), "a": (3.5, 0), "L": (4.5, 0)}
    pixel, weight, bias, target = neuron
    total = weight * pixel + bias
    output = max(0, total)
    values = (weight, weight * pixel, bias, total, output, (output - target) ** 2)
    given = {(0.5, 0): pixel, (4, 0.5): target}
    assert numbers["blue"] == pytest.approx(dict(zip(along.values(), values, strict=True)) | given)
    slopes = {
        place: (loss_of(*neuron, name, 1e-3) - loss_of(*neuron, name, -1e-3)) / 2e-3
        for name, place in along.items()
    }
    assert numbers["vermilion"] == pytest.approx(slopes, abs=1e-6)
    told = [f"{slope:g}".replace("-", "−") for slope in numbers["vermilion"].values()]
    assert all(f" {slope}" in picture.alt for slope in told)


def made_up_history(epochs: int) -> list[dict]:
    rows = []
    for epoch in range(1, epochs + 1):
        row = {"epoch": epoch, "train_loss": 2.0 / epoch, "test_loss": 1.8 / epoch + 0.1}
        row |= {"train_accuracy": 0.25 + 0.05 * epoch, "test_accuracy": 0.3 + 0.03 * epoch}
        rows.append(row | {"val_loss": None, "val_accuracy": None, "learning_rate": 0.001, "seconds": 1.0})
    return rows


def curves(figure: Figure, panel: int) -> dict[str, np.ndarray]:
    return {line.get_label(): line.get_xydata() for line in figure.axes[panel].get_lines()}


@pytest.mark.parametrize("epochs", [1, 10])
def test_each_point_is_an_epoch_of_the_history_and_dotted_lines_are_what_guessing_scores(epochs):
    history = made_up_history(epochs)
    figure = plot_history(history).figure
    guessed = nn.CrossEntropyLoss()(torch.zeros(1, 10), torch.tensor([3])).item()
    for panel, quantity, scale, chance in ((0, "loss", 1, guessed), (1, "accuracy", 100, 100 / 10)):
        drawn = curves(figure, panel)
        for split in ("train", "test"):
            expected = [[row["epoch"], scale * row[f"{split}_{quantity}"]] for row in history]
            np.testing.assert_allclose(drawn[text(f"figures_basics.{split}")], expected)
        assert drawn[text("figures_basics.chance")][:, 1] == pytest.approx(chance)


def test_the_words_of_the_curves_begin_with_their_title_and_give_the_last_accuracies():
    picture = plot_history(made_up_history(10), "A short training (2,000 images, 10 epochs)")
    assert picture.figure.get_suptitle() == "A short training (2,000 images, 10 epochs)"
    assert picture.alt.startswith("A short training (2,000 images, 10 epochs). ")
    assert all(number in picture.alt for number in ("75.0%", "60.0%", "+15.0"))


# --- Confidence ---

BINNED = ReliabilityBins(
    edges=np.linspace(0, 1, 5),
    counts=np.array([0, 10, 30, 60]),
    confidence=np.array([math.nan, 0.4, 0.6, 0.9]),
    accuracy=np.array([math.nan, 0.5, 0.6, 0.8]),
)
ERROR = (10 * 0.1 + 60 * 0.1) / 100


def test_each_model_has_its_panel_of_accuracies_its_name_and_error_and_below_the_shares_of_images():
    picture = plot_reliability({"one": BINNED, "two": BINNED})
    figure = picture.figure
    for upper, lower in np.reshape(figure.axes, (2, 2)).T:
        assert [bar.get_height() for bar in upper.containers[0]] == pytest.approx([0, 50, 60, 80])
        assert [bar.get_x() for bar in upper.containers[0]] == pytest.approx([0, 25, 50, 75])
        assert [bar.get_height() for bar in lower.containers[0]] == pytest.approx([0, 10, 30, 60])
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert [title.split("\n")[0] for title in titles] == ["one", "two"]
    assert all(f"{100 * ERROR:.1f}" in title for title in titles)
    assert picture.alt.count(f"{100 * ERROR:.1f}") == 2 and "one" in picture.alt and "two" in picture.alt
