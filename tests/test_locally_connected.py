"""The locally connected layer against a loop, unfold, and a convolution whose weights repeat."""

import pytest
import torch
from torch import nn
from torch.nn.functional import pad, unfold

from alexnet_lib.experiments.lrn import LocallyConnected2d
from alexnet_lib.language import BookError


@pytest.fixture
def layer() -> LocallyConnected2d:
    torch.manual_seed(0)
    layer = LocallyConnected2d(2, 4, kernel_size=3, size=5).double()
    nn.init.normal_(layer.bias)
    return layer


@pytest.fixture
def maps() -> torch.Tensor:
    return torch.randn(3, 2, 5, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def by_loop(layer: LocallyConnected2d, maps: torch.Tensor, order: tuple[int, ...] = (0, 1)) -> torch.Tensor:
    """Compute each output value from its window; ``order`` (1, 0) takes the weights of the mirrored place."""
    padded = pad(maps, [1] * 4)
    out = torch.zeros(len(maps), 4, 5, 5, dtype=maps.dtype)
    for row in range(5):
        for column in range(5):
            place = (row, column)
            position = 5 * place[order[0]] + place[order[1]]
            weight = layer.weight[position].view(3, 3, 2, 4).permute(2, 0, 1, 3)
            for number in range(len(maps)):
                window = padded[number, :, row : row + 3, column : column + 3]
                for channel in range(4):
                    total = (window * weight[..., channel]).sum() + layer.bias[position, channel]
                    out[number, channel, row, column] = total
    return out


def test_every_output_is_its_window_times_the_weights_of_its_place(layer, maps):
    torch.testing.assert_close(layer(maps), by_loop(layer, maps))


def test_weights_of_another_place_would_be_noticed(layer, maps):
    assert not torch.allclose(layer(maps), by_loop(layer, maps, order=(1, 0)))


def test_it_is_unfold_and_a_sum_over_the_window(layer, maps):
    windows = unfold(maps, 3, padding=1).view(3, 2, 9, 25)  # images, maps, window, places
    products = torch.einsum("nmwp,pwmo->nop", windows, layer.weight.view(25, 9, 2, 4))
    expected = (products + layer.bias.T).view(3, 4, 5, 5)
    torch.testing.assert_close(layer(maps), expected)


def test_gradients_are_those_of_the_loop(layer, maps):
    maps.requires_grad_()
    inputs = (maps, layer.weight, layer.bias)
    ours = torch.autograd.grad(layer(maps).square().sum(), inputs)
    theirs = torch.autograd.grad(by_loop(layer, maps).square().sum(), inputs)
    for our, their in zip(ours, theirs, strict=True):
        torch.testing.assert_close(our, their)


def test_with_the_same_weights_everywhere_it_is_a_convolution(maps):
    convolution = nn.Conv2d(2, 4, 3, padding=1).double()
    layer = LocallyConnected2d(2, 4, 3, size=5).double()
    with torch.no_grad():
        layer.weight.copy_(convolution.weight.permute(2, 3, 1, 0).reshape(18, 4).expand(25, 18, 4))
        layer.bias.copy_(convolution.bias.expand(25, 4))
    torch.testing.assert_close(layer(maps), convolution(maps))
    with torch.no_grad():
        layer.weight[12] += 0.1  # the middle place alone
    differs = ~torch.isclose(layer(maps), convolution(maps)).all(dim=1).all(dim=0)
    assert differs.nonzero().tolist() == [[2, 2]]


def test_it_starts_within_the_bounds_of_a_convolution():
    layer = LocallyConnected2d(16, 8, 3, size=6)
    assert layer.weight.abs().max() <= 1 / 12 < 1.01 * layer.weight.abs().max()
    assert not layer.bias.any()


@pytest.mark.parametrize("shape", [(3, 2, 6, 6), (3, 1, 5, 5), (2, 5, 5)])
def test_an_input_of_another_shape_is_refused_in_one_sentence(layer, shape, language):
    with pytest.raises(BookError) as error:
        layer(torch.zeros(shape, dtype=torch.float64))
    assert error.value.name == "local_input"
    assert str(shape) in str(error.value)
