"""Chapter 15: what a trained network looks at, where it breaks, and what it says of a reader's own photo.

A ``network`` takes pixels from 0 to 1, (N, 3, H, W), and gives logits (N, C): its first layer normalizes.
"""

import io
import warnings
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor, nn
from torch.nn import functional
from torchvision.transforms.functional import gaussian_blur

from alexnet_lib.language import BookError
from alexnet_lib.transforms import to_pixels

GREY = 0.5
# What each of the five strengths means. The kinds are among those of Hendrycks & Dietterich (2019); the
# strengths are this book's own.
STRENGTHS = {
    "noise": (5, 10, 15, 20, 25),  # standard deviation, in levels of 255
    "blur": (0.4, 0.6, 0.8, 1.0, 1.5),  # standard deviation of the Gaussian, in pixels
    "contrast": (0.75, 0.5, 0.35, 0.2, 0.1),  # what is left of each pixel's distance from the image's mean
    "shift": (1, 2, 4, 6, 8),  # pixels to the right; the left edge is repeated
    "jpeg": (90, 70, 50, 30, 10),  # quality
}


def gradient_of(network: nn.Module, image: Tensor, label: int) -> Tensor:
    """Return how much the logit of a class grows with each value of an image: (3, H, W).

    Source: K. Simonyan, A. Vedaldi, A. Zisserman, "Deep Inside Convolutional Networks" (2014), section 3.
    """
    pixels = image[None].clone().requires_grad_()
    (gradient,) = torch.autograd.grad(network(pixels)[0, label], pixels)
    return gradient[0]


def occlusion_map(network: nn.Module, image: Tensor, label: int, size: int = 8, stride: int = 4) -> Tensor:
    """Return how far the probability of a class falls when a grey square covers a part of an image.

    Parameters
    ----------
    network
        In evaluation mode.
    image
        (3, H, W), from 0 to 1.
    label
        The class.
    size, stride
        Side of the square, and how far it moves each time, in pixels.

    Returns
    -------
    Tensor
        (rows, columns), one number for each place of the square; negative where covering helps.
        Source: M. D. Zeiler, R. Fergus, "Visualizing and Understanding Convolutional Networks" (2014).
    """
    rows, columns = (range(0, side - size + 1, stride) for side in image.shape[1:])
    images = [image]
    for row in rows:
        for column in columns:
            covered = image.clone()
            covered[:, row : row + size, column : column + size] = GREY
            images.append(covered)
    with torch.inference_mode():
        probability = network(torch.stack(images)).softmax(dim=1)[:, label]
    return (probability[0] - probability[1:]).reshape(len(rows), len(columns))


def grad_cam(bottom: nn.Module, top: nn.Module, image: Tensor, label: int) -> Tensor:
    """Return the feature maps of an image, added up, each weighted by what it does for a class.

    Parameters
    ----------
    bottom, top
        The network in two parts: pixels to feature maps (1, C, h, w), feature maps to logits.
    image
        (3, H, W), from 0 to 1.
    label
        The class.

    Returns
    -------
    Tensor
        (h, w), not negative. Source: R. R. Selvaraju et al., "Grad-CAM" (2017), equations 1 and 2.
    """
    maps = bottom(image[None]).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(top(maps)[0, label], maps)
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * maps).sum(dim=1)[0].relu().detach()


def corrupt(images: Tensor, kind: str, strength: int, seed: int = 0) -> Tensor:
    """Return images made worse, rounded to whole levels again.

    Parameters
    ----------
    images
        (N, 3, H, W), from 0 to 1.
    kind
        A key of ``STRENGTHS``.
    strength
        0 (as they are) to 5.
    seed
        Of the noise.
    """
    if strength == 0:
        return images
    level = STRENGTHS[kind][strength - 1]
    if kind == "noise":
        noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(seed))
        worse = images + level / 255 * noise
    elif kind == "blur":
        worse = gaussian_blur(images, kernel_size=2 * int(np.ceil(3 * level)) + 1, sigma=level)
    elif kind == "contrast":
        mean = images.mean(dim=(1, 2, 3), keepdim=True)
        worse = mean + level * (images - mean)
    elif kind == "shift":
        worse = functional.pad(images, (level, 0, 0, 0), mode="replicate")[..., : images.shape[-1]]
    else:
        worse = torch.stack([jpeg(image, level) for image in images])
    return (worse * 255).round().clamp(0, 255) / 255


def jpeg(image: Tensor, quality: int) -> Tensor:
    """Return an image (3, H, W) after it was written as a JPEG file and read again."""
    file = io.BytesIO()
    Image.fromarray(to_pixels(image)).save(file, "JPEG", quality=quality)
    return as_tensor(np.array(Image.open(file)))


def as_tensor(pixels: NDArray[np.uint8]) -> Tensor:
    """Return pixels (H, W, 3) or (N, H, W, 3) as float32 from 0 to 1, channels before rows."""
    return torch.from_numpy(pixels).movedim(-1, -3) / 255


def fgsm(network: nn.Module, images: Tensor, labels: Tensor, levels: float) -> Tensor:
    """Return images of which each value has moved by so many levels of 255, to where the loss grows.

    Source: I. J. Goodfellow, J. Shlens, C. Szegedy, "Explaining and Harnessing Adversarial Examples"
    (2015), section 4: the fast gradient sign method.
    """
    pixels = images.clone().requires_grad_()
    loss = functional.cross_entropy(network(pixels), labels)
    (gradient,) = torch.autograd.grad(loss, pixels)
    return (images + levels / 255 * gradient.sign()).clamp(0, 1)


def read_photo(path: str | Path) -> NDArray[np.uint8]:
    """Return the middle square of a picture file as the network sees it: (32, 32, 3).

    It is turned as its metadata say; what is transparent becomes white; of a moving picture the first
    frame is taken.

    Raises
    ------
    BookError
        If there is no such file, or it is no picture that can be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as file:
                picture = ImageOps.exif_transpose(file).convert("RGBA")
    except Exception as error:  # Pillow's readers raise errors of many kinds on a file that is cut
        reason = "not_found" if isinstance(error, FileNotFoundError) else "unreadable"
        raise BookError(f"photo_{reason}", path=path) from None
    white = Image.new("RGBA", picture.size, "white")
    flat = Image.alpha_composite(white, picture).convert("RGB")
    return np.array(ImageOps.fit(flat, (32, 32), Image.Resampling.BOX))


def predict_photo(path: str | Path, network: nn.Module) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return what is left of a picture file in 32x32 pixels, and the probability of each class.

    Raises
    ------
    BookError
        As ``read_photo`` does.
    """
    pixels = read_photo(path)
    with torch.inference_mode():
        probabilities = network(as_tensor(pixels)[None]).softmax(dim=1)[0]
    return pixels, probabilities.numpy()
