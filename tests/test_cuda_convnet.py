"""The networks of the two files: their parameters, their places for LRN, their scale, their rates."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from alexnet_lib.experiments.lrn import LocallyConnected2d, LocalNetwork, LocalRecipe
from alexnet_lib.language import BookError
from alexnet_lib.records import fact

COUNTS = {
    ("none", 32): 1_116_490, ("lrn", 32): 1_116_490, ("none", 64): 2_112_970, ("lrn", 64): 2_112_970,
    ("batch", 32): 1_116_490 + 256,
}  # fmt: skip


def parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(("cell", "count"), COUNTS.items())
def test_parameters_are_those_of_the_files(cell, count):
    assert parameters(LocalNetwork(*cell)) == count


def test_the_facts_are_what_the_shapes_give():
    for file, normalization in (("local13", "none"), ("local11", "lrn")):
        assert fact(f"{file}_parameters") == parameters(LocalNetwork(normalization, fact(f"{file}_maps")))
    by_hand = 64 * (75 + 1) + 64 * (1600 + 1) + 36 * 32 * (576 + 1) + 36 * 32 * (288 + 1) + 10 * (1152 + 1)
    assert fact("local13_parameters") == by_hand


def test_shared_weights_would_give_another_count():
    model = LocalNetwork()
    tied = sum(layer.weight[0].numel() for layer in model.modules() if isinstance(layer, LocallyConnected2d))
    assert parameters(model) - 36 * tied + tied < 200_000


def test_pooling_rounds_up_to_12_and_6():
    model, sizes = LocalNetwork("lrn"), []
    for name, layer in model.features.named_children():
        if name.startswith(("pool", "local")):
            layer.register_forward_hook(lambda _, __, out: sizes.append(tuple(out.shape[1:])))
    assert model(torch.zeros(2, 3, 24, 24)).shape == (2, 10)
    assert sizes == [(64, 12, 12), (64, 6, 6), (32, 6, 6), (32, 6, 6)]


@pytest.mark.parametrize("normalization", ["lrn", "batch"])
def test_normalization_stands_behind_the_first_pooling_and_before_the_second(normalization):
    names = [name for name, _ in LocalNetwork(normalization).features.named_children()]
    assert names == [
        "conv1", "relu1", "pool1", "norm1", "conv2", "relu2", "norm2", "pool2", "local3", "relu3", "local4",
        "relu4",
    ]  # fmt: skip
    plain = [name for name, _ in LocalNetwork("none").features.named_children()]
    assert plain == [name for name in names if not name.startswith("norm")]


def test_the_network_is_the_files_layers_one_after_another():
    """With torch's own LRN and the constants as the file has them, on pixels of 0 to 255."""
    torch.manual_seed(0)
    model = LocalNetwork("lrn", width=64, pixel_unit=1)
    model.initialize()
    part = model.features
    images = 60 * torch.randn(2, 3, 24, 24)
    lrn = nn.LocalResponseNorm(9, alpha=0.001, beta=0.75, k=1)
    x = functional.relu(part.conv1(images))
    x = lrn(functional.max_pool2d(x, 3, 2, ceil_mode=True))
    x = lrn(functional.relu(part.conv2(x)))
    x = functional.max_pool2d(x, 3, 2, ceil_mode=True)
    x = functional.relu(part.local4(functional.relu(part.local3(x))))
    torch.testing.assert_close(model(images), model.classifier(x.flatten(1)))


def scaled_pair(unit: float, given: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the scores on pixels, and those on pixels divided by a unit, times that unit."""
    torch.manual_seed(0)
    raw, scaled = LocalNetwork("lrn", pixel_unit=1), LocalNetwork("lrn", pixel_unit=given)
    raw.initialize()
    for layer in raw.modules():
        if getattr(layer, "bias", None) is not None:
            nn.init.normal_(layer.bias)
    weights = {key: value / unit if "bias" in key else value for key, value in raw.state_dict().items()}
    scaled.load_state_dict(weights)
    images = 60 * torch.randn(2, 3, 24, 24)
    with torch.no_grad():
        return raw(images), unit * scaled(images / unit)


def test_pixels_in_another_unit_change_nothing_if_alpha_goes_with_its_square():
    torch.testing.assert_close(*scaled_pair(unit=64, given=64), rtol=1e-4, atol=1e-4)


def test_pixels_in_another_unit_with_the_same_alpha_are_another_network():
    ours, theirs = scaled_pair(unit=64, given=1)
    assert (ours - theirs).abs().max() > 0.1 * ours.abs().max()


def test_first_weights_keep_the_signal_and_the_last_layer_starts_near_equal_chances():
    torch.manual_seed(0)
    model = LocalNetwork("none", width=64)
    model.initialize()
    for name, inputs in (("conv1", 75), ("conv2", 1600), ("local3", 576), ("local4", 576)):
        layer = getattr(model.features, name)
        assert layer.weight.std().item() == pytest.approx((2 / inputs) ** 0.5, rel=0.05)
        assert not layer.bias.any()
    assert model.classifier.weight.std().item() == pytest.approx(0.01, rel=0.05)
    loss = functional.cross_entropy(model(torch.randn(64, 3, 24, 24)), torch.arange(64) % 10)
    assert loss.item() == pytest.approx(fact("ln_10"), abs=0.3)


@pytest.mark.parametrize("unit", [1, 64])
def test_the_files_start_has_its_deviations_and_the_unit_of_the_pixels_in_the_first_layer(unit):
    torch.manual_seed(0)
    model = LocalNetwork("lrn", width=64, pixel_unit=unit)
    model.initialize("file")
    layers = {name: getattr(model.features, name) for name in ("conv1", "conv2", "local3", "local4")}
    for name, layer in (layers | {"fc10": model.classifier}).items():
        deviation = fact(f"local_initial_std_{name}") * (unit if name == "conv1" else 1)
        assert layer.weight.std().item() == pytest.approx(deviation, rel=0.05), name
        assert not layer.bias.any(), name


def started_from_the_file(normalization: str, unit: float, of_alpha: float) -> tuple[torch.Tensor, ...]:
    """Return what the first layer and the network answer to pixels in a unit, from one seed."""
    torch.manual_seed(0)
    model = LocalNetwork(normalization, pixel_unit=of_alpha)
    model.pixel_unit = unit
    model.initialize("file")
    images = 60 * torch.randn(2, 3, 24, 24, generator=torch.Generator().manual_seed(1)) / unit
    with torch.no_grad():
        return model.features.conv1(images), model(images)


# The first layer undoes the unit: what follows is in levels of a pixel, for which the file's alpha is meant.
@pytest.mark.parametrize("normalization", ["none", "lrn"])
def test_from_the_files_start_pixels_in_another_unit_get_the_same_answers(normalization):
    raw = started_from_the_file(normalization, unit=1, of_alpha=1)
    for ours, theirs in zip(started_from_the_file(normalization, unit=64, of_alpha=1), raw, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=0)


def test_from_the_files_start_an_alpha_that_is_converted_too_makes_lrn_stronger():
    first, scores = started_from_the_file("lrn", unit=64, of_alpha=64)
    of_file = started_from_the_file("lrn", unit=1, of_alpha=1)
    torch.testing.assert_close(first, of_file[0], rtol=1e-4, atol=0)
    assert scores.abs().sum() < 0.99 * of_file[1].abs().sum()


def test_an_unknown_start_is_named():
    with pytest.raises(BookError, match="xavier") as error:
        LocalNetwork().initialize("xavier")
    assert error.value.name == "unknown_choice"


@pytest.mark.parametrize("normalization", ["none", "lrn", "batch"])
def test_biases_learn_at_twice_the_rate_and_only_the_upper_layers_decay(normalization):
    model = LocalNetwork(normalization)
    (optimizer,) = LocalRecipe(learning_rate=0.1, weight_decay=0.004).make_optimizers(model)
    groups = optimizer.param_groups
    settings = {id(p): (group["lr"], group["weight_decay"]) for group in groups for p in group["params"]}
    assert len(settings) == sum(len(group["params"]) for group in groups)
    for name, parameter in model.named_parameters():
        decays = "weight" in name and name.split(".")[-2] in ("local3", "local4", "classifier")
        assert settings[id(parameter)] == (0.2 if "bias" in name else 0.1, 0.004 if decays else 0), name


def test_an_unknown_normalization_is_named():
    with pytest.raises(BookError, match="layer") as error:
        LocalNetwork("layer")
    assert error.value.name == "unknown_choice"


def test_inputs_in_another_unit_walk_the_same_path_with_weights_and_rates_to_match():
    """Inputs s times smaller: weights s times larger, and a rate for them larger by the square of s."""
    torch.manual_seed(0)
    then, now, unit = nn.Linear(6, 2), nn.Linear(6, 2), 64
    with torch.no_grad():
        now.weight.copy_(unit * then.weight)
        now.bias.copy_(then.bias)
    old = torch.optim.SGD(then.parameters(), lr=1e-5, momentum=0.9)
    rates = [{"params": now.weight, "lr": 1e-5 * unit**2}, {"params": now.bias, "lr": 1e-5}]
    new = torch.optim.SGD(rates, momentum=0.9)
    for _ in range(5):
        values, wanted = 64 * torch.randn(4, 6), torch.randn(4, 2)
        for layer, optimizer, scale in ((then, old, 1), (now, new, unit)):
            optimizer.zero_grad()
            (layer(values / scale) - wanted).square().mean().backward()
            optimizer.step()
    torch.testing.assert_close(now.weight, unit * then.weight, rtol=1e-4, atol=1e-4)
