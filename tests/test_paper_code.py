"""The formulas of 2012 against loops, against torch where the two agree, and against scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn

from alexnet_lib.experiments.paper_code import (
    colour_components,
    colour_noise,
    dropout_of_2012,
    momentum_step,
    response_normalization,
)


def test_response_normalization_is_the_printed_sum():
    torch.manual_seed(0)
    maps = torch.randn(2, 7, 3, 2)
    n, k, alpha, beta = 5, 2, 0.3, 0.75
    for image in range(2):
        for i in range(7):
            near = range(max(0, i - n // 2), min(7 - 1, i + n // 2) + 1)
            total = sum(maps[image, j] ** 2 for j in near)
            expected = maps[image, i] / (k + alpha * total) ** beta
            actual = response_normalization(maps, n, k, alpha, beta)[image, i]
            torch.testing.assert_close(actual, expected)


def test_torch_divides_alpha_by_n():
    maps = 10 * torch.rand(1, 8, 2, 2)
    printed = response_normalization(maps, 5, 2, 0.1, 0.75)
    torch.testing.assert_close(nn.LocalResponseNorm(5, 0.5, 0.75, 2)(maps), printed)
    assert not torch.allclose(nn.LocalResponseNorm(5, 0.1, 0.75, 2)(maps), printed)


def test_dropout_keeps_the_wanted_share_and_the_test_its_mean():
    torch.manual_seed(0)
    values = torch.full((100_000,), 3.0)
    trained, tested = (dropout_of_2012(values, 0.8, training) for training in (True, False))
    assert set(trained.tolist()) == {0, 3}
    assert (trained > 0).float().mean().item() == pytest.approx(0.8, abs=0.01)
    assert trained.mean().item() == pytest.approx(tested.mean().item(), rel=0.01)


def follow_both(rates, rescale=False):
    torch.manual_seed(0)
    ours = torch.randn(5)
    velocity, theirs = torch.zeros(5), ours.clone().requires_grad_()
    sgd = torch.optim.SGD([theirs], lr=rates[0], momentum=0.9, weight_decay=0.01)
    for before, rate in zip([rates[0], *rates], rates, strict=False):
        if rescale and theirs in sgd.state:
            sgd.state[theirs]["momentum_buffer"] *= before / rate
        sgd.param_groups[0]["lr"] = rate
        ours, velocity = momentum_step(ours, velocity, ours.sin(), rate, 0.9, 0.01)
        theirs.grad = theirs.detach().sin()
        sgd.step()
    return ours, theirs.detach()


def test_momentum_is_torchs_as_long_as_the_rate_stays():
    torch.testing.assert_close(*follow_both([0.1] * 30))


def test_momentum_is_another_thing_once_the_rate_drops():
    assert not torch.allclose(*follow_both([0.1] * 10 + [0.01] * 5))


def test_momentum_is_torchs_again_if_the_velocity_is_rescaled_with_the_rate():
    torch.testing.assert_close(*follow_both([0.1] * 10 + [0.01] * 5, rescale=True))


# --- Colour ---

PIXELS = np.random.default_rng(0).integers(0, 256, (307, 4, 5, 3), dtype=np.uint8)
PIXELS[..., 1] = PIXELS[..., 0] // 2 + PIXELS[..., 1] // 3  # channels that hang together


def test_components_are_those_of_scikit_learn_with_a_fixed_sign():
    colours = PIXELS.reshape(-1, 3) / 255
    expected = PCA().fit(colours)
    variances, directions = colour_components(PIXELS)
    count = len(colours)
    np.testing.assert_allclose(variances, expected.explained_variance_ * (count - 1) / count, rtol=1e-4)
    products = np.abs(expected.components_ @ directions.numpy())
    np.testing.assert_allclose(products, np.eye(3), atol=1e-4)
    assert (directions.sum(dim=0) >= 0).all()


def test_noise_is_one_colour_for_all_pixels_and_another_for_each_image():
    torch.manual_seed(0)
    components, image = colour_components(PIXELS), torch.rand(3, 4, 5)
    first, second = (colour_noise(image, *components) - image for _ in range(2))
    torch.testing.assert_close(first, first[:, :1, :1].expand(3, 4, 5))
    assert not torch.allclose(first, second)


@pytest.mark.parametrize("power", [1, 0.5])
def test_noise_spreads_along_the_components_as_much_as_it_should(power):
    torch.manual_seed(0)
    variances, directions = colour_components(PIXELS)
    black = torch.zeros(3, 1, 1)
    draws = torch.stack([colour_noise(black, variances**power, directions).flatten() for _ in range(4000)])
    along = draws @ directions
    torch.testing.assert_close(along.std(dim=0), 0.1 * variances**power, rtol=0.05, atol=0)
    correlations = torch.corrcoef(along.T) - torch.eye(3)
    assert correlations.abs().max() < 0.06
