"""Scores and calibration are means over images, in the test set's order, with ties settled."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import sklearn.calibration
import sklearn.metrics
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset
from torchvision import transforms

from alexnet_lib.experiments.ladder import signal_by_layer
from alexnet_lib.language import BookError
from alexnet_lib.loaders import make_loader
from alexnet_lib.metrics import (
    confusion_matrix,
    evaluate,
    expected_calibration_error,
    fit_temperature,
    predict_logits,
    reliability_bins,
    top_k_error,
)
from alexnet_lib.summary import layer_table
from alexnet_lib.uncertainty import mcnemar
from tiny import TinyImages, TinyNet, tiny_model


def test_set(count: int = 20) -> TinyImages:
    return TinyImages(count, train=False, transform=transforms.ToTensor())


test_set.__test__ = False


@pytest.fixture
def trained() -> TinyNet:
    """Return a network, left in training mode, whose last batch has another loss than the others."""
    model = tiny_model()
    with torch.no_grad():
        model.classifier[1].weight.mul_(5)
    return model.train()


def scores_of_the_whole_set(model: nn.Module, dataset: TinyImages) -> tuple[Tensor, Tensor]:
    """Compute all scores at once, without a loader."""
    pixels = torch.from_numpy(dataset.data).movedim(-1, 1).float() / 255
    was_training = model.training
    model.eval()
    with torch.no_grad():
        logits = model(pixels)
    model.train(was_training)
    return logits, torch.tensor(dataset.targets)


def assert_evaluates_images(function: Callable, model: nn.Module) -> None:
    """Compare with scikit-learn's figures for all images at once; 20 images make batches of 16 and 4."""
    dataset = test_set()
    logits, labels = scores_of_the_whole_set(model, dataset)
    probabilities = torch.softmax(logits.double(), dim=1).numpy()
    result = function(model, make_loader(dataset, batch_size=16))
    expected_loss = sklearn.metrics.log_loss(labels, probabilities, labels=range(10))
    assert result["loss"] == pytest.approx(expected_loss, rel=1e-5)
    assert result["accuracy"] == pytest.approx(sklearn.metrics.accuracy_score(labels, logits.argmax(dim=1)))
    assert result["count"] == 20


def the_posts_test(model: nn.Module, loader: DataLoader) -> dict:
    """Average the loss over batches, as the post's ``test`` does."""
    loss_fn = nn.CrossEntropyLoss()
    model.eval()
    size = len(loader.dataset)
    num_batches = len(loader)
    test_loss, correct = 0, 0
    with torch.no_grad():
        for images, labels in loader:
            pred = model(images)
            test_loss += loss_fn(pred, labels).item()
            correct += (pred.argmax(1) == labels).type(torch.float).sum().item()
    return {"loss": test_loss / num_batches, "accuracy": correct / size, "count": size}


def with_training_mode_left_on(model: nn.Module, loader: DataLoader) -> dict:
    model.eval = lambda: model.train()
    try:
        torch.manual_seed(0)
        return evaluate(model, loader)
    finally:
        del model.eval


def test_evaluation_is_a_mean_over_images(trained):
    assert_evaluates_images(evaluate, trained)


@pytest.mark.parametrize("broken", [the_posts_test, with_training_mode_left_on])
def test_a_mean_over_batches_and_training_mode_are_noticed(trained, broken):
    with pytest.raises(AssertionError):
        assert_evaluates_images(broken, trained)


def test_a_frozen_layer_is_not_woken(trained):
    trained.features.eval()
    predict_logits(trained, make_loader(test_set()))
    layer_table(trained)
    signal_by_layer(trained, torch.rand(4, 3, 32, 32))
    assert trained.training and trained.classifier.training and not trained.features.training


class MovingNet(TinyNet):
    """Notes where it is brought instead of going there."""

    def __init__(self) -> None:
        super().__init__()
        self.moves = []

    def to(self, device: torch.device) -> "MovingNet":
        self.moves.append(device.type)
        return self


def test_the_model_is_left_where_it_was_after_an_error_too():
    model = MovingNet()
    for function in (predict_logits, evaluate):
        with pytest.raises((RuntimeError, AssertionError, NotImplementedError)):
            function(model, make_loader(test_set()), "mps")  # whose images cannot be had here
        assert model.moves == ["mps", "cpu"] and model.training
        model.moves.clear()
    evaluate(model, make_loader(test_set()), "cpu")
    assert model.moves == []  # it is there: a counter that lies elsewhere on purpose is not moved along


class OnCard(Tensor):
    """A tensor as on a graphics card: NumPy gets it only behind ``cpu()``."""

    def __array__(self, *_: object) -> None:
        raise TypeError("can't convert cuda:0 device type tensor to numpy")

    def numpy(self) -> None:
        raise TypeError("can't convert cuda:0 device type tensor to numpy")

    def cpu(self) -> Tensor:
        return self.as_subclass(Tensor)


SCORES, LABELS = torch.tensor([[0.1, 0.7, 0.2], [0.5, 0.25, 0.0], [0.5, 0.0, 0.75]]), torch.tensor([1, 2, 2])
TENSORS = {
    "with a gradient": (SCORES.clone().requires_grad_(), LABELS),
    "in bfloat16": (SCORES.bfloat16(), LABELS),
    "in float16": (SCORES.half(), LABELS.to(torch.int32)),
    "on a card": (SCORES.clone().as_subclass(OnCard), LABELS.clone().as_subclass(OnCard)),
}


@pytest.mark.parametrize("name", TENSORS)
def test_every_measure_takes_a_tensor_of_any_kind(name):
    scores, labels = TENSORS[name]
    best = scores.argmax(dim=1)
    assert top_k_error(scores, labels) == pytest.approx(1 / 3)
    assert confusion_matrix(labels, best, 3).tolist() == [[0, 0, 0], [0, 1, 0], [1, 0, 1]]
    assert mcnemar(labels, best, LABELS).only_second == 1
    bins = reliability_bins(scores, labels)
    assert bins.counts.sum() == 3
    assert expected_calibration_error(bins) == pytest.approx(
        expected_calibration_error(reliability_bins(SCORES, LABELS)), abs=0.01
    )
    assert fit_temperature(scores, labels) == pytest.approx(fit_temperature(SCORES, LABELS), rel=0.02)


def test_scores_that_are_no_numbers_are_no_error_of_nine_tenths():
    with pytest.raises(BookError, match="not numbers") as caught:
        top_k_error(torch.full((4, 10), float("nan")), [0, 1, 2, 3])
    assert caught.value.name == "scores_not_numbers"
    assert top_k_error([[float("inf"), 0.0]], [0]) == 0
    assert top_k_error(np.array([[0, 1, 1]], np.uint8), [2]) == 1  # nor are unsigned ones turned around


def assert_scores_are_in_the_order_of_the_set(model: nn.Module, loader: DataLoader) -> None:
    dataset = loader.dataset
    expected_logits, expected_labels = scores_of_the_whole_set(model, dataset)
    logits, labels = predict_logits(model, loader)
    assert torch.equal(labels, expected_labels)
    torch.testing.assert_close(logits, expected_logits)


def test_scores_come_in_the_order_of_the_test_set(trained):
    assert_scores_are_in_the_order_of_the_set(trained, make_loader(test_set(), batch_size=16))


def test_a_shuffled_test_set_is_noticed(trained):
    with pytest.raises(AssertionError):
        loader = make_loader(test_set(), batch_size=16, shuffle=True)
        assert_scores_are_in_the_order_of_the_set(trained, loader)


def test_scores_are_ordinary_tensors_of_the_promised_kinds(trained):
    labels = torch.tensor([1, 2, 3], dtype=torch.int32)
    loader = DataLoader(TensorDataset(torch.rand(3, 3, 32, 32, dtype=torch.float64), labels), batch_size=2)
    logits, labels = predict_logits(trained.double(), loader)
    assert (logits.dtype, labels.dtype) == (torch.float32, torch.int64)
    assert logits.device.type == labels.device.type == "cpu"
    assert not logits.requires_grad
    (logits.requires_grad_() * 2).sum().backward()  # not possible for a tensor of inference_mode
    assert torch.all(logits.grad == 2)


@pytest.mark.parametrize("k", [1, 2, 5, 9])
def test_top_k_error_is_scikit_learns_where_no_scores_are_equal(k):
    rng = np.random.default_rng(0)
    scores, labels = rng.normal(size=(200, 10)), rng.integers(10, size=200)
    accuracy = sklearn.metrics.top_k_accuracy_score(labels, scores, k=k, labels=range(10))
    for given in ((scores, labels), (torch.from_numpy(scores), torch.from_numpy(labels))):
        assert top_k_error(*given, k) == pytest.approx(1 - accuracy)


def assert_ties_go_to_the_lowest_class(function: Callable) -> None:
    """Compare with a count: how many classes score higher, or the same with a lower number."""
    rng = np.random.default_rng(2)
    scores, labels = rng.integers(3, size=(300, 6)), rng.integers(6, size=300)
    own = scores[np.arange(300), labels][:, None]
    before = np.arange(6)[None, :] < labels[:, None]
    rank = ((scores > own) | ((scores == own) & before)).sum(axis=1)
    for k in range(1, 7):
        assert function(scores, labels, k) == pytest.approx(np.mean(rank >= k))
    assert function(scores, labels, 1) == pytest.approx(np.mean(scores.argmax(axis=1) != labels))


def ties_to_the_highest_class(scores: np.ndarray, labels: np.ndarray, k: int) -> float:
    best = np.argsort(scores, axis=1, kind="stable")[:, -k:]
    return float(np.mean(~(best == labels[:, None]).any(axis=1)))


def ties_as_hits(scores: np.ndarray, labels: np.ndarray, k: int) -> float:
    higher = (scores > scores[np.arange(len(labels)), labels][:, None]).sum(axis=1)
    return float(np.mean(higher >= k))


def test_ties_go_to_the_lowest_class_as_in_argmax():
    assert_ties_go_to_the_lowest_class(top_k_error)


@pytest.mark.parametrize("broken", [ties_to_the_highest_class, ties_as_hits])
def test_other_ways_to_settle_ties_are_noticed(broken):
    with pytest.raises(AssertionError):
        assert_ties_go_to_the_lowest_class(broken)


@pytest.mark.parametrize("k", [0, -1, 4])
def test_a_k_out_of_range_is_told_the_range(k):
    with pytest.raises(BookError, match=f"k is {k}; .* 3") as caught:
        top_k_error([[1, 2, 3]], [0], k)
    assert caught.value.name == "top_k"


@pytest.mark.parametrize(
    ("scores", "labels"),
    [([1, 2, 3], [0]), ([[1, 2, 3]], [0, 1]), ([[1, 2, 3]], [[0]]), (np.zeros((0, 3)), [])],
)
def test_scores_and_labels_that_do_not_belong_together_are_told_their_shapes(scores, labels):
    with pytest.raises(ValueError, match="give") as caught:
        top_k_error(scores, labels)
    with pytest.raises(ValueError, match="give"):
        reliability_bins(torch.as_tensor(scores, dtype=torch.float64), torch.as_tensor(labels))
    assert str(np.shape(scores)) in str(caught.value) and str(np.shape(labels)) in str(caught.value)


def assert_rows_are_true_classes(function: Callable) -> None:
    labels, predictions = [0, 0, 0, 1, 1, 3], [0, 1, 1, 1, 0, 1]
    expected = [[1, 2, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0]]
    np.testing.assert_array_equal(function(labels, predictions, 4), expected)


def test_rows_are_true_classes_and_columns_predictions():
    assert_rows_are_true_classes(confusion_matrix)


@pytest.mark.parametrize(
    "broken",
    [
        lambda labels, predictions, num_classes: confusion_matrix(predictions, labels, num_classes),
        lambda labels, predictions, num_classes: sklearn.metrics.confusion_matrix(labels, predictions),
    ],
    ids=["transposed", "classes left out"],
)
def test_a_transposed_matrix_and_one_without_empty_classes_are_noticed(broken):
    with pytest.raises(AssertionError):
        assert_rows_are_true_classes(broken)


@pytest.mark.parametrize(("labels", "predictions"), [([0, 4], [0, 1]), ([0, 1], [-1, 1])])
def test_a_class_that_does_not_exist_is_refused(labels, predictions):
    with pytest.raises(BookError, match="only 0 to 3 are allowed"):
        confusion_matrix(labels, predictions, 4)


@pytest.mark.parametrize(
    ("labels", "predictions"),
    [([], []), ([0, 1], [0]), ([[0, 1]], [[0, 1]]), ([0, 1], [[0.5, -2.0], [0.1, 3.0]])],
    ids=["none", "uneven", "rows", "scores"],
)
def test_labels_and_predictions_that_do_not_pair_are_refused(labels, predictions):
    with pytest.raises(ValueError, match="give both as"):
        confusion_matrix(labels, predictions, 4)


def random_scores(scale: float = 2.0) -> tuple[Tensor, Tensor]:
    """Return scores of 500 images for 6 classes; the first half is right, the rest by chance."""
    generator = torch.Generator().manual_seed(0)
    logits = scale * torch.randn(500, 6, generator=generator)
    labels = torch.randint(6, (500,), generator=generator)
    labels[:250] = logits[:250].argmax(dim=1)
    return logits, labels


def two_classes(confidence: float, right: int, wrong: int) -> tuple[Tensor, Tensor]:
    """Make predictions of class 0, all with the same confidence, of which so many are right."""
    logit = math.log(confidence / (1 - confidence))
    logits = torch.tensor([[logit, 0.0]], dtype=torch.float64).repeat(right + wrong, 1)
    return logits, torch.tensor([0] * right + [1] * wrong)


@pytest.mark.parametrize("bins", [1, 7, 10, 15])
def test_bins_and_error_are_those_of_scikit_learn(bins):
    logits, labels = random_scores()
    best, predictions = logits.double().softmax(dim=1).max(dim=1)
    right = predictions == labels
    accuracy, confidence = sklearn.calibration.calibration_curve(right, best, n_bins=bins)
    counts, _ = np.histogram(best, bins, (0, 1))
    binned = reliability_bins(logits, labels, bins)
    assert binned.counts.tolist() == counts.tolist()
    np.testing.assert_allclose(binned.accuracy[counts > 0], accuracy)
    np.testing.assert_allclose(binned.confidence[counts > 0], confidence)
    assert np.isnan(binned.accuracy[counts == 0]).all()
    error = np.average(np.abs(accuracy - confidence), weights=counts[counts > 0])
    assert expected_calibration_error(binned) == pytest.approx(error)
    # Averaged over bins instead of images, the largest mistake an implementation can make, it is another.
    assert bins == 1 or error != pytest.approx(np.mean(np.abs(accuracy - confidence)), rel=0.01)


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


def test_predictions_that_are_all_right_get_the_lowest_temperature_and_no_error():
    assert fit_temperature(torch.eye(3), torch.arange(3)) == pytest.approx(0.05, rel=1e-3)
