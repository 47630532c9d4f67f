"""The layer table against torch's own flop counter, the paper's counts and hand formulas."""

import contextlib
import math

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from alexnet_lib import summary
from alexnet_lib.experiments.lrn import LocallyConnected2d
from alexnet_lib.models import AlexNet, AlexNet2012
from alexnet_lib.summary import LayerRow, layer_table
from tiny import on_meta


def grouped() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(4, 8, kernel_size=(3, 5), stride=2, padding=1, groups=2),
        nn.ReLU(),
        nn.Conv2d(8, 8, kernel_size=3, groups=8, bias=False),
        nn.Flatten(),
        nn.Linear(8 * 3 * 2, 5),
    )


CASES = {
    "AlexNet": (AlexNet, (3, 32, 32)),
    "AlexNet2012": (AlexNet2012, (3, 224, 224)),
    "grouped": (grouped, (4, 10, 10)),
}


def case(name: str) -> tuple[nn.Module, tuple[int, ...]]:
    """Return a network without values and the size of its input."""
    make, size = CASES[name]
    return on_meta(make), size


def torch_flops(model: nn.Module, input_size: tuple[int, ...]) -> list[int]:
    """Return what torch counts for each layer that multiplies, in the order of the modules."""
    counter = FlopCounterMode(display=False)
    with counter, torch.inference_mode():
        model.eval()(torch.zeros(1, *input_size, device="meta"))
    counts = counter.get_flop_counts()
    prefix = type(model).__name__
    return [
        sum(counts[f"{prefix}.{name}"].values())
        for name, layer in model.named_modules()
        if isinstance(layer, (nn.Conv2d, nn.Linear))
    ]


def assert_half_the_flops(name: str) -> None:
    model, size = case(name)
    macs = [row.macs for row in layer_table(model, size) if row.kind in ("Conv2d", "Linear")]
    assert [2 * count for count in macs] == torch_flops(model, size)


@pytest.mark.parametrize("name", CASES)
def test_torchs_flop_counter_gives_twice_the_macs_of_every_layer(name: str) -> None:
    assert_half_the_flops(name)


@pytest.mark.parametrize("name", ["AlexNet2012", "grouped"])
def test_a_count_that_ignores_groups_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_groups(layer: nn.Module, output_shape: tuple[int, ...]) -> int:
        if isinstance(layer, nn.Conv2d):
            return math.prod(output_shape) * layer.in_channels * math.prod(layer.kernel_size)
        return layer.in_features * layer.out_features if isinstance(layer, nn.Linear) else 0

    monkeypatch.setattr(summary, "multiply_accumulates", without_groups)
    with pytest.raises(AssertionError):
        assert_half_the_flops(name)


def test_a_grouped_convolution_matches_the_count_by_hand() -> None:
    first, _, depthwise, _, linear = layer_table(*case("grouped"))
    # 10x10 with padding 1, stride 2, kernel 3x5: 5x4; two input channels in each of two groups.
    assert first == LayerRow("Conv1", "Conv2d", (8, 5, 4), 8 * (2 * 15 + 1), 8 * 20 * 2 * 15, 4 * 8 * 20)
    assert depthwise == LayerRow("Conv2", "Conv2d", (8, 3, 2), 8 * 9, 8 * 6 * 9, 4 * 8 * 6)
    assert linear == LayerRow("FC1", "Linear", (5,), 5 * 49, 5 * 48, 4 * 5)


def test_layers_of_a_kind_are_numbered_and_hold_all_parameters_of_the_network() -> None:
    rows = layer_table(*case("AlexNet"))
    names = "Conv1 Pool1 Conv2 Pool2 Conv3 Conv4 Conv5 Pool3 FC1 FC2 FC3"
    assert [row.name for row in rows if row.kind in summary.SHORT_NAMES] == names.split()
    assert sum(row.parameters for row in rows) == 36_925_322


@pytest.mark.parametrize("size", [8, 7])
def test_the_model_is_left_as_it_was_after_a_wrong_size_too(size: int) -> None:
    layers = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(), nn.Flatten(), nn.Linear(144, 2)
    model = nn.Sequential(*layers).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(RuntimeError) if size == 7 else contextlib.nullcontext():
        layer_table(model, (3, size, size))
    assert model.training and model[2].training
    assert not any(layer._forward_hooks for layer in model.modules())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


class TwiceUsed(nn.Module):
    """A layer that is computed twice; its parameters are there once."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.scale = nn.Linear(4, 4), nn.Parameter(torch.ones(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(self.layer(x)) * self.scale


def test_parameters_of_a_layer_that_is_used_twice_count_once() -> None:
    model = TwiceUsed()
    rows = layer_table(model, (4,))
    assert sum(row.parameters for row in rows) == sum(parameter.numel() for parameter in model.parameters())
    assert [row.parameters for row in rows] == [20, 0, 4]
    assert [row.macs for row in rows] == [16, 16, 0]
    assert [row.activation_bytes for row in rows] == [16, 16, 0]


def test_locally_connected_layers_have_their_products() -> None:
    layer = LocallyConnected2d(2, 4, 3, size=6)
    assert [row.macs for row in layer_table(layer, (2, 6, 6))] == [36 * 9 * 2 * 4]
