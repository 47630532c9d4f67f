"""Every recorded run is complete, and its scores are those of its logits."""

import hashlib
import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import binomtest
from sklearn.datasets import load_digits

from alexnet_lib.data import load_dataset
from alexnet_lib.experiments.relu import FourLayerNet
from alexnet_lib.experiments.transfer import split_few
from alexnet_lib.language import BookError
from alexnet_lib.metrics import top_k_error
from alexnet_lib.runs import TrainingConfig
from alexnet_lib.summary import layer_table
from run_files import RESULTS
from transfer_run import WAYS

TRANSFERS = sorted(RESULTS.glob("transfer-*.json"))
GRIDS = sorted(RESULTS.glob("grid_*.json"))
FILES = sorted({*RESULTS.rglob("*.json")} - {*TRANSFERS} - {*GRIDS})
WEIGHTS = sorted((RESULTS.parent / "weights").glob("*.pt"))
BASELINE = sorted(RESULTS.rglob("baseline-*.json"))
KEYS = {
    "schema", "run", "seed", "config", "dtype", "split", "dataset", "history", "test", "flop", "versions",
    "hardware", "date", "commit", "duration_seconds",
}  # fmt: skip
HISTORY_KEYS = {
    "epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "test_loss", "test_accuracy",
    "learning_rate", "seconds",
}  # fmt: skip
# sha256 of ``.data`` of torchvision's CIFAR10: 50,000 and 10,000 images, uint8, NHWC.
CIFAR10 = {
    "train": "47af8b02cfcfb6cdf3dbbd1969ad7f1b70f4413f6f80f437b020ee4e5bc8304a",
    "test": "f9b1e2130bab680db56eb06d886f7f1ad0f1183907ceff4659d1735c890f5b04",
}

VALIDATION_SINCE = "2026-11-29"  # earlier records do not hold the logits of the validation images


def place(path: Path) -> str:
    """Return where a record lies, as a name for its tests."""
    return path.relative_to(RESULTS).with_suffix("").as_posix()


@pytest.fixture(params=FILES, ids=place)
def path(request) -> Path:
    return request.param


@pytest.fixture
def about(path) -> dict:
    return json.loads(path.read_text("utf-8"))


@pytest.fixture
def labels() -> np.ndarray:
    return np.load(RESULTS / "cifar10-test-labels.npy", allow_pickle=False)


def score(logits: np.ndarray, labels: np.ndarray) -> dict[str, float | int]:
    """Compute the scores by counting the classes that come before the label's."""
    logits = logits.astype(np.float64)
    rows = np.arange(len(labels))
    own = logits[rows, labels][:, None]
    earlier = np.arange(logits.shape[1])[None, :] < labels[:, None]
    rank = ((logits > own) | ((logits == own) & earlier)).sum(axis=1)
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return {
        "loss": -log_probabilities[rows, labels].mean(),
        "top1_error": (rank >= 1).mean(),
        "top5_error": (rank >= 5).mean(),
        "count": len(labels),
    }


def assert_scores_are_those_of(scores: dict, logits: np.ndarray, labels: np.ndarray) -> None:
    expected = score(logits, labels)
    assert scores.keys() == expected.keys()
    for name in ("top1_error", "top5_error", "count"):
        assert scores[name] == pytest.approx(expected[name], abs=1e-12)
    assert scores["loss"] == pytest.approx(expected["loss"], rel=1e-9)


def alexnet_kernels() -> list[tuple[int, int]]:
    """Return the channels into and out of the convolutions."""
    return [(3, 96), (96, 256), (256, 384), (384, 384), (384, 256)]


def orthogonal_flop(inputs: int, outputs: int) -> int:
    """Return the work of Muon on a 3x3 kernel: five times three products of matrices."""
    short, long = sorted((outputs, 9 * inputs))
    return 5 * 2 * (2 * short * short * long + short**3)


def alexnet_macs() -> list[int]:
    """Return the multiply-accumulates of the post's network for one image, layer by layer, by hand."""
    convolutions = [(*pair, side) for pair, side in zip(alexnet_kernels(), (32, 16, 8, 8, 8), strict=True)]
    dense = [(4096, 4096), (4096, 4096), (4096, 10)]
    return [9 * i * o * side * side for i, o, side in convolutions] + [i * o for i, o in dense]


def test_nothing_is_missing_and_the_data_are_cifar10s(path, about):
    assert about.keys() >= KEYS
    assert about["schema"] == 1
    assert path.stem == f"{about['run']}-{about['seed']}"
    assert about["config"]["seed"] == about["seed"]
    assert about["versions"].keys() >= {"python", "torch", "torchvision", "numpy"}
    assert about["hardware"]["device"]
    assert len(about["commit"].removesuffix("+")) == 40
    assert about["dtype"] in ("float32", "bfloat16", "float16")
    assert about["dataset"]["name"] == "cifar10"
    assert about["dataset"]["train_sha256"] == CIFAR10["train"]
    assert about["dataset"]["test_sha256"] == CIFAR10["test"]
    held_out = 5_000 if about["config"].get("validation", about["run"] != "baseline") else 0
    trained = about["config"].get("train_size") or 50_000 - held_out
    assert about["split"] == {"train": trained, "validation": held_out, "test": 10_000}


def test_scores_are_those_of_the_stored_logits(path, about, labels):
    """Half precision, and a running average's last digits, may settle a few close calls the other way."""
    with np.load(path.with_suffix(".npz"), allow_pickle=False) as file:
        stored = dict(file)
    expected = {"logits"} | ({"logits_views"} if "test_views" in about else set())
    if about["split"]["validation"] and about["date"] >= VALIDATION_SINCE:
        expected.add("val_logits")
    assert set(stored) == expected
    logits = stored["logits"]
    assert logits.dtype == np.float16 and logits.shape == (10_000, 10) and np.isfinite(logits).all()
    assert_scores_are_those_of(about["test"], logits, labels)
    assert about["test"]["top1_error"] == top_k_error(logits, labels)
    # Several views of an image are allowed to these alone; the oldest records do not hold the setting.
    config = about["config"]
    views = config.get("test_time_augmentation", about["run"] == "modern") or "normalization" in config
    assert ("test_views" in about) == views
    if "test_views" in about:
        assert_scores_are_those_of(about["test_views"], stored["logits_views"], labels)
    if "val_logits" in stored:
        assert stored["val_logits"].shape == (5_000, 10) and stored["val_logits"].dtype == np.float16
        if validation_labels() is not None:
            accuracy = (stored["val_logits"].argmax(axis=1) == validation_labels()).mean()
            assert about["history"][-1]["val_accuracy"] == pytest.approx(accuracy, abs=2e-3)
    last = about["history"][-1]
    if about["run"] == "baseline":
        assert 1 - last["test_accuracy"] == pytest.approx(about["test"]["top1_error"], abs=2e-3)
        assert last["test_loss"] == pytest.approx(about["test"]["loss"], rel=2e-3)
    else:  # the test images are seen once, at the end
        assert all(row["test_loss"] is None for row in about["history"])


def test_scores_of_other_rows_are_noticed(labels):
    about = json.loads(BASELINE[0].read_text("utf-8"))
    with np.load(BASELINE[0].with_suffix(".npz"), allow_pickle=False) as file:
        logits = file["logits"]
    for broken in (logits[::-1], np.roll(logits, 1, axis=1)):
        with pytest.raises(AssertionError):
            assert_scores_are_those_of(about["test"], broken, labels)


def test_labels_and_the_split_are_even_over_the_classes(labels):
    assert labels.shape == (10_000,) and np.bincount(labels).tolist() == [1_000] * 10
    held_out = np.load(RESULTS / "cifar10-split.npy", allow_pickle=False)
    assert len(np.unique(held_out)) == 5_000
    if validation_labels() is not None:
        assert np.bincount(validation_labels()).tolist() == [500] * 10


@cache
def validation_labels() -> np.ndarray | None:
    """Return the labels of the validation images, where CIFAR-10 is on this machine."""
    try:
        targets = load_dataset("cifar10", train=True, download=False).targets
    except BookError:
        return None
    return np.array(targets)[np.load(RESULTS / "cifar10-split.npy", allow_pickle=False)]


def test_the_history_is_whole_and_agrees_with_itself(about):
    history = about["history"]
    epochs = list(range(1, about["config"]["epochs"] + 1))
    if about["config"].get("goal"):  # a race ends where the goal is reached
        reached = [row["train_error"] <= about["config"]["goal"] for row in history]
        assert not any(reached[:-1])
        epochs = epochs[: len(reached)] if reached[-1] else epochs
    assert [row["epoch"] for row in history] == epochs
    for row in history:
        assert row.keys() >= HISTORY_KEYS
        assert math.isfinite(row["train_loss"]) and row["train_loss"] > 0
        assert row["seconds"] > 0 and row["learning_rate"] > 0
        right = row["train_accuracy"] * about["split"]["train"]
        assert right == pytest.approx(round(right), abs=1e-6)
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    assert about["duration_seconds"] == pytest.approx(sum(row["seconds"] for row in history))


def test_the_seed_decides_whether_baseline_and_twin_differ_as_chapter_8_tells(labels):
    runs = [(f"baseline-{seed}", "float32") for seed in range(3)] + [("twin-0", "bfloat16")]
    right = []
    for name, dtype in runs:
        about = json.loads((RESULTS / f"{name}.json").read_text("utf-8"))
        assert about["dtype"] == dtype and about["split"]["train"] == (45_000 if "twin" in name else 50_000)
        right.append(np.load(RESULTS / f"{name}.npz")["logits"].argmax(axis=1) == labels)
    *whole, fewer = right
    only = [((one & ~fewer).sum(), (fewer & ~one).sum()) for one in whole]
    p_values = [binomtest(first, first + second).pvalue for first, second in only]
    assert [p < 0.05 for p in p_values] == [True, False, False]


def test_without_crops_flips_and_dropout_the_network_overfits_as_chapter_7_tells(labels):
    names = ("twin", "twin_bare")
    held, bare = (json.loads((RESULTS / f"{name}-0.json").read_text("utf-8")) for name in names)
    shared = held["config"].keys() & bare["config"].keys()
    apart = {name for name in shared if held["config"][name] != bare["config"][name]}
    assert apart == {"flips", "padding", "dropout"} and held["dtype"] == bare["dtype"]
    assert {"learning_rate", "batch_size", "epochs", "initialization", "optimizer"} < shared
    of_bare, of_held = ([row["val_loss"] for row in about["history"]] for about in (bare, held))
    assert of_bare[0] < of_held[0] and of_held == sorted(of_held, reverse=True)
    assert of_bare[-1] > 1.4 * min(of_bare)
    falling = [row["train_loss"] for row in bare["history"]]
    assert falling == sorted(falling, reverse=True)
    sureness = []
    for name in names:
        logits = torch.from_numpy(np.load(RESULTS / f"{name}-0.npz")["logits"])
        confidence, predictions = logits.double().softmax(dim=1).max(dim=1)
        sureness.append(confidence[predictions != torch.from_numpy(labels)].mean())
    assert sureness[1] > sureness[0] + 0.2


@pytest.mark.parametrize("path", BASELINE, indirect=True, ids=place)
def test_the_baseline_is_the_posts_recipe(about):
    assert TrainingConfig(**about["config"]) == TrainingConfig(seed=about["seed"])
    assert about["dtype"] == "float32"
    assert {row["learning_rate"] for row in about["history"]} == {1e-3}


def test_the_operations_are_the_networks_and_what_a_processor_can_do(about):
    assert 1e9 < about["flop"] / about["duration_seconds"] < 1e15
    if about["run"].startswith(("local_none_", "faithful_none_", "replica_none_")):
        width = about["config"]["width"]  # the maps of the first locally connected layer, at 6 x 6 places
        macs = [24**2 * 64 * 75, 12**2 * 64 * 1600, 36 * 576 * width, 36 * 9 * width * 32, 1152 * 10]
    elif about["run"].startswith("race_"):
        network = FourLayerNet(about["config"]["activation"], about["config"]["variant"])
        macs = [row.macs for row in layer_table(network) if row.macs]
    elif about["config"].get("network") == "AlexNet":
        macs = alexnet_macs()
    else:
        return
    # Forward, and twice as much backward, but for the gradient of the image, which nobody needs.
    per_image = 2 * (3 * sum(macs) - macs[0])
    flop = per_image * about["split"]["train"] * len(about["history"])
    if about["config"].get("optimizer", "adam").startswith("muon"):
        steps = -(-about["split"]["train"] // about["config"]["batch_size"]) * about["config"]["epochs"]
        flop += steps * sum(orthogonal_flop(*shape) for shape in alexnet_kernels())
    assert about["flop"] == flop


@pytest.mark.parametrize("path", TRANSFERS, indirect=True, ids=lambda path: path.stem)
def test_a_transfer_is_whole_and_its_scores_are_those_of_the_stored_logits(path, about):
    assert about.keys() >= KEYS - {"split", "history", "test", "flop"}
    assert path.stem == f"{about['run']}-{about['seed']}" and about["config"]["seed"] == about["seed"]
    labels = load_digits().target
    ways = [(row["way"], row["train_size"]) for row in about["scores"]]
    assert ways == [(way, size) for size in about["config"]["train_sizes"] for way in WAYS]
    with np.load(path.with_suffix(".npz"), allow_pickle=False) as file:
        assert set(file.files) == {f"{way}_{size}" for way, size in ways}
        for row in about["scores"]:
            way, size = row.pop("way"), row.pop("train_size")
            test = split_few(torch.from_numpy(labels), size, about["seed"])[2]
            assert_scores_are_those_of(row, file[f"{way}_{size}"], labels[test])


def test_the_races_of_a_grid_end_where_their_readings_say():
    for path in GRIDS:
        about = json.loads(path.read_text("utf-8"))
        assert about.keys() >= KEYS - {"history", "test"} and path.stem == f"{about['run']}-{about['seed']}"
        assert about["dataset"]["train_sha256"] == CIFAR10["train"] and about["split"]["test"] == 0
        rates = [race["learning_rate"] for race in about["races"]]
        assert rates == [about["config"]["learning_rate"] / 2**k for k in range(len(rates))]
        for race in about["races"]:
            below = [error < about["config"]["goal"] for error in race["train_errors"]]
            pairs = [place for place in range(1, len(below)) if below[place - 1] and below[place]]
            epochs = len(race["train_losses"])
            assert len(below) == (4 * epochs + 1 if epochs else 0)
            assert (race["epochs_to_goal"] is None) == (not pairs)
            if pairs:  # it ends with the epoch in which the pair is whole
                assert 4 * (epochs - 1) < pairs[0] <= 4 * epochs
                assert (pairs[0] - 2) / 4 <= race["epochs_to_goal"] <= (pairs[0] - 1) / 4


def test_weights_that_travel_are_small_and_in_half_precision_but_for_running_statistics():
    for path in WEIGHTS:
        assert path.stat().st_size <= 10e6
        weights = torch.load(path, weights_only=True)
        for ending, dtype in (("running_mean", torch.float32), ("weight", torch.float16)):
            found = {values.dtype for name, values in weights.items() if name.endswith(ending)}
            assert found == {dtype}


def test_the_package_knows_the_content_of_every_result():
    """Where there is no clone, a file is fetched and compared with what the package knows of it."""
    known = json.loads((RESULTS.parents[1] / "alexnet_lib/results.json").read_text("utf-8"))
    paths = [path for path in RESULTS.rglob("*.*") if path.suffix != ".md"]
    files = {path.relative_to(RESULTS).as_posix(): path for path in paths}
    files |= {f"weights/{path.name}": path for path in WEIGHTS}
    assert known == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
