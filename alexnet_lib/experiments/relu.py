"""Chapter 11: the race of activation functions to 25 % training error."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import SGD

from alexnet_lib.checks import check_choice
from alexnet_lib.experiments.recipe import MEASURED, Loaders, Recipe, build, initialize, make_loaders
from alexnet_lib.language import BookError, text
from alexnet_lib.metrics import evaluate
from alexnet_lib.training import History, fit

# --- The network ---

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "gelu": nn.GELU}


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
    """The network of the paper's figure 1, as far as the paper describes it, for 32x32 images.

    Three convolutions and one fully connected layer. Each convolution is followed by pooling with stride 2
    and then by the activation, in the order of the first layer of cuda-convnet's layers-18pct.cfg; behind max
    pooling it comes to the same for every activation that only rises, and costs a quarter. No dropout and no
    normalization: the paper trains without regularization (figure 1).

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


# --- The race, and a learning rate for each racer ---

SEARCH_EPOCHS = 3
SPACING = 3  # from one learning rate to the next

Trial = dict[str, float | None]


@dataclass(frozen=True)
class RaceRecipe(Recipe):
    """A race: the same images in another order each epoch, neither cropped nor flipped, until the goal.

    ``activation`` and ``variant`` are those of ``FourLayerNet``. Without a ``learning_rate``, ``search``
    tries a third of ``middle_rate``, itself, and three times as much. Pooling, which takes much of these
    networks' time on a CPU, is faster with weights in the memory format channels_last.
    """

    network: str = "FourLayerNet"
    activation: str = "relu"
    variant: int = 1
    epochs: int = 40
    initialization: str = "xavier"
    optimizer: str = "sgd"
    learning_rate: float | None = None
    middle_rate: float = 0.01
    padding: int = 0
    flips: str = "none"
    goal: float = 0.25

    memory_format: ClassVar[torch.memory_format] = torch.channels_last

    def make_model(self, num_classes: int) -> nn.Module:
        """Return the network with its first weights: with one seed the same, whatever the activation."""
        torch.manual_seed(self.seed)
        model = FourLayerNet(self.activation, self.variant, num_classes)
        initialize(model, self.initialization)
        return model

    def make_optimizers(self, model: nn.Module) -> list[SGD]:
        """Return SGD with momentum, and no weight decay: the paper's race has no regularization."""
        return [SGD(model.parameters(), self.learning_rate, momentum=0.9, fused=True)]


def search(recipe: RaceRecipe, device: str | torch.device | None = None) -> list[Trial]:
    """Try a third of the middle learning rate, itself, and three times as much."""
    short = replace(recipe, train_size=min(recipe.train_size or MEASURED, MEASURED), epochs=SEARCH_EPOCHS)
    loaders = make_loaders(short, device)
    rates = (recipe.middle_rate / SPACING, recipe.middle_rate, recipe.middle_rate * SPACING)
    return [try_rate(replace(short, learning_rate=rate), loaders) for rate in rates]


def try_rate(recipe: RaceRecipe, loaders: Loaders) -> Trial:
    """Train a fresh network briefly, and measure it on the images that it was trained on.

    Returns
    -------
    dict
        ``learning_rate``, and what was reached in evaluation mode: ``train_loss`` and ``train_error``, None
        where the loss did not stay finite.
    """
    trial: Trial = {"learning_rate": recipe.learning_rate, "train_loss": None, "train_error": None}
    device = loaders.train.device
    training = build(recipe, device, loaders=loaders)
    try:
        fit(
            training.model, loaders.train, epochs=recipe.epochs, optimizer=training.optimizers, device=device
        )
        reached = evaluate(training.model, loaders.measured, device)
    except BookError as error:
        if error.name not in ("loss_not_finite", "scores_not_numbers"):
            raise
        return trial
    if math.isfinite(reached["loss"]):
        trial |= {"train_loss": reached["loss"], "train_error": 1 - reached["accuracy"]}
    return trial


def best_rate(tried: list[Trial]) -> float:
    """Return the learning rate of the lowest training loss, which still tells apart equal errors."""
    finite = [trial for trial in tried if trial["train_loss"] is not None]
    if not finite:
        raise BookError("no_rate", rates=", ".join(f"{trial['learning_rate']:g}" for trial in tried))
    return min(finite, key=lambda trial: trial["train_loss"])["learning_rate"]


# --- How many times faster ---


class Finish(NamedTuple):
    """When a training reached its goal: in whole epochs, and in seconds of training alone.

    Where ``reached`` is False, it had not done so by then, and both are less than it would take.
    """

    epochs: int
    seconds: float
    reached: bool


def finish(history: History, goal: float) -> Finish:
    """Return when the training error first was at most the goal.

    Parameters
    ----------
    history
        With ``train_error``. The error is measured at the end of each epoch, so that the answer is a whole
        number of epochs; nothing is interpolated.
    goal
        A fraction.
    """
    seconds = 0.0
    for row in history:
        seconds += row["training_seconds"]
        if row["train_error"] <= goal:
            return Finish(row["epoch"], seconds, True)
    return Finish(history[-1]["epoch"], seconds, False)


def ratio(fast: Finish, slow: Finish, quantity: str) -> tuple[float, float]:
    """Return how many times the faster one's epochs, or seconds, the slower one took: at least, at most.

    Both are the same where both arrived. Where only the slower one did not, it is more than the first;
    where only the faster one did not, less than the second; and where neither did, from zero to infinity.
    """
    value = getattr(slow, quantity) / getattr(fast, quantity)
    return (value if fast.reached else 0.0), (value if slow.reached else math.inf)


def ratios(
    fast: Mapping[int, History], slow: Mapping[int, History], goal: float, quantity: str
) -> list[tuple[float, float]]:
    """Compare two networks, each seed of the one with the same seed of the other.

    Parameters
    ----------
    fast, slow
        Seed and history. A seed that only one of them has is left out.
    goal
        Of the training error, a fraction.
    quantity
        ``"epochs"`` or ``"seconds"``.
    """
    seeds = sorted(fast.keys() & slow.keys())
    return [ratio(finish(fast[seed], goal), finish(slow[seed], goal), quantity) for seed in seeds]


def epochs_words(end: Finish) -> str:
    """Return the epochs of a finish as a table has them, such as ``7`` or ``more than 40``."""
    return str(end.epochs) if end.reached else text("race.more_than", value=end.epochs)


def ratio_words(low: float, high: float) -> str:
    """Return a ratio as a sentence has it, such as ``2.5`` or ``more than 2.5``."""
    if low == high:
        return f"{low:.1f}"
    if low:
        return text("race.more_than", value=f"{low:.1f}")
    return "—" if math.isinf(high) else text("race.less_than", value=f"{high:.1f}")
