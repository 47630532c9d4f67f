"""Principal components against numpy and scikit-learn; colour noise against its own statistics."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from alexnet_lib.experiments.historical import PARTS, ColourNoise, colour_components

PIXELS = np.random.default_rng(0).integers(0, 256, (3 * PARTS + 7, 4, 5, 3), dtype=np.uint8)
PIXELS[..., 1] = PIXELS[..., 0] // 2 + PIXELS[..., 1] // 3  # channels that hang together


def test_components_are_those_of_scikit_learn():
    colours = PIXELS.reshape(-1, 3) / 255
    expected = PCA().fit(colours)
    variances, directions = colour_components(PIXELS)
    count = len(colours)
    np.testing.assert_allclose(variances, expected.explained_variance_ * (count - 1) / count, rtol=1e-4)
    products = np.abs(expected.components_ @ directions.numpy())
    np.testing.assert_allclose(products, np.eye(3), atol=1e-4)


def test_components_rebuild_the_covariance_and_have_a_fixed_sign():
    variances, directions = colour_components(PIXELS)
    covariance = np.cov(PIXELS.reshape(-1, 3).T / 255, bias=True)
    np.testing.assert_allclose(directions @ variances.diag() @ directions.T, covariance, atol=1e-6)
    assert variances[0] >= variances[1] >= variances[2]
    assert (directions.sum(dim=0) >= 0).all()


def test_noise_is_one_colour_for_all_pixels_and_another_for_each_image():
    torch.manual_seed(0)
    variances, directions = colour_components(PIXELS)
    noise, image = ColourNoise(variances, directions), torch.rand(3, 4, 5)
    first, second = noise(image) - image, noise(image) - image
    torch.testing.assert_close(first, first[:, :1, :1].expand(3, 4, 5))
    assert not torch.allclose(first, second)


@pytest.mark.parametrize("power", [1, 0.5])
def test_noise_spreads_along_the_components_as_much_as_it_should(power):
    torch.manual_seed(0)
    variances, directions = colour_components(PIXELS)
    noise = ColourNoise(variances**power, directions, std=0.1)
    draws = torch.stack([noise(torch.zeros(3, 1, 1)).flatten() for _ in range(4000)])
    along = draws @ directions
    torch.testing.assert_close(along.std(dim=0), 0.1 * variances**power, rtol=0.05, atol=0)
    correlations = torch.corrcoef(along.T) - torch.eye(3)
    assert correlations.abs().max() < 0.06


def test_only_standard_deviations_do_not_depend_on_the_unit():
    variances, directions = colour_components(PIXELS)
    noises = {}
    for unit in (1, 255):
        for name, scales in (("eigenvalues", variances * unit**2), ("deviations", variances.sqrt() * unit)):
            torch.manual_seed(0)
            noises[name, unit] = ColourNoise(scales, directions)(torch.zeros(3, 1, 1)) / unit
    torch.testing.assert_close(noises["deviations", 1], noises["deviations", 255])
    torch.testing.assert_close(noises["eigenvalues", 255], 255 * noises["eigenvalues", 1])
