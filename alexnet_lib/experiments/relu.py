"""Chapter 11: the race of activation functions to 25 % training error."""

import dataclasses
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import SGD
from torchvision.datasets import VisionDataset

from alexnet_lib.checkpoints import load_checkpoint, save_checkpoint
from alexnet_lib.checks import check_settings
from alexnet_lib.data import content_hash, load_dataset, split, subset
from alexnet_lib.devices import Precision, choose_device
from alexnet_lib.experiments.recipe import Outcome
from alexnet_lib.experiments.tensor_loader import TensorLoader
from alexnet_lib.folders import waiting_lock
from alexnet_lib.language import BookError, print_words, text
from alexnet_lib.metrics import evaluate, measure, predict_logits
from alexnet_lib.records import fact
from alexnet_lib.runs import dataset_name, make_folder, run_key, runs_root, source_hash
from alexnet_lib.training import History, train_epoch
from alexnet_lib.transforms import channel_statistics
from alexnet_lib.uncertainty import MINIMUM_FOR_SPREAD, over_seeds

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "gelu": nn.GELU}
INITIALIZATIONS = ("he", "glorot", "small")


@dataclass(frozen=True)
class Variant:
    """What the paper does not say of its network: the side of the kernels, the maps a layer, the pooling."""

    kernel_size: int
    widths: tuple[int, int, int]
    pooling: type[nn.Module]
    pooling_size: int


VARIANTS = {
    # Kernels, maps and pooling windows of cuda-convnet's layers-18pct.cfg, by the paper's first author.
    1: Variant(5, (32, 32, 64), nn.MaxPool2d, pooling_size=3),
    2: Variant(3, (32, 64, 64), nn.AvgPool2d, pooling_size=2),
}


class FourLayerNet(nn.Module):
    """Three convolutions and one fully connected layer, for 32x32 images.

    Each convolution is followed by pooling with stride 2 and then by the activation, in the order of
    the first layer of cuda-convnet's layers-18pct.cfg; behind max pooling it comes to the same for
    every activation that only rises, and costs a quarter. No dropout and no normalization: the paper
    trains without regularization (figure 1).

    Parameters
    ----------
    activation
        A key of ``ACTIVATIONS``.
    variant
        A key of ``VARIANTS``.
    num_classes
        Number of classes.
    """

    def __init__(self, activation: str = "relu", variant: int = 1, num_classes: int = 10) -> None:
        super().__init__()
        check_choice("activation", activation, ACTIVATIONS)
        check_choice("variant", variant, VARIANTS)
        choice = VARIANTS[variant]
        layers, channels = [], 3
        for width in choice.widths:
            layers += [
                nn.Conv2d(channels, width, choice.kernel_size, padding=choice.kernel_size // 2),
                choice.pooling(choice.pooling_size, stride=2, ceil_mode=True),
                ACTIVATIONS[activation](),
            ]
            channels = width
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(4 * 4 * channels, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (N, 3, 32, 32) to logits (N, num_classes)."""
        return self.classifier(self.features(x).flatten(start_dim=1))


def check_choice(field: str, given: object, known: object) -> None:
    """Refuse a value that is not among the known ones."""
    if given not in known:
        raise BookError("unknown_choice", field=field, given=given, known=", ".join(map(str, known)))


def initialize(model: nn.Module, initialization: str) -> None:
    """Draw the first weights of every layer anew, and set all biases to zero.

    Parameters
    ----------
    model
        Changed in place.
    initialization
        ``"he"``: N(0, 2 / inputs), made for ReLU (He et al., 2015, equation 10). ``"glorot"``:
        uniform with variance 2 / (inputs + outputs), made for tanh (Glorot and Bengio, 2010,
        equation 16). ``"small"``: N(0, 0.01 squared) in every layer, as the paper prints it
        (section 5), without regard to a layer's size.
    """
    check_choice("initialization", initialization, INITIALIZATIONS)
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            if initialization == "he":
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            elif initialization == "glorot":
                nn.init.xavier_uniform_(layer.weight)
            else:
                nn.init.normal_(layer.weight, std=fact("paper_initial_std"))
            nn.init.zeros_(layer.bias)


MEASURED_IMAGES = 10_000


@dataclass(frozen=True)
class RaceConfig:
    """Who runs, and how far.

    ``activation``, ``initialization`` and ``variant`` are those of ``alexnet_lib.experiments.relu``.
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
    train_set = subset(rest, config.train_size)
    held_out, test_set = subset(held_out, config.test_size), subset(test_set, config.test_size)
    first = subset(train_set, MEASURED_IMAGES)

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


MOMENTUM = 0.9
SEARCH_EPOCHS = 3
SPACING = 3  # from one learning rate to the next

Trial = dict[str, float | None]


def make_optimizer(model: nn.Module, learning_rate: float) -> SGD:
    """Return SGD with momentum, and no weight decay: the paper's race has no regularization."""
    return SGD(model.parameters(), lr=learning_rate, momentum=MOMENTUM, fused=True)


def try_rate(config: RaceConfig, track: Track, learning_rate: float) -> Trial:
    """Train a fresh network for ``SEARCH_EPOCHS`` epochs of the first training images.

    Returns
    -------
    dict
        ``learning_rate``, and what was reached on the same images in evaluation mode: ``train_loss``
        and ``train_error``, None where the loss did not stay finite.
    """
    trial: Trial = {"learning_rate": learning_rate, "train_loss": None, "train_error": None}
    device = track.search.device
    model = starting_network(config, track)
    optimizer = make_optimizer(model, learning_rate)
    try:
        for epoch in range(1, SEARCH_EPOCHS + 1):
            track.search.set_epoch(epoch)
            train_epoch(model, track.search, optimizer, Precision(device), epoch)
        reached = evaluate(model, track.measured, device)
    except BookError as error:
        if error.name not in ("loss_not_finite", "scores_not_numbers"):
            raise
        return trial
    if math.isfinite(reached["loss"]):
        trial |= {"train_loss": reached["loss"], "train_error": 1 - reached["accuracy"]}
    return trial


def search(config: RaceConfig, track: Track) -> list[Trial]:
    """Try a third of the middle learning rate, itself, and three times as much."""
    rates = (config.middle_rate / SPACING, config.middle_rate, config.middle_rate * SPACING)
    return [try_rate(config, track, rate) for rate in rates]


def best_rate(tried: list[Trial]) -> float:
    """Return the learning rate of the lowest training loss, which still tells apart equal errors."""
    finite = [trial for trial in tried if trial["train_loss"] is not None]
    if not finite:
        raise BookError("no_rate", rates=", ".join(f"{trial['learning_rate']:g}" for trial in tried))
    return min(finite, key=lambda trial: trial["train_loss"])["learning_rate"]


def search_or_load(config: RaceConfig, track: Track, output: Path | None) -> list[Trial]:
    """Search, or read what was found before an interruption; a given learning rate needs no search."""
    if config.learning_rate is not None:
        return []
    if output is None:
        return search(config, track)
    path = output / "search.json"
    if not path.is_file():
        output.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(".search.partial")
        partial.write_text(json.dumps(search(config, track)), "utf-8")
        partial.replace(path)
    return json.loads(path.read_text("utf-8"))


# A change in one of these modules can change the result of a race.
SOURCES = (
    "checkpoints", "checks", "data", "devices", "experiments/relu", "experiments/tensor_loader",
    "facts.toml", "metrics", "records", "shapes", "training", "transforms",
)


def race(
    config: RaceConfig, track: Track, model: nn.Module, learning_rate: float, output: Path | None
) -> History:
    """Train until the training error is at the goal, with one line of report an epoch."""
    device = track.train.device
    optimizer = make_optimizer(model, learning_rate)
    state = {"model": model, "optimizer": optimizer, "scheduler": None, "loader": track.train}
    history: History = load_checkpoint(output, **state) if output else []
    for row in history:
        report(row, config)
    while len(history) < config.epochs and not (history and history[-1]["train_error"] <= config.goal):
        begin, epoch = time.perf_counter(), len(history) + 1
        track.train.set_epoch(epoch)
        row = {"epoch": epoch, **train_epoch(model, track.train, optimizer, Precision(device), epoch)}
        training_seconds = time.perf_counter() - begin
        row |= measure(model, track.validation, device)
        row["train_error"] = 1 - evaluate(model, track.measured, device)["accuracy"]
        row |= {"learning_rate": learning_rate, "training_seconds": training_seconds}
        row["seconds"] = time.perf_counter() - begin
        history.append(row)
        if output:
            save_checkpoint(output, history, **state)
        report(row, config)
    return history


def report(row: dict[str, float | int | None], config: RaceConfig) -> None:
    """Print one line of the history: the same whether it was just trained or loaded."""
    train, validation = 100 * row["train_error"], 100 * (1 - row["val_accuracy"])
    about = {"epoch": row["epoch"], "epochs": config.epochs, "seconds": row["training_seconds"]}
    print_words(text("race.epoch", **about, train=train, validation=validation))


def run_race(
    config: RaceConfig,
    output: str | Path | None = None,
    memory_format: torch.memory_format = torch.channels_last,
    device: str | torch.device | None = None,
) -> Outcome:
    """Search the learning rate where none is given, and run the race.

    Parameters
    ----------
    config
        Who runs, and how far.
    output
        A folder for the search, for checkpoints and for the history; an interrupted race goes on
        from there, a finished one is read.
    memory_format
        Of the weights; see ``Track``.
    device
        See ``choose_device``.

    Returns
    -------
    Outcome
        The rows of ``history`` have two keys more than those of ``fit``: ``train_error``, a fraction
        of the first ``MEASURED_IMAGES`` training images, measured after the epoch and in evaluation
        mode; and ``training_seconds``, which leave out all measuring. ``extra["search"]`` is what
        ``search`` returned, empty where the learning rate was given.
    """
    track = prepare_track(config, choose_device(device), memory_format)
    return run_on(track, config, Path(output) if output else None)


def run_on(track: Track, config: RaceConfig, output: Path | None) -> Outcome:
    """Do what ``run_race`` does on images that are loaded already."""
    images = track.train.dataset
    tried = search_or_load(config, track, output)
    learning_rate = config.learning_rate if config.learning_rate is not None else best_rate(tried)
    model = starting_network(config, track)
    history = race(config, track, model, learning_rate, output)
    logits, labels = predict_logits(model, track.test, track.train.device)
    return Outcome(
        model, history,
        {"train": len(images), "validation": len(track.validation.dataset), "test": len(labels)},
        logits, labels,
        image_shape=(3, *images.data.shape[1:3]),
        steps_images=len(history) * len(images),
        extra={"search": tried},
        val_logits=predict_logits(model, track.validation, track.train.device)[0],
    )


def race_or_load(config: RaceConfig, device: str | torch.device | None = None) -> Outcome:
    """Run a race, or read the same one from the folder of all runs; the report is the same."""
    track = prepare_track(config, choose_device(device))
    train_set, test_set = track.train.dataset, track.test.dataset
    config = dataclasses.replace(
        config, dataset=dataset_name(train_set), train_size=len(train_set), test_size=len(test_set)
    )
    key = run_key(config, content_hash(train_set), content_hash(test_set), source_hash(SOURCES))
    folder = make_folder(runs_root() / key)
    with waiting_lock(folder / ".lock"):
        return run_on(track, config, folder)


class Finish(NamedTuple):
    """When a training reached its goal: in whole epochs, and in seconds of training alone.

    Where ``reached`` is False, it had not done so by then, and both are less than it would take.
    """

    epochs: int
    seconds: float
    reached: bool


class Ratio(NamedTuple):
    """The slower one's figure over the faster one's.

    ``bound`` is ``"="``, or ``">"`` (it is more, the slower one did not arrive), or ``"<"`` (it is
    less, the faster one did not), or ``"?"`` where neither did, and nothing is known.
    """

    value: float
    bound: str


class Speedup(NamedTuple):
    """The ratios of several seeds; mean and standard deviation of three or more that all are exact."""

    ratios: list[Ratio]
    mean: float | None
    standard_deviation: float | None


def finish(history: History, goal: float) -> Finish:
    """Return when the training error first was at most the goal.

    Parameters
    ----------
    history
        As ``run_race`` returns it. The error is measured at the end of each epoch, so that the
        answer is a whole number of epochs; nothing is interpolated.
    goal
        A fraction.
    """
    if not history or any("train_error" not in row for row in history):
        raise BookError("not_a_race")
    seconds = 0.0
    for row in history:
        seconds += row["training_seconds"]
        if row["train_error"] <= goal:
            return Finish(row["epoch"], seconds, True)
    return Finish(history[-1]["epoch"], seconds, False)


def ratio(fast: Finish, slow: Finish, quantity: str) -> Ratio:
    """Return how many times the faster one's epochs, or seconds, the slower one took."""
    bounds = {(True, True): "=", (True, False): ">", (False, True): "<", (False, False): "?"}
    value = getattr(slow, quantity) / getattr(fast, quantity)
    return Ratio(value, bounds[fast.reached, slow.reached])


def speedup(
    fast: Mapping[int, History], slow: Mapping[int, History], goal: float, quantity: str
) -> Speedup:
    """Compare two networks, each seed of the one with the same seed of the other.

    Parameters
    ----------
    fast, slow
        Seed and history. A seed that only one of them has is left out.
    goal
        Of the training error, a fraction.
    quantity
        ``"epochs"`` or ``"seconds"``.

    Returns
    -------
    Speedup
        Mean and standard deviation (of the sample, n - 1) are None for fewer than three seeds, or
        where a bound is among the ratios: the mean of "more than" is no number.
    """
    seeds = sorted(fast.keys() & slow.keys())
    ratios = [ratio(finish(fast[seed], goal), finish(slow[seed], goal), quantity) for seed in seeds]
    exact = [each.value for each in ratios if each.bound == "="]
    if len(exact) < max(len(ratios), MINIMUM_FOR_SPREAD):
        return Speedup(ratios, None, None)
    summary = over_seeds(exact)
    return Speedup(ratios, summary.mean, summary.standard_deviation)


def epochs_words(end: Finish) -> str:
    """Return the epochs of a finish as a table has them, such as ``7`` or ``more than 40``."""
    return str(end.epochs) if end.reached else text("race.more_than", value=end.epochs)


def ratio_words(of: Ratio) -> str:
    """Return a ratio as a sentence has it, such as ``2.5`` or ``more than 2.5``."""
    names = {">": "more_than", "<": "less_than"}
    value = f"{of.value:.1f}"
    return {"=": value, "?": "—"}.get(of.bound) or text(f"race.{names[of.bound]}", value=value)
