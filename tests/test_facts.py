"""Cited figures are those of their sources, and each names one."""

import ast
import json
import math
import re
import tomllib
from pathlib import Path

import pytest
import torch

from alexnet_lib.models import AlexNet2012
from alexnet_lib.records import fact, facts

ROOT = Path(__file__).parents[1]
# Read off the sources once more, by hand: the winners' top-5 errors in percent, then all else.
CURVE = {
    2010: ("NEC-UIUC", 28.2), 2011: ("XRCE", 25.8), 2012: ("AlexNet", 16.4), 2013: ("Clarifai", 11.7),
    2014: ("GoogLeNet", 6.7), 2015: ("ResNet", 3.57), 2016: ("Trimps-Soushen", 2.99), 2017: ("SENet", 2.25),
}  # fmt: skip
PERCENT = {
    "ilsvrc_2012_extra": 15.3, "ilsvrc_2012_second": 26.2, "ilsvrc_2013_extra": 11.2, "ilsvrc_human": 5.1,
    "paper_top1": 37.5, "paper_top5": 17.0, "paper_top1_single_view": 39.0, "paper_top5_single_view": 18.3,
    "sparse_coding_top1": 47.1, "sparse_coding_top5": 28.2, "sift_top1": 45.7, "sift_top5": 25.7,
    "single_2012_val_top1": 40.7, "single_2012_val_top5": 18.2, "blog_top5": 17.5,
    "lrn_gain_top1": 1.4, "lrn_gain_top5": 1.2, "overlap_gain_top1": 0.4, "overlap_gain_top5": 0.3,
    "two_gpu_gain_top1": 1.7, "colour_gain_top1": 1,
    "relu_training_error": 25, "cifar_error_without_lrn": 13, "cifar_error_with_lrn": 11,
}  # fmt: skip
OTHER = {
    "imagenet_images": 14_197_122, "imagenet_synsets": 21_841, "ilsvrc_classes": 1_000,
    "ilsvrc_2012_train_images": 1_281_167, "ilsvrc_val_images": 50_000,
    "ilsvrc_2010_test_images": 150_000, "ilsvrc_2012_test_images": 100_000,
    "cifar100_classes": 100, "cifar100_train_images_per_class": 500, "cifar100_test_images_per_class": 100,
    "dropout": 0.5, "momentum": 0.9, "weight_decay": 0.0005, "learning_rate": 0.01, "lrn_beta": 0.75,
    "copied_std_red": 0.2023, "copied_std_green": 0.1994, "copied_std_blue": 0.2010,
    "cifar10h_answers_per_image": 50, "cifar10h_images_per_person": 200,
}  # fmt: skip


@pytest.mark.parametrize("year", CURVE)
def test_the_curve_of_the_contest_is_the_published_one(year):
    entry = facts()[f"ilsvrc_{year}"]
    assert (entry["winner"], entry["value"]) == CURVE[year]
    assert entry["unit"] == "%"


def test_the_curve_has_every_year_and_no_other():
    years = [int(name.removeprefix("ilsvrc_")) for name in facts() if re.fullmatch(r"ilsvrc_\d{4}", name)]
    assert sorted(years) == list(range(2010, 2018))


@pytest.mark.parametrize("name", PERCENT | OTHER)
def test_figures_are_those_of_their_sources(name):
    assert fact(name) == (PERCENT | OTHER)[name]
    assert (facts()[name].get("unit") == "%") == (name in PERCENT)


def test_what_can_be_computed_is_right():
    with torch.device("meta"):
        model = AlexNet2012()
    count = sum(parameter.numel() for parameter in model.parameters())
    assert fact("paper_parameters_grouped") == count
    assert fact("ln_10") == round(math.log(10), 3)


def test_the_slip_of_the_post_is_not_taken_for_the_papers_figure():
    assert fact("blog_top5") != fact("paper_top5")
    assert facts()["blog_top5"]["source"] == "blog"


def test_every_fact_is_a_number_with_a_source_in_the_bibliography():
    bibliography = (ROOT / "book/references.bib").read_text("utf-8")
    keys = set(re.findall(r"^@\w+\{([\w-]+),", bibliography, re.MULTILINE))
    assert keys
    for name, entry in facts().items():
        assert isinstance(entry["value"], int | float), name
        assert entry["source"] in keys, name
        assert entry.keys() <= {"value", "unit", "source", "note", "winner"}, name
        assert entry.get("unit", "%") == "%", name


def test_facts_are_read_from_the_package():
    assert facts() == tomllib.loads((ROOT / "alexnet_lib/facts.toml").read_text("utf-8"))
    with pytest.raises(KeyError):
        fact("no_such_fact")


# Constants that stand in the cells of chapters 1 to 3, beside the facts that they are.
SOURCES = {
    ("01_imagenet", "contest-size", "sizes"): [
        (None, "imagenet_images", "imagenet_synsets"),
        (None, "ilsvrc_2012_train_images", "ilsvrc_classes"),
        (None, "ilsvrc_val_images", "ilsvrc_classes"),
        (None, "ilsvrc_2012_test_images", "ilsvrc_classes"),
    ],
    ("01_imagenet", "not-accuracy", "errors"): [(None, None, None), (None, "paper_top1", "paper_top5")],
    ("01_imagenet", "results", "results"): [
        (None, None, "sparse_coding_top1", "sparse_coding_top5"),
        (None, None, "sift_top1", "sift_top5"),
        (None, None, "paper_top1_single_view", "paper_top5_single_view"),
        (None, None, "paper_top1", "paper_top5"),
        (None, None, "single_2012_val_top1", "single_2012_val_top5"),
        (None, None, None, "ilsvrc_2012_second"),
        (None, None, None, "ilsvrc_2012"),
        (None, None, None, "ilsvrc_2012_extra"),
    ],
    ("01_imagenet", "curve", "winners"): {year: (None, f"ilsvrc_{year}") for year in CURVE},
    ("01_imagenet", "curve", "further_data"): {2012: "ilsvrc_2012_extra", 2013: "ilsvrc_2013_extra"},
    ("01_imagenet", "curve", "runner_up"): {2012: "ilsvrc_2012_second"},
    ("01_imagenet", "curve", "human"): "ilsvrc_human",
    ("02_cifar", "cifar100-count", "sets"): [
        (None, None, None), (None, "cifar100_classes", "cifar100_train_images_per_class"),
    ],
    ("03_statistics", "copied-std", "copied"): [f"copied_std_{name}" for name in ("red", "green", "blue")],
}  # fmt: skip


class WithoutComputed(ast.NodeTransformer):
    """Puts None where a cell computes something."""

    def visit_BinOp(self, node):
        return ast.Constant(None)


def typed_in(source, name):
    """Return what a cell assigns to a name, or gives as an argument of that name."""
    for node in ast.walk(WithoutComputed().visit(ast.parse(source))):
        named = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
        if named or (isinstance(node, ast.keyword) and node.arg == name):
            return ast.literal_eval(node.value)
    raise AssertionError(f"the cell has no {name}")


def wrong_constants(typed, names):
    """Yield the facts that are typed otherwise in a cell; where no fact is named, anything may stand."""
    if isinstance(names, str):
        if typed != fact(names):
            yield names
    elif names is not None:
        assert len(typed) == len(names)
        for key in names if isinstance(names, dict) else range(len(names)):
            yield from wrong_constants(typed[key], names[key])


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(("chapter", "cell", "name"), SOURCES, ids="-".join)
def test_constants_in_the_cells_are_the_facts(chapter, cell, name, language):
    notebook = json.loads((ROOT / f"notebooks/{language}/{chapter}.ipynb").read_text("utf-8"))
    source = next("".join(each["source"]) for each in notebook["cells"] if each["id"] == cell)
    assert list(wrong_constants(typed_in(source, name), SOURCES[chapter, cell, name])) == []


def test_a_constant_typed_wrongly_would_be_noticed():
    names = SOURCES["01_imagenet", "curve", "runner_up"]
    assert list(wrong_constants({2012: 26.3}, names)) == ["ilsvrc_2012_second"]
