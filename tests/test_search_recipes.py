"""What was tried is written down, one line a training, and the test set has no part in it."""

import json
import sys

import pytest

import run_files
import search_recipes
from alexnet_lib.experiments.lrn import LocalRecipe
from alexnet_lib.experiments.recipe import Recipe
from alexnet_lib.experiments.tensor_loader import TensorLoader


@pytest.fixture(autouse=True)
def small(small_data, monkeypatch, tmp_path):
    monkeypatch.setattr(search_recipes, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(search_recipes, "commit", lambda: "a" * 40)
    monkeypatch.setattr(run_files, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(run_files, "CHECKSUMS", tmp_path / "results.json")


def test_a_recipe_is_read_from_its_words():
    recipe = search_recipes.parse("optimizer='sgd' learning_rate=0.03 schedule='linear'")
    settings = {"optimizer": "sgd", "learning_rate": 0.03, "schedule": "linear"}
    assert recipe == Recipe(**settings, train_size=12_800, epochs=2)
    local = search_recipes.parse("normalization='lrn'", "local")
    assert local == LocalRecipe(normalization="lrn", train_size=12_800, epochs=6)


@pytest.mark.parametrize("words", ["optimizer=sgd", "learning_speed=3", "nonsense", "network='a' 'b"])
def test_what_is_no_recipe_is_refused_in_a_sentence(words):
    with pytest.raises(SystemExit, match="is not a recipe"):
        search_recipes.parse(words)


TRIES = {
    "recipe": ("network='TinyNet' batch_size=16", "network='TinyNet' batch_size=16 optimizer='sgd'"),
    "local": ("normalization='lrn'",),
}


@pytest.mark.parametrize(("kind", "file"), [("recipe", "search.jsonl"), ("local", "search_local.jsonl")])
def test_each_try_is_kept_as_a_line_and_the_test_set_is_not_read(monkeypatch, tmp_path, capsys, kind, file):
    read = []
    loader_iter = TensorLoader.__iter__
    monkeypatch.setattr(
        TensorLoader, "__iter__", lambda self: read.append(self.dataset.train) or loader_iter(self)
    )
    tries = [f"{words} dataset='shapes10'" for words in TRIES[kind]]
    monkeypatch.setattr(sys, "argv", ["search", "--kind", kind, *tries])
    search_recipes.main()
    lines = [json.loads(line) for line in (tmp_path / "results" / file).read_text().splitlines()]
    settings = Recipe if kind == "recipe" else LocalRecipe
    wanted = [search_recipes.parse(words, kind) for words in tries]
    assert [settings(**line["recipe"]) for line in lines] == wanted
    assert all(0 <= line["val_accuracy"] <= 1 and line["commit"] == "a" * 40 for line in lines)
    assert all(read), "the test set was read"
    assert list(json.loads((tmp_path / "results.json").read_text())) == [file]
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"{lines[-1]['val_accuracy']:.2%} in ")
