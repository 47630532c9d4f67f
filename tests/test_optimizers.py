"""Every optimizer that the book trains with can be resumed, and gradients that overflow do not reach it."""

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from alexnet_lib.devices import FIRST_SCALE, Precision
from alexnet_lib.experiments.lrn import LocalNetwork, LocalRecipe
from alexnet_lib.experiments.muon import Muon
from alexnet_lib.experiments.recipe import OPTIMIZERS as NAMES
from alexnet_lib.experiments.recipe import Recipe
from alexnet_lib.experiments.relu import RaceRecipe
from alexnet_lib.training import fit
from tiny import assert_equal, tiny_loader, tiny_model, without_seconds

CPU = torch.device("cpu")


def of_recipe(**fields: object) -> Callable[[nn.Module], list[Optimizer]]:
    return Recipe(learning_rate=0.01, muon_learning_rate=0.02, weight_decay=0.01, **fields).make_optimizers


OPTIMIZERS = {
    **{f"recipe {name}": of_recipe(optimizer=name) for name in NAMES},
    "recipe muon_adam, standardized": of_recipe(optimizer="muon_adam", weight_standardization=True),
    "fit's own": lambda model: [torch.optim.Adam(model.parameters(), lr=0.01, fused=True)],
    "of a race": RaceRecipe(learning_rate=0.01).make_optimizers,
    "of chapter 12": LocalRecipe(learning_rate=0.01, weight_decay=0.01).make_optimizers,
}


@pytest.fixture(params=OPTIMIZERS)
def make_optimizers(request) -> Callable[[nn.Module], list[Optimizer]]:
    return OPTIMIZERS[request.param]


def trained(
    make_optimizers: Callable, epochs: int, dtype: torch.dtype, output: Path | None = None
) -> tuple[dict, list[dict]]:
    """Train from the same start; return weights, the optimizers' states, and the history."""
    model, loader = tiny_model(), tiny_loader()
    optimizers = make_optimizers(model)
    schedulers = [LambdaLR(optimizer, lambda step: 0.9**step) for optimizer in optimizers]
    torch.manual_seed(1)
    history = fit(
        model, loader, epochs=epochs, optimizer=optimizers, scheduler=schedulers, schedule_steps=True,
        device="cpu", dtype=dtype, output=output,
    )  # fmt: skip
    states = [optimizer.state_dict() for optimizer in optimizers]
    return {"model": model.state_dict(), "optimizers": states}, without_seconds(history)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16], ids=["float32", "float16"])
def test_a_resumed_training_ends_bit_for_bit_as_an_uninterrupted_one(tmp_path, make_optimizers, dtype):
    expected, history = trained(make_optimizers, 3, dtype)
    trained(make_optimizers, 1, dtype, tmp_path)
    state, again = trained(make_optimizers, 3, dtype, tmp_path)
    assert again == history
    assert_equal(state, expected)


def one_step(model: nn.Module, optimizers: list[Optimizer], dtype: torch.dtype, factor: float = 1.0) -> None:
    """Take a step down a loss that is multiplied by a factor."""
    precision = Precision(CPU, dtype)
    with precision.autocast():
        loss = model(torch.ones(4, 3, 32, 32)).float().square().mean() * factor
    model.zero_grad()
    precision.step(loss, optimizers)


def overflow(make_optimizers: Callable) -> tuple[dict, dict]:
    """Take a good step, then one whose gradients are not finite in float16; return the state after each."""
    model = tiny_model().eval()
    optimizers = make_optimizers(model)
    states = []
    for factor in (1.0, 1e30):
        one_step(model, optimizers, torch.float16, factor)
        kept = [optimizer.state_dict()["state"] for optimizer in optimizers]
        states.append(copy.deepcopy({"model": model.state_dict(), "states": kept}))
    return states[0], states[1]


def test_a_step_whose_gradients_overflow_changes_neither_weights_nor_state(make_optimizers):
    before, after = overflow(make_optimizers)
    assert_equal(after, before)
    start = tiny_model().state_dict()
    assert not torch.equal(before["model"]["features.0.weight"], start["features.0.weight"])


class Trusted(Muon):
    """GradScaler leaves the scale and the overflow to it, as to a fused optimizer."""

    _step_supports_amp_scaling = True


def of_trusted(model: nn.Module) -> list[Optimizer]:
    kernels = [model.features[0].weight]
    return [Trusted(kernels, 0.02), torch.optim.AdamW(model.classifier.parameters(), 0.01)]


def test_an_optimizer_that_is_trusted_with_the_scale_would_be_noticed():
    before, after = overflow(of_trusted)
    with pytest.raises(AssertionError):
        assert_equal(after, before)
    assert after["model"]["features.0.weight"].isnan().any()


def momentum_after_a_step(make_optimizers: Callable, dtype: torch.dtype) -> torch.Tensor:
    model = tiny_model().eval()
    muon, plain = make_optimizers(model)
    one_step(model, [muon, plain], dtype)
    return muon.state[model.features[0].weight]["momentum_buffer"]


@pytest.mark.parametrize("name", ["muon", "muon_adam"])
def test_momentum_is_that_of_gradients_without_the_losss_scale(name):
    exact = momentum_after_a_step(of_recipe(optimizer=name), torch.float32)
    scaled = momentum_after_a_step(of_recipe(optimizer=name), torch.float16)
    torch.testing.assert_close(scaled, exact, rtol=0.02, atol=1e-3 * exact.abs().max().item())
    broken = momentum_after_a_step(of_trusted, torch.float16)
    assert broken.norm() / exact.norm() == pytest.approx(FIRST_SCALE, rel=0.02)


@pytest.mark.parametrize("normalization", ["none", "lrn", "batch"])
def test_the_optimizers_of_an_experiment_hold_every_parameter_once(normalization):
    model = LocalNetwork(normalization)
    for recipe in (LocalRecipe(), RaceRecipe(learning_rate=0.1), Recipe(optimizer="muon_adam")):
        groups = [group for optimizer in recipe.make_optimizers(model) for group in optimizer.param_groups]
        held = [id(parameter) for group in groups for parameter in group["params"]]
        assert sorted(held) == sorted(map(id, model.parameters()))
