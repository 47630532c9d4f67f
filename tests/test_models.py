"""The post's network and the paper's: parameters, shapes, first weights, and the sizes they refuse."""

import math

import pytest
import torch
from torch import nn

from alexnet_lib.experiments.paper_code import response_normalization
from alexnet_lib.language import BookError
from alexnet_lib.models import AlexNet, AlexNet2012
from alexnet_lib.summary import layer_table
from tiny import on_meta, parameters


class AlexNetOfThePost(nn.Module):
    """The class as the blog post prints it."""

    def __init__(self, num_classes=10):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 96, kernel_size=3, stride=1, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=2, stride=2),
            nn.Conv2d(96, 256, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=2, stride=2),
            nn.Conv2d(256, 384, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 384, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=2, stride=2),
        )
        self.classifier = nn.Sequential(
            nn.Linear(256 * 4 * 4, 4096),
            nn.Dropout(0.5),
            nn.ReLU(inplace=True),
            nn.Linear(4096, 4096),
            nn.Dropout(0.5),
            nn.ReLU(inplace=True),
            nn.Linear(4096, num_classes),
        )

    def forward(self, x):
        x = self.features(x)
        x = x.view(x.size(0), -1)
        x = self.classifier(x)
        return x


def test_alexnet_is_the_posts_network_weight_by_weight_and_score_by_score():
    torch.manual_seed(0)
    posts = AlexNetOfThePost()
    torch.manual_seed(0)
    ours = AlexNet()
    for (name, value), (their_name, their_value) in zip(
        ours.state_dict().items(), posts.state_dict().items(), strict=True
    ):
        assert name == their_name
        assert torch.equal(value, their_value)
    images = torch.randn(2, 3, 32, 32)
    for model in (ours, posts):
        model.train()
    torch.manual_seed(1)
    scores = ours(images)
    torch.manual_seed(1)
    assert torch.equal(scores, posts(images))


def test_alexnet_has_the_parameters_that_the_book_names_and_takes_other_numbers_of_channels_and_classes():
    for network, size in ((AlexNet, 32), (AlexNet2012, 224)):
        images = torch.empty(1, 3, size, size, device="meta")
        assert on_meta(network, num_classes=100)(images).shape == (1, 100)
    grey = on_meta(AlexNet, in_channels=1)
    assert grey(torch.empty(5, 1, 32, 32, device="meta")).shape == (5, 10)
    assert parameters(on_meta(AlexNet)) == parameters(grey) + 2 * 9 * 96 == 36_925_322


def test_alexnet2012_has_the_papers_order_sizes_and_parameters():
    rows = layer_table(on_meta(AlexNet2012), (3, 224, 224))
    features = [(row.kind, row.output_shape) for row in rows if len(row.output_shape) == 3]
    assert features == [
        ("ZeroPad2d", (3, 227, 227)),
        ("Conv2d", (96, 55, 55)),
        ("ReLU", (96, 55, 55)),
        ("LocalResponseNorm", (96, 55, 55)),
        ("MaxPool2d", (96, 27, 27)),
        ("Conv2d", (256, 27, 27)),
        ("ReLU", (256, 27, 27)),
        ("LocalResponseNorm", (256, 27, 27)),
        ("MaxPool2d", (256, 13, 13)),
        ("Conv2d", (384, 13, 13)),
        ("ReLU", (384, 13, 13)),
        ("Conv2d", (384, 13, 13)),
        ("ReLU", (384, 13, 13)),
        ("Conv2d", (256, 13, 13)),
        ("ReLU", (256, 13, 13)),
        ("MaxPool2d", (256, 6, 6)),
    ]
    weighted = [row for row in rows if row.parameters]
    assert [row.output_shape for row in weighted if row.kind == "Linear"] == [(4096,), (4096,), (1000,)]
    expected = [34_944, 307_456, 885_120, 663_936, 442_624, 37_752_832, 16_781_312, 4_097_000]
    assert [row.parameters for row in weighted] == expected and sum(expected) == 60_965_224
    assert sum(math.prod(row.output_shape) for row in weighted) == 659_272  # the paper's neurons


def test_padding_adds_one_row_and_column_and_changes_no_other():
    model = on_meta(AlexNet2012)
    padding, convolution = model.features[0], nn.Conv2d(3, 2, kernel_size=11, stride=4)
    image = torch.randn(1, 3, 224, 224)
    padded, plain = convolution(padding(image)), convolution(image)
    assert plain.shape[-2:] == (54, 54)
    torch.testing.assert_close(padded[..., :54, :54], plain)


def test_response_normalization_is_the_papers_printed_formula():
    """As ``paper_code`` has it; its test compares that with a loop, and shows what PyTorch's alpha is."""
    maps = 200 * torch.rand(1, 9, 3, 4, dtype=torch.float64)
    layers = [layer for layer in on_meta(AlexNet2012).features if isinstance(layer, nn.LocalResponseNorm)]
    assert len(layers) == 2
    for layer in layers:
        torch.testing.assert_close(layer(maps), response_normalization(maps, 5, 2, 1e-4, 0.75))


def test_alexnet2012_begins_with_the_papers_weights_and_biases(monkeypatch):
    """On layers that are as many, and small: to draw 60 million weights takes seconds."""
    begun = []
    with monkeypatch.context() as patch:
        patch.setattr(AlexNet2012, "initialize", lambda model: begun.append(model))
        model = on_meta(AlexNet2012)
    assert begun == [model]
    torch.manual_seed(0)
    small = nn.Module()
    small.features = nn.Sequential(*(nn.Conv2d(16, 16, 5) for _ in range(5)))
    small.classifier = nn.Sequential(*(nn.Linear(100, 100) for _ in range(3)))
    AlexNet2012.initialize(small)
    ones = [False, True, False, True, True, True, True, False]
    for layer, one in zip([*small.features, *small.classifier], ones, strict=True):
        count = layer.weight.numel()
        assert layer.weight.std().item() == pytest.approx(0.01, abs=4 * 0.01 / (2 * count) ** 0.5)
        assert layer.weight.mean().item() == pytest.approx(0, abs=4 * 0.01 / count**0.5)
        assert torch.all(layer.bias == float(one))


@pytest.mark.parametrize(
    ("network", "shape", "wanted"),
    [
        (AlexNet, (2, 3, 224, 224), "(N, 3, 32, 32)"),
        (AlexNet, (2, 1, 32, 32), "(N, 3, 32, 32)"),
        (AlexNet, (3, 32, 32), "(N, 3, 32, 32)"),
        (AlexNet, (2, 32, 32, 3), "(N, 3, 32, 32)"),
        (AlexNet2012, (2, 3, 227, 227), "(N, 3, 224, 224)"),
    ],
)
def test_a_wrong_input_is_told_its_shape_and_the_one_wanted(network, shape, wanted):
    with pytest.raises(BookError) as caught:
        on_meta(network)(torch.empty(shape, device="meta"))
    assert caught.value.name == "input_size"
    assert str(shape) in str(caught.value) and wanted in str(caught.value)
