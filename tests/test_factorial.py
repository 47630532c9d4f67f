"""Recorded runs by cell, and what changes from cell to cell, seed by seed."""

import numpy as np
import pytest

from alexnet_lib.experiments import lrn
from alexnet_lib.experiments.lrn import direction, paired_differences, recorded_cells, trend, view_errors
from alexnet_lib.records import RecordedRun


def run(single: float, ten: float) -> RecordedRun:
    about = {"test": {"top1_error": single}, "test_views": {"top1_error": ten}}
    return RecordedRun(about, np.zeros((1, 10), np.float32), np.zeros(1, np.int64))


@pytest.fixture
def shelf(monkeypatch) -> dict:
    runs = {("local_none_32", 0): run(0.16, 0.14), ("local_none_32", 2): run(0.15, 0.13)}
    runs |= {("local_lrn_64", 0): run(0.12, 0.11)}
    listed = {f"{name}-{seed}.npz": "" for name, seed in [*runs, ("local_lrn_32", 1)]}
    monkeypatch.setattr(lrn, "checksums", lambda: listed)
    monkeypatch.setattr(
        lrn, "recorded_runs", lambda wanted: {run: runs[run] for run in wanted if run in runs}
    )
    return runs


def test_only_what_is_listed_and_to_be_had_is_found(shelf):
    cells = recorded_cells(("none", "lrn"))
    assert {cell: sorted(runs) for cell, runs in cells.items()} == {("none", 32): [0, 2], ("lrn", 64): [0]}
    assert recorded_cells(("batch",)) == {}


def test_errors_are_in_percent_by_seed_from_one_view_or_ten(shelf):
    runs = recorded_cells(("none",))[("none", 32)]
    assert view_errors(runs, 1) == {0: 16, 2: 15}
    assert view_errors(runs, 10) == {0: pytest.approx(14), 2: pytest.approx(13)}


def test_differences_are_after_less_before_of_seeds_that_both_have():
    assert paired_differences({0: 14.0, 1: 13.0, 2: 15.0}, {2: 12.0, 0: 13.5}) == {0: -0.5, 2: -3.0}
    assert paired_differences({0: 1.0}, {1: 1.0}) == {}


def test_the_trend_is_numpys_slope_of_the_last_values():
    errors = [40.0, 30, 22, 19, 18.5, 17, 17.5]
    for last in (2, 4, 7, 20):
        expected = np.polyfit(range(min(last, 7)), errors[-last:], 1)[0]
        assert trend(errors, last) == pytest.approx(expected)
    assert trend(errors, 2) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("changes", "name"),
    [((1.5, 1), "higher"), ((-1.5, -1), "lower"), ((1.5, -1), "mixed"), ((1.5, 0), "mixed"), ((), "mixed")],
)
def test_a_direction_is_named_only_where_all_changes_agree(changes, name):
    assert direction(iter(changes)) == name
