"""What the 5x5 preview shows."""

import numpy as np
import pytest

from alexnet_lib.data import class_names
from alexnet_lib.language import set_language
from alexnet_lib.plots.preview import plot_preview
from alexnet_lib.shapes import Shapes10


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(256, size=(25, 32, 32, 3), dtype=np.uint8)


def test_every_image_stands_under_its_own_name(pixels: np.ndarray) -> None:
    names = [f"name {i}" for i in range(25)]
    figure = plot_preview(pixels, names)
    assert [axes.get_title() for axes in figure.axes] == names
    for axes, picture in zip(figure.axes, pixels, strict=True):
        assert np.array_equal(axes.images[0].get_array(), picture)
        assert not axes.axison


def test_images_run_from_left_to_right_and_then_down(pixels: np.ndarray) -> None:
    figure = plot_preview(pixels, [""] * 25)
    places = [axes.get_subplotspec() for axes in figure.axes]
    assert [(place.rowspan.start, place.colspan.start) for place in places] == [
        (row, column) for row in range(5) for column in range(5)
    ]


def test_a_last_row_may_be_short(pixels: np.ndarray) -> None:
    figure = plot_preview(pixels[:7], [""] * 7, columns=3)
    assert len(figure.axes) == 7
    assert figure.axes[-1].get_subplotspec().rowspan.start == 2


def test_a_name_too_few_is_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="shorter"):
        plot_preview(pixels, [""] * 24)


@pytest.mark.parametrize(("language", "name"), [("ko", "초승달"), ("en", "crescent")])
def test_names_come_in_the_readers_language(language: str, name: str, pixels: np.ndarray) -> None:
    set_language(language)
    names = class_names(Shapes10)
    assert plot_preview(pixels[:1], [names[3]]).axes[0].get_title() == name
