"""Transfer: what is frozen stays, what is tuned moves, and every way gets the same budget."""

import dataclasses

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import models, transforms

from alexnet_lib.experiments import transfer
from alexnet_lib.experiments.transfer import (
    IMAGENET_WEIGHTS,
    WAYS,
    TransferConfig,
    imagenet_resnet18,
    starting_model,
    train_transfer,
    transfer_or_load,
    weights_hash,
    with_last_layer,
)
from alexnet_lib.language import BookError
from alexnet_lib.loaders import make_loader
from alexnet_lib.runs import runs_root
from alexnet_lib.training import train_epoch
from tiny import TinyImages, TinyNet, assert_equal, tiny_model

FROZEN = TransferConfig("frozen", learning_rate=0.01, epochs=3, batch_size=16)
FINE_TUNED = dataclasses.replace(FROZEN, way="fine_tuned")


@pytest.fixture(autouse=True)
def tiny_networks(monkeypatch, tmp_path):
    """Let the ways from scratch begin with networks of milliseconds, and nothing be trained yet."""
    monkeypatch.setenv("ALEXNET_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(transfer, "AlexNet", TinyNet)
    monkeypatch.setattr(transfer, "resnet18_32", TinyNet)


@pytest.fixture
def source():
    """A network for six classes, as it would come from another task."""
    torch.manual_seed(7)
    return TinyNet(num_classes=6).eval()


def images(train: bool = True, count: int = 40) -> TinyImages:
    return TinyImages(count, train, transforms.ToTensor())


def train(config: TransferConfig, source: nn.Module) -> tuple[nn.Module, float]:
    return train_transfer(config, source, images(), images(train=False), device="cpu")


def test_frozen_weights_do_not_move_and_the_last_layer_does(source):
    model, _ = train(FROZEN, source)
    assert_equal(model.features.state_dict(), source.features.state_dict())
    first = last_layer_at_the_start(FROZEN, source)
    assert not torch.equal(model.classifier[-1].weight, first)


def test_fine_tuned_weights_all_move(source):
    model, _ = train(FINE_TUNED, source)
    first = last_layer_at_the_start(FINE_TUNED, source)
    assert not torch.equal(model.classifier[-1].weight, first)
    for before, after in zip(source.features.parameters(), model.features.parameters(), strict=True):
        assert not torch.equal(before, after)


def last_layer_at_the_start(config: TransferConfig, source: nn.Module) -> torch.Tensor:
    torch.manual_seed(config.seed)
    return starting_model(config.way, source, num_classes=10).classifier[-1].weight


@pytest.mark.parametrize("way", WAYS)
def test_the_source_is_left_as_it_was(way, source):
    before = weights_hash(source)
    train(dataclasses.replace(FROZEN, way=way), source)
    assert weights_hash(source) == before
    assert not source.training and all(weights.requires_grad for weights in source.parameters())


def test_features_computed_once_train_the_last_layer_as_features_computed_each_time_do(source):
    model, _ = train(FROZEN, source)
    torch.manual_seed(FROZEN.seed)
    whole = starting_model("frozen", source, num_classes=10)
    loader = make_loader(images(), FROZEN.batch_size, shuffle=True, seed=FROZEN.seed)
    optimizer = torch.optim.Adam(whole.classifier[-1].parameters(), lr=FROZEN.learning_rate)
    for _ in range(FROZEN.epochs):
        whole.eval()  # without dropout, as features are computed
        for batch, labels in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(whole(batch), labels).backward()
            optimizer.step()
    assert torch.allclose(model.classifier[-1].weight, whole.classifier[-1].weight, atol=1e-5)


def test_only_the_last_layer_can_learn_where_the_rest_is_frozen(source):
    model = starting_model("frozen", source, num_classes=10)
    learning = {name for name, weights in model.named_parameters() if weights.requires_grad}
    assert learning == {"classifier.1.weight", "classifier.1.bias"}
    assert all(weights.requires_grad for weights in starting_model("fine_tuned", source, 10).parameters())


def test_every_way_gets_the_same_batches_for_the_same_number_of_steps(monkeypatch, source):
    seen: dict[str, list[list[int]]] = {}

    def watched(model: nn.Module, loader: DataLoader, *rest: object) -> dict:
        batches = []

        def noting():
            for batch, labels in loader:
                batches.append(labels.tolist())
                yield batch, labels

        result = train_epoch(model, Watched(noting, len(loader)), *rest)
        seen.setdefault(way, []).extend(batches)
        return result

    monkeypatch.setattr(transfer, "train_epoch", watched)
    for way in WAYS:
        train(dataclasses.replace(FROZEN, way=way), source)
    assert len(seen["frozen"]) == 3 * 3  # 40 images in batches of 16, three times
    assert all(batches == seen["frozen"] for batches in seen.values())


class Watched:
    def __init__(self, batches, length: int) -> None:
        self.batches, self.length = batches, length

    def __iter__(self):
        return self.batches()

    def __len__(self) -> int:
        return self.length


def test_the_accuracy_is_that_of_the_network_returned(source):
    for config in (FROZEN, FINE_TUNED):
        model, accuracy = train(config, source)
        test_set = images(train=False)
        with torch.no_grad():
            hits = [int(model(image[None]).argmax()) == label for image, label in test_set]
        assert accuracy == pytest.approx(sum(hits) / len(hits))


def test_a_source_that_knows_the_classes_beats_one_that_does_not(source):
    """The colours of TinyImages lie in its pixels: a body that lets them through is worth something."""
    blind = tiny_model()
    for weights in blind.features.parameters():
        nn.init.zeros_(weights)
    long = dataclasses.replace(FROZEN, epochs=20)
    assert train(long, source)[1] > train(long, blind)[1]


def test_the_last_layer_of_any_network_is_found():
    with torch.device("meta"):
        for build in (models.resnet18, models.vgg11, models.efficientnet_b0):
            model = with_last_layer(build(), lambda features: nn.Linear(features, 3))
            assert [layer for layer in model.modules() if isinstance(layer, nn.Linear)][-1].out_features == 3
            assert model.eval()(torch.zeros(1, 3, 32, 32)).shape == (1, 3)


def test_an_unknown_way_is_named_with_the_known_ones(source):
    with pytest.raises(BookError, match=r"'fine-tuned'.*frozen, fine_tuned"):
        starting_model("fine-tuned", source, 10)


# Once for all who ask


@pytest.fixture
def trainings(monkeypatch) -> list[TransferConfig]:
    done = []

    def counted(config: TransferConfig, *arguments: object) -> tuple[nn.Module, float]:
        done.append(config)
        return train_transfer(config, *arguments, device="cpu")

    monkeypatch.setattr(transfer, "train_transfer", counted)
    return done


def test_a_transfer_is_trained_once(trainings, source):
    first = transfer_or_load(FROZEN, source, images(), images(train=False))
    again = transfer_or_load(FROZEN, source, images(), images(train=False))
    assert first == again == train(FROZEN, source)[1]
    assert len(trainings) == 1
    assert len(list(runs_root().glob("*/finished.pt"))) == 1


def test_whatever_decides_a_transfer_makes_it_another(trainings, source):
    other = TinyNet(num_classes=6)
    swapped = images()
    swapped.targets = [9 - target for target in swapped.targets]
    calls = [
        (FROZEN, source, images(), images(train=False)),
        (FINE_TUNED, source, images(), images(train=False)),
        (dataclasses.replace(FROZEN, epochs=4), source, images(), images(train=False)),
        (FROZEN, other, images(), images(train=False)),
        (FROZEN, source, images(count=30), images(train=False)),
        (FROZEN, source, swapped, images(train=False)),
        (FROZEN, source, images(), images(train=False, count=30)),
    ]
    for call in calls:
        transfer_or_load(*call)
    assert len(trainings) == len(calls)


def test_the_hash_of_the_weights_sees_buffers_and_every_value():
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    first = weights_hash(model)
    model[1].running_mean[1] = 0.5
    second = weights_hash(model)
    model[0].weight.data[0, 0] += 1
    assert len({first, second, weights_hash(model)}) == 3


# ImageNet's weights, of which nothing is downloaded here


def test_imagenet_weights_are_put_into_resnet18(monkeypatch):
    torch.manual_seed(3)
    expected = models.resnet18().state_dict()
    asked = []

    def download(url: str, **options: object) -> dict:
        asked.append(url)
        return expected

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", download)
    model = imagenet_resnet18()
    assert asked == [IMAGENET_WEIGHTS.url]
    assert_equal(model.state_dict(), expected)
    assert starting_model("fine_tuned", model, 10).fc.out_features == 10


@pytest.mark.parametrize("error", [OSError("no network"), RuntimeError("invalid hash value")])
def test_without_a_connection_the_chapter_is_told_so(monkeypatch, capsys, error):
    def download(url: str, **options: object) -> dict:
        raise error

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", download)
    assert imagenet_resnet18() is None
    assert IMAGENET_WEIGHTS.url in capsys.readouterr().out
