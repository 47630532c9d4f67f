"""Exercises of chapter 10: recipes, and how two trainings are compared."""

import math

import numpy as np
import torch
from scipy.stats import binomtest
from torch import Tensor
from torch.nn.functional import cross_entropy

from alexnet_lib.practice.exercise import Exercise, wrong

# --- A schedule ---


def falling(peak: float, shares: list[float]) -> list[float]:
    """Return the rate of each step, by the share of the training that is over by then."""
    return [peak * (1 - share) for share in shares]


# --- The loss with label smoothing ---


def smoothed_loss(probability: Tensor) -> Tensor:
    """Return the loss of each probability of the true class; nine others share the rest."""
    others = ((1 - probability) / 9).repeat(9, 1)
    logits = torch.cat([probability[None], others]).T.log()
    target = torch.zeros(len(probability), dtype=torch.long)
    return cross_entropy(logits, target, reduction="none", label_smoothing=0.1)


PROBABILITIES = torch.arange(1, 1000, dtype=torch.float64) / 1000


EXERCISES = {
    "10_schedule": Exercise(
        right=lambda peak, epochs, steps: torch.linspace(peak, 0, epochs * steps + 1)[:-1].tolist(),
        cases=[(0.1, 3, 4), (1.0, 2, 5), (0.04, 4, 2)],
        untouched=wrong(
            lambda peak, epochs, steps: falling(
                peak, [i // steps / (epochs * steps) for i in range(epochs * steps)]
            ),
            ko="3에폭, 100스텝씩이면 마지막 스텝의 학습률이 아직도 `peak`의 99%를 넘습니다.",
            en="after 3 epochs of 100 steps the rate still stands above 99% of `peak`.",
        ),
        mistakes=[
            wrong(
                lambda peak, epochs, steps: falling(
                    peak, [i // steps / epochs for i in range(epochs * steps)]
                ),
                ko="이제 끝에 가서는 충분히 내려가지만 계단 모양입니다. 한 에폭 동안은 학습률이 "
                "그대로입니다.",
                en="Now it comes down far enough, but as a staircase: within an epoch the rate stays where "
                "it is.",
            ),
            wrong(
                lambda peak, epochs, steps: falling(peak, [i / epochs for i in range(epochs * steps)]),
                ko="학습률이 첫 에폭 안에 0을 지나 음수가 됩니다. 부르는 때와 세는 단위가 같은가요?",
                en="The rate passes 0 within the first epochs and turns negative. Is it counted in the unit "
                "in which it is called?",
            ),
            wrong(
                lambda peak, epochs, steps: falling(
                    peak, [(i + i // steps) / (epochs * steps) for i in range(epochs * steps)]
                ),
                ko="스텝마다 내려가는데, 에폭이 끝날 때마다 한 번 더 내려갑니다.",
                en="It falls at every step, and once more at the end of each epoch.",
            ),
            wrong(
                lambda peak, epochs, steps: falling(
                    peak, [(i + 1) / (epochs * steps) for i in range(epochs * steps)]
                ),
                ko="첫 스텝이 이미 `peak`보다 낮고, 마지막 스텝은 0입니다. 쓰기 전에 내리고 있지 않나요?",
                en="The first step is below `peak` already, and the last is 0. Does the rate fall before it "
                "has been used?",
            ),
        ],
    ),
    "10_smoothing": Exercise(
        right=float(PROBABILITIES[smoothed_loss(PROBABILITIES).argmin()]),
        mistakes=[
            wrong(
                0.9,
                ko="거의 다 왔습니다. 나머지 0.1을 나누는 열 클래스에는 정답도 들어 있습니다.",
                en="Nearly there: the true class is among the ten that share the remaining 0.1.",
            ),
            wrong(
                1,
                ko="보통의 교차 엔트로피라면 그렇습니다. 이제는 다른 클래스에도 확률을 요구합니다.",
                en="So it is for ordinary cross-entropy. Now some probability is asked for the other "
                "classes too.",
            ),
            wrong(
                0.9 + 0.1 / 9,
                ko="0.1을 아홉이 아니라 정답까지 넣은 열 클래스가 나눕니다.",
                en="The 0.1 is shared by ten classes, the true one included, not by nine.",
            ),
            wrong(
                0.99,
                ko="0.1을 거의 다 정답에 더했습니다. 정답이 받는 몫은 다른 한 클래스가 받는 몫과 같습니다.",
                en="You added nearly all of the 0.1 to the true class; its share is that of any one of the "
                "others.",
            ),
            wrong(
                0.01,
                ko="그것은 다른 클래스 하나가 받는 확률입니다.",
                en="That is the probability that each of the other classes gets.",
            ),
        ],
        tolerance=1e-4,
    ),
    # The first step of Adam is as long as the learning rate.
    "10_decay": Exercise(
        right=lambda value, gradient, rate, decay: value * (1 - rate * decay) - rate * np.sign(gradient),
        # To shrink after the step, and not before it, keeps the two apart as well.
        also_right=[
            lambda value, gradient, rate, decay: (value - rate * np.sign(gradient)) * (1 - rate * decay)
        ],
        cases=[(1.0, 0.0, 0.1, 0.5), (-2.0, 0.0, 0.1, 0.2), (4.0, -3.0, 0.2, 0.5), (0.5, 0.01, 0.1, 2.0)],
        untouched=wrong(
            lambda value, gradient, rate, decay: value - rate * np.sign(gradient + decay * value),
            ko="기울기가 0인 가중치 1.0이 감쇠가 0.5이든 0.001이든 똑같이 0.9가 됩니다.",
            en="a weight of 1.0 with gradient 0 becomes 0.9, whether the decay is 0.5 or 0.001.",
        ),
        mistakes=[
            wrong(
                lambda value, gradient, rate, decay: value - rate * np.sign(gradient),
                ko="이제 감쇠가 아예 없습니다. 기울기가 0이면 가중치가 그대로입니다.",
                en="Now there is no decay at all: with gradient 0 the weight stays as it is.",
            ),
            wrong(
                lambda value, gradient, rate, decay: value * (1 - decay) - rate * np.sign(gradient),
                ko="줄어드는 비율에 학습률이 빠졌습니다. 스케줄이 학습률을 0까지 내려도 가중치는 계속 "
                "줄어듭니다.",
                en="The share lacks the learning rate: the weight would go on shrinking when a schedule has "
                "brought the rate down to 0.",
            ),
            wrong(
                lambda value, gradient, rate, decay: value - rate * (gradient + decay * value),
                ko="기울기가 0일 때는 맞지만, 기울기가 있으면 Adam의 걸음이 아닙니다. SGD로 바꾸지 않았나요?",
                en="With gradient 0 that is right, but with one it is no step of Adam's. Did you change to "
                "SGD?",
            ),
            wrong(
                lambda value, gradient, rate, decay: value * (1 + rate * decay) - rate * np.sign(gradient),
                ko="가중치가 줄지 않고 커집니다. 부호를 보세요.",
                en="The weight grows instead of shrinking. Look at the sign.",
            ),
        ],
    ),
    "10_mcnemar": Exercise(
        right=float(binomtest(3, 12).pvalue),
        mistakes=[
            wrong(
                float(binomtest(3, 12, alternative="less").pvalue),
                ko="한쪽만 셌습니다. 반대쪽으로 이만큼 치우치는 것도 '이만큼 이상'입니다.",
                en="You counted one side; to fall as unevenly to the other counts as well.",
            ),
            wrong(
                math.comb(12, 3) / 2**12,
                ko="꼭 3장일 확률입니다. 더 치우친 경우도 넣고, 반대쪽도 생각해 보세요.",
                en="That is the chance of exactly 3. More uneven cases count too, and the other side.",
            ),
            wrong(
                2 * math.comb(12, 3) / 2**12,
                ko="양쪽을 셌지만 꼭 3장일 때뿐입니다. 2장, 1장, 0장은 더 치우친 경우입니다.",
                en="Both sides, but exactly 3 only; 2, 1 and 0 are more uneven still.",
            ),
            wrong(
                2 * sum(math.comb(12, k) for k in range(3)) / 2**12,
                ko="3장일 때가 빠졌습니다. '이만큼 이상'에는 지금 본 것도 들어갑니다.",
                en="Exactly 3 is missing: what was seen is part of 'at least as unevenly'.",
            ),
            wrong(
                3 / 12,
                ko="그것은 12장 가운데 앞의 것이 맞힌 비율입니다. 물은 것은 동전이 이만큼 치우칠 확률입니다.",
                en="That is a share of the 12 images; what is asked is how often a coin does this.",
            ),
        ],
        tolerance=5e-3,
    ),
}
