"""Windows summed by a matrix are those of torch's layer and of the paper's printed sum."""

import pytest
import torch
from torch import nn

from alexnet_lib.experiments.historical import response_normalization
from alexnet_lib.experiments.lrn import CrossMapNormalization


@pytest.fixture
def maps() -> torch.Tensor:
    return 3 * torch.randn(2, 16, 4, 3, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("size", [1, 5, 9, 31])
def test_it_is_torchs_layer(maps, size):
    constants = {"alpha": 0.7, "beta": 0.75, "k": 1.5}
    torch.testing.assert_close(
        CrossMapNormalization(16, size, **constants)(maps), nn.LocalResponseNorm(size, **constants)(maps)
    )


def test_it_is_the_printed_sum_with_alpha_divided_by_the_size(maps):
    ours = CrossMapNormalization(16, 9, alpha=0.9, beta=0.75)(maps)
    torch.testing.assert_close(ours, response_normalization(maps, 9, k=1, alpha=0.1, beta=0.75))
    assert not torch.allclose(ours, response_normalization(maps, 9, k=1, alpha=0.9, beta=0.75))


def test_a_window_one_map_too_far_would_be_noticed(maps):
    ours = CrossMapNormalization(16, 9, alpha=0.9, beta=0.75)
    ours.window = ours.window.roll(1, dims=1)
    assert not torch.allclose(ours(maps), nn.LocalResponseNorm(9, 0.9, 0.75, 1)(maps))


def test_gradients_are_torchs(maps):
    gradients = []
    for layer in (CrossMapNormalization(16, 9, 0.9, 0.75), nn.LocalResponseNorm(9, 0.9, 0.75, 1)):
        given = maps.clone().requires_grad_()
        layer(given).square().sum().backward()
        gradients.append(given.grad)
    torch.testing.assert_close(*gradients)


def test_a_gradient_without_the_neighbours_share_would_be_noticed(maps):
    given = maps.clone().requires_grad_()
    layer = CrossMapNormalization(16, 9, 0.9, 0.75)
    layer(given).sum().backward()
    own_share_alone = (layer(maps) / maps).detach()
    assert not torch.allclose(given.grad, own_share_alone, rtol=0.1)


def test_it_learns_nothing_and_keeps_nothing():
    layer = CrossMapNormalization(16, 9, 0.9, 0.75)
    assert not list(layer.parameters()) and not layer.state_dict()


def test_in_a_short_format_it_still_computes_in_float32(maps):
    layer = CrossMapNormalization(16, 9, 0.9, 0.75)
    with torch.autocast("cpu", torch.bfloat16):
        out = layer(maps)
    assert out.dtype == torch.float32
    torch.testing.assert_close(out, layer(maps))


def test_second_derivatives_are_torchs(maps):
    ours, second = CrossMapNormalization(maps.shape[1], 5, 0.1, 0.75), []
    for layer in (ours, nn.LocalResponseNorm(5, 0.1, 0.75, k=1)):
        x = maps.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(layer(x).square().sum(), x, create_graph=True)
        gradient.sum().backward()
        second.append(x.grad)
    torch.testing.assert_close(*second)
