"""Pictures of data augmentation: the crop by hand, many images from one, the colour of the border."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from alexnet_lib.figures import COLOURS
from alexnet_lib.language import text
from alexnet_lib.transforms import Statistics, denormalize, to_pixels


def plot_crop(padded: Tensor, top: int, left: int, size: int = 32) -> Figure:
    """Show a crop step by step: the padded image with the window on it, the crop, its mirror image.

    Parameters
    ----------
    padded
        uint8, (3, H, W), the padding included.
    top, left
        The first row and the first column of the window, in pixels.
    size
        Its side, in pixels.
    """
    crop = padded[:, top : top + size, left : left + size]
    pictures = {
        text("figures_augmentation.window"): padded,
        text("figures_augmentation.crop"): crop,
        text("figures_augmentation.flip"): crop.flip(-1),
    }
    figure, panels = plt.subplots(
        1, 3, figsize=(7.5, 3.2), width_ratios=[picture.shape[-1] for picture in pictures.values()]
    )
    for axes, (title, picture) in zip(panels, pictures.items(), strict=True):
        axes.imshow(picture.movedim(0, -1).numpy())
        axes.set_title(title)
        axes.axis("off")
    corner = (left - 0.5, top - 0.5)  # a pixel's centre lies on its number, its edge half before
    panels[0].add_patch(
        Rectangle(corner, size, size, fill=False, edgecolor=COLOURS["orange"], linewidth=3)
    )
    return figure


def plot_augmentations(images: Tensor, mean: Statistics, std: Statistics) -> Figure:
    """Show nine augmented images twice: as the network gets them, and denormalized.

    Parameters
    ----------
    images
        float32, (9, 3, H, W), normalized. On the left their values are shown as they are: what lies
        below 0 is black, what lies above 1 is as bright as the channel can be.
    mean, std
        What they were normalized with.
    """
    twins = {
        text("figures_augmentation.as_the_network"): to_pixels(images),
        text("figures_augmentation.as_we"): to_pixels(denormalize(images, mean, std)),
    }
    figure = plt.figure(figsize=(8, 4.3))
    for half, (title, pictures) in zip(figure.subfigures(1, 2, wspace=0.06), twins.items(), strict=True):
        half.suptitle(title)
        for axes, picture in zip(half.subplots(3, 3).flat, pictures, strict=True):
            axes.imshow(picture)
            axes.axis("off")
    return figure


def plot_padding_orders(
    pad_first: Tensor, normalize_first: Tensor, mean: Statistics, std: Statistics
) -> Figure:
    """Show, denormalized, what becomes of the border when padding comes before or after ``Normalize``.

    Parameters
    ----------
    pad_first, normalize_first
        float32, (3, H, W): the same image, the two steps in either order.
    mean, std
        What they were normalized with.
    """
    orders = {
        text("figures_augmentation.pad_first"): pad_first,
        text("figures_augmentation.normalize_first"): normalize_first,
    }
    figure, panels = plt.subplots(1, 2, figsize=(6.4, 3.5))
    for axes, (title, image) in zip(panels, orders.items(), strict=True):
        axes.imshow(to_pixels(denormalize(image, mean, std)))
        axes.set_title(title)
        axes.axis("off")
    return figure
