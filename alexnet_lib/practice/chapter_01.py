"""Exercises of chapter 1: counting errors, and an ensemble."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats

from alexnet_lib.metrics import top_k_error
from alexnet_lib.practice.exercise import Exercise, wrong


def from_places(best: Callable[[NDArray], NDArray]) -> Callable[[NDArray, NDArray, int], float]:
    """Return the error counted from a way to put the classes of each image in order."""
    return lambda scores, labels, k: float(np.mean((best(scores)[:, :k] != labels[:, None]).all(axis=1)))


def from_counts(ahead: Callable[..., NDArray]) -> Callable[[NDArray, NDArray, int], float]:
    """Return the error counted from a way to say which classes stand before the true one."""

    def error(scores: NDArray, labels: NDArray, k: int) -> float:
        own, classes = scores[np.arange(len(labels)), labels][:, None], np.arange(scores.shape[1])
        return float(np.mean(ahead(scores, own, classes, labels[:, None]).sum(axis=1) >= k))

    return error


lowest_first = from_places(lambda scores: np.argsort(scores, axis=1))


draw = np.random.default_rng(1)
# Without ties: each row is a shuffle of different numbers.
DISTINCT = [
    draw.permuted(np.tile(np.arange(classes), (images, 1)), axis=1) for images, classes in ((8, 6), (9, 8))
]
TIED = draw.integers(0, 4, (20, 6))
NETWORKS = draw.dirichlet(np.full(5, 0.5), (3, 8))

EXERCISES = {
    "01_places": Exercise(
        right=(0.6, 0.2),
        mistakes=[
            wrong(
                (0.8, 0.2),
                ko="100%에서 Top-5 오류율을 뺀 값을 정확도로 적었습니다. 정확도에서는 1위만 맞은 것으로 "
                "칩니다.",
                en="For the accuracy, you gave 100% minus the Top-5 error. In accuracy, only first place "
                "counts as right.",
            ),
            wrong(
                (0.4, 0.2),
                ko="앞의 값은 1위가 정답이 아닌 비율입니다. 정확도는 그 반대쪽입니다.",
                en="Your first value is the share whose first place is wrong; accuracy is the other share.",
            ),
            wrong(
                (0.6, 0.8),
                ko="정확도는 맞습니다. 뒤의 값은 다섯 개 안에 정답이 있는 비율이니, 오류율은 그 "
                "반대쪽입니다.",
                en="The accuracy is right. Your second value is the share found among the five, not the "
                "error.",
            ),
            wrong(
                (0.6, 0.3),
                ko="정확도는 맞습니다. 5위인 이미지도 다섯 개 안에 듭니다.",
                en="The accuracy is right. An image in fifth place still is among the five.",
            ),
            wrong(
                (0.6, 0.4),
                ko="정확도는 맞습니다. 뒤의 값은 Top-1 오류율입니다. Top-5에서는 몇 위까지 맞을까요?",
                en="The accuracy is right. Your second value is the Top-1 error. Down to which place is it "
                "right for Top-5?",
            ),
            wrong(
                (6, 2),
                ko="이미지의 수로는 맞습니다. 두 값을 비율로 적어 주세요.",
                en="As numbers of images, both are right. Give them as fractions.",
            ),
        ],
    ),
    "01_sorted": Exercise(
        right=top_k_error,
        cases=[
            (np.array([[70, 20, 10]]), np.array([0]), 1),
            (DISTINCT[0], np.arange(8) % 6, 1),
            (DISTINCT[0], np.arange(8) % 6, 2),
            (DISTINCT[1], np.arange(9) % 8, 5),
        ],
        untouched=wrong(
            lowest_first,
            ko="점수가 [70, 20, 10]이고 정답이 0번인 이미지의 Top-1 오류율이 0이 아니라 1입니다.",
            en="an image with the scores [70, 20, 10] and true class 0 has a Top-1 error of 1, not 0.",
        ),
        mistakes=[
            wrong(
                lambda scores, labels, k: 1 - lowest_first(scores, labels, k),
                ko="처음의 오류율을 1에서 뺀 값과 같습니다. 이미지 몇 장에서는 우연히 맞지만, 순서는 아직 "
                "거꾸로입니다. best에 무엇이 들었는지 보세요.",
                en="That equals 1 minus the error as it was. It is right by luck for some images, but the "
                "order is still the wrong way round. See what best holds.",
            ),
            wrong(
                from_places(lambda scores: np.argsort(scores, axis=1)[::-1]),
                ko="[::-1]은 첫째 축, 곧 이미지의 순서를 뒤집습니다. 뒤집을 것은 한 행 안의 순서입니다.",
                en="[::-1] turns the first axis round, the images. What has to be turned is the order "
                "within a row.",
            ),
            wrong(
                from_places(lambda scores: np.argsort(-scores, axis=0)),
                ko="axis=0은 클래스마다 이미지를 줄 세웁니다. 이미지마다 클래스를 줄 세워야 합니다.",
                en="With axis=0 the images are put in order for each class; put the classes in order for "
                "each image.",
            ),
            wrong(
                lambda scores, labels, k: float(
                    np.mean((np.argsort(-scores, axis=1)[:, :k] != labels[:, None]).any(axis=1))
                ),
                ko="순서는 맞았습니다. 그런데 any는 k개 가운데 하나만 정답과 달라도 오류로 셉니다.",
                en="The order is right now. But any counts an error as soon as one of the k differs from "
                "the label.",
            ),
        ],
    ),
    "01_counted": Exercise(
        right=top_k_error,
        cases=[
            (np.ones((3, 3)), np.arange(3), 1),
            (TIED, np.arange(20) % 6, 1),
            (TIED, np.arange(20) % 6, 2),
            (TIED, np.arange(20) % 6, 4),
            (DISTINCT[0], np.arange(8) % 6, 3),
        ],
        untouched=wrong(
            from_counts(lambda scores, own, classes, labels: scores > own),
            ko="모든 클래스에 같은 점수를 주는 네트워크의 Top-1 오류율이 아직 0입니다.",
            en="a network with the same score for all classes still has a Top-1 error of 0.",
        ),
        mistakes=[
            wrong(
                from_counts(lambda scores, own, classes, labels: scores >= own),
                ko="정답인 클래스의 점수는 자기 점수와 같습니다. 정답이 자기 자신의 앞에 선 것으로 "
                "세었습니다.",
                en="The true class's score equals itself, so you counted it as standing before itself.",
            ),
            wrong(
                from_counts(
                    lambda scores, own, classes, labels: (
                        (scores > own) | (scores == own) & (classes <= labels)
                    )
                ),
                ko="거의 다 왔습니다. 번호가 정답과 같은 것, 곧 정답 자신은 앞에 서지 않습니다.",
                en="Nearly: the class of the same number is the true one, which is not before itself.",
            ),
            wrong(
                from_counts(
                    lambda scores, own, classes, labels: (
                        (scores > own) | (scores == own) & (classes != labels)
                    )
                ),
                ko="점수가 같은 클래스를 모두 정답의 앞에 세웠습니다. 번호가 더 낮은 것만 앞에 섭니다.",
                en="You put every class with an equal score before the true one; only those of a lower "
                "number stand there.",
            ),
            wrong(
                from_counts(
                    lambda scores, own, classes, labels: (scores > own) | (scores == own) & (classes > labels)
                ),
                ko="거의 다 왔습니다. 점수가 같을 때 앞에 서는 것은 번호가 높은 쪽이 아니라 낮은 쪽입니다.",
                en="Nearly: of equal scores, it is the lower number that comes first, not the higher.",
            ),
            wrong(
                from_counts(lambda scores, own, classes, labels: (scores >= own) & (classes < labels)),
                ko="점수가 정답보다 높은데도 번호가 정답보다 높다고 뺀 클래스가 있습니다.",
                en="Classes with a higher score are left out where their number is higher, too.",
            ),
            wrong(
                from_counts(lambda scores, own, classes, labels: (scores > own) | (classes < labels)),
                ko="점수가 낮아도 번호가 낮으면 앞에 세웠습니다. 번호는 점수가 같을 때만 봅니다.",
                en="You put classes of a lower number first even if their score is lower. The number "
                "matters between equal scores only.",
            ),
            wrong(
                from_counts(lambda scores, own, classes, labels: scores < own),
                ko="정답보다 점수가 낮은 클래스, 곧 정답의 뒤에 서는 것을 세었습니다.",
                en="You counted the classes with lower scores: those that stand behind the true one.",
            ),
        ],
    ),
    "01_ensemble": Exercise(
        right=lambda probabilities: torch.from_numpy(probabilities).mean(0).argmax(1).numpy(),
        cases=[(np.array([[[0.6, 0.1, 0.3]], [[0.2, 0.1, 0.7]]]),), (NETWORKS,), (NETWORKS[:2],)],
        untouched=wrong(
            lambda probabilities: probabilities.argmax(axis=2).mean(axis=0).round().astype(int),
            ko="한 네트워크는 0번, 다른 네트워크는 2번이라고 하는데, 앙상블은 둘 다 낮은 확률을 준 "
            "1번이라고 답합니다.",
            en="one network says 0, the other 2, and the ensemble answers 1, which both thought unlikely.",
        ),
        mistakes=[
            wrong(
                lambda probabilities: probabilities.argmax(axis=2).mean(axis=0),
                ko="클래스의 번호를 아직 평균합니다. 0번과 2번의 한가운데는 아무 의미가 없습니다.",
                en="That still averages class numbers, and halfway between 0 and 2 means nothing.",
            ),
            wrong(
                lambda probabilities: stats.mode(probabilities.argmax(axis=2), axis=0).mode,
                ko="다수결도 앙상블이지만 네트워크가 얼마나 확신하는지를 버립니다. 논문처럼 확률을 평균해 "
                "보세요.",
                en="A vote is an ensemble too, but it drops how sure each network is. Average "
                "probabilities, as the paper did.",
            ),
            wrong(
                lambda probabilities: probabilities.max(axis=0).argmax(axis=1),
                ko="가장 확신하는 네트워크 하나만 따랐습니다. 모든 네트워크의 확률을 평균하세요.",
                en="You follow whichever network is surest. Average the probabilities of all of them.",
            ),
            wrong(
                lambda probabilities: probabilities.mean(axis=1).argmax(axis=1),
                ko="평균을 내는 축을 보세요. 네트워크가 아니라 이미지를 평균해, 답이 네트워크마다 하나씩 "
                "나옵니다.",
                en="Look at the axis: this averages over images, not networks, and gives one answer per "
                "network.",
            ),
            wrong(
                lambda probabilities: probabilities.mean(axis=0),
                ko="확률의 평균까지 왔습니다. 이제 이미지마다 가장 높은 클래스의 번호를 고르세요.",
                en="You have the mean probabilities. Now pick each image's most probable class.",
            ),
        ],
    ),
}
