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
from alexnet_lib.experiments import recipe, relu
from alexnet_lib.experiments.lrn import parameter_groups
from alexnet_lib.experiments.muon import MuonAdam
from alexnet_lib.experiments.recipe import Recipe
from alexnet_lib.training import fit
from tiny import assert_equal, tiny_loader, tiny_model, without_seconds

CPU = torch.device("cpu")


def of_recipe(**fields: object) -> Callable[[nn.Module], Optimizer]:
    recipe = Recipe(learning_rate=0.01, convolution_rate=0.02, weight_decay=0.01, **fields)
    return lambda model: recipe.make_optimizer(model, recipe)


def of_local_networks(model: nn.Module) -> Optimizer:
    groups = parameter_groups(model, learning_rate=0.01, weight_decay=0.01)
    return torch.optim.SGD(groups, 0.01, momentum=0.9, nesterov=True, fused=True)


OPTIMIZERS = {
    **{f"recipe {name}": of_recipe(optimizer=name) for name in recipe.OPTIMIZERS},
    "recipe muon_adam, centred": of_recipe(optimizer="muon_adam", filters="centred"),
    "fit's own": lambda model: torch.optim.Adam(model.parameters(), lr=0.01, fused=True),
    "of a race": lambda model: relu.make_optimizer(model, 0.01),
    "of chapter 12": of_local_networks,
}


@pytest.fixture(params=OPTIMIZERS)
def make_optimizer(request) -> Callable[[nn.Module], Optimizer]:
    return OPTIMIZERS[request.param]


def trained(
    make_optimizer: Callable, epochs: int, dtype: torch.dtype, output: Path | None = None
) -> tuple[dict, list[dict]]:
    """Train from the same start; return weights, the optimizer's state, and the history."""
    model, loader = tiny_model(), tiny_loader()
    optimizer = make_optimizer(model)
    scheduler = LambdaLR(optimizer, lambda step: 0.9**step)
    torch.manual_seed(1)
    history = fit(
        model, loader, epochs=epochs, optimizer=optimizer, scheduler=scheduler, schedule_steps=True,
        device="cpu", dtype=dtype, output=output,
    )  # fmt: skip
    return {"model": model.state_dict(), "optimizer": optimizer.state_dict()}, without_seconds(history)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16], ids=["float32", "float16"])
def test_a_resumed_training_ends_bit_for_bit_as_an_uninterrupted_one(tmp_path, make_optimizer, dtype):
    expected, history = trained(make_optimizer, 3, dtype)
    trained(make_optimizer, 1, dtype, tmp_path)
    state, again = trained(make_optimizer, 3, dtype, tmp_path)
    assert again == history
    assert_equal(state, expected)


def one_step(model: nn.Module, optimizer: Optimizer, dtype: torch.dtype, factor: float = 1.0) -> None:
    """Take a step down a loss that is multiplied by a factor."""
    precision = Precision(CPU, dtype)
    with precision.autocast():
        loss = model(torch.ones(4, 3, 32, 32)).float().square().mean() * factor
    optimizer.zero_grad()
    precision.step(loss, optimizer)


def overflow(make_optimizer: Callable) -> tuple[dict, dict]:
    """Take a good step, then one whose gradients are not finite in float16; return the state after each."""
    model = tiny_model().eval()
    optimizer = make_optimizer(model)
    states = []
    for factor in (1.0, 1e30):
        one_step(model, optimizer, torch.float16, factor)
        states.append(copy.deepcopy({"model": model.state_dict(), "state": optimizer.state_dict()["state"]}))
    return states[0], states[1]


def test_a_step_whose_gradients_overflow_changes_neither_weights_nor_state(make_optimizer):
    before, after = overflow(make_optimizer)
    assert_equal(after, before)
    start = tiny_model().state_dict()
    assert not torch.equal(before["model"]["features.0.weight"], start["features.0.weight"])


class Trusted(MuonAdam):
    """As it was: GradScaler left the scale and the overflow to it."""

    def complete_groups(self) -> None:
        super().complete_groups()
        self._step_supports_amp_scaling = True


def test_an_optimizer_that_is_trusted_with_the_scale_would_be_noticed(monkeypatch):
    monkeypatch.setattr(recipe, "MuonAdam", Trusted)
    before, after = overflow(of_recipe(optimizer="muon_adam"))
    with pytest.raises(AssertionError):
        assert_equal(after, before)
    assert after["model"]["features.0.weight"].isnan().any()


def momentum_after_a_step(make_optimizer: Callable, dtype: torch.dtype) -> torch.Tensor:
    model = tiny_model().eval()
    optimizer = make_optimizer(model)
    one_step(model, optimizer, dtype)
    return optimizer.state[model.features[0].weight]["momentum_buffer"]


@pytest.mark.parametrize("name", ["muon", "muon_adam"])
def test_momentum_is_that_of_gradients_without_the_losss_scale(name, monkeypatch):
    exact = momentum_after_a_step(of_recipe(optimizer=name), torch.float32)
    scaled = momentum_after_a_step(of_recipe(optimizer=name), torch.float16)
    torch.testing.assert_close(scaled, exact, rtol=0.02, atol=1e-3 * exact.abs().max().item())
    monkeypatch.setattr(recipe, "MuonAdam", Trusted)
    broken = momentum_after_a_step(of_recipe(optimizer="muon_adam"), torch.float16)
    assert broken.norm() / exact.norm() == pytest.approx(FIRST_SCALE, rel=0.02)


def test_a_state_of_an_older_muon_adam_is_refused_in_a_sentence(tmp_path):
    """It lacks what Adam asks for, and was never readable."""
    trained(OPTIMIZERS["recipe muon_adam"], 1, torch.float32, tmp_path)
    path = tmp_path / "epoch-001.pt"
    checkpoint = torch.load(path, weights_only=True)
    for state in checkpoint["optimizer"]["state"].values():
        if "momentum_buffer" in state:
            del state["step"]
    torch.save(checkpoint, path)
    with pytest.raises(Exception) as caught:
        trained(OPTIMIZERS["recipe muon_adam"], 2, torch.float32, tmp_path)
    assert getattr(caught.value, "name", None) == "checkpoint_shape"
