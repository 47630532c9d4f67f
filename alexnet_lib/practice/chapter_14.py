"""Exercises of chapter 14: what people answer, and what networks do."""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import special, stats

from alexnet_lib.practice.exercise import Exercise, wrong


def entropy_without_zeros(shares: NDArray[np.float64]) -> float:
    """Take the logarithm of zero, too."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(-(shares * np.log(shares)).sum())


SHARES = np.array([[0.6, 0.4, 0.0], [0.1, 0.2, 0.7], [0.3, 0.5, 0.2], [1.0, 0.0, 0.0]])
LOGITS = torch.tensor([[2.0, 0.0, -1.0], [0.5, 0.5, 3.0]])

EXERCISES = {
    "14_entropy": Exercise(
        right=stats.entropy,
        cases=[(np.full(10, 0.1),), (np.array([0.5, 0.25, 0.25]),), (np.array([1.0, 0.0, 0.0]),)],
        mistakes=[
            wrong(
                entropy_without_zeros,
                ko="아무도 고르지 않은 클래스가 있으면 nan이 나옵니다. 그 항은 0으로 쳐야 합니다.",
                en="If there is a class that nobody chose, it gives nan; that term has to count as 0.",
            ),
            wrong(
                lambda shares: stats.entropy(shares, base=2),
                ko="밑이 2인 로그를 썼습니다(단위는 비트). 이 장의 식은 자연로그를 씁니다.",
                en="You took logarithms to the base 2, which gives bits; this chapter's formula has the "
                "natural logarithm.",
            ),
            wrong(
                lambda shares: -stats.entropy(shares),
                ko="부호를 보세요. 1보다 작은 수의 로그는 음수입니다.",
                en="Mind the sign: the logarithm of a number below 1 is negative.",
            ),
        ],
    ),
    "14_one_person": Exercise(
        right=lambda distribution, labels: np.take_along_axis(distribution, labels[:, None], axis=1).mean(),
        cases=[(SHARES, np.array([0, 2, 0, 0])), (SHARES, np.array([1, 0, 1, 0]))],
        untouched=wrong(
            lambda distribution, labels: float((distribution.argmax(axis=1) == labels).mean()),
            ko="열 명 가운데 여섯 명만 레이블과 같게 답한 이미지도 온전히 맞힌 것으로 칩니다.",
            en="an image on which only six people of ten agree with the label counts as entirely right.",
        ),
        mistakes=[
            wrong(
                lambda distribution, labels: float(distribution.max(axis=1).mean()),
                ko="가장 많은 답의 비율을 평균했습니다. 그 답이 레이블과 같은지는 보지 않았습니다.",
                en="That is the mean share of the most frequent answer, whether it is the label or not.",
            ),
            wrong(
                lambda distribution, labels: float(distribution[:, labels].mean()),
                ko="이미지마다 자기 레이블뿐 아니라 다른 이미지의 레이블까지 골랐습니다. distribution[:, "
                "labels]의 모양을 찍어 보세요.",
                en="That picks the other images' labels for each image as well as its own. Print the shape "
                "of distribution[:, labels].",
            ),
            wrong(
                lambda distribution, labels: float(distribution.mean()),
                ko="모든 클래스의 비율을 평균했습니다. 행마다 레이블의 자리 하나만 골라야 합니다.",
                en="That averages the shares of all classes; from each row, only the share of its label is "
                "wanted.",
            ),
        ],
    ),
    "14_temperature": Exercise(
        right=lambda logits, temperature: special.softmax(logits.numpy() / temperature, axis=1),
        cases=[(LOGITS, 1.0), (LOGITS, 2.0), (LOGITS, 0.5)],
        untouched=wrong(
            lambda logits, temperature: logits.softmax(dim=1) / temperature,
            ko="온도가 2일 때 확률의 합이 1이 아닙니다.",
            en="at a temperature of 2 the probabilities do not sum to 1.",
        ),
        mistakes=[
            wrong(
                lambda logits, temperature: logits.softmax(dim=1),
                ko="합은 1이지만 온도를 바꾸어도 확률이 그대로입니다. 나눈 확률을 다시 합이 1이 되게 맞추면 "
                "처음으로 돌아옵니다.",
                en="They sum to 1, but the temperature does nothing: divide probabilities and scale them "
                "back to a sum of 1, and you are where you began.",
            ),
            wrong(
                lambda logits, temperature: (logits * temperature).softmax(dim=1),
                ko="합은 1이지만 온도를 높일수록 더 확신합니다. 거꾸로여야 합니다.",
                en="They sum to 1 now, but a higher temperature makes the network more confident; it should "
                "make it less so.",
            ),
            wrong(
                lambda logits, temperature: (logits / temperature).softmax(dim=0),
                ko="이미지가 아니라 클래스마다 합이 1이 되었습니다. 소프트맥스를 어느 축을 따라 계산했나요?",
                en="They sum to 1 for each class instead of each image: along which axis did you take the "
                "softmax?",
            ),
        ],
    ),
    "14_rescoring": Exercise(
        right=2 * 80 / 10_000 * 100,
        mistakes=[
            wrong(
                0.8,
                ko="그것은 한 네트워크의 점수가 달라질 수 있는 폭입니다. 그때 다른 네트워크의 점수는 어떻게 "
                "될 수 있을까요?",
                en="That is how far the score of one network can move. What may the score of the other do "
                "meanwhile?",
            ),
            wrong(
                160,
                ko="이미지의 수로는 맞습니다. 10,000장 가운데 몇 퍼센트포인트인지로 바꾸어 보세요.",
                en="As a number of images that is right; turn it into percentage points of 10,000.",
            ),
        ],
    ),
}
