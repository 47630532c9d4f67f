"""Exercises of chapter 12: local response normalization, its unit, its neighbours."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from alexnet_lib.experiments.lrn import LocallyConnected2d
from alexnet_lib.practice.exercise import Exercise, numbers, wrong

PLACE = torch.tensor([2.0, 1.0, 3.0, 5.0, 4.0])


def along(dimension: int) -> Callable[[Tensor, int, float, float], Tensor]:
    """Return an LRN whose neighbours stand along a dimension; PyTorch's has them along the maps, 1."""

    def normalized(maps: Tensor, n: int, alpha: float, beta: float) -> Tensor:
        moved = maps.transpose(1, dimension)
        return functional.local_response_norm(moved, n, alpha, beta, k=1).transpose(1, dimension)

    return normalized


EXERCISES = {
    "12_one_place": Exercise(
        right=functional.local_response_norm(PLACE.view(1, 5, 1, 1), 3, alpha=3, beta=0.5, k=1)[0, 2].item(),
        mistakes=[
            wrong(
                3 / (1 + 3 * 35) ** 0.5,
                ko="제곱의 합에 곱하는 것은 α가 아니라 α를 창의 크기로 나눈 것입니다.",
                en="What multiplies the sum of squares is not α but α divided by the size of the window.",
            ),
            wrong(
                3 / (1 + 55) ** 0.5,
                ko="다섯 맵을 모두 더했습니다. 창이 3이면 가운데 맵의 이웃은 누구일까요?",
                en="That sums over all five maps. With a window of 3, who are the neighbours of the middle?",
            ),
            wrong(
                3 / (1 + 26) ** 0.5,
                ko="양옆만 더했습니다. LRN에서는 자기 자신도 이웃으로 칩니다.",
                en="That sums over the two beside it; in LRN a value counts among its own neighbours.",
            ),
            wrong(
                3 / (1 + 9) ** 0.5,
                ko="이웃의 값을 그대로 더했습니다. 식에는 무엇을 더한다고 되어 있나요?",
                en="That adds the neighbours as they are. What of them does the formula add?",
            ),
            wrong(
                3 / (1 + 35),
                ko="분모의 괄호 안은 맞습니다. 괄호 밖의 지수를 빠뜨렸습니다.",
                en="What stands in brackets is right; the exponent outside was left out.",
            ),
        ],
    ),
    "12_either_or": Exercise(
        right=lambda weights, alpha, s: (weights.mul(s), alpha),
        also_right=[lambda weights, alpha, s: (weights, alpha * s * s)],
        cases=[(torch.tensor([[0.5, -0.2]]), 0.001, 64), (torch.tensor([1.0, 3.0, -2.0]), 0.02, 255)],
        untouched=wrong(
            lambda weights, alpha, s: (s * weights, s**2 * alpha),
            ko="픽셀을 나누어 넣었더니 같은 이미지에서 LRN이 원래보다 훨씬 세게 누릅니다.",
            en="on the same images, with their pixels divided, LRN holds values down far more than before.",
        ),
        mistakes=[
            wrong(
                lambda weights, alpha, s: (weights, alpha),
                ko="이제 둘 다 그대로입니다. 그러면 LRN에 들어오는 값은 원래의 몇 배인가요?",
                en="Now both are as they were. How large are the values that reach LRN, then?",
            ),
            wrong(
                lambda weights, alpha, s: (weights, s * alpha),
                ko="α에 곱해지는 것은 값이 아니라 값의 제곱입니다.",
                en="What α is multiplied by is not a value but the square of one.",
            ),
            wrong(
                lambda weights, alpha, s: (weights, alpha / s**2),
                ko="방향이 반대입니다. 들어오는 값이 작아졌으니 α는 커져야 같은 일을 합니다.",
                en="It is the other way round: the values became smaller, so α has to grow to do the same.",
            ),
            wrong(
                lambda weights, alpha, s: (weights / s, alpha),
                ko="방향이 반대입니다. 입력이 작아졌으니 가중치가 커져야 같은 값이 나옵니다.",
                en="It is the other way round: the inputs became smaller, so the weights have to grow.",
            ),
        ],
    ),
    "12_untied": Exercise(
        right=sum(parameter.numel() for parameter in LocallyConnected2d(64, 32, 3, 6).parameters()),
        tolerance=1e-6,
        mistakes=[
            wrong(
                32 * (9 * 64 + 1),
                ko="모든 자리가 커널을 함께 쓰는 합성곱 레이어의 수입니다. 여기서는 자리마다 따로 있습니다.",
                en="That is a convolution, whose kernels serve every place; here each place has its own.",
            ),
            wrong(
                36 * 32 * 9 * 64,
                ko="편향을 빠뜨렸습니다.",
                en="The biases are missing.",
            ),
            wrong(
                36 * 32 * 9 * 64 + 32,
                ko="편향을 맵마다 하나씩만 셌습니다. 편향도 자리마다 따로 있습니다.",
                en="You counted one bias for each map; biases are separate for every place, too.",
            ),
            wrong(
                36 * 32 * (9 + 1),
                ko="커널 하나는 들어오는 맵 64개를 모두 봅니다.",
                en="A kernel looks at all 64 maps that come in.",
            ),
            wrong(
                16 * 32 * (9 * 64 + 1),
                ko="가장자리에 0을 덧대었으니 창을 놓을 자리는 4×4가 아닙니다.",
                en="With zeros around the edge, the places for a window are not 4×4.",
            ),
        ],
    ),
    "12_neighbours": Exercise(
        right=along(1),
        cases=[
            (3 * numbers(2, 7, 4, 5), 3, 0.5, 0.75),
            (3 * numbers(1, 6, 5, 5), 5, 1.0, 0.5),
        ],
        untouched=wrong(
            along(3),
            ko="한 맵의 값을 아주 크게 해도 이웃한 맵의 값이 그대로입니다.",
            en="however large the values of one map are made, those of the maps beside it stay as they are.",
        ),
        mistakes=[
            wrong(
                along(2),
                ko="이제 위아래 자리를 더합니다. (이미지, 맵, 행, 열) 가운데 몇 번째 차원을 따라가야 할까요?",
                en="Now it sums over the places above and below. Of (images, maps, rows, columns), which "
                "dimension should the window follow?",
            ),
            wrong(
                lambda maps, n, alpha, beta: (
                    maps / (1 + alpha / n * maps.square().sum(dim=1, keepdim=True)) ** beta
                ),
                ko="창이 맵 전체입니다. 가운데에서 `n // 2`개씩만 떨어진 맵을 더해야 합니다.",
                en="That sums over all maps; only those at most `n // 2` away belong to the window.",
            ),
        ],
    ),
}
