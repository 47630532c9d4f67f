"""The four-layer network is what the chapter says of it, and starts as each of its formulas has it."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from alexnet_lib.experiments.recipe import initialize
from alexnet_lib.experiments.relu import ACTIVATIONS, VARIANTS, FourLayerNet
from alexnet_lib.language import BookError
from alexnet_lib.records import fact, facts
from alexnet_lib.summary import layer_table


def network(activation: str = "relu", variant: int = 1, seed: int = 0) -> FourLayerNet:
    torch.manual_seed(seed)
    model = FourLayerNet(activation, variant)
    initialize(model, "kaiming")
    return model


@pytest.mark.parametrize("variant", VARIANTS)
def test_there_are_four_layers_with_weights(variant):
    layers = [layer for layer in network(variant=variant).modules() if hasattr(layer, "weight")]
    assert [type(layer) for layer in layers] == [nn.Conv2d] * 3 + [nn.Linear]
    assert network(variant=variant)(torch.zeros(2, 3, 32, 32)).shape == (2, 10)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_network_is_the_one_written_out_by_hand(activation):
    model = network(activation)
    formulas = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "gelu": functional.gelu}
    images = torch.randn(4, 3, 32, 32)
    values = images
    for conv in (model.features[0], model.features[3], model.features[6]):
        values = functional.conv2d(values, conv.weight, conv.bias, padding=2)
        values = functional.max_pool2d(functional.pad(values, (0, 1, 0, 1), value=-math.inf), 3, stride=2)
        values = formulas[activation](values)
    expected = values.reshape(4, -1) @ model.classifier.weight.T + model.classifier.bias
    torch.testing.assert_close(model(images), expected)


def test_behind_max_pooling_a_rising_activation_may_change_places_with_it_and_gelu_may_not():
    values = 3 * torch.randn(2, 4, 8, 8)
    pooling = nn.MaxPool2d(3, stride=2, ceil_mode=True)
    for name, activation in ACTIVATIONS.items():
        same = torch.equal(pooling(activation()(values)), activation()(pooling(values)))
        assert same == (name != "gelu")


def test_networks_of_one_seed_differ_in_nothing_but_the_activation():
    relu, tanh, other = network(), network("tanh"), network(seed=1)
    assert all(torch.equal(a, b) for a, b in zip(relu.parameters(), tanh.parameters(), strict=True))
    assert not torch.equal(next(relu.parameters()), next(other.parameters()))


def test_the_two_variants_differ_in_what_the_paper_leaves_open():
    rows = {variant: layer_table(network(variant=variant)) for variant in VARIANTS}
    parameters = {variant: sum(row.parameters for row in table) for variant, table in rows.items()}
    assert parameters == {1: 89_578, 2: 66_570}


def spread(initialization: str, layer: str) -> float:
    """Return the standard deviation of the first weights; of many networks, so that it is precise."""
    drawn = []
    for seed in range(30):
        torch.manual_seed(seed)
        model = FourLayerNet()
        initialize(model, initialization)
        drawn.append(model.get_parameter(f"{layer}.weight").detach().flatten())
        assert not model.get_parameter(f"{layer}.bias").any()
    return torch.cat(drawn).std().item()


# Conv2 has 32 maps of 5 x 5 inputs and as many outputs; the classifier 1,024 inputs and 10 outputs.
@pytest.mark.parametrize(
    ("initialization", "layer", "expected"),
    [
        ("kaiming", "features.3", math.sqrt(2 / 800)),
        ("kaiming", "classifier", math.sqrt(2 / 1024)),
        ("xavier", "features.3", math.sqrt(2 / 1600)),
        ("xavier", "classifier", math.sqrt(2 / 1034)),
        ("normal", "features.3", 0.01),
        ("normal", "classifier", 0.01),
    ],
)
def test_first_weights_have_the_spread_of_their_formula(initialization, layer, expected):
    assert spread(initialization, layer) == pytest.approx(expected, rel=0.01)


def test_the_spreads_are_told_apart():
    """A broken twin: the formula of another start does not fit."""
    assert spread("xavier", "features.3") != pytest.approx(math.sqrt(2 / 800), rel=0.01)


def test_the_small_start_is_the_papers():
    assert fact("paper_initial_std") == 0.01


@pytest.mark.parametrize(
    "build",
    [
        lambda: FourLayerNet("swish"),
        lambda: FourLayerNet(variant=3),
        lambda: initialize(FourLayerNet(), "lecun"),
    ],
)
def test_an_unknown_choice_is_refused_with_the_known_ones(build):
    with pytest.raises(BookError, match=r"relu|1, 2|kaiming, xavier"):
        build()


def test_the_papers_claim_is_a_cited_fact():
    assert (fact("relu_factor"), fact("relu_training_error")) == (6, 25)
    assert facts()["relu_factor"]["source"] == "krizhevsky2012"
