"""Muon's step is equally strong in every direction, and all else about it is SGD's."""

import pytest
import torch
from torch import nn

from alexnet_lib.experiments.muon import Muon, orthogonalize, standardize_weights

OPTIONS = {"lr": 0.1, "momentum": 0.8, "weight_decay": 0.01}


def gradients(shape: tuple[int, ...], count: int = 4) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=generator) for _ in range(count)]


def after(optimizer_of, start: torch.Tensor, given: list[torch.Tensor]) -> torch.Tensor:
    parameter = nn.Parameter(start.clone())
    optimizer = optimizer_of(parameter)
    for gradient in given:
        parameter.grad = gradient.clone()
        optimizer.step()
        assert torch.equal(parameter.grad, gradient)
    return parameter.detach()


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="torch.optim.Muon came with torch 2.9")
@pytest.mark.parametrize("shape", [(6, 4), (4, 6)], ids=["tall", "wide"])
def test_a_step_is_that_of_torchs_muon_to_the_precision_of_its_bfloat16(shape):
    start, given = torch.ones(shape), gradients(shape, 1)
    ours = after(lambda p: Muon([p], **OPTIONS), start, given)
    # torch averages gradients where SGD sums them; after one step both point the same way.
    theirs = after(lambda p: torch.optim.Muon([p], **OPTIONS), start, given)
    torch.testing.assert_close(ours, theirs, atol=3e-3, rtol=0)


def test_without_orthogonalization_it_is_sgd_with_nesterov_momentum(monkeypatch):
    """Weights shrink before the step, as AdamW's do, not by way of the gradient: so none here."""
    monkeypatch.setattr("alexnet_lib.experiments.muon.orthogonalize", lambda step: step)
    start, given = torch.ones(5, 3), gradients((5, 3))
    ours = after(lambda p: Muon([p], lr=0.1, momentum=0.8), start, given)
    theirs = after(lambda p: torch.optim.SGD([p], lr=0.1, momentum=0.8, nesterov=True), start, given)
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("shape", [(8, 3, 3, 3), (40, 2, 3, 3)], ids=["wide", "tall"])
def test_orthogonalize_is_the_polynomial_of_the_singular_values(shape):
    """It makes directions about equally strong of which one was far stronger than the others."""
    step = gradients(shape, 1)[0].double()
    step[0] *= 10
    left, values, right = torch.linalg.svd(step.flatten(1), full_matrices=False)
    assert values.max() / values.min() > 5
    values = values / values.norm()
    for _ in range(5):
        values = 3.4445 * values - 4.7750 * values**3 + 2.0315 * values**5
    assert values.min() > 0.6 and values.max() < 1.3
    tall = max(1, len(left) / right.shape[1]) ** 0.5
    expected = tall * (left @ values.diag() @ right)
    torch.testing.assert_close(orthogonalize(step).flatten(1), expected)


def test_a_parameter_without_a_gradient_stays():
    parameter = nn.Parameter(torch.ones(2, 2))
    Muon([parameter]).step()
    assert torch.equal(parameter, torch.ones(2, 2))


def test_standardized_weights_keep_the_variance_of_what_relu_lets_through():
    generator = torch.Generator().manual_seed(0)
    kernels = torch.rand(64, 32, 3, 3, generator=generator)
    standardize_weights(kernels)
    torch.testing.assert_close(kernels.mean((1, 2, 3)), torch.zeros(64), atol=1e-6, rtol=0)
    # Independent values, as ReLU lets them through, at every place of a window.
    values = torch.randn(20_000, 32 * 9, generator=generator).relu()
    answers = values @ kernels.flatten(1).T
    assert answers.var(dim=0).mean().item() == pytest.approx(1, abs=0.02)
    assert answers.mean(dim=0).abs().max().item() < 0.05  # the mean that ReLU leaves is not seen
    once = kernels.clone()
    standardize_weights(kernels)
    torch.testing.assert_close(kernels, once)


def test_each_step_may_end_with_standardized_weights_in_any_order_of_memory():
    def muon(standardized: bool):
        return lambda p: Muon([p], lr=0.1, weight_standardization=standardized)

    start, given = torch.randn(8, 4, 3, 3), gradients((8, 4, 3, 3), 3)
    free, bound = (after(muon(standardized), start, given[:1]) for standardized in (False, True))
    assert not torch.allclose(free, bound)
    standardize_weights(free)
    torch.testing.assert_close(free, bound)
    last = start.to(memory_format=torch.channels_last)
    torch.testing.assert_close(after(muon(True), last, given), after(muon(True), start, given))
