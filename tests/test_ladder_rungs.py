"""One change a rung, and the plan of recorded runs climbs the same ladder."""

import dataclasses

import pytest

import record_runs
from alexnet_lib.experiments.ladder import RUNGS, SAME_NETWORK, changed, rung
from alexnet_lib.experiments.recipe import Recipe
from alexnet_lib.language import BookError
from alexnet_lib.models import network_class


def test_the_lowest_rung_is_the_posts_recipe():
    assert rung("post") == Recipe()
    assert changed("post") == {}


@pytest.mark.parametrize("name", list(RUNGS)[1:])
def test_a_rung_changes_what_it_says_and_keeps_what_came_before(name):
    names = list(RUNGS)
    below, here = rung(names[names.index(name) - 1]), rung(name)
    assert here != below
    assert dataclasses.replace(below, **RUNGS[name]) == here
    assert changed(name).keys() == RUNGS[name].keys()
    assert all(before != after for before, after in changed(name).values())


def test_the_network_stays_the_posts_up_to_the_rung_that_says_so():
    networks = [rung(name).network for name in RUNGS]
    last = list(RUNGS).index(SAME_NETWORK)
    assert set(networks[: last + 1]) == {"AlexNet"} and "AlexNet" not in networks[last + 1 :]
    assert all(network_class(name) for name in networks)


def test_any_rung_takes_other_epochs_data_and_seed():
    recipe = rung("averaging", epochs=2, dataset="shapes10", seed=4, ema=0.5)
    assert (recipe.epochs, recipe.dataset, recipe.seed, recipe.ema) == (2, "shapes10", 4, 0.5)
    with pytest.raises(BookError, match="'top' is no rung; choose one of: post, "):
        rung("top")


def test_the_plan_trains_each_rung_once_and_both_ends_in_full():
    planned = dict(record_runs.planned())
    names = [name for name, config in record_runs.planned() if config.seed == 0]
    short = {f"rung_{name}": name for name in RUNGS}
    assert short.keys() <= set(names)
    for run, name in short.items():
        assert planned[run] == rung(name, epochs=planned[run].epochs)
    assert dataclasses.replace(planned["tuned"], seed=0) == rung(SAME_NETWORK, epochs=10)
    modern = planned["modern"]
    top = rung(list(RUNGS)[-1], epochs=modern.epochs, padding=modern.padding, test_time_augmentation=True)
    assert dataclasses.replace(modern, seed=0) == top
