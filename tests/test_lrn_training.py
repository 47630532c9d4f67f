"""A cell of chapter 12's table is trained as it says, and goes on where it stopped."""

import dataclasses
import json

import pytest
import torch

import record_runs
from alexnet_lib import shapes
from alexnet_lib.experiments.lrn import NORMALIZATIONS, RATES, LocalNetwork, LocalRecipe, ten_view_logits
from alexnet_lib.experiments.recipe import Training, build
from run_files import RESULTS
from tiny import assert_equal, without_seconds

CONFIG = LocalRecipe(normalization="lrn", dataset="shapes10", epochs=2, batch_size=16)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(shapes, "COUNT", {True: 100, False: 20})


def trained(config, **options) -> tuple[Training, list[dict]]:
    training = build(config, "cpu")
    return training, training.fit(**options)


def test_all_is_measured_where_it_should_be():
    training, history = trained(CONFIG)
    assert [len(loader.dataset) for loader in training.loaders] == [90, 10, 20, 90]
    assert all(next(iter(loader))[0].shape[1:] == (3, 24, 24) for loader in training.loaders)
    assert [row["epoch"] for row in history] == [1, 2]
    assert all(row["val_loss"] is not None and row["test_loss"] is None for row in history)
    views = ten_view_logits(training.model, training.loaders.test)
    torch.testing.assert_close(views.exp().sum(dim=1), torch.ones(20))
    assert isinstance(training.model, LocalNetwork)


def test_a_training_goes_on_after_an_interruption_bit_for_bit(tmp_path):
    whole, history = trained(CONFIG)
    trained(CONFIG, output=tmp_path, epochs=1)
    torch.manual_seed(9)
    resumed, again = trained(CONFIG, output=tmp_path)
    assert without_seconds(again) == without_seconds(history)
    assert_equal(resumed.model.state_dict(), whole.model.state_dict())


def test_cells_share_seed_and_order_and_differ_in_what_they_name():
    cells = [
        trained(dataclasses.replace(CONFIG, epochs=1, train_size=16, **change))
        for change in ({"normalization": "none"}, {"width": 64}, {"normalization": "batch"})
    ]
    assert len({history[0]["train_loss"] for _, history in cells}) == 3
    plain, wide, batch = (training for training, _ in cells)
    assert len(plain.loaders.train.dataset) == 16
    assert wide.model.features.local3.out_channels == 64
    assert any(isinstance(layer, torch.nn.BatchNorm2d) for layer in batch.model.modules())
    assert len({tuple(training.loaders.train.dataset.targets) for training, _ in cells}) == 1


def test_the_rate_falls_to_zero_and_biases_have_twice_of_it():
    training, _ = trained(dataclasses.replace(CONFIG, learning_rate=0.01))
    groups = training.optimizers[0].param_groups
    assert [group["initial_lr"] for group in groups] == [0.01, 0.01, 0.02]
    assert [group["lr"] for group in groups] == [0, 0, 0]


def test_fewer_images_may_be_asked_for():
    training = build(dataclasses.replace(CONFIG, train_size=32, test_size=8), "cpu")
    assert [len(loader.dataset) for loader in training.loaders] == [32, 8, 8, 32]


def test_the_plan_trains_every_cell_at_the_rate_of_its_normalization():
    planned = [(name, config) for name, config in record_runs.planned() if isinstance(config, LocalRecipe)]
    cells = [config for name, config in planned if name == f"local_{config.normalization}_{config.width}"]
    assert {config.normalization for config in cells} == set(RATES) == set(NORMALIZATIONS)
    assert all(config.learning_rate == RATES[config.normalization] for config in cells)
    others = [
        dataclasses.replace(config, normalization="none", width=32, seed=0, learning_rate=0.5)
        for config in cells
    ]
    assert all(other == others[0] for other in others)  # nothing else differs


LOWER, LIGHTER, FROM_FILE = (
    {"learning_rate": RATES["none"]}, {"weight_decay": 7.5e-4}, {"initialization": "file"},
)
BESIDE_THE_CELLS = {  # what each changes in the cell of its normalization with 32 maps, seed 0
    "local_lrn_32_slow": LOWER,
    "local_lrn_32_light": LIGHTER,
    "local_lrn_32_file": LOWER | FROM_FILE,
    "local_none_32_file": FROM_FILE,
    "local_lrn_32_file_light": LIGHTER | FROM_FILE,
}


def test_the_plan_changes_rate_decay_and_start_of_the_narrow_cells_as_the_chapter_says():
    planned = [(name, config) for name, config in record_runs.planned() if isinstance(config, LocalRecipe)]
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
    product = RATES["none"] * LocalRecipe.weight_decay
    assert RATES["lrn"] * LIGHTER["weight_decay"] == pytest.approx(product)


def test_the_rates_lie_near_the_best_of_those_tried():
    tries = [json.loads(line) for line in (RESULTS / "search_local.jsonl").read_text("utf-8").splitlines()]
    for name in ("none", "lrn"):
        mine = [tried for tried in tries if tried["recipe"]["normalization"] == name]
        rates = sorted(tried["recipe"]["learning_rate"] for tried in mine)
        best = max(mine, key=lambda tried: tried["val_accuracy"])["recipe"]["learning_rate"]
        assert rates[0] < best < rates[-1]
        assert best / 2 < RATES[name] < 2 * best
