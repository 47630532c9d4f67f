"""Exercises of chapter 11: saturation, and how much faster."""

import math
from collections.abc import Callable

import numpy as np
import torch
from scipy import stats

from alexnet_lib.practice.exercise import Exercise, wrong


def slope_of_three_tanh(x: float) -> float:
    """Let autograd go back through three tanh, each of which is given ``x``."""
    inputs = torch.full((3,), x, dtype=torch.float64, requires_grad=True)
    (slopes,) = torch.autograd.grad(torch.tanh(inputs).sum(), inputs)
    return slopes.prod().item()


def crossing(errors: list[float], goal: float) -> float:
    """Read the epoch off the straight line through the measurements beside the goal."""
    after = next(place for place, error in enumerate(errors) if error <= goal)
    beside = slice(after - 1, after + 1)
    return float(np.interp(-goal, -np.array(errors[beside]), [after, after + 1]))


def arrival(part: Callable[[float, float, float], float]) -> Callable[[list[float], float], float]:
    """Return what adds a part of the epoch that led to the goal, by the errors around the goal."""

    def answer(errors: list[float], goal: float) -> float:
        after = next(place for place, error in enumerate(errors) if error <= goal)
        return after + part(errors[after - 1], errors[after], goal)

    return answer


def interval(slow: list[float], fast: list[float]) -> tuple[float, float]:
    """Give the 95 % interval of the geometric mean."""
    logs = np.log(slow) - np.log(fast)
    low, high = stats.ttest_1samp(logs, 0).confidence_interval(0.95)
    return math.exp(low), math.exp(high)


def by(quantile: float | None, ddof: int, lost: int = 1) -> Callable[..., tuple[float, float]]:
    """Return an interval of these choices; without a quantile, that of t with n - ``lost`` degrees."""

    def answer(slow: list[float], fast: list[float]) -> tuple[float, float]:
        logs = np.log(np.array(slow) / np.array(fast))
        width = quantile or stats.t.ppf(0.975, len(logs) - lost)
        half = width * logs.std(ddof=ddof) / np.sqrt(len(logs))
        return math.exp(logs.mean() - half), math.exp(logs.mean() + half)

    return answer


EXERCISES = {
    "11_saturation": Exercise(
        right=slope_of_three_tanh(2.0),
        mistakes=[
            wrong(
                1 - math.tanh(2) ** 2,
                ko="그것은 한 곳의 미분값입니다. 기울기는 세 곳을 지나는 동안 세 번 곱해집니다.",
                en="That is the slope at one of them. The gradient is multiplied at all three.",
            ),
            wrong(
                3 * (1 - math.tanh(2) ** 2),
                ko="미분값 셋을 더했습니다. 거슬러 올라갈 때는 더하지 않고 곱합니다.",
                en="You added the three slopes. On the way back they are multiplied.",
            ),
            wrong(
                1 - math.tanh(6) ** 2,
                ko="입력을 더해 한 번에 넣었습니다. 세 곳의 입력은 저마다 2입니다.",
                en="You put the inputs together into one. Each of the three has an input of 2.",
            ),
            wrong(
                (1 - math.tanh(2)) ** 3,
                ko="세 번 곱한 것은 맞습니다. 미분값의 식에서 tanh에 붙은 것을 빠뜨리지 않았나요?",
                en="Three factors it is. But what stands above the tanh in the formula of the slope?",
            ),
            wrong(
                math.tanh(2) ** 3,
                ko="거슬러 올라갈 때 곱하는 것은 tanh의 값이 아니라 미분값입니다.",
                en="What multiplies on the way back is the slope, not the value of tanh.",
            ),
            wrong(
                1,
                ko="켜진 ReLU라면 그렇습니다. tanh는 2에서 이미 꽤 평평합니다.",
                en="With a ReLU that is on, yes. At 2, tanh is rather flat already.",
            ),
        ],
    ),
    "11_arrival": Exercise(
        right=crossing,
        cases=[
            ([0.5, 0.26, 0.16], 0.25),
            ([0.5, 0.3, 0.2], 0.25),
            ([0.6, 0.5, 0.45, 0.2], 0.25),
            ([0.4, 0.24, 0.3, 0.2], 0.25),
            ([0.6, 0.4, 0.3], 0.4),
        ],
        untouched=wrong(
            arrival(lambda before, after, goal: (goal - after) / (before - after)),
            ko="[0.5, 0.26, 0.16]이면 둘째 에폭에 이미 목표 0.25의 코앞인데, 2.9에폭이 나옵니다.",
            en="with [0.5, 0.26, 0.16] it is all but at the goal of 0.25 after the second epoch, and the "
            "function says 2.9.",
        ),
        mistakes=[
            wrong(
                lambda errors, goal: crossing(errors, goal) + 1,
                ko="몫은 맞지만 한 에폭 늦습니다. `errors[epoch - 1]`은 몇째 에폭이 끝났을 때의 값인가요?",
                en="The part is right, but it is one epoch late. After which epoch was `errors[epoch - 1]` "
                "measured?",
            ),
            wrong(
                arrival(lambda before, after, goal: (goal - before) / (before - after)),
                ko="부호가 바뀌어, 목표에 닿은 때가 앞서 잰 때보다 이릅니다.",
                en="A sign is turned round: it now arrives before it was measured above the goal.",
            ),
            wrong(
                arrival(lambda before, after, goal: 1),
                ko="처음으로 목표 아래를 잰 에폭입니다. 실제로 닿은 것은 그 앞의 에폭과 그 에폭 사이 "
                "어디쯤입니다.",
                en="That is the epoch of the first measurement at the goal; it got there somewhere between "
                "that and the one before.",
            ),
        ],
    ),
    "11_geometric_mean": Exercise(
        right=float(stats.gmean([8, 1 / 2])),
        mistakes=[
            wrong(
                (8 + 1 / 2) / 2,
                ko="보통의 평균입니다. ReLU가 tanh의 몇 배 걸렸는지를 같은 방법으로 세어도 1보다 커서, 둘 "
                "다 상대보다 느린 셈이 됩니다.",
                en="That is the usual mean. Count how many times as long as tanh ReLU took in the same way, "
                "and it is above 1 as well: each would be slower than the other.",
            ),
            wrong(
                math.log(2),
                ko="로그의 평균까지 왔습니다. 로그에서 배수로 되돌리세요.",
                en="That is the mean of the logarithms. Go back from it to a factor.",
            ),
            wrong(
                8 * 1 / 2,
                ko="두 배수를 곱했습니다. 배수는 둘이니, 두 번 곱하면 그것이 되는 수를 찾으세요.",
                en="That is the product of the two. As they are two, find the number that gives it when "
                "multiplied by itself.",
            ),
            wrong(
                1 / 2,
                ko="거꾸로 세었습니다. ReLU가 tanh의 몇 배 걸렸는지가 아니라, tanh가 ReLU의 몇 배 "
                "걸렸는지를 묻습니다.",
                en="That is how many times as long ReLU took as tanh: the wrong way round.",
            ),
        ],
    ),
    "11_interval": Exercise(
        right=interval,
        cases=[
            ([3.0, 5.0, 4.0], [3.0, 3.5, 4.5]),
            ([12.0, 20.0, 13.0], [2.0, 3.0, 2.5]),
            ([4.0, 4.5, 6.0, 5.0, 4.2], [4.0, 4.0, 5.0, 6.0, 4.4]),
        ],
        untouched=wrong(
            by(1.96, ddof=0),
            ko="시드가 셋일 때 구간이 참값을 네 번에 한 번꼴로 놓칩니다.",
            en="with three seeds, the interval misses the true value about one time in four.",
        ),
        mistakes=[
            wrong(
                by(1.96, ddof=1),
                ko="표준편차는 고쳤습니다. 1.96은 표준편차를 어림하지 않고 알고 있을 때의 값입니다.",
                en="The deviation is mended. But 1.96 holds where the deviation is known, and this one is "
                "an estimate.",
            ),
            wrong(
                by(None, ddof=0),
                ko="t 분포는 맞습니다. NumPy의 `std`는 보통 무엇으로 나눌까요?",
                en="The t distribution is right. By what does NumPy's `std` divide, unless told?",
            ),
            wrong(
                by(None, ddof=1, lost=0),
                ko="t 분포의 자유도가 하나 많습니다. 평균을 구하느라 하나를 썼습니다.",
                en="The t distribution has one degree of freedom too many: the mean has used one up.",
            ),
            wrong(
                lambda slow, fast: tuple(math.log(end) for end in interval(slow, fast)),
                ko="구간의 너비는 맞지만 아직 로그입니다. 배수로 되돌리세요.",
                en="As wide as it should be, but these are logarithms still; go back to factors.",
            ),
            wrong(
                lambda slow, fast: interval(fast, slow),
                ko="ReLU가 tanh의 몇 배인지를 냈습니다. 나누는 쪽이 바뀌었습니다.",
                en="That is how many times as long the fast one took: the wrong way round.",
            ),
        ],
    ),
}
