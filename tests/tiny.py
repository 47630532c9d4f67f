"""A training that takes milliseconds: a network of 3,000 parameters and images that can be told apart."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import VisionDataset

from alexnet_lib.data import load_dataset
from alexnet_lib.language import BookError
from alexnet_lib.loaders import make_loader
from alexnet_lib.training import fit


class TinyNet(nn.Module):
    """A convolution, dropout and a fully connected layer, for 32x32 images."""

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 4, kernel_size=4, stride=4), nn.Tanh())
        self.classifier = nn.Sequential(nn.Dropout(0.5), nn.Linear(4 * 8 * 8, num_classes))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x).flatten(start_dim=1))


class TinyImages(VisionDataset):
    """A colour for each class, under noise."""

    classes = [f"class {number}" for number in range(10)]

    def __init__(self, count: int = 40, train: bool = True, transform: Callable | None = None) -> None:
        super().__init__(transform=transform)
        self.train = train
        rng = np.random.default_rng(1 if train else 2)
        targets = rng.permutation(np.arange(count) % 10)
        colours = np.random.default_rng(0).integers(0, 200, (10, 1, 1, 3))
        self.data = (colours[targets] + rng.integers(0, 56, (count, 32, 32, 3))).astype(np.uint8)
        self.targets = targets.tolist()

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple:
        image = Image.fromarray(self.data[index])
        return self.transform(image) if self.transform else image, self.targets[index]


AUGMENT = transforms.Compose([
    transforms.RandomCrop(32, padding=4),
    transforms.RandomHorizontalFlip(),
    transforms.ToTensor(),
])


def cifar10_or_skip(train: bool, transform: Callable | None = None) -> VisionDataset:
    """Return CIFAR-10, or skip a test where it is not on this machine."""
    try:
        return load_dataset("cifar10", train=train, transform=transform, download=False)
    except BookError:
        pytest.skip("CIFAR-10 is not on this machine")


def on_meta(network: Callable[..., nn.Module], **options: int) -> nn.Module:
    """Build a network without values: its shapes cost nothing."""
    with torch.device("meta"):
        return network(**options)


def parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def tiny_model(seed: int = 0) -> TinyNet:
    torch.manual_seed(seed)
    return TinyNet()


def tiny_loader(count: int = 40, batch_size: int = 16, seed: int = 0) -> DataLoader:
    """Return an augmented, shuffled training loader whose last batch is shorter than the others."""
    return make_loader(TinyImages(count, transform=AUGMENT), batch_size, shuffle=True, seed=seed)


def tiny_test_loader(count: int = 20, batch_size: int = 16) -> DataLoader:
    test_set = TinyImages(count, train=False, transform=transforms.ToTensor())
    return make_loader(test_set, batch_size)


def tiny_training(epochs: int, output: Path | None = None) -> tuple[dict, list[dict]]:
    """Train from a fixed start, with a schedule; return all that must be equal, and the history.

    Everything is made anew, as in a process that has just been started.
    """
    model, loader = tiny_model(), tiny_loader()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.1)
    parts = {"optimizer": optimizer, "scheduler": scheduler, "device": "cpu", "output": output}
    history = fit(model, loader, tiny_test_loader(), epochs=epochs, **parts)
    states = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
    reached = {name: part.state_dict() for name, part in states.items()}
    return reached | {"loader": loader.generator.get_state(), "random": torch.get_rng_state()}, history


@contextlib.contextmanager
def refused(name: str, *words: object) -> Iterator[None]:
    """Expect a sentence by its name, with certain words in it."""
    with pytest.raises(BookError) as caught:
        yield
    assert caught.value.name == name
    for word in words:
        assert str(word) in str(caught.value)


def without_seconds(history: list[dict]) -> list[dict]:
    """Return a history without what differs from run to run."""
    return [{key: value for key, value in row.items() if "seconds" not in key} for row in history]


def assert_equal(ours: object, theirs: object) -> None:
    """Compare nested values bit for bit."""
    if isinstance(theirs, Tensor):
        assert torch.equal(ours, theirs)
    elif isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        for key in theirs:
            assert_equal(ours[key], theirs[key])
    elif isinstance(theirs, list | tuple):
        assert len(ours) == len(theirs)
        for our, their in zip(ours, theirs, strict=True):
            assert_equal(our, their)
    else:
        assert ours == theirs
