"""A cell of chapter 12's table is trained as it says, and goes on where it stopped."""

import dataclasses
import json

import pytest
import torch

import record_runs
from alexnet_lib import shapes
from alexnet_lib.experiments import lrn as local_training
from alexnet_lib.experiments import recipe
from alexnet_lib.experiments.lrn import (
    NORMALIZATIONS,
    RATES,
    LocalConfig,
    LocalNetwork,
    local_or_load,
    run_local,
)
from alexnet_lib.metrics import top_k_error
from run_files import RESULTS
from tiny import assert_equal, without_seconds

CONFIG = LocalConfig(normalization="lrn", dataset="shapes10", epochs=2, batch_size=16)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(shapes, "COUNT", {True: 100, False: 20})


def trained(config, **options):
    return run_local(config, device="cpu", dtype=torch.float32, **options)


def test_all_is_measured_where_it_should_be():
    outcome = trained(CONFIG)
    assert outcome.counts == {"train": 90, "validation": 10, "test": 20}
    assert [row["epoch"] for row in outcome.history] == [1, 2]
    assert all(row["val_loss"] is not None and row["test_loss"] is None for row in outcome.history)
    assert outcome.logits.shape == outcome.views.shape == (20, 10)
    assert outcome.steps_images == 180 and outcome.image_shape == (3, 24, 24)
    torch.testing.assert_close(outcome.views.exp().sum(dim=1), torch.ones(20))
    assert top_k_error(outcome.views, outcome.labels) <= 1
    assert isinstance(outcome.model, LocalNetwork)


def test_a_training_goes_on_after_an_interruption_bit_for_bit(tmp_path, monkeypatch):
    whole = trained(CONFIG)
    real, stop = recipe.fit, {"epochs": 1}
    monkeypatch.setattr(recipe, "fit", lambda *parts, **options: real(*parts, **(options | stop)))
    trained(CONFIG, output=tmp_path)
    monkeypatch.setattr(recipe, "fit", real)
    torch.manual_seed(9)
    resumed = trained(CONFIG, output=tmp_path)
    assert without_seconds(resumed.history) == without_seconds(whole.history)
    assert_equal(resumed.model.state_dict(), whole.model.state_dict())
    assert torch.equal(resumed.views, whole.views)


def test_cells_share_seed_and_order_and_differ_in_what_they_name():
    plain, wide, batch = (
        trained(dataclasses.replace(CONFIG, epochs=1, train_size=16, **change))
        for change in ({"normalization": "none"}, {"width": 64}, {"normalization": "batch"})
    )
    first = [outcome.history[0]["train_loss"] for outcome in (plain, wide, batch)]
    assert len(set(first)) == 3
    assert plain.counts["train"] == 16
    assert wide.model.features.local3.out_channels == 64
    assert any(isinstance(layer, torch.nn.BatchNorm2d) for layer in batch.model.modules())


def test_the_rate_falls_to_zero_and_biases_have_twice_of_it(monkeypatch):
    seen = []
    real = recipe.fit

    def watched(*parts, optimizer, **options):
        seen.append([group["initial_lr"] for group in optimizer.param_groups])
        history = real(*parts, optimizer=optimizer, **options)
        seen.append([group["lr"] for group in optimizer.param_groups])
        return history

    monkeypatch.setattr(recipe, "fit", watched)
    trained(dataclasses.replace(CONFIG, learning_rate=0.01))
    assert seen == [[0.01, 0.01, 0.02], [0, 0, 0]]


def test_fewer_images_may_be_asked_for():
    outcome = trained(dataclasses.replace(CONFIG, train_size=32, test_size=8, epochs=1))
    assert outcome.counts == {"train": 32, "validation": 8, "test": 8}
    assert len(outcome.labels) == 8


def test_a_training_is_done_once_and_reported_alike(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ALEXNET_RUNS", str(tmp_path))
    first = local_or_load(CONFIG)
    told = capsys.readouterr().out
    monkeypatch.setattr(local_training, "run_local", None)
    again = local_or_load(CONFIG)
    assert capsys.readouterr().out == told != ""
    assert again.history == first.history and again.counts == first.counts
    for name in ("logits", "labels", "views"):
        assert torch.equal(getattr(again, name), getattr(first, name))
    assert_equal(again.model.state_dict(), first.model.state_dict())
    with pytest.raises(TypeError):  # another cell is another training
        local_or_load(dataclasses.replace(CONFIG, width=64))


def test_the_plan_trains_every_cell_at_the_rate_of_its_normalization():
    planned = [(name, config) for name, config in record_runs.planned() if isinstance(config, LocalConfig)]
    cells = [config for name, config in planned if name == f"local_{config.normalization}_{config.width}"]
    assert {config.normalization for config in cells} == set(RATES) == set(NORMALIZATIONS)
    assert all(config.learning_rate == RATES[config.normalization] for config in cells)
    others = [
        dataclasses.replace(config, normalization="none", width=32, seed=0, learning_rate=0.5)
        for config in cells
    ]
    assert all(other == others[0] for other in others)  # nothing else differs


LOWER, LIGHTER, FROM_FILE = {"learning_rate": RATES["none"]}, {"weight_decay": 7.5e-4}, {"start": "file"}
BESIDE_THE_CELLS = {  # what each changes in the cell of its normalization with 32 maps, seed 0
    "local_lrn_32_slow": LOWER,
    "local_lrn_32_light": LIGHTER,
    "local_lrn_32_file": LOWER | FROM_FILE,
    "local_none_32_file": FROM_FILE,
    "local_lrn_32_file_light": LIGHTER | FROM_FILE,
}


def test_the_plan_changes_rate_decay_and_start_of_the_narrow_cells_as_the_chapter_says():
    planned = [(name, config) for name, config in record_runs.planned() if isinstance(config, LocalConfig)]
    cells = {
        config.normalization: config
        for name, config in planned
        if name in ("local_none_32", "local_lrn_32") and config.seed == 0
    }
    expected = {
        name: dataclasses.replace(cells[name.split("_")[1]], **changes)
        for name, changes in BESIDE_THE_CELLS.items()
    }
    beside = [
        (name, config) for name, config in planned if name != f"local_{config.normalization}_{config.width}"
    ]
    assert dict(beside) == expected and len(beside) == len(expected)
    assert len(set(expected.values()) | set(cells.values())) == len(expected) + len(cells)  # no two alike


def test_the_lighter_decay_takes_off_a_step_what_the_networks_without_lrn_lose():
    product = RATES["none"] * LocalConfig.weight_decay
    assert RATES["lrn"] * LIGHTER["weight_decay"] == pytest.approx(product)


def test_the_rates_lie_near_the_best_of_those_tried():
    tries = [json.loads(line) for line in (RESULTS / "search_local.jsonl").read_text("utf-8").splitlines()]
    for name in ("none", "lrn"):
        mine = [tried for tried in tries if tried["recipe"]["normalization"] == name]
        rates = sorted(tried["recipe"]["learning_rate"] for tried in mine)
        best = max(mine, key=lambda tried: tried["val_accuracy"])["recipe"]["learning_rate"]
        assert rates[0] < best < rates[-1]
        assert best / 2 < RATES[name] < 2 * best
