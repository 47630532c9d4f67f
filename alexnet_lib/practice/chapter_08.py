"""Exercises of chapter 8: the confusion matrix and what is read from it."""

import numpy as np
import sklearn.metrics
import torch
from numpy.typing import NDArray

from alexnet_lib.practice.exercise import Exercise, wrong


def counted(labels: NDArray[np.int64], predictions: NDArray[np.int64], num_classes: int) -> NDArray[np.int64]:
    """Return the confusion matrix, rows true."""
    return sklearn.metrics.confusion_matrix(labels, predictions, labels=range(num_classes))


def merged(matrix: NDArray[np.int64], a: int, b: int) -> float:
    """Return the accuracy with two classes made one, counted over the images that a matrix stands for."""
    labels, predictions = np.indices(matrix.shape)
    labels, predictions = (
        np.where(side == b, a, side).repeat(matrix.ravel()) for side in (labels.ravel(), predictions.ravel())
    )
    return float(np.mean(labels == predictions))


def mistakes(probabilities: torch.Tensor, labels: torch.Tensor) -> list[int]:
    """Return the numbers of the wrong predictions, from the surest to the least sure."""
    rows = enumerate(zip(probabilities.tolist(), labels.tolist(), strict=True))
    wrong = [(max(row), number) for number, (row, label) in rows if row.index(max(row)) != label]
    return [number for _, number in sorted(wrong, reverse=True)]


def places_among_mistakes(probabilities: torch.Tensor, labels: torch.Tensor, count: int) -> list[int]:
    """Return where the surest mistakes stand among the mistakes, not among all images."""
    numbers = sorted(mistakes(probabilities, labels))
    return [numbers.index(number) for number in mistakes(probabilities, labels)[:count]]


def wrong_among_surest(probabilities: torch.Tensor, labels: torch.Tensor, count: int) -> list[int]:
    """Return those of the surest predictions that are wrong: they may be fewer than ``count``."""
    surest = probabilities.max(dim=1).values.argsort(descending=True)[:count].tolist()
    return [number for number in surest if number in mistakes(probabilities, labels)]


UNEQUAL = np.array([[6, 1, 1], [2, 2, 0], [0, 1, 1]])
PROBABILITIES = torch.tensor(
    [
        [0.7, 0.2, 0.1],
        [0.5, 0.4, 0.1],
        [0.1, 0.3, 0.6],
        [0.05, 0.9, 0.05],
        [0.2, 0.2, 0.6],
        [0.34, 0.33, 0.33],
    ]
)

EXERCISES = {
    "08_always_ship": Exercise(
        right=(1.0, 0.1, 0.1),
        mistakes=[
            wrong(
                (0.1, 1.0, 0.1),
                ko="재현율과 정밀도가 바뀌었습니다. '배'를 하나라도 놓쳤나요?",
                en="Recall and precision have changed places. Was any 'ship' missed?",
            ),
            wrong(
                (0.1, 0.1, 0.1),
                ko="재현율을 다시 보세요. '배' 1,000장 가운데 '배'라고 답한 것은 몇 장인가요?",
                en="Look at the recall again: of the 1,000 ships, how many were answered 'ship'?",
            ),
            wrong(
                (1.0, 1.0, 0.1),
                ko="정밀도를 다시 보세요. '배'라고 답한 10,000장 가운데 정말 '배'는 몇 장인가요?",
                en="Look at the precision again: of the 10,000 answers 'ship', how many are ships?",
            ),
            wrong(
                (1.0, 0.1, 1.0),
                ko="정확도는 '배'만이 아니라 모든 클래스의 이미지로 구합니다.",
                en="Accuracy is about the images of all classes, not of 'ship' alone.",
            ),
        ],
    ),
    "08_count": Exercise(
        right=counted,
        cases=[
            (np.array([0, 0, 0, 1, 2, 2]), np.array([0, 0, 1, 1, 0, 2]), 3),
            (np.array([3, 1, 1, 0]), np.array([1, 1, 1, 3]), 5),
        ],
        mistakes=[
            wrong(
                lambda labels, predictions, num_classes: counted(predictions, labels, num_classes),
                ko="행과 열이 바뀌었습니다. 정답이 어느 쪽의 번호인가요?",
                en="Rows and columns have changed places: which of the two is the true label?",
            ),
            wrong(
                lambda labels, predictions, num_classes: (
                    counted(labels, predictions, num_classes).clip(max=1)
                ),
                ko="같은 칸이 여러 번 나와도 한 번만 세었습니다. matrix[labels, predictions] += 1은 "
                "되풀이를 모릅니다.",
                en="A pair counts once however often it occurs: matrix[labels, predictions] += 1 sees no "
                "repeats.",
            ),
            wrong(
                lambda labels, predictions, num_classes: sklearn.metrics.confusion_matrix(
                    labels, predictions
                ),
                ko="한 번도 나오지 않은 클래스의 행과 열이 빠졌습니다. 그러면 번호가 밀려 이름표가 "
                "어긋납니다.",
                en="Classes that never occur have lost row and column, and the names no longer fit the "
                "numbers.",
            ),
        ],
    ),
    "08_normalize": Exercise(
        right=lambda matrix: np.array([row / row.sum() for row in matrix]),
        cases=[(UNEQUAL,), (np.array([[3, 1], [1, 3]]),), (np.array([[5, 5], [0, 2]]),)],
        untouched=wrong(
            lambda matrix: matrix / matrix.sum(axis=1),
            ko="[[5, 5], [0, 2]]를 넣으면 첫 행의 합이 1이 아니라 3입니다.",
            en="given [[5, 5], [0, 2]], the first row sums to 3 and not to one.",
        ),
        mistakes=[
            wrong(
                lambda matrix: matrix / matrix.sum(axis=0),
                ko="이제 합이 1인 것은 열입니다. 대각선은 재현율이 아니라 정밀도가 되었습니다.",
                en="Now it is the columns that sum to one, and the diagonal is precision, not recall.",
            ),
            wrong(
                lambda matrix: matrix.T / matrix.sum(axis=1),
                ko="나누기는 맞지만 행과 열이 바뀌어 있습니다. 돌려주기 전에 다시 뒤집으세요.",
                en="The division is right, but rows and columns have changed places: turn them back.",
            ),
            wrong(
                lambda matrix: matrix / matrix.sum(),
                ko="모든 칸의 합이 1이 되었습니다. 행마다 따로 나누어야 합니다.",
                en="Now all cells together sum to one; each row is to be divided by its own sum.",
            ),
        ],
    ),
    "08_merge": Exercise(
        right=merged,
        cases=[(UNEQUAL, 0, 1), (UNEQUAL, 1, 2), (np.diag([4, 3, 2, 1]) + 1, 3, 0)],
        mistakes=[
            wrong(
                lambda matrix, a, b: np.trace(matrix) / matrix.sum(),
                ko="합치기 전의 정확도입니다. 합치면 어느 칸이 더 맞은 것이 될까요?",
                en="That is the accuracy before merging. Which cells now count as right too?",
            ),
            wrong(
                lambda matrix, a, b: (np.trace(matrix) + matrix[a, b]) / matrix.sum(),
                ko="한 방향만 더했습니다. 'a'를 'b'로 본 것과 'b'를 'a'로 본 것이 모두 맞은 것이 됩니다.",
                en="Only one direction is in: a taken for b and b taken for a both become right.",
            ),
            wrong(
                lambda matrix, a, b: (np.trace(matrix) + matrix[b, a]) / matrix.sum(),
                ko="한 방향만 더했습니다. 대각선 맞은편의 칸도 보세요.",
                en="Only one direction is in: look at the cell across the diagonal as well.",
            ),
            wrong(
                lambda matrix, a, b: (
                    (matrix[a, a] + matrix[a, b] + matrix[b, a] + matrix[b, b])
                    / (matrix[a].sum() + matrix[b].sum())
                ),
                ko="합친 클래스의 재현율입니다. 정확도에는 다른 클래스의 이미지도 모두 들어갑니다.",
                en="That is the recall of the merged class; accuracy takes in all the other images too.",
            ),
        ],
    ),
    "08_surest": Exercise(
        right=lambda probabilities, labels, count: mistakes(probabilities, labels)[:count],
        cases=[
            (PROBABILITIES, torch.tensor([0, 1, 2, 0, 0, 0]), 2),
            (PROBABILITIES, torch.tensor([2, 0, 0, 1, 2, 1]), 2),
            (PROBABILITIES, torch.tensor([0, 1, 1, 0, 2, 2]), 3),
        ],
        untouched=wrong(
            places_among_mistakes,
            ko="맞힌 이미지의 번호가 나옵니다. 틀린 것이 세 장뿐이면 언제나 0, 1, 2 가운데서만 나옵니다.",
            en="images that are right come out; with three mistakes, only the numbers 0, 1 and 2 ever do.",
        ),
        mistakes=[
            wrong(
                wrong_among_surest,
                ko="자신 있는 예측을 먼저 자른 다음 틀린 것을 골랐습니다. 그러면 모자라는 일이 생깁니다.",
                en="You cut the surest predictions first and then took the wrong ones: too few may be left.",
            ),
            wrong(
                lambda probabilities, labels, count: (
                    probabilities.max(dim=1)
                    .values.argsort(descending=True)[probabilities.argmax(dim=1) != labels][:count]
                    .tolist()
                ),
                ko="번호는 확신도 순서인데, 무엇이 틀렸는지는 이미지 순서로 표시되어 있습니다. 둘의 순서가 "
                "어긋납니다.",
                en="Your numbers stand in order of confidence, the marks of what is wrong in order of "
                "images.",
            ),
            wrong(
                lambda probabilities, labels, count: sorted(mistakes(probabilities, labels))[:count],
                ko="틀린 이미지는 맞지만 번호 순서대로 늘어놓았습니다. 확신도는 어디에 쓰였나요?",
                en="Mistakes they are, but in order of their numbers. Where does confidence come in?",
            ),
            wrong(
                lambda probabilities, labels, count: mistakes(probabilities, labels)[::-1][:count],
                ko="틀린 이미지는 맞지만 가장 자신 없는 것부터 늘어놓았습니다.",
                en="Mistakes they are, but the least sure come first.",
            ),
            wrong(
                lambda probabilities, labels, count: (
                    probabilities.max(dim=1).values.argsort(descending=True)[:count].tolist()
                ),
                ko="가장 자신 있는 예측이기는 하지만 맞은 것까지 들어 있습니다.",
                en="These are the surest predictions, right ones among them.",
            ),
        ],
    ),
}
