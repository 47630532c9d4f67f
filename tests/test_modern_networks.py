"""The newer networks: counted as torchvision counts them, fitted to 32x32, timed side by side."""

import time

import pytest
import torch
from torch import nn
from torchvision import models

from alexnet_lib.experiments.transfer import (
    PUBLISHED,
    efficientnet_b0_32,
    published_networks,
    resnet18_32,
    spatial_sizes,
    step_seconds,
    vgg16_32,
)
from alexnet_lib.summary import layer_table

AS_PUBLISHED = {
    vgg16_32: models.vgg16, resnet18_32: models.resnet18, efficientnet_b0_32: models.efficientnet_b0,
}


def test_parameters_and_work_are_those_torchvision_publishes():
    for network in published_networks():
        meta = PUBLISHED[network.name][1].meta
        assert network.parameters == meta["num_params"]
        assert network.macs / 1e9 == pytest.approx(meta["_ops"], abs=5e-4)


def test_scores_are_percentages_of_the_weights_that_belong_to_the_network():
    scores = {network.name: network.top1_accuracy for network in published_networks()}
    assert list(scores) == ["AlexNet", "VGG-16", "ResNet-18", "EfficientNet-B0"]
    for name, (build, weights) in PUBLISHED.items():
        assert models.get_model_weights(build).IMAGENET1K_V1 is weights
        assert 50 < scores[name] < 100


@pytest.mark.parametrize(
    ("build", "parameters"),
    [
        # By hand: torchvision's count for ten classes, less the layer replaced, plus the new one.
        (vgg16_32, 134_301_514 - 4096 * 49 * 512 + 4096 * 512),
        (resnet18_32, 11_181_642 - 64 * 3 * 49 + 64 * 3 * 9),
        (efficientnet_b0_32, 4_020_358),
    ],
)
def test_a_fitted_network_differs_by_the_replaced_layer_alone(build, parameters):
    with torch.device("meta"):
        fitted, published = build(), AS_PUBLISHED[build](num_classes=10)
    assert sum(weights.numel() for weights in fitted.parameters()) == parameters
    ours, theirs = (
        {name: weights.shape for name, weights in model.state_dict().items()} for model in (fitted, published)
    )
    changed = {name for name in ours if ours[name] != theirs[name]}
    assert ours.keys() == theirs.keys() and len(changed) <= 1


def test_a_fitted_network_answers_32x32_images_with_one_score_a_class():
    for build in (resnet18_32, efficientnet_b0_32):
        assert build(num_classes=7).eval()(torch.zeros(2, 3, 32, 32)).shape == (2, 7)
    with torch.device("meta"):  # VGG-16 as shapes alone: its weights would take seconds
        assert vgg16_32(num_classes=7)(torch.zeros(2, 3, 32, 32)).shape == (2, 7)


def test_vgg_fitted_computes_what_the_published_one_does_with_its_copies():
    """The published first layer sees 49 copies of each of 512 values; its weights on them add up."""
    torch.manual_seed(0)
    image = torch.randn(2, 512, 1, 1)
    published, fitted = nn.Linear(512 * 49, 5), nn.Linear(512, 5)
    fitted.weight.data = published.weight.data.view(5, 512, 49).sum(dim=2)
    fitted.bias.data = published.bias.data
    copies = nn.AdaptiveAvgPool2d((7, 7))(image).flatten(1)
    assert torch.allclose(fitted(image.flatten(1)), published(copies), atol=1e-5)


@pytest.mark.parametrize(
    ("build", "fitted", "published"),
    [
        (vgg16_32, [32, 16, 8, 4, 2, 1], [32, 16, 8, 4, 2, 1]),
        (resnet18_32, [32, 16, 8, 4], [32, 16, 8, 4, 2, 1]),
        (efficientnet_b0_32, [32, 16, 8, 4, 2], [32, 16, 8, 4, 2, 1]),
    ],
)
def test_spatial_sizes_follow_the_main_path(build, fitted, published):
    with torch.device("meta"):
        assert spatial_sizes(build()) == fitted
        assert spatial_sizes(AS_PUBLISHED[build]()) == published


class Sleeper(nn.Module):
    """A network that takes the time it is given, the first time ten times as long."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds, self.calls = seconds, 0
        self.layer = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        time.sleep(self.seconds * (10 if self.calls == 1 else 1))
        return self.layer(x)


def test_a_step_is_timed_in_turns_and_the_first_turn_does_not_count():
    networks = {"slow": Sleeper(0.02), "fast": Sleeper(0.0)}
    threads = torch.get_num_threads()
    seconds = step_seconds(networks, torch.randn(3, 4), torch.tensor([0, 1, 0]), rounds=3, device="cpu")
    assert [model.calls for model in networks.values()] == [4, 4]
    assert seconds["slow"] >= 0.02
    assert seconds["fast"] < seconds["slow"]
    assert torch.get_num_threads() == threads


def test_a_timed_step_goes_forward_and_backward():
    model = Sleeper(0.0)
    step_seconds({"model": model}, torch.randn(3, 4), torch.tensor([0, 1, 0]), rounds=1, device="cpu")
    assert model.training and model.layer.weight.grad.abs().sum() > 0


def test_the_work_of_a_fitted_network_grows_with_the_sizes_it_keeps():
    with torch.device("meta"):
        fitted, published = (
            sum(row.macs for row in layer_table(build())) for build in (resnet18_32, models.resnet18)
        )
    assert 10 < fitted / published < 20  # sixteen times the positions, but for the first layer
