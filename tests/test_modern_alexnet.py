"""Still an AlexNet to the eye: five convolutions and three fully connected layers, pooled in its places."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import softmax
from torch import nn

from alexnet_lib.data import subset
from alexnet_lib.experiments.modern_alexnet import (
    ModernAlexNet,
    NormalizedAlexNet,
    ResizedAlexNet,
    SmallAlexNet,
    recorded_model,
)
from alexnet_lib.experiments.tta import AveragedViews
from alexnet_lib.language import BookError
from alexnet_lib.loaders import make_loader
from alexnet_lib.metrics import predict_logits
from alexnet_lib.models import AlexNet, network_class
from alexnet_lib.records import checksums, recorded_run
from alexnet_lib.transforms import CIFAR10_MEAN, CIFAR10_STD, eval_transform
from tiny import cifar10_or_skip, on_meta

NETWORKS = [NormalizedAlexNet, ResizedAlexNet, ModernAlexNet, SmallAlexNet]


def shapes(model: nn.Module, kind: type[nn.Module]) -> list[tuple[int, ...]]:
    """Return what comes out of each layer of a kind."""
    found = []
    for layer in model.modules():
        if isinstance(layer, kind):
            layer.register_forward_hook(lambda layer, inputs, output: found.append(tuple(output.shape[1:])))
    model.eval()(torch.zeros(1, 3, 32, 32, device="meta"))
    return found


@pytest.mark.parametrize("network", NETWORKS)
def test_the_layers_are_alexnets(network):
    model = on_meta(network)
    assert [kind for kind in (nn.Conv2d, nn.Linear, nn.MaxPool2d) for _ in shapes(model, kind)] == (
        5 * [nn.Conv2d] + 3 * [nn.Linear] + 3 * [nn.MaxPool2d]
    )
    after_pooling = [shape[1] for shape in shapes(on_meta(network), nn.MaxPool2d)]
    assert after_pooling == [16, 8, 4] == [shape[1] for shape in shapes(on_meta(AlexNet), nn.MaxPool2d)]


def test_the_normalized_network_has_alexnets_sizes_layer_for_layer():
    for kind in (nn.Conv2d, nn.Linear):
        assert shapes(on_meta(NormalizedAlexNet), kind) == shapes(on_meta(AlexNet), kind)
    weights = [p.shape for p in on_meta(NormalizedAlexNet).parameters() if p.dim() > 1]
    assert weights == [p.shape for p in on_meta(AlexNet).parameters() if p.dim() > 1]


@pytest.mark.parametrize("network", NETWORKS)
def test_it_is_found_by_its_name_and_takes_other_classes(network):
    assert network_class(network.__name__) is network
    assert on_meta(network, num_classes=7)(torch.zeros(2, 3, 32, 32, device="meta")).shape == (2, 7)
    with pytest.raises(BookError, match=r"\(N, 3, 32, 32\)"):
        on_meta(network)(torch.zeros(2, 3, 28, 28, device="meta"))


def test_the_modern_network_differs_from_the_resized_one_in_its_activation_alone():
    resized, modern = on_meta(ResizedAlexNet), on_meta(ModernAlexNet)
    pairs = zip(resized.modules(), modern.modules(), strict=True)
    different = {(type(a), type(b)) for a, b in pairs if type(a) is not type(b)}
    assert different == {(ResizedAlexNet, ModernAlexNet), (nn.ReLU, nn.GELU)}
    assert [p.shape for p in resized.parameters()] == [p.shape for p in modern.parameters()]


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


TRAVELLING = [Path(file).stem.split("-") for file in checksums() if file.startswith("weights/")]


@pytest.mark.parametrize(("name", "seed"), TRAVELLING)
@pytest.mark.parametrize("count", [30, pytest.param(10_000, marks=pytest.mark.slow)])
def test_weights_that_travel_give_the_scores_that_are_recorded(name, seed, count):
    model, run = recorded_model(name, int(seed)), recorded_run(name, int(seed))
    assert not model.training and {weights.dtype for weights in model.parameters()} == {torch.float32}
    images = cifar10_or_skip(train=False, transform=eval_transform(CIFAR10_MEAN, CIFAR10_STD))
    logits, labels = predict_logits(model, make_loader(subset(images, count)))
    recorded = run.logits[:count]
    # Half a point of probability: the weights were rounded, and perhaps trained in another format.
    assert np.abs(logits.softmax(1).numpy() - softmax(recorded, axis=1)).mean() < 0.005
    mine, theirs = ((each.argmax(1) != run.labels[:count]).mean() for each in (logits.numpy(), recorded))
    assert mine == pytest.approx(theirs, abs=0.005) and labels.tolist() == run.labels[:count].tolist()


def test_a_model_whose_weights_do_not_travel_is_one_sentence():
    with pytest.raises(BookError, match="small_alexnet-0"):
        recorded_model("baseline")
