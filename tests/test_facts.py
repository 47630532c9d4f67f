"""Cited figures are those of their sources, and each names one."""

import math
import re
import tomllib
from pathlib import Path

import pytest
import torch

import alexnet_lib.facts
from alexnet_lib.facts import fact, facts
from alexnet_lib.networks import AlexNet2012

ROOT = Path(__file__).parents[1]
# Read off the sources once more, by hand.
WINNERS_TOP5 = {
    2010: 28.2, 2011: 25.8, 2012: 16.4, 2013: 11.7, 2014: 6.7, 2015: 3.57, 2016: 2.99, 2017: 2.25,
}  # fmt: skip
PAPER = {
    "ilsvrc_2012_extra": 15.3, "ilsvrc_2012_second": 26.2, "ilsvrc_human": 5.1,
    "paper_top1": 37.5, "paper_top5": 17.0, "imagenet_images": 14_197_122, "imagenet_synsets": 21_841,
    "ilsvrc_2012_train_images": 1_281_167, "ilsvrc_classes": 1_000, "dropout": 0.5, "momentum": 0.9,
    "weight_decay": 0.0005, "learning_rate": 0.01, "lrn_beta": 0.75, "paper_parameters_grouped": 60_965_224,
}  # fmt: skip


@pytest.mark.parametrize("year", WINNERS_TOP5)
def test_the_curve_of_the_contest_is_the_published_one(year):
    assert fact(f"ilsvrc_{year}") == WINNERS_TOP5[year]


@pytest.mark.parametrize("name", PAPER)
def test_figures_are_those_of_their_sources(name):
    assert fact(name) == PAPER[name]


def test_what_can_be_computed_is_right():
    with torch.device("meta"):
        model = AlexNet2012()
    count = sum(parameter.numel() for parameter in model.parameters())
    assert fact("paper_parameters_grouped") == count
    assert fact("ln_10") == round(math.log(10), 3)


def test_the_slip_of_the_post_is_not_taken_for_the_papers_figure():
    assert fact("blog_top5") == 17.5 != fact("paper_top5")
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
    path = Path(alexnet_lib.facts.__file__).with_name("facts.toml")
    assert facts() == tomllib.loads(path.read_text("utf-8"))
    with pytest.raises(KeyError):
        fact("no_such_fact")
