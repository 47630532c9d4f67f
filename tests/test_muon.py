"""Plain groups take SGD's step; orthogonal ones a step of equal strength in every direction."""

import pytest
import torch
from torch import nn

from alexnet_lib.experiments.muon import Muon, MuonAdam, bind_filters, orthogonalize


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


def test_plain_groups_are_sgd_with_nesterov_momentum():
    start, given = torch.ones(5, 3), gradients((5, 3))
    ours = after(lambda p: Muon([p], lr=0.1, momentum=0.8, weight_decay=0.01), start, given)
    sgd = {"lr": 0.1, "momentum": 0.8, "weight_decay": 0.01, "nesterov": True}
    torch.testing.assert_close(ours, after(lambda p: torch.optim.SGD([p], **sgd), start, given))


def test_plain_groups_may_be_adams_instead():
    start, given = torch.ones(5, 3), gradients((5, 3))
    ours = after(lambda p: MuonAdam([p], lr=0.1, weight_decay=0.01), start, given)
    adam = after(lambda p: torch.optim.AdamW([p], lr=0.1, weight_decay=0.01), start, given)
    torch.testing.assert_close(ours, adam)
    group = {"lr": 0.1, "momentum": 0.8, "weight_decay": 0.01, "orthogonal": True}
    both = [
        after(lambda p, kind=kind: kind([{"params": [p], **group}]), start, given)
        for kind in (Muon, MuonAdam)
    ]
    torch.testing.assert_close(*both)


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="torch.optim.Muon came with torch 2.9")
@pytest.mark.parametrize("shape", [(6, 4), (4, 6)], ids=["tall", "wide"])
def test_orthogonal_groups_are_torchs_muon_to_the_precision_of_its_bfloat16(shape):
    start, given = torch.ones(shape), gradients(shape, 1)
    group = {"lr": 0.1, "momentum": 0.8, "weight_decay": 0.01, "orthogonal": True}
    ours = after(lambda p: Muon([{"params": [p], **group}]), start, given)
    # torch averages gradients where SGD sums them; after one step both point the same way.
    theirs = after(
        lambda p: torch.optim.Muon([p], lr=0.1, momentum=0.8, weight_decay=0.01), start, given
    )
    torch.testing.assert_close(ours, theirs, atol=3e-3, rtol=0)


def test_momentum_is_summed_over_steps():
    start, given = torch.zeros(4, 6), gradients((4, 6), 2)
    group = {"lr": 1.0, "momentum": 0.5, "weight_decay": 0.0, "orthogonal": True}
    velocity = 0.5 * given[0] + given[1]
    expected = -orthogonalize(given[0] + 0.5 * given[0]) - orthogonalize(given[1] + 0.5 * velocity)
    torch.testing.assert_close(after(lambda p: Muon([{"params": [p], **group}]), start, given), expected)


@pytest.mark.parametrize("shape", [(8, 3, 3, 3), (40, 2, 3, 3)], ids=["wide", "tall"])
def test_an_orthogonal_step_is_about_equally_strong_in_every_direction(shape):
    step = gradients(shape, 1)[0]
    step[0] *= 10  # one direction is much stronger than all others
    before = torch.linalg.svdvals(step.flatten(1))
    values = torch.linalg.svdvals(orthogonalize(step).flatten(1))
    rows, columns = step.flatten(1).shape
    values /= max(1, rows / columns) ** 0.5
    assert before.max() / before.min() > 5
    assert values.min() > 0.6 and values.max() < 1.3
    left, _, right = torch.linalg.svd(step.flatten(1), full_matrices=False)
    along = torch.linalg.svdvals(left.T @ orthogonalize(step).flatten(1) @ right.T)
    torch.testing.assert_close(along, torch.linalg.svdvals(orthogonalize(step).flatten(1)))


def test_one_optimizer_holds_both_kinds_and_is_kept_and_put_back():
    conv, linear = nn.Conv2d(2, 4, 3), nn.Linear(3, 2)
    groups = [{"params": [conv.weight], "orthogonal": True}, {"params": linear.parameters()}]
    optimizer = Muon(groups, lr=0.1)
    for parameter in (conv.weight, *linear.parameters()):
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    fresh = Muon(
        [{"params": [conv.weight], "orthogonal": True}, {"params": linear.parameters()}], lr=0.5
    )
    fresh.load_state_dict(optimizer.state_dict())
    assert [group["orthogonal"] for group in fresh.param_groups] == [True, False]
    assert fresh.param_groups[0]["lr"] == 0.1
    for parameter in (conv.weight, *linear.parameters()):
        torch.testing.assert_close(fresh.state[parameter]["momentum_buffer"], torch.ones_like(parameter))


def test_a_parameter_without_a_gradient_stays():
    parameter = nn.Parameter(torch.ones(2, 2))
    Muon([{"params": [parameter], "orthogonal": True}]).step()
    assert torch.equal(parameter, torch.ones(2, 2))


def test_a_closure_gives_both_kinds_of_step_their_gradients():
    def trained(with_closure: bool) -> list[torch.Tensor]:
        torch.manual_seed(0)
        conv, linear = nn.Conv2d(2, 4, 3), nn.Linear(3, 2)
        groups = [{"params": [conv.weight], "orthogonal": True}, {"params": linear.parameters()}]
        optimizer = Muon(groups, lr=0.1)

        def closure() -> torch.Tensor:
            optimizer.zero_grad()
            loss = conv.weight.square().sum() + linear.weight.square().sum()
            loss.backward()
            return loss

        for _ in range(2):
            loss = optimizer.step(closure) if with_closure else (closure(), optimizer.step())[0]
        return [loss.detach(), conv.weight.detach(), linear.weight.detach()]

    for ours, theirs in zip(trained(True), trained(False), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_bound_filters_keep_the_variance_of_what_relu_lets_through():
    generator = torch.Generator().manual_seed(0)
    kernels = torch.rand(64, 32, 3, 3, generator=generator)
    bind_filters(kernels)
    torch.testing.assert_close(kernels.mean((1, 2, 3)), torch.zeros(64), atol=1e-6, rtol=0)
    # Independent values, as ReLU lets them through, at every place of a window.
    values = torch.randn(20_000, 32 * 9, generator=generator).relu()
    answers = values @ kernels.flatten(1).T
    assert answers.var(dim=0).mean().item() == pytest.approx(1, abs=0.02)
    assert answers.mean(dim=0).abs().max().item() < 0.05  # the mean that ReLU leaves is not seen
    once = kernels.clone()
    bind_filters(kernels)
    torch.testing.assert_close(kernels, once)


def test_a_centred_group_ends_each_step_with_bound_filters_in_any_order_of_memory():
    start, given = torch.randn(8, 4, 3, 3), gradients((8, 4, 3, 3), 3)
    group = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.0, "orthogonal": True}
    free = after(lambda p: MuonAdam([{"params": [p], **group}]), start, given[:1])
    bound = after(lambda p: MuonAdam([{"params": [p], **group, "centred": True}]), start, given[:1])
    assert not torch.allclose(free, bound)
    bind_filters(free)
    torch.testing.assert_close(free, bound)
    last = start.to(memory_format=torch.channels_last)
    ours = after(lambda p: MuonAdam([{"params": [p], **group, "centred": True}]), last, given)
    theirs = after(lambda p: MuonAdam([{"params": [p], **group, "centred": True}]), start, given)
    torch.testing.assert_close(ours, theirs)


def test_orthogonalize_is_the_polynomial_of_the_singular_values():
    generator = torch.Generator().manual_seed(0)
    step = torch.randn(6, 10, generator=generator)
    left, values, right = torch.linalg.svd(step, full_matrices=False)
    values = values / values.norm()
    for _ in range(5):
        values = 3.4445 * values - 4.7750 * values**3 + 2.0315 * values**5
    torch.testing.assert_close(orthogonalize(step), left @ values.diag() @ right, atol=1e-4, rtol=0)
