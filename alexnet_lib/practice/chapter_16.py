"""Exercises of chapter 16: ten trainings that run without an error and are wrong."""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, nll_loss
from torch.optim import SGD, Adam, Optimizer
from torch.utils.data import DataLoader, TensorDataset

from alexnet_lib.practice.exercise import Exercise, numbers

Pairs = list[tuple[Tensor, Tensor]]
Prepared = tuple[nn.Module, Optimizer]

# --- What the cases are tried on ---


def tiny() -> nn.Module:
    """Make a network for images of two by two pixels and three classes."""
    return nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(12, 3))


PIXELS = (128 + 50 * numbers(60, 3, 2, 2)).clamp(0, 255).to(torch.uint8)
LABELS = torch.arange(60) % 3


def ready() -> tuple[nn.Module, Optimizer, Pairs]:
    """Return a network, its optimizer and four batches."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 3))
    nn.init.constant_(model[1].bias, 0)
    model[1].weight.data = numbers(3, 12)
    pairs = list(zip(numbers(24, 3, 2, 2).split(6), LABELS[:24].split(6), strict=True))
    return model, SGD(model.parameters(), lr=0.1), pairs


def known() -> nn.Module:
    """Return a network with dropout whose weights are the same each time."""
    model = tiny()
    model[2].weight.data, model[2].bias.data = numbers(3, 12), torch.zeros(3)
    return model


# --- Loops and networks, right and wrong ---


def loop(
    loss_of: Callable[[Tensor, Tensor], Tensor] = cross_entropy,
    clear: str = "each",
    longest: float = float("inf"),
) -> Callable[[nn.Module, Optimizer, Pairs], list[float]]:
    """Return a training loop that clears the gradients somewhere, and may clip them."""

    def train(model: nn.Module, optimizer: Optimizer, pairs: Pairs) -> list[float]:
        losses = []
        for images, labels in pairs:
            if clear == "each":
                model.zero_grad()
            loss = loss_of(model(images), labels)
            loss.backward()
            if clear == "late":
                model.zero_grad(set_to_none=False)
            nn.utils.clip_grad_norm_(model.parameters(), longest)
            optimizer.step()
            losses.append(loss.item())
        return losses

    return train


def with_optimizer(
    learning_rate: float, own: bool = True, kind: type[Optimizer] = SGD
) -> Callable[[Callable[[], nn.Module]], Prepared]:
    """Return what makes a network and an optimizer, for its own parameters or those of another network."""

    def prepare(network: Callable[[], nn.Module]) -> Prepared:
        model = network()
        return model, kind((model if own else network()).parameters(), lr=learning_rate)

    return prepare


def convolutions(known: int) -> Callable[[], nn.Module]:
    """Return what makes the chapter's network, of whose convolutions PyTorch knows so many."""

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            layers = [nn.Conv2d(3, 16, 5, stride=2, padding=2), nn.Conv2d(16, 32, 3, padding=1)]
            self.hidden = layers[known:]
            self.layers = nn.Sequential(*layers[:known])
            self.last = nn.Linear(512, 10)

        def forward(self, images: Tensor) -> Tensor:
            for layer in (*self.layers, *self.hidden):
                images = nn.functional.max_pool2d(layer(images).relu(), 2)
            return self.last(images.flatten(1))

    return Network


# --- What is compared ---


def whose(prepare: Callable[..., Prepared], network: Callable[[], nn.Module]) -> list[int]:
    """Count the network's own parameters that the optimizer holds; tell if all else is as it was."""
    model, optimizer = prepare(network)
    held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    own = [id(parameter) in held for parameter in model.parameters()]
    return [sum(own), all(own) or (isinstance(optimizer, SGD) and optimizer.param_groups[0]["lr"] == 0.05)]


def rate(prepare: Callable[..., Prepared], network: Callable[[], nn.Module]) -> str:
    """Say of what size the learning rate of plain SGD is; other steps have a scale of their own."""
    _, optimizer = prepare(network)
    group = optimizer.param_groups[0]
    if not isinstance(optimizer, SGD) or group["momentum"]:
        return "another optimizer"
    if group["lr"] >= 0.5:
        return "as before"
    return "small" if group["lr"] < 0.01 else "large" if group["lr"] > 0.2 else "between"


def belonging(batches: Callable[..., Pairs], images: Tensor, labels: Tensor, size: int) -> list[int]:
    """Count the images, and tell whether all have their own label, and whether images and labels moved."""
    pairs = zip(*batches(images, labels, size), strict=True)
    images, labels = (torch.cat(part).flatten() for part in pairs)
    moved = [int((part.diff() != 1).any()) for part in (images, labels)]
    return [len(images), int((images == labels).all()), *moved]


def learning(network: Callable[[], nn.Module]) -> list[int]:
    """Count the parameters that PyTorch knows of and a loss reaches; give the shape of two images' logits."""
    model = network()
    logits = model(torch.zeros(2, 3, 32, 32))
    logits.sum().backward()
    reached = [parameter.numel() for parameter in model.parameters() if parameter.grad is not None]
    return [sum(reached), *logits.shape]


def stored(brighter: Callable[[Tensor, int], Tensor], pixels: Tensor, amount: int) -> list[Any]:
    """Return pixels, and whether they are of the type of pixels."""
    brightened = brighter(pixels, amount)
    return [int(brightened.dtype == torch.uint8), brightened]


def steadiness(accuracy: Callable[..., float], model: nn.Module, images: Tensor, labels: Tensor) -> object:
    """Return the score; if it depends on random numbers, say whether they are fixed, and if not, averaged."""
    scores = []
    for seed in (101, 102, 103):
        torch.manual_seed(seed)
        scores.append(torch.as_tensor(accuracy(copy.deepcopy(model), images, labels)).item())
    if len({*scores}) > 1:
        counts = [score * len(images) for score in scores]
        return "one try" if all(abs(count - round(count)) < 1e-3 for count in counts) else "a mean of tries"
    fixed = torch.initial_seed() != seed and abs(scores[0] - share_right(model.eval(), images, labels)) > 1e-3
    return "fixed" if fixed else scores[0]


def parts(split: Callable[[int, int], tuple[Tensor, Tensor]], count: int, held_out: int) -> list[int]:
    """Count the images of both parts, and tell whether none, some or all of the test are in training too."""
    training, test = (torch.as_tensor(part).tolist() for part in split(count, held_out))
    both = len({*training} & {*test})
    return [len(training), len(test), (both > 0) + (0 < both == len(test))]


# --- The functions as the chapter gives them, and others ---


def apart(move_images: bool, move_labels: bool) -> Callable[[Tensor, Tensor, int], Pairs]:
    """Return what makes batches, and shuffles images, labels or both, each for themselves."""

    def batches(images: Tensor, labels: Tensor, size: int) -> Pairs:
        if move_images:
            images = images[torch.randperm(len(images))]
        if move_labels:
            labels = labels[torch.randperm(len(labels))]
        return list(zip(images.split(size), labels.split(size), strict=True))

    return batches


def one_order(images: Tensor, labels: Tensor, size: int) -> Pairs:
    """Shuffle the pairs."""
    return [tuple(pair) for pair in DataLoader(TensorDataset(images, labels), size, shuffle=True)]


def share_right(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Return the accuracy in the mode that the network is in."""
    return float((model(images).argmax(dim=1) == labels).double().mean())


def other_seed(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Return an accuracy that is the same each time, by its random numbers."""
    torch.manual_seed(1)
    return share_right(model, images, labels)


def normalized(pixel: float = 1, mean: float = 1, std: float = 1) -> Callable[..., Tensor]:
    """Return what gives logits of normalized images; pixels and statistics are each divided by their unit."""

    def logits(model: nn.Module, pixels: Tensor, train_pixels: Tensor) -> Tensor:
        deviations, means = torch.std_mean(train_pixels.double(), dim=(0, 2, 3), keepdim=True)
        return model.eval()(((pixels / pixel - means / mean) / (deviations / std)).float())

    return logits


def cut(first: int, last: int, again: bool = False) -> Callable[[int, int], tuple[Tensor, Tensor]]:
    """Return a split: training from one multiple of the held-out number, the test part from another."""

    def split(count: int, held_out: int) -> tuple[Tensor, Tensor]:
        order = torch.randperm(count)
        start = last * held_out % count
        training = order[first * held_out :]
        return training, (torch.randperm(count) if again else order)[start : start + held_out]

    return split


EXERCISES = {
    "16_case_1": Exercise(
        right=with_optimizer(0.05),
        cases=[(tiny,)],
        compared=whose,
        untouched=with_optimizer(0.05, own=False),
        mistakes={"another_rate": with_optimizer(0.005, own=False)},
    ),
    "16_case_2": Exercise(
        right=one_order,
        cases=[(torch.arange(40), torch.arange(40), 10), (torch.arange(25), torch.arange(25), 10)],
        compared=belonging,
        untouched=apart(True, False),
        mistakes={
            "two_orders": apart(True, True),
            "labels_alone": apart(False, True),
            "nothing_shuffled": apart(False, False),
        },
    ),
    "16_case_3": Exercise(
        right=with_optimizer(0.05),
        cases=[(tiny,)],
        compared=rate,
        untouched=with_optimizer(0.5),
        mistakes={
            "still_large": with_optimizer(0.25),
            "too_small": with_optimizer(0.0005),
            "adam": with_optimizer(0.001, kind=Adam),
        },
    ),
    "16_case_4": Exercise(
        right=loop(),
        cases=[ready()],
        untouched=loop(lambda logits, labels: cross_entropy(logits.softmax(dim=1), labels)),
        mistakes={
            "other_axis": loop(lambda logits, labels: cross_entropy(logits.softmax(dim=0), labels)),
            "sigmoid": loop(lambda logits, labels: cross_entropy(logits.sigmoid(), labels)),
            "nll_loss": loop(lambda logits, labels: nll_loss(logits.softmax(dim=1), labels)),
        },
    ),
    "16_case_5": Exercise(
        right=convolutions(2),
        cases=[()],
        compared=learning,
        tolerance=0,
        untouched=convolutions(0),
        mistakes={
            "one_convolution": convolutions(1),
            "another_network": lambda: nn.Sequential(
                nn.Conv2d(3, 32, 5, stride=4, padding=2),
                nn.MaxPool2d(2),
                nn.Flatten(),
                nn.Linear(512, 10),
            ),
        },
    ),
    "16_case_6": Exercise(
        right=loop(),
        cases=[ready()],
        untouched=loop(clear="never"),
        mistakes={
            "clipped": loop(clear="never", longest=1),
            "too_early": loop(clear="late"),
        },
    ),
    "16_case_7": Exercise(
        right=lambda pixels, amount: torch.tensor(
            [min(int(level) + amount, 255) for level in pixels.flatten()], dtype=torch.uint8
        ).view(pixels.shape),
        cases=[(PIXELS[:2], 80), (torch.tensor([0, 100, 250, 255], dtype=torch.uint8), 10)],
        compared=stored,
        untouched=lambda pixels, amount: pixels + amount,
        mistakes={
            "too_bright": lambda pixels, amount: pixels.int() + amount,
            "int": lambda pixels, amount: (pixels.int() + amount).clamp(0, 255),
            "unit_of_one": lambda pixels, amount: (pixels / 255 + amount / 255).clamp(0, 1),
            "all_white": lambda pixels, amount: torch.full_like(pixels, 255),
        },
    ),
    "16_case_8": Exercise(
        right=lambda model, images, labels: share_right(model.eval(), images, labels),
        cases=[(known(), numbers(60, 3, 2, 2), LABELS), (known(), numbers(30, 3, 2, 2), LABELS[30:])],
        compared=steadiness,
        untouched=share_right,
        mistakes={
            "seeded": other_seed,
            "averaged": lambda *case: sum(share_right(*case) for _ in range(10)) / 10,
        },
    ),
    "16_case_9": Exercise(
        right=normalized(),
        cases=[(known(), PIXELS, PIXELS[::2]), (known(), PIXELS[:3], PIXELS)],
        untouched=normalized(pixel=255),
        mistakes={
            "test_statistics": lambda model, pixels, train_pixels: normalized()(model, pixels, pixels),
            "not_normalized": lambda model, pixels, train_pixels: model.eval()(pixels / 255),
            "std_left": normalized(pixel=255, mean=255),
            "mean_left": normalized(pixel=255, std=255),
            "not_divided": lambda model, pixels, train_pixels: model.eval()(
                pixels - train_pixels.float().mean(dim=(0, 2, 3), keepdim=True)
            ),
        },
    ),
    "16_case_10": Exercise(
        right=cut(1, 0),
        cases=[(40, 10), (60, 20)],
        compared=parts,
        untouched=cut(1, -1),
        mistakes={
            "drawn_twice": cut(1, 0, again=True),
            "unused_images": lambda count, held_out: (
                torch.arange(held_out, count - held_out), torch.arange(held_out)
            ),
            "exchanged": lambda count, held_out: (torch.arange(held_out), torch.arange(held_out, count)),
            "all_in_training": cut(0, 0),
            "fewer_in_training": cut(2, -1),
            "no_test": lambda count, held_out: (torch.arange(held_out, count), torch.arange(0)),
        },
    ),
}
