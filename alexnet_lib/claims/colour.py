"""The paper's second augmentation: shift the colours of a whole image along those of all images (4.1)."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

PARTS = 100  # of the pixels, so that their float64 copies stay small


def colour_components(pixels: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
    """Return the principal components of the colours of all pixels.

    Parameters
    ----------
    pixels
        uint8, (..., 3): such as ``.data`` of a data set. They count as numbers in [0, 1].

    Returns
    -------
    variances
        float32, (3,): the eigenvalues of the covariance matrix of R, G and B, largest first.
    directions
        float32, (3, 3): one unit vector a column. Its sign is free; here R, G and B sum to no less than 0.
    """
    total, products, count = np.zeros(3), np.zeros((3, 3)), 0
    for part in np.array_split(pixels.reshape(-1, 3), PARTS):
        colours = part / 255
        total += colours.sum(axis=0)
        products += colours.T @ colours
        count += len(colours)
    mean = total / count
    variances, directions = np.linalg.eigh(products / count - np.outer(mean, mean))
    directions = directions * np.where(directions.sum(axis=0) < 0, -1, 1)
    largest_first = [torch.from_numpy(values[..., ::-1].copy()).float() for values in (variances, directions)]
    return largest_first[0], largest_first[1]


class ColourNoise(nn.Module):
    """Add one random colour to all pixels of an image; another for each image, each time.

    Parameters
    ----------
    scales
        (3,), one a component. The paper multiplies by the eigenvalues; its source code by what it
        calls standard deviations, their square roots. Only the latter do not depend on the unit of
        the pixels.
    directions
        (3, 3), as ``colour_components`` returns them.
    std
        Standard deviation of the three random numbers of an image.

    Notes
    -----
    The code of 2012 then divides the image, which has mean zero there, by 1 + std; the paper does not
    say so, and this module does not do so.
    """

    def __init__(self, scales: Tensor, directions: Tensor, std: float = 0.1) -> None:
        super().__init__()
        self.register_buffer("scales", scales)
        self.register_buffer("directions", directions)
        self.std = std

    def forward(self, image: Tensor) -> Tensor:
        """Map an image (3, H, W), of pixels around [0, 1], to one of the same shape; nothing is clamped."""
        draws = self.std * torch.randn(3, device=image.device)
        return image + (self.directions @ (draws * self.scales)).view(3, 1, 1)
