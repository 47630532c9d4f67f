"""The figures of chapter 15 show the numbers they are given."""

import numpy as np

from alexnet_lib.experiments.inside import STRENGTHS
from alexnet_lib.language import text
from alexnet_lib.plots.inside import plot_damage, plot_embeddings, plot_maps

RNG = np.random.default_rng(0)
PHOTO = RNG.integers(0, 256, (32, 32, 3), dtype=np.uint8)


def test_maps_stand_beside_their_image_and_cover_it():
    low, high = np.zeros((4, 4)), np.zeros((4, 8))
    low[3, 0], high[0, 7] = 1, 1
    picture = plot_maps(PHOTO, {"first": [low, high], "second": [high, low]}, ["a", "b"])
    axes = np.reshape(picture.figure.axes, (2, 3))
    for row, maps in zip(axes, ([low, high], [high, low]), strict=True):
        np.testing.assert_array_equal(row[0].images[0].get_array(), PHOTO)
        for place, values in zip(row[1:], maps, strict=True):
            np.testing.assert_array_equal(place.images[0].get_array(), values)
            assert place.images[0].get_extent() == [0, 32, 32, 0]
    assert "first, a: " + text("figures_inside.lightest", down=87, across=12) in picture.alt
    flat = plot_maps(PHOTO, {"first": [np.zeros((4, 4))]}, ["a"])
    assert text("figures_inside.flat") in flat.alt


def test_every_image_is_a_point_in_the_colour_of_its_label():
    points, labels = RNG.normal(size=(50, 2)), np.arange(50) % 10
    picture = plot_embeddings({"plane": points, "other": -points}, labels, [f"c{n}" for n in range(10)])
    plane, other = picture.figure.axes
    for label in range(10):
        np.testing.assert_allclose(plane.collections[label].get_offsets(), points[labels == label])
        np.testing.assert_allclose(other.collections[label].get_offsets(), -points[labels == label])
    assert plane.get_aspect() == other.get_aspect() == 1
    assert len({tuple(each.get_facecolor()[0]) for each in plane.collections}) == 10
    assert len(picture.figure.legends[0].get_texts()) == 10


def test_damage_stands_below_its_level():
    rows = {kind: RNG.integers(0, 256, (5, 8, 8, 3), dtype=np.uint8) for kind in ("blur", "jpeg")}
    axes = np.reshape(plot_damage(rows).figure.axes, (2, 5))
    for row, (kind, images) in zip(axes, rows.items(), strict=True):
        for place, level, image in zip(row, STRENGTHS[kind], images, strict=True):
            assert float(place.get_title()) == level
            np.testing.assert_array_equal(place.images[0].get_array(), image)
