"""Exercises of chapter 9: counting convolutions, and what goes wrong without a sound in transfer."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from alexnet_lib.practice.exercise import Exercise


def head(model: nn.Sequential, num_classes: int) -> int:
    """Return the parameters of a new last layer."""
    return (model[-1].in_features + 1) * num_classes


def learning(
    count: Callable[[nn.Sequential, int], int], frozen: bool = True
) -> Callable[[nn.Sequential, int], int]:
    """Return what counts parameters in some way, and freezes all layers but the last, or none."""

    def counted(model: nn.Sequential, num_classes: int) -> int:
        model[:-1].requires_grad_(not frozen)
        return count(model, num_classes)

    return counted


def count_and_mode(
    count: Callable[[nn.Sequential, int], int], model: nn.Sequential, num_classes: int
) -> list[int]:
    """Tell, beside the count, whether an earlier layer learns afterwards, or a new last one does not."""
    counted = count(model, num_classes)
    stuck = model[-1].out_features == num_classes and not model[-1].weight.requires_grad
    return [counted, stuck or any(parameter.requires_grad for parameter in model[:-1].parameters())]


def network_with_statistics(mean: float, variance: float) -> nn.Sequential:
    """Return a convolution and a batch normalization that has gathered a mean and a variance."""
    network = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.BatchNorm2d(1))
    nn.init.constant_(network[0].weight, 2.0)
    nn.init.constant_(network[1].running_mean, mean)
    nn.init.constant_(network[1].running_var, variance)
    return network


def by_gathered_values(network: nn.Sequential, images: Tensor) -> Tensor:
    """Normalize by what was gathered in training."""
    convolution, norm = network
    return functional.batch_norm(convolution(images), norm.running_mean, norm.running_var)


IMAGES = torch.arange(8.0).view(2, 1, 2, 2)
TRAINED, TESTED = ["cat", "dog", "horse"], ["dog", "horse"]

EXERCISES = {
    "09_kernels": Exercise(
        right=tuple(
            count * sum(parameter.numel() for parameter in nn.Conv2d(64, 64, side).parameters())
            for count, side in ((2, 3), (1, 5))
        ),
        tolerance=0,
        mistakes={
            "no_biases": (2 * 9 * 64 * 64, 25 * 64 * 64),
            "biases_of_one": (2 * 9 * 64 * 64 + 64, 25 * 64 * 64 + 64),
            "one_bias_each": (2 * (9 * 64 * 64 + 1), 25 * 64 * 64 + 1),
            "once": (9 * 64 * 64 + 64, 25 * 64 * 64 + 64),
            "one_channel_in": (2 * (9 * 64 + 64), 25 * 64 + 64),
        },
    ),
    "09_freeze": Exercise(
        right=learning(head),
        compared=count_and_mode,
        cases=[
            (nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 10)), 3),
            (nn.Sequential(nn.Linear(5, 16), nn.Linear(16, 2)), 7),
            (nn.Sequential(nn.Linear(6, 5), nn.Linear(5, 4), nn.Linear(4, 2)), 3),
        ],
        untouched=lambda model, num_classes: 0,
        mistakes={
            "fine_tuned": learning(
                lambda model, num_classes: (
                    sum(map(torch.numel, model[:-1].parameters())) + head(model, num_classes)
                ),
                frozen=False,
            ),
            "old_layer": learning(lambda model, num_classes: sum(map(torch.numel, model[-1].parameters()))),
            "no_biases": learning(lambda model, num_classes: head(model, num_classes) - num_classes),
            "nothing_frozen": learning(head, frozen=False),
        },
    ),
    "09_folders": Exercise(
        right=lambda predictions, train_classes, labels, test_classes: float(
            np.mean(np.array(train_classes)[predictions] == np.array(test_classes)[labels])
        ),
        cases=[
            ([1, 2, 1, 0, 2], TRAINED, [0, 1, 1, 0, 1], TESTED),
            ([0, 2, 0, 1], TRAINED, [0, 1, 0, 0], ["cat", "horse"]),
            ([0, 1, 2], TRAINED, [0, 1, 1], TRAINED),
        ],
        untouched=lambda predictions, train_classes, labels, test_classes: float(
            np.mean(np.array(predictions) == np.array(labels))
        ),
        mistakes={
            "shifted_by_one": lambda predictions, train_classes, labels, test_classes: float(
                np.mean(np.array(predictions) == np.array(labels) + 1)
            ),
            "shifted": lambda predictions, train_classes, labels, test_classes: float(
                np.mean(
                    np.array(predictions) == np.array(labels) + len(train_classes) - len(test_classes)
                )
            ),
            "number_right": lambda predictions, train_classes, labels, test_classes: float(
                np.sum(np.array(train_classes)[predictions] == np.array(test_classes)[labels])
            ),
        },
    ),
    "09_batch_norm": Exercise(
        right=by_gathered_values,
        cases=[
            (network_with_statistics(1.0, 4.0), IMAGES),
            (network_with_statistics(1.0, 4.0), IMAGES[:1]),
            (network_with_statistics(-2.0, 0.25), IMAGES + 3),
        ],
        untouched=lambda network, images: network(images),
        mistakes={
            "one_by_one": lambda network, images: torch.cat([network(image[None]) for image in images]),
            "removed": lambda network, images: network[0](images),
        },
    ),
}
