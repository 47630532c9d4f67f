"""How much a network's outputs differ from image to image, layer by layer."""

import numpy as np
import pytest
import torch
from torch import nn

from alexnet_lib.experiments.ladder import signal_by_layer
from alexnet_lib.experiments.modern_alexnet import NormalizedAlexNet
from alexnet_lib.experiments.recipe import initialize


class SmallNet(nn.Module):
    """Two convolutions and a fully connected layer, with dropout and biases."""

    def __init__(self):
        super().__init__()
        layers = nn.Conv2d(3, 5, 3), nn.ReLU(inplace=True), nn.Conv2d(5, 4, 3), nn.ReLU()
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(0.5), nn.Linear(4 * 4 * 4, 6))

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


@pytest.fixture
def model():
    torch.manual_seed(0)
    return SmallNet()


IMAGES = torch.randn(7, 3, 8, 8, generator=torch.Generator().manual_seed(1))


def by_hand(values):
    """Return the root of the mean variance over images, value by value in NumPy."""
    columns = values.detach().numpy().reshape(len(values), -1)
    return np.sqrt(np.mean([np.var(column, ddof=1) for column in columns.T]))


def test_the_signal_is_what_differs_over_images_before_the_activation(model):
    signal = signal_by_layer(model, IMAGES)
    first = model.features[0](IMAGES)
    second = model.features[2](torch.relu(first))
    last = model.classifier[1](torch.relu(second).flatten(1))
    wanted = {"Conv1": by_hand(first), "Conv2": by_hand(second), "FC1": by_hand(last)}
    assert list(signal) == list(wanted)
    assert signal == pytest.approx(wanted, rel=1e-5)
    # Behind ReLU there is less of it: a hook in the wrong place would be noticed.
    assert signal["Conv1"] != pytest.approx(by_hand(torch.relu(first)), rel=0.1)


def test_a_bias_is_no_signal(model):
    before = signal_by_layer(model, IMAGES)["Conv1"]
    nn.init.constant_(model.features[0].bias, 100)
    model.features[0].bias.data[0] = -100
    assert signal_by_layer(model, IMAGES)["Conv1"] == pytest.approx(before, rel=1e-3)
    assert model.features[0](IMAGES).std().item() > 50  # the deviation over all values would follow it


def test_the_same_image_again_and_again_is_no_signal(model):
    signal = signal_by_layer(model, IMAGES[:1].repeat(4, 1, 1, 1))
    assert max(signal.values()) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_left_as_it_was(model, training):
    model.train(training)
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    first = signal_by_layer(model, IMAGES)
    assert signal_by_layer(model, IMAGES) == first  # dropout would make the two differ
    assert model.training == training
    assert not any(layer._forward_hooks for layer in model.modules())
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())


def test_hooks_are_gone_even_if_the_images_do_not_fit(model):
    with pytest.raises(RuntimeError):
        signal_by_layer(model, IMAGES[:, :1])
    assert not any(layer._forward_hooks for layer in model.modules())


def test_kaiming_keeps_more_of_the_signal_than_torch(model):
    kept = {}
    for start in ("torch", "kaiming"):
        torch.manual_seed(0)
        layers = [layer for _ in range(6) for layer in (nn.Linear(64, 64), nn.ReLU())]
        deep = nn.Sequential(nn.Flatten(), nn.Linear(192, 64), nn.ReLU(), *layers)
        initialize(deep, start)
        signal = signal_by_layer(deep, IMAGES)
        kept[start] = signal["FC7"] / signal["FC1"]
    assert kept["torch"] < 0.05 < 0.2 < kept["kaiming"]


def test_networks_of_the_ladder_have_five_convolutions_and_three_other_layers():
    narrow = type("Narrow", (NormalizedAlexNet,), {"widths": (4, 4, 4, 4, 4), "hidden": 8})()
    names = list(signal_by_layer(narrow, torch.randn(2, 3, 32, 32)))
    assert names == ["Conv1", "Conv2", "Conv3", "Conv4", "Conv5", "FC1", "FC2", "FC3"]
