"""The page of open projects: each begins with code that runs in the notebook that it names."""

import dataclasses
import re
from typing import Any

import pytest

import alexnet_lib
from alexnet_lib import runs
from alexnet_lib.experiments import people
from alexnet_lib.experiments import recipe as recipes
from alexnet_lib.experiments.recipe import Recipe
from languages import LANGUAGES
from notebook_files import ROOT, read


def projects(language: str) -> list[tuple[str, str]]:
    """Return the notebook of each project, and its first lines."""
    page = (ROOT / f"book/{language}/project.md").read_text("utf-8")
    project = re.compile(rf"notebooks/{language}/(\w+)\.ipynb.+?```python\n(.+?)```", re.DOTALL)
    return [found.groups() for part in page.split("\n## ") if (found := project.search(part))]


def begin(project: tuple[str, str]) -> dict[str, Any]:
    """Return the names that there are after the imports of a notebook and the first lines of a project."""
    notebook, lines = project
    names: dict[str, Any] = {"DATASET": "shapes10"}
    cells = read(ROOT / f"notebooks/ko/{notebook}.ipynb").cells
    exec(next(cell.source for cell in cells if cell.id == "imports"), names)
    exec(lines, names)
    return names


def test_projects_are_the_same_in_every_language():
    first, *others = map(projects, LANGUAGES)
    assert len(first) == 4 and all(other == first for other in others)


@pytest.mark.parametrize("place", [0, 3])
def test_a_rung_is_trained_without_the_test_set_which_is_read_at_the_end(place, small_data, monkeypatch):
    train_or_load = recipes.train_or_load

    def train_little(recipe: Recipe) -> runs.Run:
        assert recipe.dataset in ("cifar10", "cifar100") and recipe.validation
        return train_or_load(dataclasses.replace(recipe, network="TinyNet", dataset="shapes10", epochs=1))

    monkeypatch.setattr(recipes, "train_or_load", train_little)
    monkeypatch.setattr(runs, "source_hash", lambda modules: "the code")  # to read it all takes a while
    run = begin(projects("ko")[place])["run"]
    assert run.history[-1]["val_accuracy"] is not None and run.history[-1]["test_accuracy"] is None
    assert alexnet_lib.evaluate(run.model, run.test_loader)["count"] == 20


def test_validation_images_are_kept_apart(small_data):
    names = begin(projects("ko")[1])
    assert (len(names["rest"]), len(names["validation"])) == (90, 10)


def test_the_images_on_which_people_and_the_network_part_are_a_few_of_all(monkeypatch):
    monkeypatch.setattr(people, "human_counts", lambda download: None)  # the tables of the book serve
    apart = begin(projects("ko")[2])["apart"]
    assert len(apart) == 10_000 and 0 < apart.mean() < 0.5
