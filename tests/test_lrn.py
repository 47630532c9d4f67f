"""Chapter 12: the layers, the networks of the two files, their training, ten views."""

import dataclasses
import itertools
import json

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torchvision.transforms import functional as vision

import record_runs
from alexnet_lib.experiments.lrn import (
    NORMALIZATIONS,
    RATES,
    CrossMapNormalization,
    LocallyConnected2d,
    LocalNetwork,
    LocalRecipe,
)
from alexnet_lib.experiments.recipe import build
from alexnet_lib.experiments.tensor_loader import TensorLoader
from alexnet_lib.experiments.tta import TenViews
from alexnet_lib.metrics import predict_logits
from alexnet_lib.records import fact, recorded_run
from alexnet_lib.transforms import channel_statistics
from alexnet_lib.uncertainty import mcnemar
from run_files import RESULTS
from tiny import TinyImages, parameters, refused

# --- Windows summed by a matrix are those of torch's layer; test_paper_code.py has the paper's sum ---


@pytest.fixture
def maps() -> torch.Tensor:
    return 3 * torch.randn(2, 16, 4, 3, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("size", [1, 5, 9, 31])
def test_it_is_torchs_layer(maps, size):
    ours = CrossMapNormalization(16, size, alpha=0.7, beta=0.75)
    torch.testing.assert_close(ours(maps), nn.LocalResponseNorm(size, alpha=0.7, beta=0.75, k=1)(maps))


def test_a_window_one_map_too_far_would_be_noticed(maps):
    ours = CrossMapNormalization(16, 9, alpha=0.9, beta=0.75)
    ours.window = ours.window.roll(1, dims=1)
    assert not torch.allclose(ours(maps), nn.LocalResponseNorm(9, 0.9, 0.75, 1)(maps))


def test_in_a_short_format_it_still_computes_in_float32(maps):
    layer = CrossMapNormalization(16, 9, 0.9, 0.75)
    with torch.autocast("cpu", torch.bfloat16):
        out = layer(maps)
    assert out.dtype == torch.float32
    torch.testing.assert_close(out, layer(maps))


# --- The locally connected layer against unfold ---


@pytest.fixture
def layer() -> LocallyConnected2d:
    torch.manual_seed(0)
    layer = LocallyConnected2d(2, 4, kernel_size=3, size=5).double()
    nn.init.normal_(layer.bias)
    return layer


def test_every_output_is_its_window_times_the_weights_of_its_place(layer):
    inputs = torch.randn(3, 2, 5, 5, dtype=torch.float64)
    windows = functional.unfold(inputs, 3, padding=1)  # (image, window, place), the map first in a window
    weights = layer.weight.view(25, 3, 3, 2, 4).permute(0, 3, 1, 2, 4).reshape(25, 18, 4)
    out = torch.einsum("nwp,pwo->nop", windows, weights) + layer.bias.T
    torch.testing.assert_close(layer(inputs), out.view(3, 4, 5, 5))


@pytest.mark.parametrize("shape", [(3, 2, 6, 6), (2, 5, 5)])
def test_an_input_of_another_shape_is_refused_in_one_sentence(layer, shape):
    with refused("input_size", shape):
        layer(torch.zeros(shape, dtype=torch.float64))


# --- The networks of the two files ---

def test_the_facts_are_what_the_shapes_give():
    for file, normalization in (("local13", "none"), ("local11", "lrn")):
        assert fact(f"{file}_parameters") == parameters(LocalNetwork(normalization, fact(f"{file}_maps")))
    by_hand = 64 * (75 + 1) + 64 * (1600 + 1) + 36 * 32 * (576 + 1) + 36 * 32 * (288 + 1) + 10 * (1152 + 1)
    assert fact("local13_parameters") == by_hand


@pytest.mark.parametrize(
    ("model", "alpha"),
    [
        (LocalNetwork("lrn", width=64, pixel_unit=1), 0.001),
        (LocalRecipe(normalization="lrn", alpha=0.6).make_model(10), 0.6),
    ],
)
def test_the_network_is_the_files_layers_one_after_another(model, alpha):
    """With torch's own LRN and the files' alpha, for pixels of 0 to 255; then with another."""
    torch.manual_seed(0)
    model.initialize()
    part = model.features
    images = 60 * torch.randn(2, 3, 24, 24)
    lrn = nn.LocalResponseNorm(9, alpha=alpha, beta=0.75, k=1)
    x = functional.relu(part.conv1(images))
    x = lrn(functional.max_pool2d(x, 3, 2, ceil_mode=True))
    x = lrn(functional.relu(part.conv2(x)))
    x = functional.max_pool2d(x, 3, 2, ceil_mode=True)
    x = functional.relu(part.local4(functional.relu(part.local3(x))))
    torch.testing.assert_close(model(images), model.classifier(x.flatten(1)))


def scaled_pair(unit: float, given: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the scores on pixels, and those on pixels divided by a unit, times that unit."""
    torch.manual_seed(0)
    raw, scaled = LocalNetwork("lrn", pixel_unit=1), LocalNetwork("lrn", pixel_unit=given)
    raw.initialize()
    for layer in raw.modules():
        if getattr(layer, "bias", None) is not None:
            nn.init.normal_(layer.bias)
    weights = {key: value / unit if "bias" in key else value for key, value in raw.state_dict().items()}
    scaled.load_state_dict(weights)
    images = 60 * torch.randn(2, 3, 24, 24)
    with torch.no_grad():
        return raw(images), unit * scaled(images / unit)


def test_pixels_in_another_unit_change_nothing_if_alpha_goes_with_its_square():
    torch.testing.assert_close(*scaled_pair(unit=64, given=64), rtol=1e-4, atol=1e-4)
    ours, theirs = scaled_pair(unit=64, given=1)  # alpha as it was: another network
    assert (ours - theirs).abs().max() > 0.1 * ours.abs().max()


@pytest.mark.parametrize("initialization", ["kaiming", "file"])
def test_first_weights_keep_the_signal_or_have_the_files_deviations(initialization):
    """The file's in another unit of the pixels; in its own, test_faithful_run.py compares them with it."""
    torch.manual_seed(0)
    model = LocalNetwork("none", width=64)
    model.initialize(initialization)
    inputs = {"conv1": 75, "conv2": 1600, "local3": 576, "local4": 576}
    layers = {name: getattr(model.features, name) for name in inputs} | {"fc10": model.classifier}
    for name, layer in layers.items():
        deviation = fact(f"local_initial_std_{name}") * (64 if name == "conv1" else 1)
        if initialization == "kaiming":
            deviation = 0.01 if name == "fc10" else (2 / inputs[name]) ** 0.5
        assert layer.weight.std().item() == pytest.approx(deviation, rel=0.05), name
        assert not layer.bias.any(), name


@pytest.mark.parametrize("name", ["normalization", "initialization"])
def test_an_unknown_choice_is_named(name):
    with refused("unknown_choice", "layer"):
        LocalNetwork("layer") if name == "normalization" else LocalNetwork().initialize("layer")


@pytest.mark.parametrize("normalization", ["none", "lrn", "batch"])
def test_biases_learn_at_twice_the_rate_and_only_the_upper_layers_decay(normalization):
    model = LocalNetwork(normalization)
    (optimizer,) = LocalRecipe(learning_rate=0.1, weight_decay=0.004).make_optimizers(model)
    groups = optimizer.param_groups
    settings = {id(p): (group["lr"], group["weight_decay"]) for group in groups for p in group["params"]}
    assert len(settings) == sum(len(group["params"]) for group in groups)
    for name, parameter in model.named_parameters():
        decays = "weight" in name and name.split(".")[-2] in ("local3", "local4", "classifier")
        assert settings[id(parameter)] == (0.2 if "bias" in name else 0.1, 0.004 if decays else 0), name


# --- A cell of chapter 12's table is trained as it says, and goes on where it stopped ---

CONFIG = LocalRecipe(normalization="lrn", dataset="shapes10", epochs=2, batch_size=16)


@pytest.mark.usefixtures("small_data")
def test_a_cell_is_built_as_it_says_and_measured_where_it_should_be():
    training = build(CONFIG, "cpu")
    (row,) = training.fit(epochs=1)
    assert [len(loader.dataset) for loader in training.loaders] == [90, 10, 20, 90]
    assert all(next(iter(loader))[0].shape[1:] == (3, 24, 24) for loader in training.loaders)
    assert row["val_loss"] is not None and row["test_loss"] is None
    views = CONFIG.view_logits(training.model, training.loaders.test)
    torch.testing.assert_close(views.exp().sum(dim=1), torch.ones(20))
    wide = dataclasses.replace(CONFIG, normalization="batch", width=64).make_model(10)
    assert wide.features.local3.out_channels == 64
    assert any(isinstance(layer, nn.BatchNorm2d) for layer in wide.modules())


def test_the_plan_trains_every_cell_at_the_rate_of_its_normalization():
    planned = [(name, config) for name, config in record_runs.planned() if isinstance(config, LocalRecipe)]
    cells = [config for name, config in planned if name == f"local_{config.normalization}_{config.width}"]
    assert {config.normalization for config in cells} == set(RATES) == set(NORMALIZATIONS)
    assert all(config.learning_rate == RATES[config.normalization] for config in cells)
    others = [
        dataclasses.replace(config, normalization="none", width=32, seed=0, learning_rate=0.5)
        for config in cells
    ]
    assert all(other == others[0] for other in others)  # nothing else differs


def test_the_rates_lie_near_the_best_of_those_tried():
    tries = [json.loads(line) for line in (RESULTS / "search_local.jsonl").read_text("utf-8").splitlines()]
    tried_at = {}
    for name in ("none", "lrn"):
        mine = [tried for tried in tries if tried["recipe"]["normalization"] == name]
        rates = sorted(tried["recipe"]["learning_rate"] for tried in mine)
        best = max(mine, key=lambda tried: tried["val_accuracy"])["recipe"]["learning_rate"]
        assert rates[0] < best < rates[-1]
        assert best / 2 < RATES[name] < 2 * best
        tried_at[name] = rates
    # As the chapter says: the rate without LRN was not tried itself, and fewer were than with LRN.
    assert RATES["none"] not in tried_at["none"] and RATES["lrn"] in tried_at["lrn"]
    assert len(tried_at["none"]) < len(tried_at["lrn"])


# --- Crops out of the image, and ten views of it ---

SIZE = 24


class Slope(nn.Module):
    """A network for which no two views are alike."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.weight = nn.Parameter(torch.randn(3 * SIZE * SIZE, 10) / 20)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(start_dim=1) @ self.weight


@pytest.fixture(scope="module")
def images() -> TinyImages:
    return TinyImages(60)


def loader(images: TinyImages, **options: object) -> TensorLoader:
    return TensorLoader(images, *channel_statistics(images), padding=0, size=SIZE, device="cpu", **options)


def whole(images: TinyImages) -> torch.Tensor:
    """Return all images, normalized, one by one."""
    mean, std = channel_statistics(images)
    pictures = [torch.from_numpy(picture).permute(2, 0, 1).float() / 255 for picture in images.data]
    return torch.stack([vision.normalize(picture, mean, std) for picture in pictures])


def by_views(model: nn.Module, images: torch.Tensor, flips: tuple[bool, ...] = (False, True)) -> torch.Tensor:
    """Return mean probabilities over ten views of each image, taken one at a time."""
    corners = [(0, 0), (0, 8), (4, 4), (8, 0), (8, 8)]
    means = []
    for image in images:
        total = torch.zeros(10)
        for top, left in corners:
            for flip in flips:
                view = vision.crop(image, top, left, SIZE, SIZE)
                view = vision.hflip(view) if flip else view
                total += model(view[None])[0].softmax(dim=0)
        means.append(total / (len(corners) * len(flips)))
    return torch.stack(means)


def test_answers_are_mean_probabilities_over_ten_views(images):
    model, pictures = Slope(), whole(images)
    torch.testing.assert_close(TenViews(model, SIZE)(pictures).exp(), by_views(model, pictures))
    unflipped = by_views(model, pictures, (False, False))
    assert not torch.allclose(TenViews(model, SIZE)(pictures).exp(), unflipped)
    logits = torch.stack([model(view) for view in vision.ten_crop(pictures, SIZE)]).mean(dim=0)
    assert not torch.allclose(TenViews(model, SIZE)(pictures).exp(), logits.softmax(dim=1), atol=1e-3)


def test_a_loader_of_the_middle_crops_gives_ten_views_of_each_whole_image(images):
    model = Slope()
    ours = CONFIG.view_logits(model, loader(images))
    torch.testing.assert_close(ours.exp(), by_views(model, whole(images)))
    assert not np.array_equal(ours, predict_logits(model, loader(images), "cpu")[0])


def test_a_class_without_any_probability_has_a_finite_logarithm():
    class Sure(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.tensor([[1000.0, 0.0]]).expand(len(x), 2)

    scores = TenViews(Sure(), SIZE)(torch.zeros(1, 3, 32, 32))
    assert torch.isfinite(scores.half()).all() and scores.argmax() == 0


# --- What the chapter says of the recorded runs ---


def recorded(name: str, seed: int = 0) -> dict:
    """Return a record, and under ``errors`` those in percent: after the last epoch, and of ten views."""
    about = json.loads((RESULTS / f"local_{name}-{seed}.json").read_text("utf-8"))
    last = about["history"][-1]
    errors = {split: 100 * (1 - last[f"{split}_accuracy"]) for split in ("train", "val")}
    return about | {"errors": errors | {"ten": 100 * about["test_views"]["top1_error"]}}


def test_the_errors_lie_as_the_chapter_reads_them():
    for width in (32, 64):
        runs = [recorded_run(f"local_{name}_{width}") for name in ("none", "lrn")]
        test = mcnemar(runs[0].labels, *(run.views.argmax(axis=1) for run in runs))
        assert test.only_first > test.only_second and test.p_value < 1e-3
    names = ("none_32", "none_32_light", "lrn_32", "lrn_32_slow", "lrn_32_light", "lrn_32_mild_light")
    none, none_light, with_lrn, slow, light, mild_light = (recorded(name)["errors"] for name in names)
    assert light["val"] < with_lrn["val"] and light["train"] < with_lrn["train"]
    half_an_interval = 100 * 1.96 * (0.18 * 0.82 / 5_000) ** 0.5
    assert none_light["val"] + 2 * half_an_interval < light["val"]
    assert none["val"] + 2 * half_an_interval < slow["val"]
    # A smaller alpha at the lighter decay about halves the distance.
    assert 0.4 < (mild_light["val"] - none_light["val"]) / (light["val"] - none_light["val"]) < 0.6
    doses = [with_lrn, *(recorded(f"lrn_32_{dose}")["errors"] for dose in ("medium", "mild", "faint"))]
    for split in ("train", "val"):
        errors = [dose[split] for dose in doses]
        assert errors == sorted(set(errors), reverse=True)
    assert abs(doses[-1]["val"] - none["val"]) < half_an_interval


def test_no_record_with_lrn_is_ahead_of_one_without_of_as_many_maps_and_the_same_decay():
    """At no seed, of whatever rate or alpha; on the test images and on those of validation.

    What began from the file's start is no evidence, says the chapter, and left out.
    """
    errors: dict[str, list[tuple]] = {"none": [], "lrn": []}
    for path in RESULTS.glob("local_*.json"):
        name, seed = path.stem.removeprefix("local_").rsplit("-", 1)
        about = recorded(name, int(seed))
        config = about["config"]
        if "_file" not in name and config["normalization"] in errors:
            cell = (config["width"], config["weight_decay"])
            errors[config["normalization"]].append((cell, about["errors"]))
    assert {cell for cell, _ in errors["lrn"]} <= {cell for cell, _ in errors["none"]}
    for (cell, with_lrn), (other, none) in itertools.product(errors["lrn"], errors["none"]):
        if cell == other:
            assert none["ten"] < with_lrn["ten"] and none["val"] < with_lrn["val"]


LIGHT_WITH_LRN = {"normalization": "lrn", "learning_rate": 0.08, "alpha": 0.1}


@pytest.mark.parametrize(
    ("name", "beside", "changes"),
    [
        ("lrn_32_slow", "none_32", {"normalization": "lrn"}),
        ("lrn_32_mild_light", "none_32_light", LIGHT_WITH_LRN),
        ("lrn_32_mild_light", "lrn_32_mild", {"weight_decay": 0.00075}),
        ("lrn_32_medium", "lrn_32", {"alpha": 0.6}),
        ("lrn_32_mild", "lrn_32", {"alpha": 0.1}),
        ("lrn_32_faint", "lrn_32", {"alpha": 0.001}),
    ],
)
def test_trainings_that_the_chapter_compares_differ_in_what_it_says_alone(name, beside, changes):
    ours, theirs = recorded(name), recorded(beside)
    recipes = []
    for about in (ours, theirs):
        settings = about["config"]
        settings["warmup"] = settings.pop("warm_up", settings.get("warmup"))  # its name in older records
        recipes.append(LocalRecipe(**settings))
    assert recipes[0] == dataclasses.replace(recipes[1], **changes)
    # Beside one without LRN, the machine is the same as well.
    for same in ("dtype", "split", *["hardware"] * beside.startswith("none")):
        assert ours[same] == theirs[same]
