"""Chapter 11: the network, the race to its goal, the search for a rate, and the factor, counted by hand."""

import dataclasses
import math
import time

import pytest
import torch
from torch.nn import functional

from alexnet_lib import shapes
from alexnet_lib.experiments import recipe as recipes
from alexnet_lib.experiments import relu
from alexnet_lib.experiments.recipe import MEASURED, build, initialize, make_loaders
from alexnet_lib.experiments.relu import (
    ACTIVATIONS,
    VARIANTS,
    Finish,
    FourLayerNet,
    RaceRecipe,
    Variant,
    best_rate,
    epochs_words,
    finish,
    ratio,
    ratio_words,
    ratios,
    search,
    try_rate,
)
from alexnet_lib.experiments.tensor_loader import TensorLoader
from alexnet_lib.language import BookError, text
from alexnet_lib.summary import layer_table
from alexnet_lib.transforms import channel_statistics
from tiny import TinyImages, without_seconds


def network(activation: str = "relu", variant: int = 1, seed: int = 0) -> FourLayerNet:
    torch.manual_seed(seed)
    model = FourLayerNet(activation, variant)
    initialize(model, "kaiming")
    return model


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_network_is_the_one_written_out_by_hand(activation):
    model = network(activation)
    formulas = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "gelu": functional.gelu}
    images = torch.randn(4, 3, 32, 32)
    values = images
    for conv in (model.features[0], model.features[3], model.features[6]):
        values = functional.conv2d(values, conv.weight, conv.bias, padding=2)
        values = functional.max_pool2d(functional.pad(values, (0, 1, 0, 1), value=-math.inf), 3, stride=2)
        values = formulas[activation](values)
    expected = values.reshape(4, -1) @ model.classifier.weight.T + model.classifier.bias
    torch.testing.assert_close(model(images), expected)


# Conv2 has 32 maps of 5 x 5 inputs and as many outputs; the classifier 1,024 inputs and 10 outputs.
SPREADS = {
    "kaiming": {"features.3": math.sqrt(2 / 800), "classifier": math.sqrt(2 / 1024)},
    "xavier": {"features.3": math.sqrt(2 / 1600), "classifier": math.sqrt(2 / 1034)},
    "normal": {"features.3": 0.01, "classifier": 0.01},
}


@pytest.mark.parametrize("initialization", SPREADS)
def test_first_weights_have_the_spread_of_their_formula(initialization):
    drawn = {layer: [] for layer in SPREADS[initialization]}
    for seed in range(30):  # of many networks, so that it is precise
        torch.manual_seed(seed)
        model = FourLayerNet()
        initialize(model, initialization)
        for layer, weights in drawn.items():
            weights.append(model.get_parameter(f"{layer}.weight").detach().flatten())
            assert not model.get_parameter(f"{layer}.bias").any()
    spread = {layer: torch.cat(weights).std().item() for layer, weights in drawn.items()}
    assert spread == pytest.approx(SPREADS[initialization], rel=0.01)


def test_networks_of_one_seed_differ_in_nothing_but_the_activation():
    relu, tanh, other = network(), network("tanh"), network(seed=1)
    assert all(torch.equal(a, b) for a, b in zip(relu.parameters(), tanh.parameters(), strict=True))
    assert not torch.equal(next(relu.parameters()), next(other.parameters()))


def test_the_two_variants_differ_in_what_the_paper_leaves_open():
    rows = {variant: layer_table(network(variant=variant)) for variant in VARIANTS}
    parameters = {variant: sum(row.parameters for row in table) for variant, table in rows.items()}
    assert parameters == {1: 89_578, 2: 66_570}


CONFIG = RaceRecipe(
    dataset="shapes10", epochs=4, batch_size=16, learning_rate=0.05, middle_rate=0.03, goal=0.0
)


@pytest.fixture
def small(monkeypatch):
    """Let shapes10 be 60 training and 20 test images, and the network's maps few."""
    monkeypatch.setattr(shapes, "COUNT", {True: 60, False: 20})
    few = Variant(3, (4, 4, 4), torch.nn.MaxPool2d, pooling_size=2)
    monkeypatch.setattr(relu, "VARIANTS", {1: few})


def epoch_of(loader: TensorLoader, number: int) -> tuple[torch.Tensor, list[int]]:
    loader.set_epoch(number)
    images, labels = zip(*loader, strict=True)
    return torch.cat(images), torch.cat(labels).tolist()


# --- The images ---


def test_shuffling_changes_the_order_and_nothing_else():
    images = TinyImages(50)
    statistics = channel_statistics(images)
    plain, _ = epoch_of(TensorLoader(images, *statistics, device="cpu"), 1)
    options = {"augment": True, "padding": 0, "flips": "none"}
    loader = TensorLoader(images, *statistics, batch_size=16, seed=3, device="cpu", **options)
    shuffled, labels = epoch_of(loader, 1)
    order = (shuffled.flatten(1)[:, None] == plain.flatten(1)).all(dim=2).nonzero()[:, 1]
    assert sorted(order.tolist()) == list(range(50)) and order.tolist() != list(range(50))
    assert labels == [images.targets[place] for place in order]
    assert not torch.equal(epoch_of(loader, 2)[0], shuffled)
    assert torch.equal(epoch_of(loader, 1)[0], shuffled)


@pytest.mark.usefixtures("small")
def test_the_error_is_measured_on_the_first_training_images(monkeypatch):
    assert MEASURED == 10_000
    monkeypatch.setattr(recipes, "MEASURED", 20)
    loaders = make_loaders(dataclasses.replace(CONFIG, train_size=50, test_size=10), "cpu")
    assert [len(part.dataset) for part in loaders] == [50, 10, 10, 20]
    assert epoch_of(loaders.measured, 1)[1] == loaders.train.dataset.targets[:20]
    assert loaders.test.dataset.train is False and loaders.validation.dataset.train is True
    seen = {image.tobytes() for image in loaders.train.dataset.data}
    assert not any(image.tobytes() in seen for image in loaders.validation.dataset.data)


# --- The search ---


@pytest.mark.usefixtures("small")
def test_a_trial_is_a_short_training_written_out_by_hand():
    loaders = make_loaders(CONFIG, "cpu")
    model = CONFIG.make_model(10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    for epoch in (1, 2, 3):
        loaders.train.set_epoch(epoch)
        for images, labels in loaders.train:
            optimizer.zero_grad()
            functional.cross_entropy(model(images), labels).backward()
            optimizer.step()
    images, labels = next(iter(loaders.measured))
    with torch.no_grad():
        logits = model(images)
    trial = try_rate(dataclasses.replace(CONFIG, learning_rate=0.02, epochs=3), loaders)
    assert trial["learning_rate"] == 0.02
    assert trial["train_loss"] == pytest.approx(functional.cross_entropy(logits, labels).item(), rel=1e-3)
    assert trial["train_error"] == pytest.approx((logits.argmax(1) != labels).float().mean().item(), abs=1e-6)


@pytest.mark.usefixtures("small")
def test_three_rates_are_tried_a_factor_of_three_apart_on_the_first_images(monkeypatch):
    sizes = []
    monkeypatch.setattr(relu, "MEASURED", 20)
    monkeypatch.setattr(
        relu,
        "try_rate",
        lambda recipe, loaders: (
            sizes.append((recipe.epochs, len(loaders.train.dataset)))
            or {"learning_rate": recipe.learning_rate}
        ),
    )
    rates = [trial["learning_rate"] for trial in search(CONFIG, "cpu")]
    assert rates == pytest.approx([0.01, 0.03, 0.09])
    assert sizes == [(3, 20)] * 3


@pytest.mark.usefixtures("small")
def test_a_rate_that_blows_up_is_none_and_is_not_taken():
    tried = search(dataclasses.replace(CONFIG, middle_rate=1e20), "cpu")
    assert {trial["train_loss"] for trial in tried} == {None}
    with pytest.raises(BookError, match="middle_rate"):
        best_rate(tried)
    assert best_rate([*tried, {"learning_rate": 0.5, "train_loss": 9.0, "train_error": 0.9}]) == 0.5


def test_the_lowest_loss_decides_where_errors_are_equal():
    tried = [{"learning_rate": rate, "train_loss": loss, "train_error": 0.9}
             for rate, loss in ((0.1, 2.3), (0.3, 2.2), (0.9, 2.25))]  # fmt: skip
    assert best_rate(tried) == 0.3


# --- The race ---


@pytest.mark.usefixtures("small")
def test_a_race_stops_at_its_goal_and_not_before():
    whole = build(CONFIG, "cpu").fit()
    errors = [row["train_error"] for row in whole]
    assert len(errors) == CONFIG.epochs and min(errors[1:]) < errors[0]
    goal = min(errors)
    cut = build(dataclasses.replace(CONFIG, goal=goal), "cpu").fit()
    assert without_seconds(cut) == without_seconds(whole[: errors.index(goal) + 1])


@pytest.mark.usefixtures("small")
def test_measuring_is_not_counted_as_training(monkeypatch):
    def slowly(*arguments):
        time.sleep(0.2)
        return {"loss": 1.0, "accuracy": 0.5, "count": 1}

    monkeypatch.setattr(recipes, "evaluate", slowly)
    (row,) = build(dataclasses.replace(CONFIG, epochs=1), "cpu").fit()
    assert row["train_error"] == 0.5
    assert row["seconds"] > row["training_seconds"] + 0.2


GOAL = 0.25


def history(*errors: float, seconds: float = 2.0) -> list[dict]:
    """Return rows whose measuring took far longer than the training."""
    return [
        {"epoch": epoch, "train_error": error, "training_seconds": seconds, "seconds": 100.0}
        for epoch, error in enumerate(errors, start=1)
    ]


FAST, SLOW, LATE = history(0.5, 0.25), history(0.6, 0.5, 0.4, 0.3, 0.2, seconds=4), history(0.6, 0.5, 0.4)


def test_the_first_epoch_at_the_goal_counts_whatever_comes_after():
    assert finish(FAST, GOAL) == Finish(2, 4.0, True)
    assert finish(SLOW, GOAL) == Finish(5, 20.0, True)
    assert finish(history(0.5, 0.2, 0.3, 0.1), GOAL) == Finish(2, 4.0, True)


def test_without_arrival_the_last_epoch_is_a_bound():
    assert finish(LATE, GOAL) == Finish(3, 6.0, False)


@pytest.mark.parametrize(
    ("fast", "slow", "expected"),
    [
        (FAST, SLOW, (2.5, 2.5)),
        (FAST, LATE, (1.5, math.inf)),
        (LATE, SLOW, (0.0, 5 / 3)),
        (LATE, LATE, (0.0, math.inf)),
    ],
)
def test_a_ratio_says_whether_it_is_one_or_a_bound(fast, slow, expected):
    assert ratio(finish(fast, GOAL), finish(slow, GOAL), "epochs") == expected


def test_each_seed_meets_its_own_and_one_without_a_partner_waits():
    fast = {0: history(0.1), 1: history(0.5, 0.1), 2: history(0.1)}
    slow = {1: history(0.5, 0.5, 0.5, 0.1), 0: history(0.5, 0.1), 5: history(0.1)}
    assert ratios(fast, slow, GOAL, "epochs") == [(2, 2), (2, 2)]


def test_words_do_not_hide_a_bound(language):
    bounds = ((2.5, 2.5), (2.5, math.inf), (0.0, 2.5), (0.0, math.inf))
    more, less = (text(f"race.{name}_than", value="2.5") for name in ("more", "less"))
    assert [ratio_words(*each) for each in bounds] == ["2.5", more, less, "—"]
    assert epochs_words(Finish(7, 1, True)) == "7"
    assert epochs_words(Finish(40, 1, False)) == text("race.more_than", value=40)
