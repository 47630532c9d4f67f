"""What the pictures of data augmentation show, in both languages."""

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from torchvision import transforms

from alexnet_lib.language import set_language
from alexnet_lib.plots.augmentation import plot_augmentations, plot_crop, plot_padding_orders

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
