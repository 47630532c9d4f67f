"""Chapter 9: transfer learning, from photographs to a few handwritten digits."""

import copy

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import TensorDataset

from alexnet_lib.loaders import make_loader
from alexnet_lib.metrics import predict_logits
from alexnet_lib.transforms import CIFAR10_MEAN, CIFAR10_STD


def digits_32() -> tuple[Tensor, Tensor]:
    """Return scikit-learn's handwritten digits in the form that a network of CIFAR-10 takes.

    Returns
    -------
    images, labels
        float32 (1797, 3, 32, 32): enlarged from 8x8, grey in three channels, normalized with
        CIFAR-10's mean and standard deviation; and int64 (1797,).
    """
    digits = load_digits()
    grey = torch.from_numpy(digits.images).float() / 16
    images = functional.interpolate(grey[:, None], size=32, mode="bilinear").repeat(1, 3, 1, 1)
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (CIFAR10_MEAN, CIFAR10_STD))
    return (images - mean) / std, torch.from_numpy(digits.target)


def split_few(labels: Tensor, train_size: int, seed: int = 0) -> tuple[NDArray, NDArray, NDArray]:
    """Return the places of the images to train on, to choose by, and to test with.

    Each holds the classes in the same shares. The 500 test images are the same for every seed.
    """
    places = np.arange(len(labels))
    rest, test = train_test_split(places, test_size=500, stratify=labels, random_state=0)
    train, validation = train_test_split(
        rest, train_size=train_size, stratify=labels[rest], random_state=seed
    )
    return train, validation, test


def features_of(model: nn.Module, images: Tensor) -> Tensor:
    """Return what reaches the last layer of a network: float32 (N, features), in evaluation mode."""
    body = copy.deepcopy(model)
    body.classifier[-1] = nn.Identity()
    loader = make_loader(TensorDataset(images, torch.zeros(len(images), dtype=torch.int64)))
    return predict_logits(body, loader)[0]


def starting_network(way: str, source: nn.Module, num_classes: int = 10) -> nn.Module:
    """Return the network that a training begins with.

    Parameters
    ----------
    way
        ``"fine_tuned"``: a copy of the source, under a new last layer. ``"scratch"``: the same
        network with random weights.
    source
        Has its last layer at the end of ``classifier``; left as it is.
    """
    if way == "scratch":
        return type(source)(num_classes)
    model = copy.deepcopy(source)
    model.classifier[-1] = nn.Linear(model.classifier[-1].in_features, num_classes)
    return model
