"""Still an AlexNet to the eye: five convolutions and three fully connected layers, pooled in its places."""

import itertools

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from alexnet_lib.errors import BookError
from alexnet_lib.modern_alexnet import ModernAlexNet, NormalizedAlexNet
from alexnet_lib.networks import AlexNet
from alexnet_lib.runs import network_class
from alexnet_lib.views import AveragedViews

NETWORKS = [NormalizedAlexNet, ModernAlexNet]


def shapes(model: nn.Module, kind: type[nn.Module]) -> list[tuple[int, ...]]:
    """Return what comes out of each layer of a kind."""
    found = []
    for layer in model.modules():
        if isinstance(layer, kind):
            layer.register_forward_hook(lambda layer, inputs, output: found.append(tuple(output.shape[1:])))
    model.eval()(torch.zeros(1, 3, 32, 32))
    return found


@pytest.mark.parametrize("network", NETWORKS)
def test_the_layers_are_alexnets(network):
    model = network()
    assert [kind for kind in (nn.Conv2d, nn.Linear, nn.MaxPool2d) for _ in shapes(model, kind)] == (
        5 * [nn.Conv2d] + 3 * [nn.Linear] + 3 * [nn.MaxPool2d]
    )
    sides = [shape[1] for shape in shapes(network(), nn.Conv2d)]
    assert sides == [shape[1] for shape in shapes(AlexNet(), nn.Conv2d)]


def test_the_normalized_network_has_alexnets_sizes_layer_for_layer():
    for kind in (nn.Conv2d, nn.Linear):
        assert shapes(NormalizedAlexNet(), kind) == shapes(AlexNet(), kind)
    weights = [p.shape for p in NormalizedAlexNet().parameters() if p.dim() > 1]
    assert weights == [p.shape for p in AlexNet().parameters() if p.dim() > 1]


@pytest.mark.parametrize("network", NETWORKS)
def test_it_is_found_by_its_name_and_takes_other_classes_and_channels(network):
    assert network_class(network.__name__) is network
    model = network(num_classes=7, in_channels=1)
    assert model(torch.zeros(2, 1, 32, 32)).shape == (2, 7)
    with pytest.raises(BookError, match=r"\(N, 3, 32, 32\)"):
        network()(torch.zeros(2, 3, 28, 28))


def test_what_is_normalized_needs_no_bias():
    model = ModernAlexNet()
    layers = [*model.features, *model.classifier]
    for layer, following in itertools.pairwise(layers):
        if isinstance(layer, nn.Conv2d | nn.Linear):
            assert isinstance(following, nn.BatchNorm2d | nn.BatchNorm1d) == (layer.bias is None)
    assert layers[-1].bias is not None


def test_an_epoch_of_the_wide_network_is_not_free():
    """It does its work elsewhere; what an image costs is counted, not assumed."""
    costs = []
    for network in (AlexNet, ModernAlexNet):
        with FlopCounterMode(display=False) as counter:
            network()(torch.zeros(2, 3, 32, 32))
        costs.append(counter.get_total_flops())
    macs = [
        2 * sum(p[0] * p[1] * 9 * side**2 for p, side in zip(pairs, (32, 16, 8, 8, 8), strict=True))
        for pairs in ([(3, 96), (96, 256), (256, 384), (384, 384), (384, 256)],
                      list(zip((3, *ModernAlexNet.widths[:-1]), ModernAlexNet.widths, strict=True)))
    ]
    dense = [2 * (4096 * 4096 * 2 + 4096 * 10)]
    hidden, last = ModernAlexNet.hidden, ModernAlexNet.widths[-1]
    dense.append(2 * (last * 16 * hidden + hidden * hidden + hidden * 10))
    assert costs == [2 * (a + b) for a, b in zip(macs, dense, strict=True)]


def test_averaged_views_are_the_mean_over_six_copies_computed_one_by_one():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 5))
    images = torch.randn(3, 3, 8, 8)
    scores = AveragedViews(model)(images)
    expected = torch.zeros(3, 5)
    for number, image in enumerate(images):
        columns = torch.tensor([1, *range(8), 6])  # the border mirrored, without the edge itself
        wide = image[:, columns][:, :, columns]
        for top in (0, 1, 2):
            view = wide[:, top : top + 8, top : top + 8]
            for seen in (view, torch.flip(view, dims=[2])):
                expected[number] += model(seen[None])[0] / 6
    torch.testing.assert_close(scores, expected)
    assert not torch.allclose(scores, model(images), atol=1e-3)
