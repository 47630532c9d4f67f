"""Who takes part in a race to a training error, and what they run on."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torchvision.datasets import VisionDataset

from alexnet_lib.checks import check_settings
from alexnet_lib.data import load_dataset, take
from alexnet_lib.race.activations import FourLayerNet, initialize
from alexnet_lib.split import split
from alexnet_lib.tensor_loader import TensorLoader
from alexnet_lib.transforms import channel_statistics

MEASURED_IMAGES = 10_000


@dataclass(frozen=True)
class RaceConfig:
    """Who runs, and how far.

    ``activation``, ``initialization`` and ``variant`` are those of ``alexnet_lib.race.activations``.
    Without a ``learning_rate``, the best of three is taken: a third of ``middle_rate``, itself, and
    three times as much. ``train_size`` takes the first so many images, ``test_size`` as many
    validation and test images at most; None takes all. The race ends at the ``goal``, a
    training error as a fraction, or after so many ``epochs``.
    """

    activation: str = "relu"
    initialization: str = "glorot"
    variant: int = 1
    dataset: str = "cifar10"
    train_size: int | None = None
    test_size: int | None = None
    epochs: int = 40
    batch_size: int = 128
    learning_rate: float | None = None
    middle_rate: float = 0.01
    goal: float = 0.25
    seed: int = 0

    def __post_init__(self) -> None:
        """Check every setting."""
        check_settings(self)


class ShuffledLoader(TensorLoader):
    """Batches in another order each epoch, of images as they are: neither cropped nor flipped."""

    def draw(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the order of an epoch; corners and flips are all zero."""
        in_order, *as_they_are = super().draw()
        of_epoch = torch.Generator().manual_seed(self.seed * 1_000_003 + self.epoch)
        return torch.randperm(len(in_order), generator=of_epoch), *as_they_are


@dataclass(frozen=True)
class Track:
    """The images of a race, on the device, and how a network's weights lie in memory there.

    ``train`` is what is trained on; ``search`` its first ``MEASURED_IMAGES``, on which learning
    rates are tried; ``measured`` the same in their order, which tell the training error.
    ``validation`` are the images that ``split`` keeps aside, measured after each epoch; ``test`` is
    the test set, measured once. Pooling, which takes much of these networks' time on a CPU, is faster in the
    ``memory_format`` channels_last.
    """

    train: ShuffledLoader
    search: ShuffledLoader
    measured: TensorLoader
    validation: TensorLoader
    test: TensorLoader
    memory_format: torch.memory_format = torch.channels_last


def prepare_track(
    config: RaceConfig, device: torch.device, memory_format: torch.memory_format = torch.channels_last
) -> Track:
    """Load the images of a race; they are normalized, and nothing else."""
    whole, test_set = (load_dataset(config.dataset, train=train) for train in (True, False))
    rest, held_out = split(whole)
    train_set = take(rest, config.train_size)
    held_out, test_set = take(held_out, config.test_size), take(test_set, config.test_size)
    first = take(train_set, MEASURED_IMAGES)

    statistics = channel_statistics(whole)

    def loader(kind: type[TensorLoader], images: VisionDataset) -> TensorLoader:
        return kind(images, *statistics, config.batch_size, seed=config.seed, device=device)

    return Track(
        loader(ShuffledLoader, train_set),
        loader(ShuffledLoader, first),
        loader(TensorLoader, first),
        loader(TensorLoader, held_out),
        loader(TensorLoader, test_set),
        memory_format,
    )


def starting_network(config: RaceConfig, track: Track) -> nn.Module:
    """Return the network with its first weights: with one seed the same, whatever the activation."""
    torch.manual_seed(config.seed)
    model = FourLayerNet(config.activation, config.variant, len(track.train.dataset.classes))
    initialize(model, config.initialization)
    return model.to(track.train.device, memory_format=track.memory_format)
