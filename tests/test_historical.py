"""The formulas of 2012 against loops, and against torch where the two agree."""

import math

import pytest
import torch
from torch import nn

from alexnet_lib.experiments.historical import (
    dropout_of_2012,
    momentum_step,
    output_size,
    response_normalization,
)


@pytest.mark.parametrize("ceil", [False, True])
@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding"), [(24, 3, 2, 0), (55, 3, 2, 0), (9, 3, 3, 1)]
)
def test_output_size_is_that_of_pooling_which_knows_both_roundings(size, kernel, stride, padding, ceil):
    pool = nn.MaxPool2d(kernel, stride, padding, ceil_mode=ceil)
    expected = pool(torch.zeros(1, 1, size, size)).shape[-1]
    assert output_size(size, kernel, stride, padding, math.ceil if ceil else math.floor) == expected


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


def test_dropout_of_2012_walks_torchs_path_with_half_the_weights_and_a_quarter_of_the_rate():
    """The answer to the chapter's last question."""
    torch.manual_seed(0)
    then, now = nn.Linear(6, 2), nn.Linear(6, 2)
    with torch.no_grad():
        now.weight.copy_(then.weight / 2)
        now.bias.copy_(then.bias)
    old = torch.optim.SGD(then.parameters(), lr=0.1)
    new = torch.optim.SGD([{"params": now.weight, "lr": 0.1 / 4}, {"params": now.bias, "lr": 0.1}])
    for _ in range(5):
        values, mask, wanted = torch.randn(4, 6), torch.rand(4, 6) < 0.5, torch.randn(4, 2)
        for layer, optimizer, scale in ((then, old, 1), (now, new, 2)):
            optimizer.zero_grad()
            (layer(scale * mask * values) - wanted).square().mean().backward()
            optimizer.step()
    torch.testing.assert_close(now.weight, then.weight / 2)
    torch.testing.assert_close(now.bias, then.bias)


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
