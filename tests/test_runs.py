"""A run is trained once, found again by everything that decides it, and shown the same either way."""

import dataclasses
from pathlib import Path

import filelock
import pytest
import torch

from alexnet_lib import models, runs, shapes, terminal, training
from alexnet_lib.checkpoints import checkpoint_file
from alexnet_lib.data import subset
from alexnet_lib.experiments.modern_alexnet import ModernAlexNet
from alexnet_lib.experiments.relu import RaceRecipe
from alexnet_lib.language import BookError, Interrupted, text
from alexnet_lib.loaders import make_loader
from alexnet_lib.metrics import evaluate
from alexnet_lib.runs import (
    TrainingConfig,
    fit_or_load,
    modules_of,
    prepare,
    run_key,
    runs_root,
    source_hash,
    training_lock,
)
from alexnet_lib.shapes import Shapes10
from alexnet_lib.training import fit
from alexnet_lib.transforms import channel_statistics, eval_transform, train_transform
from tiny import TinyNet, assert_equal, without_seconds

CONFIG = TrainingConfig(network="TinyNet", dataset="shapes10", epochs=3, batch_size=16)


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path):
    """Let shapes10 be 40 training and 20 test images, and the tiny network one of the library's."""
    monkeypatch.setenv("ALEXNET_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(shapes, "COUNT", {True: 40, False: 20})
    monkeypatch.setitem(models.NETWORKS, "TinyNet", TinyNet)
    monkeypatch.setattr(runs, "source_hash", lambda modules: "the code")  # to read it all takes a while


@pytest.fixture
def trainings(monkeypatch) -> list[int]:
    """Return a list that grows by one with each epoch that is trained."""
    train_epoch, trained = training.train_epoch, []

    def counted(*arguments: object) -> dict:
        trained.append(len(trained))
        return train_epoch(*arguments)

    monkeypatch.setattr(training, "train_epoch", counted)
    return trained


def folders() -> list[Path]:
    return list(runs_root().iterdir())


def test_a_run_is_trained_once_and_shows_the_same_when_it_is_loaded(trainings, capsys):
    first = fit_or_load(CONFIG, device="cpu")
    lines = capsys.readouterr().out
    assert len(trainings) == 3 and lines.count("epoch ") == 3
    second = fit_or_load(CONFIG, device="cpu")
    assert len(trainings) == 3
    assert capsys.readouterr().out == lines
    assert_equal(second.model.state_dict(), first.model.state_dict())
    assert second.history == first.history
    assert second.config == first.config
    [folder] = folders()
    assert {path.name for path in folder.iterdir()} <= {"finished.pt", ".lock", "history.jsonl"}
    kept = torch.load(folder / "finished.pt", weights_only=True)
    assert kept.keys() == {"model", "history"}  # and no optimizer


def test_a_run_is_what_fit_makes_of_the_same_start():
    """Sizes take the first images, statistics are of all; only what trains is augmented and mixed."""
    run = fit_or_load(dataclasses.replace(CONFIG, train_size=30, test_size=10), device="cpu")
    training_set, test_set = Shapes10(train=True), Shapes10(train=False)
    mean, std = channel_statistics(training_set)
    training_set.transform, test_set.transform = train_transform(mean, std), eval_transform(mean, std)
    loaders = make_loader(subset(training_set, 30), 16, shuffle=True), make_loader(subset(test_set, 10), 16)
    torch.manual_seed(0)
    model = TinyNet()
    history = fit(model, *loaders, epochs=3, device="cpu")
    assert_equal(run.model.state_dict(), model.state_dict())
    assert without_seconds(run.history) == without_seconds(history)
    assert torch.cat([labels for _, labels in run.test_loader]).tolist() == test_set.targets[:10]


def test_a_runs_model_can_be_used_at_once():
    for _ in ("trained", "loaded"):
        run = fit_or_load(CONFIG, device="cpu")
    assert not run.model.training
    assert {parameter.device.type for parameter in run.model.parameters()} == {"cpu"}
    result = evaluate(run.model, run.test_loader, "cpu")
    assert result["loss"] == run.history[-1]["test_loss"]
    assert result["accuracy"] == run.history[-1]["test_accuracy"]
    assert result["count"] == 20


CHANGES = {
    "learning_rate": 0.002, "seed": 1, "epochs": 2, "batch_size": 8, "network": "AlexNet", "train_size": 30,
    "test_size": 10, "dataset": "cifar10",
}  # fmt: skip


def test_another_setting_is_another_run():
    assert CHANGES.keys() == {field.name for field in dataclasses.fields(TrainingConfig)}
    others = {run_key(dataclasses.replace(CONFIG, **{name: value})) for name, value in CHANGES.items()}
    assert len({run_key(CONFIG)} | others) == 1 + len(CHANGES)


@pytest.mark.parametrize("part", ["training", "test"])
def test_changed_data_are_trained_on_anew(trainings, monkeypatch, part):
    fit_or_load(CONFIG, device="cpu")
    draw = shapes.draw

    def other(targets, rng):
        pixels = draw(targets, rng)
        if len(targets) == (40 if part == "training" else 20):
            pixels[3, 2, 1, 0] ^= 1
        return pixels

    monkeypatch.setattr(shapes, "draw", other)
    fit_or_load(CONFIG, device="cpu")
    assert len(trainings) == 6 and len(folders()) == 2


def test_each_module_that_decides_a_result_counts_but_not_its_comments_and_layout(tmp_path, monkeypatch):
    for path in runs.PACKAGE.glob("*.py"):
        (tmp_path / path.name).write_text('def f():\n    """Say."""\n    return g(1)\n')
    monkeypatch.setattr(runs, "PACKAGE", tmp_path)
    hashes = {source_hash()}
    decisive = "checkpoints data devices loaders models runs training transforms"
    for name in decisive.split():
        module = tmp_path / f"{name}.py"
        module.write_text('def f():\n    """Tell."""\n\n    # Why.\n    return g(\n        1)\n')
        assert source_hash() in hashes
        module.write_text("def f():\n    return g(2)\n")
        hashes.add(source_hash())
    (tmp_path / "notebook.py").write_text("CHANGED = True\n")
    assert source_hash() in hashes and len(hashes) == 1 + len(decisive.split())


@pytest.mark.parametrize("same", [{"train_size": 40, "test_size": 10_000}, {"dataset": "auto"}], ids=str)
def test_settings_that_come_to_the_same_are_the_same_run(trainings, monkeypatch, tmp_path, capsys, same):
    monkeypatch.setenv("ALEXNET_DATA", str(tmp_path / "no data"))
    first = fit_or_load(CONFIG, device="cpu")
    second = fit_or_load(dataclasses.replace(CONFIG, **same), device="cpu")
    assert len(trainings) == 3 and len(folders()) == 1
    assert first.config == second.config
    assert (second.config.dataset, second.config.train_size, second.config.test_size) == ("shapes10", 40, 20)
    assert (text("data.banner_shapes10") in capsys.readouterr().out) == ("dataset" in same)


def test_an_interrupted_run_goes_on_where_it_stopped(trainings, monkeypatch):
    counted = training.train_epoch

    def interrupted(*arguments: object) -> dict:
        if len(trainings) == 2:
            raise KeyboardInterrupt
        return counted(*arguments)

    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr(training, "train_epoch", interrupted)
        fit_or_load(CONFIG, device="cpu")
    resumed = fit_or_load(CONFIG, device="cpu")
    assert len(trainings) == 3
    monkeypatch.setenv("ALEXNET_RUNS", str(runs_root() / "elsewhere"))
    once = fit_or_load(CONFIG, device="cpu")
    assert_equal(resumed.model.state_dict(), once.model.state_dict())
    assert without_seconds(resumed.history) == without_seconds(once.history)


def test_a_damaged_run_is_named_and_trained_anew(trainings, capsys):
    first = fit_or_load(CONFIG, device="cpu")
    [folder] = folders()
    finished = folder / "finished.pt"
    finished.write_bytes(finished.read_bytes()[:-50])
    capsys.readouterr()
    again = fit_or_load(CONFIG, device="cpu")
    said = capsys.readouterr().out.splitlines()[0]
    assert str(finished) in said
    assert_equal(again.model.state_dict(), first.model.state_dict())
    assert len(trainings) == 6  # three epochs, twice
    fit_or_load(CONFIG, device="cpu")
    assert len(trainings) == 6


def test_a_run_that_could_not_be_kept_keeps_its_checkpoints(monkeypatch):
    save = runs.save_atomically

    def full(value: object, path: Path) -> None:
        raise BookError("cannot_write", path=path, reason="No space left on device")

    monkeypatch.setattr(runs, "save_atomically", full)
    with pytest.raises(BookError):
        fit_or_load(CONFIG, device="cpu")
    [folder] = folders()
    assert checkpoint_file(folder).is_file()
    monkeypatch.setattr(runs, "save_atomically", save)
    monkeypatch.setattr(training, "train_epoch", None)
    assert len(fit_or_load(CONFIG, device="cpu").history) == 3


def test_a_second_notebook_waits_for_the_first_and_then_reads_what_that_has_trained(
    assert_it_waits, trainings, tmp_path
):
    fit_or_load(CONFIG, device="cpu")
    [finished] = runs_root().glob("*/finished.pt")
    aside = finished.rename(tmp_path / "aside.pt")
    assert_it_waits(lambda: fit_or_load(CONFIG, device="cpu"), meanwhile=lambda: aside.rename(finished))
    assert len(trainings) == 3


def test_a_folder_for_runs_that_cannot_be_made_is_named(monkeypatch, tmp_path):
    (tmp_path / "a-file").touch()
    monkeypatch.setenv("ALEXNET_RUNS", str(tmp_path / "a-file"))
    with pytest.raises(BookError, match=r"a-file/.* cannot be written to \(Not a directory\)"):
        fit_or_load(CONFIG)


def test_a_network_that_does_not_exist_is_refused_and_those_that_do_are_named():
    with pytest.raises(BookError, match=r"'AlexNett'; choose one of: AlexNet, AlexNet2012, .*TinyNet"):
        prepare(dataclasses.replace(CONFIG, network="AlexNett"))


def test_changed_code_is_trained_with_anew(trainings, monkeypatch):
    fit_or_load(CONFIG, device="cpu")
    asked = []
    monkeypatch.setattr(runs, "source_hash", lambda modules: asked.extend(modules) or "changed")
    fit_or_load(CONFIG, device="cpu")
    assert len(trainings) == 6 and set(asked) >= set(runs.SOURCES)


def test_the_modules_of_a_class_are_those_of_its_ancestors_in_the_library():
    assert modules_of(ModernAlexNet, TinyNet) == ["experiments/modern_alexnet"]
    assert modules_of(RaceRecipe) == ["experiments/relu", "experiments/recipe"]


def test_ctrl_c_while_waiting_is_one_sentence_without_what_lies_behind(tmp_path, monkeypatch, language):
    class Taken(filelock.FileLock):
        def acquire(self, timeout=None):
            raise KeyboardInterrupt if timeout is None else filelock.Timeout(self.lock_file)

    monkeypatch.setattr(terminal.filelock, "FileLock", Taken)
    with pytest.raises(Interrupted) as stop, training_lock(tmp_path):
        pass
    assert str(stop.value) == text("errors.interrupted_waiting")
    assert stop.value.__suppress_context__  # no traceback of the lock's own code above it
