"""What was tried is written down, one line a training, and the test set has no part in it."""

import json
import sys

import pytest

import run_files
import search_recipes
from alexnet_lib import models, shapes
from alexnet_lib.experiments.lrn import LocalRecipe
from alexnet_lib.experiments.recipe import Recipe
from alexnet_lib.experiments.tensor_loader import TensorLoader
from tiny import TinyNet


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path):
    monkeypatch.setattr(shapes, "COUNT", {True: 100, False: 20})
    monkeypatch.setitem(models.NETWORKS, "TinyNet", TinyNet)
    monkeypatch.setattr(search_recipes, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(search_recipes, "commit", lambda: "a" * 40)
    monkeypatch.setattr(run_files, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(run_files, "CHECKSUMS", tmp_path / "results.json")


def test_a_recipe_is_read_from_its_words():
    recipe = search_recipes.parse("optimizer='sgd' learning_rate=0.03 schedule='linear'")
    settings = {"optimizer": "sgd", "learning_rate": 0.03, "schedule": "linear"}
    assert recipe == Recipe(**settings, train_size=12_800, epochs=2)


@pytest.mark.parametrize("words", ["optimizer=sgd", "learning_speed=3", "nonsense", "network='a' 'b"])
def test_what_is_no_recipe_is_refused_in_a_sentence(words):
    with pytest.raises(SystemExit, match="is not a recipe"):
        search_recipes.parse(words)


def test_each_try_is_kept_as_a_line(monkeypatch, tmp_path, capsys):
    read = []
    loader_iter = TensorLoader.__iter__
    monkeypatch.setattr(
        TensorLoader, "__iter__", lambda self: read.append(self.dataset.train) or loader_iter(self)
    )
    common = "network='TinyNet' dataset='shapes10' batch_size=16"
    monkeypatch.setattr(sys, "argv", ["search", common, f"{common} optimizer='sgd'"])
    search_recipes.main()
    lines = [json.loads(line) for line in (tmp_path / "results/search.jsonl").read_text().splitlines()]
    assert [line["recipe"]["optimizer"] for line in lines] == ["adam", "sgd"]
    assert all(0 <= line["val_accuracy"] <= 1 and line["commit"] == "a" * 40 for line in lines)
    assert all(read), "the test set was read"
    assert list(json.loads((tmp_path / "results.json").read_text())) == ["search.jsonl"]
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"{lines[1]['val_accuracy']:.2%} in ")


def test_local_networks_are_tried_as_well_and_kept_apart(monkeypatch, tmp_path):
    read = []
    loader_iter = TensorLoader.__iter__
    monkeypatch.setattr(
        TensorLoader, "__iter__", lambda self: read.append(self.dataset.train) or loader_iter(self)
    )
    monkeypatch.setattr(sys, "argv", ["search", "--kind", "local", "normalization='lrn' dataset='shapes10'"])
    search_recipes.main()
    lines = [json.loads(line) for line in (tmp_path / "results/search_local.jsonl").read_text().splitlines()]
    assert LocalRecipe(**lines[0]["recipe"]) == LocalRecipe(
        normalization="lrn", dataset="shapes10", train_size=12_800, epochs=6
    )
    assert all(read), "the test set was read"
    assert not (tmp_path / "results/search.jsonl").exists()
