"""The learning rates of the paper's run, read off its notes once more by hand."""

import pytest

from alexnet_lib.experiments.claims import learning_rate_at, rate_changes


def test_changes_are_those_of_the_notes_in_order():
    changes = [(change.epoch, change.rate, change.layer) for change in rate_changes()]
    assert changes == [
        (23, 0.001, None),
        (51, 0.0001, None),
        (68, 0.00001, "conv1"),
        (72, 0, "conv1"),
        (78, 0.00001, None),
    ]


@pytest.mark.parametrize(
    ("epoch", "others", "conv1"),
    [(0, 1e-2, 1e-2), (22, 1e-2, 1e-2), (23, 1e-3, 1e-3), (50, 1e-3, 1e-3), (51, 1e-4, 1e-4),
     (67, 1e-4, 1e-4), (68, 1e-4, 1e-5), (71, 1e-4, 1e-5), (72, 1e-4, 0), (78, 1e-5, 0), (93, 1e-5, 0)],
)  # fmt: skip
def test_the_rate_of_an_epoch(epoch, others, conv1):
    assert learning_rate_at(epoch) == pytest.approx(others)
    assert learning_rate_at(epoch, "conv1") == pytest.approx(conv1)


def test_a_rate_goes_on_from_where_the_change_before_left_it():
    of_all = [change for change in rate_changes() if change.layer is None]
    assert [change.before for change in of_all[1:]] == [change.rate for change in of_all[:-1]]
