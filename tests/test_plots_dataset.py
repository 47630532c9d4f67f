"""The pictures of a data set hold the pixels that they are given, in their places."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

from alexnet_lib.figures import COLOURS, PIXELS_PER_INCH
from alexnet_lib.language import text
from alexnet_lib.plots.dataset import plot_channel_histograms, plot_enlargements, plot_wall
from alexnet_lib.transforms import channel_statistics

NAMES = ["gamma", "alpha", "beta"]


class Pixels:
    """The one thing that channel_statistics asks of a data set."""

    def __init__(self, data: np.ndarray) -> None:
        self.data = data


pytestmark = pytest.mark.usefixtures("language")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def is_korean(words: str) -> bool:
    return any("가" <= letter <= "힣" for letter in words)


def test_a_row_of_the_wall_is_a_class(rng):
    images = rng.integers(255, size=(3, 4, 5, 6, 3), dtype=np.uint8)  # no white, so that gaps show
    axes = plot_wall(images, NAMES).axes[0]
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
    found = places(plot_enlargements(versions, NAMES[:2]))
    assert len(found) == 2 * 4
    tops = sorted({round(top, 6) for _, top in found})
    assert len(tops) == 4  # the true size, then one row a version
    for row, version in enumerate([versions[0], *versions]):
        in_row = sorted((left, top) for left, top in found if round(top, 6) == tops[row])
        for place, picture in zip(in_row, version, strict=True):
            np.testing.assert_array_equal(found[place], picture)


def test_in_true_size_a_pixel_is_a_pixel_of_the_page_and_the_others_are_equally_large(versions):
    figure = plot_enlargements(versions, NAMES[:2])
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
    figure = plot_enlargements(versions, NAMES[:2])
    assert [axes.get_title() for axes in figure.axes if axes.get_title()] == NAMES[:2]
    words = [label.get_text() for label in figure.texts]
    assert words == [text("figures_dataset.true_size"), "32×32", "16×16", "8×8"]
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
    names = [text(f"figures_dataset.{name}") for name in ("red", "green", "blue")]
    assert [words.get_text() for words in legend.get_texts()] == names
    words = [axes.get_title() + axes.get_xlabel() for axes in figure.axes] + names
    assert all(is_korean(word) == (language == "ko") for word in words)
