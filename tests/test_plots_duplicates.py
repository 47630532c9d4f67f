"""Pairs stand side by side, the test image on the left."""

import numpy as np
import pytest

from alexnet_lib.language import text
from alexnet_lib.plots.duplicates import plot_pairs

pytestmark = pytest.mark.usefixtures("language")


def test_each_pair_has_its_title_and_its_two_images_in_order():
    images, others = np.random.default_rng(0).integers(0, 256, (2, 4, 8, 8, 3), dtype=np.uint8)
    figure = plot_pairs(images, others, ["a", "b", "c", "d"])
    filled = [panel for panel in figure.subfigs if panel.axes]
    assert [panel.get_suptitle() for panel in filled] == ["a", "b", "c", "d"]
    for panel, image, other in zip(filled, images, others, strict=True):
        left, right = panel.axes
        np.testing.assert_array_equal(left.images[0].get_array(), image)
        np.testing.assert_array_equal(right.images[0].get_array(), other)
        assert left.get_title() == text("figures_duplicates.test")
        assert right.get_title() == text("figures_duplicates.train")
