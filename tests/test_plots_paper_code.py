"""What the figures of chapter 13 draw, against what they are given."""

import pytest

from alexnet_lib.plots.paper_code import plot_claims, plot_learning_rates

HEADER = ["claim", "paper", "code", "PyTorch", "source"]
CLAIMS = [["first", "(✓)", "✓", "✗", "a"], ["second", "(✓)", "(✗)", "–", "b"], ["third", "–", "✗", "✓", "c"]]
CHANGES = [(23, "all", 1e-3), (51, "all", 1e-4), (68, "conv1", 1e-5), (72, "conv1", 0), (78, "all", 1e-5)]


def test_a_claim_is_a_row_and_a_witness_a_column():
    picture = plot_claims(HEADER, CLAIMS)
    axes = picture.figure.axes[0]
    marks = {mark.get_position(): mark.get_text() for mark in axes.texts}
    assert marks == {(column, row): CLAIMS[row][1 + column] for row in range(3) for column in range(3)}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["first", "second", "third"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["paper", "code", "PyTorch"]
    assert axes.yaxis_inverted()
    assert "3" in picture.alt and "1" in picture.alt  # three rows, in one of which paper and code differ


def rate_at(line, epoch):
    """Return the value of steps at an epoch, None after their end."""
    epochs, rates = line.get_data()
    if epoch > epochs[-1]:
        return None
    return [rate for start, rate in zip(epochs, rates, strict=True) if start <= epoch][-1]


@pytest.mark.parametrize(
    ("epoch", "others", "conv1"),
    [(0, 1e-2, 1e-2), (22, 1e-2, 1e-2), (23, 1e-3, 1e-3), (50, 1e-3, 1e-3), (51, 1e-4, 1e-4),
     (67, 1e-4, 1e-4), (68, 1e-4, 1e-5), (72, 1e-4, 1e-5), (73, 1e-4, None), (78, 1e-5, None)],
)  # fmt: skip
def test_the_rates_are_steps_that_end_with_the_run_and_conv1_is_frozen(epoch, others, conv1):
    axes = plot_learning_rates(0.01, CHANGES, last_epoch=93).figure.axes[0]
    assert {line.get_drawstyle() for line in axes.lines} == {"steps-post"}
    assert [rate_at(line, epoch) for line in axes.lines] == [others, conv1]
    assert axes.get_yscale() == "log"
    assert [label.get_color() for label in axes.texts] == [line.get_color() for line in axes.lines]
