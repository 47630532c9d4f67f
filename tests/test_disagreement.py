"""What people's answers come to, against loops, scikit-learn and SciPy."""

import math

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics

from alexnet_lib.experiments.people import (
    agreement_groups,
    doubtful_labels,
    entropy,
    human_confusion,
    quiz_scores,
)
from alexnet_lib.language import BookError


@pytest.fixture
def distribution() -> np.ndarray:
    """Return the answers of 50 people to 300 images, on many of which they agree."""
    rng = np.random.default_rng(0)
    chances = rng.dirichlet(np.full(10, 0.05), size=300)
    return np.array([rng.multinomial(50, chance) for chance in chances]) / 50


def test_entropy_is_scipys(distribution):
    np.testing.assert_allclose(entropy(distribution), scipy.stats.entropy(distribution, axis=1), atol=1e-12)


def test_entropy_runs_from_zero_to_the_logarithm_of_the_classes():
    ends = entropy(np.array([np.eye(10)[3], np.full(10, 0.1)]))
    assert ends[0] == 0 and not np.signbit(ends[0])
    assert ends[1] == pytest.approx(math.log(10))


def test_people_who_all_agree_have_the_confusion_matrix_of_one_classifier():
    rng = np.random.default_rng(1)
    labels, answers = rng.integers(10, size=(2, 400))
    expected = sklearn.metrics.confusion_matrix(labels, answers, labels=range(10))
    np.testing.assert_array_equal(human_confusion(labels, np.eye(10)[answers]), expected)


def test_an_image_counts_once_however_its_answers_are_divided(distribution):
    labels = np.arange(300) % 10
    matrix = human_confusion(labels, distribution)
    for row in range(10):
        expected = sum(shares for label, shares in zip(labels, distribution, strict=True) if label == row)
        np.testing.assert_allclose(matrix[row], expected)
    np.testing.assert_allclose(matrix.sum(axis=1), 30)
    assert not np.allclose(matrix.T, matrix)


def test_groups_begin_with_full_agreement_and_rise_with_entropy(distribution):
    values = entropy(distribution)
    groups = agreement_groups(values)
    assert set(groups) == {0, 1, 2, 3}
    np.testing.assert_array_equal(groups == 0, values == 0)
    for lower, upper in ((1, 2), (2, 3)):
        assert values[groups == lower].max() < values[groups == upper].min()
    sizes = np.bincount(groups)[1:]
    assert sizes.max() - sizes.min() < 0.15 * len(values)


def test_a_label_is_doubtful_where_most_people_answer_otherwise():
    answers = np.array([[0.9, 0.1, 0], [0.4, 0.6, 0], [0.2, 0, 0.8], [0.5, 0.5, 0]])
    assert doubtful_labels([0, 0, 0, 0], answers).tolist() == [2, 1]  # the clearest first
    assert doubtful_labels([0, 1, 2, 0], answers).tolist() == []
    assert doubtful_labels([0, 1, 2, 1], answers).tolist() == []  # as many: the label is not outvoted


def test_a_quiz_is_scored_for_the_reader_one_person_and_the_majority():
    shares = np.array([[0.7, 0.3, 0], [0.1, 0.3, 0.6], [0.2, 0.5, 0.3]])
    scores = quiz_scores([0, 1, 2], np.array([0, 1, 1]), shares)
    assert scores == {"count": 3, "mine": 2, "person": pytest.approx(1.5), "majority": 2}


@pytest.mark.parametrize("answers", [[0, 1], [0, 1, 3], [0, 1, -1], [0, 1, "cat"], [0, 1, 1.5]])
def test_answers_that_cannot_be_scored_are_said_to_be_so(answers):
    with pytest.raises(BookError) as raised:
        quiz_scores(answers, np.zeros(3, dtype=int), np.full((3, 3), 1 / 3))
    assert raised.value.name == "quiz_answers"
