"""What a reader may choose is checked at one place, and what is wrong gets a sentence."""

import math
import typing
from types import UnionType

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from alexnet_lib.checks import SETTINGS, number, seed, whole_number
from alexnet_lib.data import subset
from alexnet_lib.experiments.lrn import LocalRecipe
from alexnet_lib.experiments.recipe import Recipe
from alexnet_lib.experiments.relu import RaceRecipe
from alexnet_lib.experiments.tensor_loader import TensorLoader
from alexnet_lib.language import BookError
from alexnet_lib.loaders import make_loader
from alexnet_lib.metrics import evaluate, top_k_error
from alexnet_lib.runs import TrainingConfig
from alexnet_lib.training import fit
from tiny import TinyImages, TinyNet, refused, tiny_loader, tiny_model

CONFIGS = [TrainingConfig, Recipe, RaceRecipe, LocalRecipe]
NOT_WHOLE = [0, -1, 1.0, 1e2, "3", True, None, math.nan, np.float64(2), torch.tensor(2), [1]]
NOT_POSITIVE = [0, -1e-3, "1e-3", "fast", True, math.nan, math.inf, torch.tensor(1e-3)]
CHOSEN_BY_NAME = {"variant"}  # a number that is a key


def numbers_of(config: type) -> list[str]:
    """Return the fields of a data class that are numbers."""
    hints = typing.get_type_hints(config)
    kinds = {
        name: set(typing.get_args(hint)) if isinstance(hint, UnionType) else {hint}
        for name, hint in hints.items()
    }
    return [name for name, kind in kinds.items() if kind & {int, float} and name not in CHOSEN_BY_NAME]


@pytest.mark.parametrize("config", CONFIGS)
def test_a_number_that_no_training_can_have_is_refused_with_its_name_and_numpys_become_pythons(config):
    names = numbers_of(config)
    assert set(names) <= SETTINGS.keys() and len(names) > 5
    for name in names:
        for given in ("3", -1, math.nan, True, [1]):
            with pytest.raises(BookError, match=rf"^{name} is .*; give a (whole |finite )?number"):
                config(**{name: given})
        usual = getattr(config(), name)
        usual = {"train_size": 5, "test_size": 5, "crop": 24}.get(name, usual)
        usual = 0.5 if name in ("learning_rate", "goal", "alpha") else usual
        theirs = np.int64(usual) if isinstance(usual, int) else np.float64(usual)
        made = config(**{name: theirs})
        assert type(getattr(made, name)) in (int, float) and getattr(made, name) == usual
        assert made == config(**{name: usual})


@pytest.mark.parametrize("given", NOT_WHOLE, ids=repr)
def test_what_is_no_whole_number_from_one_is_refused(given):
    with pytest.raises(BookError) as caught:
        whole_number("epochs", given)
    shown = repr(given) if isinstance(given, str) else str(given)
    assert str(caught.value) == f"epochs is {shown}; give a whole number, epochs >= 1."


@pytest.mark.parametrize("given", NOT_POSITIVE, ids=repr)
def test_what_is_no_number_above_zero_is_refused(given):
    with pytest.raises(BookError, match=r"^learning_rate is .*; give a finite number, learning_rate > 0\.$"):
        number("learning_rate", given, above=True)


@pytest.mark.parametrize("given", [-1, 2**32, 0.5, "a"])
def test_a_seed_is_one_that_numpy_and_torch_take(given):
    with pytest.raises(BookError, match=r"^seed is .*, 0 <= seed <= 4294967295\.$"):
        seed("seed", given)
    for taken in (0, 2**32 - 1):
        np.random.default_rng(seed("seed", taken))
        np.random.RandomState(seed("seed", taken))
        torch.manual_seed(seed("seed", taken))


IMAGES = TinyImages(8)
CALLS = {  # of all that take a number of the reader's: one that cannot be
    "batch_size of a loader": lambda: make_loader(IMAGES, 0),
    "batch_size of one in memory": lambda: TensorLoader(IMAGES, (0.5,) * 3, (0.5,) * 3, 0),
    "seed": lambda: make_loader(IMAGES, seed=-1),
    "size": lambda: subset(IMAGES, -1),  # a slice would take all but one
    "epochs": lambda: fit(tiny_model(), tiny_loader(), epochs=0, device="cpu"),
    "learning_rate": lambda: fit(tiny_model(), tiny_loader(), learning_rate=0, device="cpu"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_number_that_cannot_be_is_refused_where_it_is_given(name):
    with pytest.raises(BookError, match=f"^{name.split()[0]} is (-1|0); give a "):
        CALLS[name]()


@pytest.mark.parametrize("given", [[-1], [8], [0.5], np.ones(7, dtype=bool), [[0, 1]], ["a"]], ids=repr)
def test_indices_that_are_none_of_this_data_set_are_refused(given):
    with pytest.raises(BookError, match="indices from 0 to 7, or 8 truth values"):
        subset(IMAGES, given)


def test_a_schedule_of_steps_wants_a_schedule():
    with pytest.raises(ValueError, match="schedule_steps is given without a scheduler"):
        fit(tiny_model(), tiny_loader(), device="cpu", schedule_steps=True)


def labelled(labels: torch.Tensor) -> DataLoader:
    return DataLoader(TensorDataset(torch.rand(len(labels), 3, 32, 32), labels), batch_size=4)


OUTSIDE = {
    "of a hundred classes": torch.tensor([0, 3, 68, 9]),
    "from one to ten": torch.arange(1, 11),
    "below zero": torch.tensor([-1, 0, 1]),
    "that torch would pass over": torch.tensor([-100, 0, 1]),
}
OF_ANOTHER_KIND = {
    "fractions": torch.tensor([0.0, 1.0]),
    "a column": torch.tensor([[0], [1]]),
    "one of ten": nn.functional.one_hot(torch.tensor([0, 1]), 10),
    "truth values": torch.tensor([True, False]),
}


@pytest.mark.parametrize("name", [*OUTSIDE, *OF_ANOTHER_KIND])
def test_labels_that_are_no_class_are_refused_in_training_evaluation_and_scores(name):
    labels, words = (OUTSIDE | OF_ANOTHER_KIND)[name], "class indices"
    with pytest.raises(BookError, match=words):
        fit(tiny_model(), labelled(labels), epochs=1, device="cpu")
    with pytest.raises(BookError, match=words):
        evaluate(tiny_model(), labelled(labels), "cpu")
    if name in OUTSIDE:
        with pytest.raises(BookError, match="class indices run from"):
            top_k_error(torch.rand(len(labels), 10), labels)


def test_labels_of_a_card_are_checked_by_their_data_set():
    """On a card, a label out of range stops CUDA for good; there they are not read batch by batch."""
    images = TinyImages(8)
    images.targets[5] = 10
    loader = TensorLoader(images, (0.5,) * 3, (0.5,) * 3, device="cpu")
    loader.labels = loader.labels.to("meta")
    with pytest.raises(BookError, match="class indices run from 0 to 10; only 0 to 9"):
        fit(tiny_model(), loader, epochs=1, device="cpu")


def test_where_there_is_no_image_a_sentence_says_what_to_do():
    loader = DataLoader(TinyImages(0))
    for call in (
        lambda: make_loader(TinyImages(0)),
        lambda: evaluate(tiny_model(), loader, "cpu"),
        lambda: fit(tiny_model(), loader, device="cpu"),
    ):
        with refused("no_images"):
            call()


class NormalizedNet(TinyNet):
    """Batch normalization of one value a channel and image."""

    def __init__(self) -> None:
        super().__init__()
        self.classifier.append(nn.BatchNorm1d(10))


@pytest.mark.parametrize(("count", "batch_size"), [(17, 16), (33, 16), (1, 16), (4, 1)])
def test_an_image_alone_in_its_batch_is_refused_where_it_would_have_to_be_normalized(count, batch_size):
    loader = tiny_loader(count, batch_size)
    with pytest.raises(BookError, match=f"A dataset of {count} in batches of {batch_size} "):
        fit(NormalizedNet(), loader, epochs=1, device="cpu")
    with pytest.raises(ValueError, match="Expected more than 1 value per channel"):
        NormalizedNet()(torch.zeros(1, 3, 32, 32))
    assert len(fit(tiny_model(), tiny_loader(count, batch_size), epochs=1, device="cpu")) == 1
