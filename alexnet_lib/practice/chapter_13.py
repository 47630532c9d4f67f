"""Exercises of chapter 13: the paper, its code, and PyTorch."""

import math

import torch
from torch.nn import functional

from alexnet_lib.experiments.historical import momentum_step
from alexnet_lib.practice.exercise import Exercise


def pooled_side(side: int, kernel: int, stride: int) -> int:
    """Let PyTorch count the windows, the last of which may hang over the edge."""
    return functional.max_pool2d(torch.zeros(1, 1, side, side), kernel, stride, ceil_mode=True).shape[-1]


def path_of_2012(gradients: list[float], rates: list[float]) -> float:
    """Follow the formula of the paper, without weight decay."""
    weight, velocity = torch.zeros(1), torch.zeros(1)
    for gradient, rate in zip(gradients, rates, strict=True):
        weight, velocity = momentum_step(weight, velocity, torch.tensor([gradient]), rate, weight_decay=0)
    return weight.item()


def path_of_pytorch(gradients: list[float], rates: list[float]) -> float:
    """Multiply by the learning rate outside the velocity."""
    weight, velocity = 0.0, 0.0
    for gradient, rate in zip(gradients, rates, strict=True):
        velocity = 0.9 * velocity + gradient
        weight -= rate * velocity
    return weight


def path_with_the_rate_twice(gradients: list[float], rates: list[float]) -> float:
    """Multiply by the learning rate inside the velocity and outside."""
    weight, velocity = 0.0, 0.0
    for gradient, rate in zip(gradients, rates, strict=True):
        velocity = 0.9 * velocity - rate * gradient
        weight += rate * velocity
    return weight


EXERCISES = {
    "13_output_size": Exercise(
        right=pooled_side,
        cases=[(224, 11, 4), (227, 11, 4), (55, 3, 2), (32, 5, 2), (13, 3, 2)],
        mistakes=[
            (
                lambda side, kernel, stride: 1 + (side - kernel) // stride,
                {
                    "ko": "그것은 PyTorch의 합성곱처럼 버린 크기입니다. 2012년 코드는 이미지 밖으로 "
                    "삐져나가는 커널도 셉니다.",
                    "en": "That rounds down, as PyTorch's convolution does; the code of 2012 also counts "
                    "a kernel that hangs over the edge.",
                },
            ),
            (
                lambda side, kernel, stride: math.ceil((side - kernel) / stride),
                {
                    "ko": "움직인 횟수를 셌습니다. 움직이기 전의 첫 자리도 자리입니다.",
                    "en": "You counted the moves; the place before the first move is a place, too.",
                },
            ),
            (
                lambda side, kernel, stride: math.ceil(side / stride),
                {
                    "ko": "커널의 크기가 쓰이지 않았습니다. 마지막 커널이 어디에서 시작할 수 있는지 "
                    "생각해 보세요.",
                    "en": "The size of the kernel has no part in it; ask where the last kernel may begin.",
                },
            ),
        ],
    ),
    "13_printed_alpha": Exercise(
        right=math.exp(math.log(0.001) - math.log(9)),
        mistakes=[
            (
                0.001,
                {
                    "ko": "그대로 옮기면 분모가 달라집니다. 코드는 이 값을 창의 크기로 나눈 다음에 씁니다.",
                    "en": "Copied as it is, the denominator changes: the code divides this value by the size "
                    "of the window before it is used.",
                },
            ),
            (
                0.009,
                {
                    "ko": "방향이 반대입니다. 그것은 인쇄된 식의 α를 PyTorch에 옮길 때 하는 일입니다.",
                    "en": "That is the other way: it is what takes an alpha of the printed formula into "
                    "PyTorch.",
                },
            ),
        ],
    ),
    "13_momentum": Exercise(
        right=path_of_2012,
        cases=[
            ([1.0] * 6, [0.1] * 6),
            ([1.0] * 6, [0.1] * 3 + [0.01] * 3),
            ([1.0, -2.0, 0.5, 0.0, 0.0], [0.1, 0.1, 0.01, 0.01, 0.001]),
        ],
        untouched=(
            path_of_pytorch,
            {
                "ko": "아직 그대로입니다. 학습률이 그대로이면 논문과 같은 곳에 닿지만, 도중에 낮추면 "
                "다른 곳에 닿습니다.",
                "en": "Still as it was: it ends where the paper does while the learning rate stays, "
                "and elsewhere once the rate is lowered on the way.",
            },
        ),
        mistakes=[
            (
                path_with_the_rate_twice,
                {
                    "ko": "속도 안에 학습률을 넣었지만 밖에도 남아 있습니다. 두 번 곱해집니다.",
                    "en": "The learning rate is inside the velocity now, and still outside: it counts twice.",
                },
            ),
            (
                lambda gradients, rates: -path_of_2012(gradients, rates),
                {
                    "ko": "크기는 맞고 방향이 반대입니다. 기울기를 거슬러 내려가야 합니다.",
                    "en": "The length is right and the direction is not: go down, against the gradient.",
                },
            ),
        ],
    ),
    "13_rate_factor": Exercise(
        right=1 / 4,
        mistakes=[
            (
                1 / 2,
                {
                    "ko": "가중치가 절반이라는 것만 셌습니다. 기울기도 두 배입니다.",
                    "en": "That counts the halved weights alone; the gradients are doubled, too.",
                },
            ),
            (
                1,
                {
                    "ko": "그대로 두면 절반으로 줄인 가중치가 두 배의 기울기로, 네 배나 빠르게 움직입니다.",
                    "en": "Left as it is, weights of half the size would move by gradients of twice the "
                    "size.",
                },
            ),
            (
                4,
                {
                    "ko": "배수는 맞고 방향이 반대입니다. 기울기가 커졌으니 학습률은 줄어야 합니다.",
                    "en": "The right factor in the wrong direction: the gradients grew, so the rate has "
                    "to shrink.",
                },
            ),
        ],
    ),
}
