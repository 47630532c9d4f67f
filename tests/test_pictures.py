"""Pictures of the built site: fewer bytes and nobody sees it, no doubles."""

import re
import shutil

import numpy as np
import pytest
from PIL import Image

from pictures import COLOURS, UNSEEN, as_webp, shrink_pictures


@pytest.fixture
def built(tmp_path):
    """Return a built language with three pictures, two of which are the same."""
    folder = tmp_path / "ko"
    (folder / "_images").mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 4), dtype=np.uint8)
    for name, values in (("a1", pixels), ("b2", pixels[::-1, :, :3]), ("chapter-cell", pixels)):
        Image.fromarray(values).save(folder / f"_images/{name}.png")
    (folder / "index.html").write_text(
        '<a href="_images/a1.png"><img src="_images/a1.png"></a><img src="_images/b2.png">'
        '<img src="_static/other.png">', "utf-8"
    )  # fmt: skip
    (folder / "gallery.html").write_text('<img src="_images/chapter-cell.png">', "utf-8")
    return folder


def shown(folder, page):
    return re.findall(r'"(_[^"]+)"', (folder / page).read_text("utf-8"))


def test_every_pixel_of_a_photograph_or_a_transparent_picture_is_kept(built, tmp_path):
    before = {name: np.asarray(Image.open(built / f"_images/{name}.png")) for name in ("a1", "b2")}
    shrink_pictures(built, tmp_path / "cache")
    link, first, second, other = shown(built, "index.html")
    assert link == first and other == "_static/other.png"
    for name, place in (("a1", first), ("b2", second)):
        np.testing.assert_array_equal(np.asarray(Image.open(built / place)), before[name])


def test_a_chart_is_kept_with_few_colours_and_nobody_sees_it(tmp_path):
    pixels = np.full((80, 300, 3), 255, dtype=np.uint8)
    pixels[40:44] = (255 - np.linspace(0, 1, 300)[:, None] * np.array([255, 141, 77])).astype(np.uint8)
    pixels[60:63] = (255 - np.linspace(0, 1, 300)[:, None] * np.array([25, 96, 255])).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "chart.png")
    after = np.asarray(Image.open(as_webp(tmp_path / "chart.png", tmp_path / "kept.webp")).convert("RGB"))
    colours = [len(np.unique(picture.reshape(-1, 3), axis=0)) for picture in (pixels, after)]
    assert colours[0] > COLOURS >= colours[1]
    assert 0 < np.sqrt(((after.astype(int) - pixels) ** 2).mean()) <= UNSEEN


def test_a_picture_that_is_there_twice_is_kept_once(built, tmp_path):
    shrink_pictures(built, tmp_path / "cache")
    assert shown(built, "gallery.html") == shown(built, "index.html")[:1]
    assert len(list((built / "_images").iterdir())) == 2


def test_what_was_converted_before_is_not_converted_again(built, tmp_path):
    again = shutil.copytree(built, tmp_path / "again")
    shrink_pictures(built, tmp_path / "cache")
    for kept in (tmp_path / "cache").iterdir():
        kept.write_bytes(b"kept")
    shrink_pictures(again, tmp_path / "cache")
    assert {path.read_bytes() for path in (again / "_images").iterdir()} == {b"kept"}
