"""``make runs`` trains what is missing, goes on with what was begun, and writes down what it did."""

import dataclasses
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets
import sklearn.metrics
import torch

import record_runs
import run_files
import transfer_run
from alexnet_lib import records, training
from alexnet_lib.checkpoints import checkpoint_file
from alexnet_lib.experiments import relu
from alexnet_lib.experiments.lrn import LocalRecipe
from alexnet_lib.experiments.modern_alexnet import SmallAlexNet
from alexnet_lib.experiments.recipe import Recipe, build
from alexnet_lib.experiments.relu import RaceRecipe
from alexnet_lib.experiments.transfer import split_few
from alexnet_lib.language import Interrupted
from alexnet_lib.metrics import predict_logits
from alexnet_lib.runs import TrainingConfig, prepare, runs_root
from alexnet_lib.shapes import Shapes10
from alexnet_lib.training import fit
from grid_run import GridRecipe
from tiny import TinyNet, without_seconds
from transfer_run import TransferConfig

PLAN = """
[[run]]
name = "baseline"
kind = "post"
seeds = [0, 1]
network = "TinyNet"
dataset = "shapes10"
epochs = 3
batch_size = 16

[[run]]
name = "second"
kind = "recipe"
seeds = [0]
network = "TinyNet"
dataset = "shapes10"
epochs = 1
batch_size = 16
learning_rate = 0.01
ema = 0.9
"""
CONFIG = TrainingConfig(network="TinyNet", dataset="shapes10", epochs=3, batch_size=16)
RECIPE = Recipe(network="TinyNet", dataset="shapes10", epochs=1, batch_size=16, learning_rate=0.01, ema=0.9)


@pytest.fixture(autouse=True)
def book(small_data, tmp_path, monkeypatch) -> Path:
    """Make a book's folder with a plan of tiny runs, and let all files go there."""
    (tmp_path / "book/runs").mkdir(parents=True)
    (tmp_path / "alexnet_lib").mkdir()
    (tmp_path / "book/runs/runs.toml").write_text(PLAN)
    (tmp_path / "_toc.yml").touch()
    for module in (record_runs, run_files):
        monkeypatch.setattr(module, "ROOT", tmp_path)
        monkeypatch.setattr(module, "RESULTS", tmp_path / "book/results")
    monkeypatch.setenv("ALEXNET_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(run_files, "CHECKSUMS", tmp_path / "alexnet_lib/results.json")
    monkeypatch.setattr(record_runs, "commit", lambda: "a" * 40)
    monkeypatch.setattr(record_runs, "fast_dtype", lambda device: torch.float32)
    return tmp_path


def result(book: Path, name: str = "baseline-0") -> dict:
    return json.loads((book / f"book/results/{name}.json").read_text("utf-8"))


def trained() -> tuple[list[dict], torch.Tensor, torch.Tensor]:
    """Train as the plan says, without the tool."""
    model, train_loader, test_loader = prepare(CONFIG)
    history = fit(model, train_loader, test_loader, epochs=3)
    return history, *predict_logits(model, test_loader)


def interrupt_after(monkeypatch, epochs: int) -> None:
    train_epoch, done = training.train_epoch, []

    def interrupted(*arguments: object) -> dict:
        if len(done) == epochs:
            raise KeyboardInterrupt
        done.append(None)
        return train_epoch(*arguments)

    monkeypatch.setattr(training, "train_epoch", interrupted)


def test_runs_come_in_order_of_worth_seed_by_seed():
    jobs = [(name, config.seed) for name, config in record_runs.planned()]
    assert jobs == [("baseline", 0), ("second", 0), ("baseline", 1)]
    assert record_runs.planned()[0][1] == CONFIG
    assert record_runs.planned()[1][1] == RECIPE


def test_the_books_own_plan_can_be_read(monkeypatch):
    monkeypatch.setattr(record_runs, "ROOT", Path(record_runs.__file__).resolve().parents[2])
    jobs = record_runs.planned()
    assert jobs[0] == ("baseline", TrainingConfig())
    assert len({(name, config.seed) for name, config in jobs}) == len(jobs)


@pytest.mark.parametrize("wrong", ["learning_rat = 0.1", "epochs = 0"])
def test_a_setting_that_is_wrong_is_told_with_its_run(book, wrong):
    plan = PLAN.replace("ema = 0.9", wrong).replace("epochs = 1\n", "")
    (book / "book/runs/runs.toml").write_text(plan)
    with pytest.raises(SystemExit, match=f"runs.toml, second: .*{wrong.split()[0]}"):
        record_runs.planned()


def test_a_recorded_run_is_what_fit_gives_and_its_scores_are_those_of_the_logits_as_stored(book):
    record_runs.record("baseline", CONFIG)
    history, logits, labels = trained()
    about = result(book)
    assert without_seconds(about["history"]) == without_seconds(history)
    with np.load(book / "book/results/baseline-0.npz") as file:
        assert file.files == ["logits"]
        stored = file["logits"]
    assert stored.dtype == np.float16
    np.testing.assert_array_equal(stored, logits.numpy().astype(np.float16))
    np.testing.assert_array_equal(np.load(book / "book/results/cifar10-test-labels.npy"), labels)
    stored = stored.astype(np.float64)
    probabilities = np.exp(stored) / np.exp(stored).sum(axis=1, keepdims=True)
    assert about["test"] == pytest.approx({
        "loss": sklearn.metrics.log_loss(labels, probabilities, labels=range(10)),
        "top1_error": np.mean(stored.argmax(axis=1) != labels.numpy()),
        "top5_error": 1 - sklearn.metrics.top_k_accuracy_score(labels, stored, k=5, labels=range(10)),
        "count": 20,
    })  # fmt: skip


def test_a_recipe_chooses_on_validation_images_and_reads_the_test_set_once(book):
    record_runs.record("second", RECIPE)
    about = result(book, "second-0")
    assert about["split"] == {"train": 90, "validation": 10, "test": 20}
    assert Recipe(**about["config"]) == RECIPE
    assert [row["test_loss"] for row in about["history"]] == [None]
    training = build(RECIPE)
    assert without_seconds(about["history"]) == without_seconds(training.fit())
    logits, _ = predict_logits(training.ema, training.loaders.test)
    plain, _ = predict_logits(training.model, training.loaders.test)
    validated, _ = predict_logits(training.ema, training.loaders.validation)
    with np.load(book / "book/results/second-0.npz") as file:
        np.testing.assert_array_equal(file["logits"], logits.numpy().astype(np.float16))
        assert not np.array_equal(file["logits"], plain.numpy().astype(np.float16))
        np.testing.assert_array_equal(file["val_logits"], validated.numpy().astype(np.float16))
    kept = np.load(book / "book/results/cifar10-split.npy")
    labels = np.array(Shapes10(train=True).targets)
    assert np.bincount(labels[kept]).tolist() == [1] * 10
    assert about["dataset"]["train_sha256"] == hashlib.sha256(Shapes10(train=True).data.tobytes()).hexdigest()


def test_a_last_training_learns_from_the_validation_images_too_and_is_not_measured_on_them(book):
    record_runs.record("second", dataclasses.replace(RECIPE, validation=False))
    about = result(book, "second-0")
    assert about["split"] == {"train": 100, "validation": 0, "test": 20}
    assert [row["val_accuracy"] for row in about["history"]] == [None]
    training = build(dataclasses.replace(RECIPE, validation=False))
    assert sorted(training.loaders.train.dataset.targets) == sorted(Shapes10(train=True).targets)
    with np.load(book / "book/results/second-0.npz") as file:
        assert file.files == ["logits"]


def test_a_recipe_is_trained_in_the_fast_format_and_the_record_says_which(book, monkeypatch):
    monkeypatch.setattr(record_runs, "fast_dtype", lambda device: torch.bfloat16)
    record_runs.record("second", RECIPE)
    record_runs.record("baseline", CONFIG)
    about = result(book, "second-0")
    training = build(RECIPE)
    history = training.fit(dtype=torch.bfloat16)
    assert without_seconds(about["history"]) == without_seconds(history)
    assert (about["dtype"], result(book)["dtype"]) == ("bfloat16", "float32")
    # What is scored is computed in float32 all the same.
    logits, _ = predict_logits(training.ema, training.loaders.test)
    with np.load(book / "book/results/second-0.npz") as file:
        np.testing.assert_array_equal(file["logits"], logits.numpy().astype(np.float16))


def test_scores_over_several_views_stand_beside_those_of_one(book):
    record_runs.record("second", dataclasses.replace(RECIPE, test_time_augmentation=True))
    about = result(book, "second-0")
    with np.load(book / "book/results/second-0.npz") as file:
        assert sorted(file.files) == ["logits", "logits_views", "val_logits"]
        views = torch.from_numpy(file["logits_views"]).double()
        assert not np.array_equal(file["logits"], file["logits_views"])
    labels = torch.from_numpy(np.load(book / "book/results/cifar10-test-labels.npy")).long()
    loss = torch.nn.functional.cross_entropy(views, labels).item()
    assert about["test_views"]["loss"] == pytest.approx(loss)
    assert about["test_views"]["count"] == about["test"]["count"] == 20


def test_scores_of_unrounded_logits_would_be_noticed():
    logits = torch.tensor([[0, 2.0, 2.0001, 0, 0], [1.0, 1.0001, 0, 0, 0]])  # ties in float16
    assert run_files.scores_of(logits, logits.argmax(dim=1))["top1_error"] == 1.0
    assert run_files.scores_of(logits, logits.half().argmax(dim=1))["top1_error"] == 0.0


def test_everything_that_the_contract_names_is_written_and_the_package_reads_it(book, monkeypatch):
    monkeypatch.setattr(run_files, "TRAVELLING", ("baseline",))
    record_runs.record("baseline", CONFIG)
    about = result(book)
    assert about["schema"] == 1
    assert (about["run"], about["seed"], about["dtype"]) == ("baseline", 0, "float32")
    assert TrainingConfig(**about["config"]) == CONFIG
    assert about["split"] == {"train": 100, "validation": 0, "test": 20}
    for part in (True, False):
        pixels = Shapes10(train=part).data.tobytes()
        key = "train_sha256" if part else "test_sha256"
        assert about["dataset"][key] == hashlib.sha256(pixels).hexdigest()
    assert about["dataset"]["name"] == "shapes10"
    assert about["versions"]["torch"] == torch.__version__ and about["versions"]["numpy"] == np.__version__
    assert about["hardware"].keys() == {"device", "threads", "system", "memory_format"}
    assert record_runs.hardware(torch.contiguous_format, 3)["beside"] == 3
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", about["date"])
    assert about["commit"] == "a" * 40
    assert about["duration_seconds"] == pytest.approx(sum(row["seconds"] for row in about["history"]))
    assert (about["resumed"], about["resumed_elsewhere"], about["resumed_commits"]) == (0, False, [])
    sums = json.loads((book / "alexnet_lib/results.json").read_text("utf-8"))
    files = {path.name: path for path in (book / "book/results").iterdir()}
    assert set(files) == {"baseline-0.json", "baseline-0.npz", "cifar10-test-labels.npy"}
    files["weights/baseline-0.pt"] = book / "book/weights/baseline-0.pt"
    assert sums == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    monkeypatch.chdir(book)
    monkeypatch.setattr(records, "checksums", lambda: sums)
    run, found = records.recorded_run("baseline"), records.recorded_weights("baseline")
    assert run.about == about and run.labels.tolist() == Shapes10(train=False).targets
    kept = torch.load(checkpoint_file(runs_root() / "baseline-0"), weights_only=True)["model"]
    assert found.keys() == kept.keys()
    for name, values in found.items():  # they travel in half precision
        assert values.dtype == torch.float16 and torch.allclose(values.float(), kept[name], atol=1e-3)


def test_the_operations_are_counted_forward_and_backward():
    convolution, dense = 8 * 8 * 4 * (3 * 4 * 4), 256 * 10  # multiply-accumulates of one image
    # Backward: both gradients, of the weights and of the input; nobody asks for that of the image.
    one = 2 * (2 * convolution + 3 * dense)
    assert run_files.training_flop(TinyNet(), (3, 32, 32), images=1) == one
    assert run_files.training_flop(TinyNet(), (3, 32, 32), images=120) == 120 * one


def test_the_products_of_an_optimizer_are_counted_too(book):
    """Muon on TinyNet's kernel (4, 48): five times two products with 4 x 4, one of 4 x 4 by itself."""
    muon = dataclasses.replace(RECIPE, optimizer="muon", muon_learning_rate=0.01)
    product = 2 * 4 * 4 * 48
    assert record_runs.step_flop(TinyNet(), muon) == 5 * (2 * product + 2 * 4**3)
    assert record_runs.step_flop(TinyNet(), RECIPE) == 0
    record_runs.record("plain", RECIPE)
    record_runs.record("muon", muon)
    steps = -(-90 // 16)
    added = result(book, "muon-0")["flop"] - result(book, "plain-0")["flop"]
    assert added == steps * record_runs.step_flop(TinyNet(), muon)


@pytest.mark.parametrize("moved", [False, True])
def test_a_run_interrupted_and_resumed_says_so_and_whether_elsewhere(book, monkeypatch, moved):
    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        interrupt_after(patch, epochs=2)
        record_runs.record("baseline", CONFIG)
    assert not (book / "book/results/baseline-0.json").exists()
    here = record_runs.hardware(torch.contiguous_format)
    if moved:
        monkeypatch.setattr(record_runs, "hardware", lambda *_: here | {"device": "another processor"})
        monkeypatch.setattr(record_runs, "commit", lambda: "b" * 40)
    record_runs.record("baseline", CONFIG)
    about = result(book)
    assert (about["resumed"], about["resumed_elsewhere"]) == (1, moved)
    assert about["hardware"] == here and about["commit"] == "a" * 40
    assert about["resumed_commits"] == ["b" * 40] * moved
    assert about["duration_seconds"] == pytest.approx(sum(row["seconds"] for row in about["history"]))
    assert without_seconds(about["history"]) == without_seconds(trained()[0])


def test_a_second_recorder_says_that_it_waits(book, assert_it_waits):
    record_runs.record("baseline", CONFIG)
    assert_it_waits(lambda: record_runs.record("baseline", CONFIG))
    assert len(result(book)["history"]) == 3


def test_a_run_begun_with_other_settings_is_not_gone_on_with(monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        interrupt_after(patch, epochs=1)
        record_runs.record("baseline", CONFIG)
    with pytest.raises(SystemExit, match="other settings"):
        record_runs.record("baseline", TrainingConfig(network="TinyNet", dataset="shapes10", epochs=9))


def test_the_tool_trains_what_is_missing_and_says_how_far_each_run_is(book, monkeypatch, capsys):
    def run(*arguments: str) -> list[str]:
        monkeypatch.setattr(sys, "argv", ["record_runs.py", *arguments])
        record_runs.main()
        return capsys.readouterr().out.splitlines()

    def written() -> set[str]:
        return {path.stem for path in (book / "book/results").glob("*.json")}

    assert run("--status") == ["baseline-0: missing", "second-0: missing", "baseline-1: missing"]
    run("second-0")
    assert written() == {"second-0"}
    with pytest.raises(SystemExit):
        run("second-0", "third-0")
    assert "book/runs/runs.toml has no run third-0;" in capsys.readouterr().err
    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        interrupt_after(patch, epochs=2)
        run()
    assert record_runs.status("baseline", CONFIG) == "begun, epoch 2 of 3"
    run()
    assert written() == {"baseline-0", "second-0", "baseline-1"}
    assert result(book, "baseline-0")["test"]["loss"] != result(book, "baseline-1")["test"]["loss"]
    monkeypatch.setattr(record_runs, "record", None)
    capsys.readouterr()
    assert run() == ["baseline-0: done", "second-0: done", "baseline-1: done"]


@pytest.mark.slow
def test_a_transfer_is_written_with_the_scores_of_its_logits(book, monkeypatch):
    monkeypatch.setattr(transfer_run, "recorded_weights", lambda name: SmallAlexNet().state_dict())
    record_runs.record("transfer", TransferConfig(train_sizes=(20,), epochs=1, seed=1))
    about = result(book, "transfer-1")
    assert about["config"]["train_sizes"] == [20] and about["versions"]["torch"] == torch.__version__
    digits = sklearn.datasets.load_digits()
    test = split_few(torch.from_numpy(digits.target), 20, seed=1)[2]
    with np.load(book / "book/results/transfer-1.npz", allow_pickle=False) as file:
        assert [row["way"] for row in about["scores"]] == ["pixels", "frozen", "scratch", "fine_tuned"]
        for row in about["scores"]:
            answers = file[f"{row['way']}_20"].argmax(axis=1)
            assert row["top1_error"] == pytest.approx((answers != digits.target[test]).mean())


@pytest.mark.slow
def test_a_race_and_a_cell_of_the_2x2_are_recorded_as_they_come(book):
    race = RaceRecipe(dataset="shapes10", epochs=1, batch_size=16)
    local = LocalRecipe(dataset="shapes10", epochs=1, batch_size=16)
    record_runs.record("race", race)
    record_runs.record("local", local)
    about = result(book, "race-0")
    assert RaceRecipe(**about["config"]) == race
    assert len(about["history"]) == 1 and 0 <= about["history"][0]["train_error"] <= 1
    about = result(book, "local-0")
    assert LocalRecipe(**about["config"]) == local
    with np.load(book / "book/results/local-0.npz") as file:
        assert file["logits"].shape == file["logits_views"].shape == (20, 10)


def test_a_grid_of_races_is_one_record_and_goes_on_where_it_stopped(book, monkeypatch):
    few = relu.Variant(3, (4, 4, 4), torch.nn.MaxPool2d, pooling_size=2)
    monkeypatch.setattr(relu, "VARIANTS", {1: few})
    grid = GridRecipe(dataset="shapes10", epochs=2, batch_size=16, learning_rate=0.04, halvings=1, goal=0.0)
    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        interrupt_after(patch, epochs=3)
        record_runs.record("grid", grid)
    record_runs.record("grid", grid)
    about = result(book, "grid-0")
    assert GridRecipe(**about["config"]) == grid and about["resumed"] == 1
    assert about["split"] == {"train": 90, "validation": 10, "test": 0}
    assert [race["learning_rate"] for race in about["races"]] == [0.04, 0.02]
    for race in about["races"]:
        recipe = dataclasses.replace(grid, learning_rate=race["learning_rate"], halvings=0)
        training = build(recipe, memory_format=torch.contiguous_format)
        alone = training.fit(until=None, also=None)
        assert race["train_losses"] == [row["train_loss"] for row in alone]
        assert len(race["train_errors"]) == 9 and race["epochs_to_goal"] is None
        assert race["train_errors"][-1] == training.train_error(training.model)["train_error"]
    images = 4 * 90  # two races of two epochs
    assert about["flop"] == run_files.training_flop(training.model, (3, 32, 32), images)
    assert about["duration_seconds"] > 0 and not (book / "book/results/grid-0.npz").exists()


def test_the_commit_says_whether_the_code_was_changed_since(tmp_path, monkeypatch):
    monkeypatch.undo()
    repository = tmp_path / "repository"
    (repository / "alexnet_lib").mkdir(parents=True)
    module = repository / "alexnet_lib/code.py"
    module.write_text("a = 1\n")
    checksums = module.with_name("results.json")
    checksums.write_text("{}")
    (repository / "book/runs").mkdir(parents=True)
    recorder, plan = repository / "book/runs/tool.py", repository / "book/runs/runs.toml"
    recorder.write_text("b = 1\n")
    plan.write_text(PLAN)

    def git(*arguments: str) -> str:
        settings = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
        command = ["git", "-C", str(repository), *settings, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init")
    git("add", ".")
    git("commit", "--message", "baseline")
    (repository / "new.txt").touch()  # what git does not know is not code of the run
    checksums.write_text('{"new": ""}')  # nor is the list that grows with each finished run
    plan.write_text("")  # nor what else is to be run
    monkeypatch.setattr(record_runs, "ROOT", repository)
    assert record_runs.commit() == git("rev-parse", "HEAD")
    for changed in (module, recorder):
        before = changed.read_text()
        changed.write_text(f"{before}# changed\n")
        assert record_runs.commit() == git("rev-parse", "HEAD") + "+"
        changed.write_text(before)
