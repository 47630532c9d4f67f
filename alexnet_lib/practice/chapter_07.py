"""Exercises of chapter 7: the training loop."""

import math

import numpy as np
import torch
from torch import nn

from alexnet_lib.practice.exercise import Exercise, wrong


def overshooting(start: float, learning_rate: float, steps: int) -> float:
    """Descend to the minimum of (w - 3)² with gradients that are never cleared."""
    weight, gradient = start, 0.0
    for _ in range(steps):
        gradient += 2 * (weight - 3)
        weight -= learning_rate * gradient
    return weight


def late(start: float, learning_rate: float, steps: int) -> float:
    """Descend to the minimum of (w - 3)², each step by the gradient of the step before."""
    weight, gradient = start, 0.0
    for _ in range(steps):
        weight, gradient = weight - learning_rate * gradient, 2 * (weight - 3)
    return weight


def linear(weight: float) -> nn.Linear:
    """Return a layer with one weight."""
    layer = nn.Linear(1, 1, bias=False)
    nn.init.constant_(layer.weight, weight)
    return layer


EXERCISES = {
    "07_mean_loss": Exercise(
        right=lambda losses, sizes: float(np.average(losses, weights=sizes)),
        cases=[([1.0, 1.0, 10.0], [4, 4, 1]), ([0.5, 2.0], [128, 80]), ([3.0], [7])],
        untouched=wrong(
            lambda losses, sizes: sum(losses) / len(losses),
            ko="손실이 10인 이미지 한 장이 다른 네 장과 같은 비중으로 들어갑니다.",
            en="the one image with a loss of 10 counts as much as four others.",
        ),
        mistakes=[
            wrong(
                lambda losses, sizes: sum(losses) / sum(sizes),
                ko="나누는 수는 이미지 수가 되었지만, 더하는 것은 아직 배치의 평균입니다.",
                en="You divide by the number of images now, but still add up means of batches.",
            ),
            wrong(
                lambda losses, sizes: sum(loss * size for loss, size in zip(losses, sizes, strict=True)),
                ko="이미지의 손실을 모두 더했습니다. 이제 이미지 수로 나누세요.",
                en="That is the sum over all images; now divide by how many they are.",
            ),
        ],
    ),
    "07_cross_entropy": Exercise(
        right=2 * math.log(2),
        mistakes=[
            wrong(
                6 * math.log(2),
                ko="세 장의 손실을 모두 더한 값입니다. 손실은 이미지 한 장당 평균입니다.",
                en="That is the sum over the three images; the loss is their mean.",
            ),
            wrong(
                -math.log((1 / 2 + 1 / 4 + 1 / 8) / 3),
                ko="확률을 먼저 평균하고 로그를 취했습니다. 순서를 바꾸면 값이 달라집니다.",
                en="You took the mean of the probabilities and then its logarithm; the order matters.",
            ),
            wrong(
                2 * math.log10(2),
                ko="상용로그(log10)를 썼습니다. 공식의 ln은 자연로그입니다.",
                en="That is with logarithms to base 10; the formula's ln is the natural one.",
            ),
            wrong(
                2,
                ko="밑이 2인 로그를 썼습니다. 단위가 비트라면 맞지만, 공식의 ln은 자연로그입니다.",
                en="In bits that is right, but the formula's ln is the natural logarithm, not that to base "
                "2.",
            ),
            wrong(
                -2 * math.log(2),
                ko="1보다 작은 수의 로그는 음수입니다. 공식의 맨 앞에 무엇이 있나요?",
                en="The logarithm of a number below 1 is negative. What stands first in the formula?",
            ),
        ],
        tolerance=5e-3,
    ),
    "07_overshoot": Exercise(
        right=lambda start, learning_rate, steps: 3 + (start - 3) * (1 - 2 * learning_rate) ** steps,
        cases=[(0.0, 0.1, 5), (10.0, 0.2, 4), (-2.0, 0.05, 10), (4.0, 0.25, 1)],
        untouched=wrong(
            overshooting,
            ko="3을 지나칩니다. 0에서 학습률 0.1로 다섯 번 움직이면 5를 넘어가고, 한 번만 움직이면 맞습니다.",
            en="it runs past 3; five steps from 0 at a rate of 0.1 end above 5. A single step is right.",
        ),
        mistakes=[
            wrong(
                lambda start, learning_rate, steps: overshooting(start, learning_rate / 10, steps),
                ko="학습률만 줄였습니다. 지나치는 때가 늦어질 뿐, 걸음은 여전히 스텝마다 커집니다.",
                en="You made the learning rate smaller. It will run past 3 later, and the strides still "
                "grow from step to step.",
            ),
            wrong(
                lambda start, learning_rate, steps: start,
                ko="이제는 조금도 움직이지 않습니다. 구한 기울기를 쓰기도 전에 지우고 있지는 않나요?",
                en="Now it does not move at all. Is the gradient cleared before it has been used?",
            ),
            wrong(
                late,
                ko="이제 스텝마다 바로 앞 스텝에서 구한 기울기로 움직입니다. 구하는 일과 쓰는 일의 순서를 "
                "보세요.",
                en="Now each step uses the gradient of the step before. In which order is it found and used?",
            ),
        ],
    ),
    "07_softmax_twice": Exercise(
        right=float(torch.logsumexp(torch.tensor([1.0] + 9 * [0.0]), dim=0)) - 1,
        mistakes=[
            wrong(
                0,
                ko="손실이 0이 되려면 로짓의 차이가 한없이 커야 합니다. 여기서 로짓 자리에 들어가는 값의 "
                "차이는 1입니다.",
                en="For a loss of 0 the logits would have to lie infinitely far apart; here they differ by "
                "1.",
            ),
            wrong(
                math.log(10),
                ko="그것은 열 클래스가 같은 값을 받는 학습 전의 손실입니다. 지금은 정답이 1, 나머지가 0을 "
                "받습니다.",
                en="That is before training, when all ten get the same; now the true class has 1, the "
                "others 0.",
            ),
            wrong(
                math.log(math.e + 9),
                ko="분모의 로그까지 왔습니다. 분자, 곧 정답의 로짓이 빠졌습니다.",
                en="That is the logarithm of the denominator; the numerator, the true class's own, is "
                "missing.",
            ),
            wrong(
                math.log(math.e / (math.e + 9)),
                ko="로그까지 맞습니다. 1보다 작은 수의 로그는 음수인데, 손실은 음수일 수 없습니다.",
                en="Right up to the logarithm. That of a number below 1 is negative, and a loss cannot be.",
            ),
            wrong(
                math.log(1 + 10 / math.e),
                ko="거의 다 왔습니다. 0을 받는 클래스가 몇 개인지 다시 세어 보세요.",
                en="Nearly there: count once more how many classes have 0.",
            ),
            wrong(
                math.e / (math.e + 9),
                ko="소프트맥스를 한 번 더 취한 정답의 확률까지 왔습니다. 손실은 그 확률에서 어떻게 구하나요?",
                en="That is the probability of the true class after the second softmax. What is its loss?",
            ),
        ],
    ),
    "07_best_weight": Exercise(
        right=lambda model, losses: model.weight.detach() + int(np.argmin(losses)) + 1,
        cases=[
            (linear(0.0), [0.9, 0.5, 0.7]),
            (linear(2.5), [0.3, 0.4, 0.6, 0.8]),
            (linear(-1.0), [0.9, 0.8, 0.2, 0.5, 0.4]),
        ],
        untouched=wrong(
            lambda model, losses: model.weight.detach() + len(losses),
            ko="마지막 에폭의 가중치가 나옵니다. 어느 에폭의 손실이 가장 낮든, 결과는 에폭의 수만큼 커져 "
            "있습니다.",
            en="it is the last epoch's weight, and whichever epoch was best, the result has grown by the "
            "number of epochs.",
        ),
        mistakes=[
            wrong(
                lambda model, losses: model.weight.detach() + int(np.argmin(losses)),
                ko="복사는 되었지만 한 에폭 앞의 가중치입니다. 손실을 잰 것은 그 에폭의 학습이 끝난 "
                "뒤입니다.",
                en="A copy it is, but of one epoch before: the loss was measured after that epoch's "
                "training.",
            ),
            wrong(
                lambda model, losses: model.weight.detach() + 1,
                ko="언제나 첫 에폭의 가중치가 나옵니다. 더 낮은 손실을 만나면 다시 복사해야 합니다.",
                en="It is always the first epoch's weight. A lower loss calls for a new copy.",
            ),
        ],
    ),
}
