"""Exercises of chapter 13: the paper, its code, and PyTorch."""

import math
from collections.abc import Callable

import torch
from torch.nn import functional

from alexnet_lib.experiments.historical import momentum_step
from alexnet_lib.practice.exercise import Exercise, wrong


def pooled_side(side: int, kernel: int, stride: int) -> int:
    """Let PyTorch count the windows, the last of which may hang over the edge."""
    return functional.max_pool2d(torch.zeros(1, 1, side, side), kernel, stride, ceil_mode=True).shape[-1]


def path_of_2012(gradients: list[float], rates: list[float]) -> float:
    """Follow the formula of the paper, without weight decay."""
    weight, velocity = torch.zeros(1), torch.zeros(1)
    for gradient, rate in zip(gradients, rates, strict=True):
        weight, velocity = momentum_step(weight, velocity, torch.tensor([gradient]), rate, weight_decay=0)
    return weight.item()


def path(factors: Callable[[float], tuple[float, float, float]]) -> Callable[..., float]:
    """Return what follows another momentum.

    ``factors`` says for a learning rate by what the old velocity, the gradient and the new velocity count.
    """

    def end(gradients: list[float], rates: list[float]) -> float:
        weight, velocity = 0.0, 0.0
        for gradient, rate in zip(gradients, rates, strict=True):
            kept, gained, moved = factors(rate)
            velocity = kept * velocity + gained * gradient
            weight -= moved * velocity
        return weight

    return end


EXERCISES = {
    "13_output_size": Exercise(
        right=pooled_side,
        cases=[(224, 11, 4), (227, 11, 4), (55, 3, 2), (32, 5, 2), (13, 3, 2)],
        mistakes=[
            wrong(
                lambda side, kernel, stride: 1 + (side - kernel) // stride,
                ko="PyTorch의 합성곱처럼 나머지를 버렸습니다. 2012년 코드는 이미지 밖으로 삐져나가는 창도 "
                "셉니다.",
                en="That rounds down, as PyTorch's convolution does; the code of 2012 also counts a window "
                "that hangs over the edge.",
            ),
            wrong(
                lambda side, kernel, stride: math.ceil((side - kernel) / stride),
                ko="움직인 횟수를 셌습니다. 움직이기 전의 자리도 세어야 합니다.",
                en="You counted the moves; the place before the first move counts, too.",
            ),
            wrong(
                lambda side, kernel, stride: math.ceil(side / stride),
                ko="창의 크기를 쓰지 않았습니다. 마지막 창은 어디에서 시작할 수 있을까요?",
                en="The size of the window has no part in it. Where may the last window begin?",
            ),
        ],
    ),
    "13_printed_alpha": Exercise(
        right=math.exp(math.log(0.001) - math.log(9)),
        tolerance=0.02,
        mistakes=[
            wrong(
                0.001,
                ko="그대로 옮기면 분모가 달라집니다. 2012년 코드는 이 값을 읽은 다음 무엇을 하나요?",
                en="Copied as it is, the denominator changes. What does the code of 2012 do to this value "
                "once it is read?",
            ),
            wrong(
                0.009,
                ko="방향이 반대입니다. 그것은 인쇄된 식의 α를 PyTorch에 옮길 때 하는 일입니다.",
                en="That is the other way round: it takes an α from the printed formula to PyTorch.",
            ),
            wrong(
                0.001 / 5,
                ko="5는 논문의 창입니다. 이 설정 파일의 창은 몇인가요?",
                en="5 is the paper's window. How large is the window in this file?",
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
        untouched=wrong(
            path(lambda rate: (0.9, 1, rate)),
            ko="학습률이 그대로이면 논문과 같은 곳에 닿지만, 도중에 낮추면 다른 곳에 닿습니다.",
            en="with one learning rate it ends where the paper does, but if the rate is lowered on the way "
            "it ends elsewhere.",
        ),
        mistakes=[
            wrong(
                path(lambda rate: (0.9, rate, rate)),
                ko="속도 안에 학습률을 넣었지만 밖에도 남아 있습니다. 두 번 곱해집니다.",
                en="The learning rate is inside the velocity now, and still outside: it counts twice.",
            ),
            wrong(
                path(lambda rate: (0.9 * rate, rate, 1)),
                ko="쌓아 둔 속도에까지 학습률을 곱했습니다. 논문의 식에서는 무엇에 곱하나요?",
                en="The old velocity is multiplied by the learning rate as well. Where does the rate stand "
                "in the paper's formula?",
            ),
            wrong(
                path(lambda rate: (0.9, -rate, 1)),
                ko="움직인 거리는 맞지만 방향이 반대입니다. 기울기를 거슬러 내려가야 합니다.",
                en="The distance is right, but the direction is not: go down, against the gradient.",
            ),
        ],
    ),
    "13_rate_factor": Exercise(
        right=1 / 4,
        mistakes=[
            wrong(
                1 / 2,
                ko="달라진 것은 둘입니다. 움직여야 할 거리도, 기울기도 달라졌는데 하나만 셌습니다.",
                en="Two things have changed, how far to go and the gradient; you counted one of them.",
            ),
            wrong(
                1,
                ko="그대로 두면 절반으로 줄인 가중치가 두 배로 커진 기울기를 따라 움직입니다.",
                en="Left as it is, weights of half the size would move by gradients of twice the size.",
            ),
            wrong(
                2,
                ko="기울기가 이미 두 배입니다. 학습률까지 키우면 더 멀리 움직입니다.",
                en="The gradients are doubled already; a larger rate takes the weights further still.",
            ),
            wrong(
                4,
                ko="배수는 맞고 방향이 반대입니다. 기울기가 커졌으니 학습률은 줄어야 합니다.",
                en="The right factor in the wrong direction: the gradients grew, so the rate has to shrink.",
            ),
        ],
    ),
}
