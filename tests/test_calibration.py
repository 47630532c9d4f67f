"""Bins, calibration error and temperature agree with loops, with scikit-learn and with known cases."""

import math

import numpy as np
import pytest
import sklearn.calibration
import torch
from torch.nn import functional

from alexnet_lib.metrics import expected_calibration_error, fit_temperature, reliability_bins


def random_scores(
    count: int = 500, classes: int = 6, scale: float = 2.0
) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits = scale * torch.randn(count, classes, generator=generator)
    labels = torch.randint(classes, (count,), generator=generator)
    labels[: count // 2] = logits[: count // 2].argmax(dim=1)
    return logits, labels


def two_classes(confidence: float, right: int, wrong: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Make predictions of class 0, all with the same confidence, of which so many are right."""
    logit = math.log(confidence / (1 - confidence))
    logits = torch.tensor([[logit, 0.0]], dtype=torch.float64).repeat(right + wrong, 1)
    return logits, torch.tensor([0] * right + [1] * wrong)


def loop(logits: torch.Tensor, labels: torch.Tensor, bins: int) -> tuple[list, list, list, float]:
    """Sort predictions one at a time, as the paper's equations read."""
    members = [[] for _ in range(bins)]
    for row, label in zip(logits.double().tolist(), labels.tolist(), strict=True):
        exponentials = [math.exp(value - max(row)) for value in row]
        best = max(exponentials) / sum(exponentials)
        place = next(m for m in range(bins) if m / bins < best <= (m + 1) / bins)
        members[place].append((best, row.index(max(row)) == label))
    counts = [len(group) for group in members]
    confidence = [sum(c for c, _ in group) / len(group) if group else math.nan for group in members]
    accuracy = [sum(r for _, r in group) / len(group) if group else math.nan for group in members]
    gaps = [n * abs(a - c) for n, a, c in zip(counts, accuracy, confidence, strict=True) if n]
    return counts, confidence, accuracy, sum(gaps) / len(labels)


@pytest.mark.parametrize("bins", [1, 7, 10, 15])
def test_bins_and_error_are_those_of_a_loop(bins):
    logits, labels = random_scores()
    counts, confidence, accuracy, error = loop(logits, labels, bins)
    binned = reliability_bins(logits, labels, bins)
    assert binned.counts.tolist() == counts
    np.testing.assert_allclose(binned.confidence, confidence)
    np.testing.assert_allclose(binned.accuracy, accuracy)
    assert expected_calibration_error(binned) == pytest.approx(error)


def test_bins_are_those_of_scikit_learn():
    logits, labels = random_scores()
    best, predictions = logits.double().softmax(dim=1).max(dim=1)
    accuracy, confidence = sklearn.calibration.calibration_curve(predictions == labels, best, n_bins=10)
    binned = reliability_bins(logits, labels)
    filled = binned.counts > 0
    np.testing.assert_allclose(binned.accuracy[filled], accuracy)
    np.testing.assert_allclose(binned.confidence[filled], confidence)


def test_nine_right_of_ten_with_nine_tenths_of_confidence_is_calibrated():
    parts = [two_classes(0.9, 9, 1), two_classes(0.75, 6, 2), two_classes(0.6, 3, 2)]
    logits, labels = (torch.cat(values) for values in zip(*parts, strict=True))
    assert expected_calibration_error(reliability_bins(logits, labels)) == pytest.approx(0, abs=1e-12)
    assert fit_temperature(logits, labels) == pytest.approx(1, abs=1e-4)


def test_the_error_is_the_gap_where_all_are_equally_sure():
    binned = reliability_bins(*two_classes(0.9, 6, 4))
    assert expected_calibration_error(binned) == pytest.approx(0.3)
    assert binned.counts.sum() == binned.counts.max() == 10


def without_weights(binned) -> float:
    """Average over bins instead of images: the largest mistake an implementation can make."""
    return float(np.nanmean(np.abs(binned.accuracy - binned.confidence)))


def assert_bins_count_by_their_images(function) -> None:
    parts = [two_classes(0.9, 95, 5), two_classes(0.6, 2, 3)]
    logits, labels = (torch.cat(values) for values in zip(*parts, strict=True))
    assert function(reliability_bins(logits, labels)) == pytest.approx((100 * 0.05 + 5 * 0.2) / 105)


def test_a_bin_counts_by_its_images():
    assert_bins_count_by_their_images(expected_calibration_error)


def test_bins_that_all_count_the_same_are_noticed():
    with pytest.raises(AssertionError):
        assert_bins_count_by_their_images(without_weights)


def test_an_upper_edge_belongs_to_its_bin_and_certainty_to_the_last():
    logits = torch.tensor([[0.0, 0.0], [1000.0, 0.0]])
    binned = reliability_bins(logits, torch.tensor([0, 0]), bins=4)
    assert binned.counts.tolist() == [0, 1, 0, 1]  # one half is the upper edge of the second


@pytest.mark.parametrize("factor", [0.3, 1.0, 4.0])
def test_the_temperature_undoes_what_calibrated_logits_were_multiplied_by(factor):
    """Labels are drawn from the softmax itself, in exact proportion: no chance is involved."""
    parts = [two_classes(0.9, 90, 10), two_classes(0.7, 70, 30)]
    logits, labels = (torch.cat(values) for values in zip(*parts, strict=True))
    assert fit_temperature(factor * logits, labels) == pytest.approx(factor, rel=1e-4)


def assert_has_the_least_cross_entropy(function) -> None:
    """Compare with a fine grid, and with the slope, which is zero at the bottom of a valley."""
    logits, labels = random_scores(scale=6)
    temperature = torch.tensor(function(logits, labels), dtype=torch.float64, requires_grad=True)
    loss = functional.cross_entropy(logits.double() / temperature, labels)
    grid = [functional.cross_entropy(logits.double() / t, labels) for t in np.geomspace(0.06, 19, 800)]
    assert loss.item() <= min(grid).item()
    loss.backward()
    assert abs(temperature.grad.item()) < 1e-5


def test_the_temperature_has_the_least_cross_entropy():
    assert_has_the_least_cross_entropy(fit_temperature)


@pytest.mark.parametrize(
    "broken",
    [
        lambda logits, labels: 1 / fit_temperature(logits, labels),
        lambda logits, labels: fit_temperature(logits, labels.roll(1)),
    ],
    ids=["multiplied", "labels of other images"],
)
def test_another_temperature_is_noticed(broken):
    with pytest.raises(AssertionError):
        assert_has_the_least_cross_entropy(broken)


def test_predictions_stay_and_random_confidences_are_mended():
    logits, labels = random_scores(2000, scale=6)
    fitting = torch.arange(len(labels)) % 2 == 0
    temperature = fit_temperature(logits[fitting], labels[fitting])
    before = reliability_bins(logits[~fitting], labels[~fitting])
    after = reliability_bins(logits[~fitting] / temperature, labels[~fitting])
    assert temperature > 1  # half of the labels are random, and the logits are large
    assert expected_calibration_error(after) < expected_calibration_error(before)
    assert torch.equal(logits.argmax(dim=1), (logits / temperature).argmax(dim=1))


def test_predictions_that_are_all_right_get_the_lowest_temperature_and_no_error():
    assert fit_temperature(torch.eye(3), torch.arange(3)) == pytest.approx(0.05, rel=1e-3)


@pytest.mark.parametrize(("scores", "labels"), [((3, 2), (2,)), ((3,), (3,)), ((0, 2), (0,))])
def test_scores_and_labels_that_do_not_belong_together_are_told_their_shapes(scores, labels):
    with pytest.raises(ValueError, match="give"):
        reliability_bins(torch.zeros(scores), torch.zeros(labels, dtype=torch.int64))
