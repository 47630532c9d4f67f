"""One cell of chapter 12's table: a network, a normalization, a width, a seed; and its training."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from torchvision.datasets import VisionDataset

from alexnet_lib.checks import check_settings
from alexnet_lib.data import content_hash, load_dataset, take
from alexnet_lib.devices import choose_device
from alexnet_lib.experiment import Outcome
from alexnet_lib.ladder.recipes import Recipe, Training, schedule
from alexnet_lib.lrn.cuda_convnet import CROP, PIXEL_UNIT, LocalNetwork, initialize, parameter_groups
from alexnet_lib.lrn.multi_view import ten_view_logits
from alexnet_lib.metrics import predict_logits
from alexnet_lib.once import once
from alexnet_lib.precision import fast_dtype
from alexnet_lib.progress import report_epoch
from alexnet_lib.runs import SOURCES as OF_RUNS
from alexnet_lib.runs import dataset_name
from alexnet_lib.split import split
from alexnet_lib.tensor_loader import TensorLoader
from alexnet_lib.transforms import Statistics, channel_statistics

# A change in one of these modules can change the result of a training.
SOURCES = (
    *OF_RUNS, "facts", "facts.toml", "ladder/recipes", "split", "tensor_loader",
    *(f"lrn/{name}" for name in (
        "cuda_convnet", "locally_connected", "multi_view", "response_normalization", "training",
    )),
)
# Near the best of those tried in short trainings, on the validation images (search_local.jsonl in
# book/results); for batch normalization none was tried, and it takes the rate of the network without.
RATES = {"none": 0.03, "lrn": 0.08, "batch": 0.03}
SPLITS = ("train", "validation", "test")
KEPT = ("history", "counts", "logits", "labels", "image_shape", "steps_images", "views")


@dataclass(frozen=True)
class LocalConfig:
    """What decides the result of a training of ``LocalNetwork``, but for data and code.

    ``normalization`` and ``width`` are the network's; all else but the learning rate is the same in
    every cell of the table. ``weight_decay`` holds for the locally connected layers and the last
    one, ``warm_up`` is a share of the training, ``start`` one of ``STARTS``. ``train_size`` takes the
    first so many images, ``test_size`` as many validation and as many test images at most; None takes all.
    """

    normalization: str = "none"
    width: int = 32
    dataset: str = "cifar10"
    train_size: int | None = None
    test_size: int | None = None
    epochs: int = 60
    batch_size: int = 128
    learning_rate: float = RATES["none"]
    weight_decay: float = 2e-3
    warm_up: float = 0.05
    start: str = "he"
    seed: int = 0

    def __post_init__(self) -> None:
        """Check every setting."""
        check_settings(self)


def build(
    config: LocalConfig,
    device: str | torch.device | None = None,
    memory_format: torch.memory_format = torch.contiguous_format,
) -> Training:
    """Prepare a training: random crops, the middle ones of validation and test images, network, schedule."""
    device = choose_device(device)
    whole = load_dataset(config.dataset, train=True)
    test_set = load_dataset(dataset_name(whole), train=False)
    rest, held_out = split(whole)
    rest = take(rest, config.train_size)
    held_out, test_set = take(held_out, config.test_size), take(test_set, config.test_size)
    crops = {"padding": 0, "size": CROP, "device": device}
    centre = pixel_statistics(whole)
    loaders = [
        TensorLoader(rest, *centre, config.batch_size, augment=True, seed=config.seed, **crops),
        TensorLoader(held_out, *centre, **crops),
        TensorLoader(test_set, *centre, **crops),
    ]
    torch.manual_seed(config.seed)
    model = LocalNetwork(config.normalization, config.width, num_classes=len(whole.classes))
    initialize(model, config.start)
    model.to(device, memory_format=memory_format)
    groups = parameter_groups(model, config.learning_rate, config.weight_decay)
    optimizer = torch.optim.SGD(groups, config.learning_rate, momentum=0.9, nesterov=True, fused=True)
    line = Recipe(epochs=config.epochs, warm_up=config.warm_up, decay=True)
    scheduler = LambdaLR(optimizer, schedule(line, len(loaders[0])))
    return Training(config.epochs, model, *loaders, optimizer, scheduler, nn.CrossEntropyLoss(), None)


def pixel_statistics(images: VisionDataset) -> tuple[Statistics, Statistics]:
    """Return the mean of each channel and, in place of its deviation, the unit of the pixels."""
    return channel_statistics(images)[0], (PIXEL_UNIT / 255,) * 3


def run_local(
    config: LocalConfig,
    output: Path | None = None,
    memory_format: torch.memory_format = torch.contiguous_format,
    *,
    device: str | torch.device | None = None,
    dtype: torch.dtype | None = None,
) -> Outcome:
    """Train on random crops, measure the middle ones of the validation images, and the test set once.

    Parameters
    ----------
    config
        What to train, and how: SGD with Nesterov momentum 0.9, its rate rising at first and then
        falling to zero, both in straight lines.
    output
        A folder for checkpoints; a training begun there goes on.
    memory_format
        How the weights of convolutions lie in memory.
    device
        See ``choose_device``.
    dtype
        Of the products; None takes the fastest, see ``fast_dtype``.

    Returns
    -------
    Outcome
        ``logits`` are those of one view, the middle crop; ``views`` those of ten.
    """
    device = choose_device(device)
    dtype = dtype or fast_dtype(device)
    training = build(config, device, memory_format)
    history = training.fit(device=device, output=output, dtype=dtype)
    parts = (training.train_loader, training.val_loader, training.test_loader)
    counts = {name: len(part.dataset) for name, part in zip(SPLITS, parts, strict=True)}
    centre = pixel_statistics(load_dataset(config.dataset, train=True))
    whole_images = TensorLoader(training.test_loader.dataset, *centre, device=device)
    return Outcome(
        training.model, history, counts,
        *predict_logits(training.model, training.test_loader, device),
        image_shape=(3, CROP, CROP),
        steps_images=counts["train"] * config.epochs,
        dtype=dtype,
        views=ten_view_logits(training.model, whole_images, CROP, device),
        val_logits=predict_logits(training.model, training.val_loader, device)[0],
    )


def local_or_load(config: LocalConfig) -> Outcome:
    """Train in float32, or read what the same training came to; the report is the same."""
    data = [content_hash(load_dataset(config.dataset, train=train)) for train in (True, False)]
    made: list[Outcome] = []

    def make() -> dict[str, Any]:
        made.append(run_local(config, dtype=torch.float32))
        made[0].model.cpu()  # where the one that is loaded is
        kept = {name: getattr(made[0], name) for name in KEPT}
        return kept | {"model": made[0].model.state_dict()}

    kept, loaded = once("local", [config, *data], SOURCES, make)
    if not loaded:
        return made[0]
    for row in kept["history"]:
        report_epoch(row, config.epochs)
    model = LocalNetwork(config.normalization, config.width, num_classes=kept["logits"].shape[1])
    model.load_state_dict(kept.pop("model"))
    return Outcome(model, **kept)
