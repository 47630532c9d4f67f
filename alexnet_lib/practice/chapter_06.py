"""Exercises of chapter 6: convolution, sizes, parameters, and what joins two layers."""

from collections.abc import Callable, Sequence
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.nn import functional

from alexnet_lib.practice.exercise import Exercise, numbers, wrong

random = torch.Generator().manual_seed(0)
KERNEL = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
IMAGES = [torch.rand(size, generator=random) for size in ((8, 8), (6, 9), (5, 5))]
KERNELS = [KERNEL, torch.rand(3, 3, generator=random), torch.rand(2, 2, generator=random)]
MAPS = [torch.rand(size, generator=random) for size in ((2, 16, 4, 4), (16, 16, 3, 3), (8, 8, 2, 2))]
FEATURES = [torch.randn(count, 8, generator=random) for count in (5, 2)]


def convolved(image: Tensor, kernel: Tensor) -> Tensor:
    """Convolve as PyTorch does it."""
    return functional.conv2d(image[None, None], kernel[None, None])[0, 0]


def sums_of_matrix_products(image: Tensor, kernel: Tensor) -> Tensor:
    """Multiply window and kernel as matrices and sum what comes out."""
    return convolved(image, kernel.sum(dim=1).expand(len(kernel), -1))


def classified(features: Tensor, *between: nn.Module, end: Sequence[nn.Module] = ()) -> Tensor:
    """Send features through two fully connected layers, with something between them or behind."""
    return nn.Sequential(nn.Linear(8, 16), *between, nn.Linear(16, 3), *end)(features)


def classified_by_formula(features: Tensor) -> Tensor:
    """Compute the same with the formula of a fully connected layer."""
    first, second = nn.Linear(8, 16), nn.Linear(16, 3)
    hidden = (features @ first.weight.T + first.bias).clamp(min=0)
    return hidden @ second.weight.T + second.bias


def with_fixed_weights(scores: Callable[[Tensor], Tensor], features: Tensor) -> Tensor:
    """Call a function whose layers get weights by their shapes, in whatever order it makes them."""

    def fill(layer: nn.Linear) -> None:
        for parameter in layer.parameters():
            parameter.data = numbers(*parameter.shape) / layer.in_features**0.5

    with patch.object(nn.Linear, "reset_parameters", fill):
        return scores(features)


EXERCISES = {
    "06_convolve": Exercise(
        right=convolved,
        cases=list(zip(IMAGES, KERNELS, strict=True)),
        mistakes=[
            wrong(
                lambda image, kernel: convolved(image, kernel.flip((0, 1))),
                ko="커널을 뒤집어 곱했습니다. 수학의 합성곱은 그렇지만 `conv2d`는 뒤집지 않습니다.",
                en="You flipped the kernel. That is convolution in mathematics; `conv2d` does not flip.",
            ),
            wrong(
                lambda image, kernel: convolved(image, kernel.T),
                ko="가로와 세로가 바뀌었습니다. 세로 경계 대신 가로 경계를 찾는 커널이 되었습니다.",
                en="Rows and columns have changed places: the kernel now finds horizontal edges, not "
                "vertical ones.",
            ),
            wrong(
                lambda image, kernel: convolved(image, kernel)[:-1, :-1],
                ko="마지막 자리를 빠뜨렸습니다. 8픽셀에 3×3 커널을 놓을 자리를 손가락으로 짚어 세어 보세요. "
                "다섯 곳이 아닙니다.",
                en="The last place is missing. Put a 3×3 kernel on 8 pixels and count its places with a "
                "finger: there are not five.",
            ),
            wrong(
                lambda image, kernel: functional.pad(convolved(image, kernel)[:-1, :-1], (0, 1, 0, 1)),
                ko="마지막 줄과 마지막 칸이 0으로 남았습니다. 반복문이 한 번씩 모자랍니다.",
                en="The last row and the last column are still 0: each loop ends one step early.",
            ),
            wrong(
                sums_of_matrix_products,
                ko="행렬 곱(@)을 했습니다. 합성곱에서는 같은 자리에 겹친 숫자끼리 곱합니다.",
                en="That is a matrix product (@). A convolution multiplies the numbers that lie on each "
                "other.",
            ),
            wrong(
                lambda image, kernel: functional.pad(
                    convolved(image, kernel), (0, kernel.shape[1] - 1, 0, kernel.shape[0] - 1)
                ),
                ko="값은 맞지만 결과가 이미지만큼 커서, 커널을 놓을 수 없는 자리에 0이 남았습니다. 결과의 "
                "크기부터 정하세요.",
                en="The values are right, but the result is as large as the image: zeros are left where no "
                "kernel can stand. Settle its size first.",
            ),
            wrong(
                lambda image, kernel: convolved(image, kernel) / kernel.numel(),
                ko="합이 아니라 평균을 냈습니다. 곱한 값을 모두 더하기만 하세요.",
                en="That is the mean of the products. Add them up, and leave it at that.",
            ),
        ],
    ),
    "06_flatten": Exercise(
        right=256 * 8 * 8,
        tolerance=0,
        mistakes=[
            wrong(
                4096,
                ko="그것은 32×32 이미지일 때의 수입니다. 64에서 시작해 풀링마다 반으로 나누어 보세요.",
                en="That is for a 32×32 image. Start from 64, and halve it at each pooling.",
            ),
            wrong(
                8192,
                ko="한 변이 두 배면 넓이는 몇 배인가요?",
                en="The side is twice as long; by what factor does the area grow?",
            ),
            wrong(
                64,
                ko="그것은 채널 하나에 든 수입니다. 채널은 몇 개인가요?",
                en="That is how many one channel holds. How many channels are there?",
            ),
            wrong(
                65536,
                ko="풀링을 두 번만 지났습니다. 세 번 지나면 한 변이 얼마인가요?",
                en="That is after two poolings. How long is the side after three?",
            ),
        ],
    ),
    "06_parameters": Exercise(
        right=lambda inputs, outputs, kernel, groups: sum(
            weights.numel()
            for weights in nn.Conv2d(inputs, outputs, kernel, groups=groups, device="meta").parameters()
        ),
        cases=[(3, 96, 11, 1), (96, 256, 3, 1), (96, 256, 5, 2), (384, 256, 3, 2), (16, 16, 3, 16)],
        tolerance=0,
        mistakes=[
            wrong(
                lambda inputs, outputs, kernel, groups: outputs * (inputs // groups) * kernel**2,
                ko="가중치는 맞습니다. 출력 채널마다 하나씩 있는 것을 빠뜨렸습니다.",
                en="The weights are right. What every output channel has one of is missing.",
            ),
            wrong(
                lambda inputs, outputs, kernel, groups: outputs * (inputs // groups) * kernel**2 + 1,
                ko="편향을 하나만 더했습니다. 레이어마다 하나가 아니라 출력 채널마다 하나입니다.",
                en="You added a single bias. There is one for each output channel, not one a layer.",
            ),
            wrong(
                lambda inputs, outputs, kernel, groups: outputs * (inputs // groups * kernel + 1),
                ko="커널은 한 줄이 아니라 정사각형입니다.",
                en="A kernel is a square, not a line.",
            ),
            wrong(
                lambda inputs, outputs, kernel, groups: outputs * (inputs * kernel**2 + 1),
                ko="그룹이 1이면 맞습니다. 그룹이 2이면 커널 하나가 입력 채널을 몇 개나 볼까요?",
                en="Right for one group. With two, how many input channels does one kernel see?",
            ),
            wrong(
                lambda inputs, outputs, kernel, groups: outputs * (inputs * kernel**2 + 1) // groups,
                ko="편향까지 그룹의 수로 나누었습니다. 그룹이 몇이든 출력 채널마다 편향은 하나입니다.",
                en="You divided the biases by the groups too. There is one for each output channel, "
                "whatever the groups.",
            ),
            wrong(
                lambda inputs, outputs, kernel, groups: (
                    outputs // groups * (inputs // groups * kernel**2 + 1)
                ),
                ko="그룹 하나의 파라미터입니다. 그룹은 모두 몇 개인가요?",
                en="Those are the parameters of one group. How many groups are there?",
            ),
            wrong(
                lambda inputs, outputs, kernel, groups: outputs * (inputs // groups) * (kernel**2 + 1),
                ko="편향을 입력 채널마다 하나씩 더했습니다. 편향은 모두 더한 다음에 한 번 더합니다.",
                en="You counted one bias for each input channel. It is added once, after everything has "
                "been summed.",
            ),
        ],
    ),
    "06_view": Exercise(
        right=lambda maps: maps.flatten(1),
        cases=[(maps,) for maps in MAPS],
        untouched=wrong(
            lambda maps: maps.reshape(-1, 256),
            ko="(2, 16, 4, 4)는 두 줄이 되지만, 이미지 16장인 (16, 16, 3, 3)은 아홉 줄이 됩니다.",
            en="(2, 16, 4, 4) gives two rows, but (16, 16, 3, 3), which is 16 images, gives nine.",
        ),
        mistakes=[
            wrong(
                lambda maps: maps.flatten(),
                ko="모두 한 줄이 되었습니다. 이미지마다 한 줄이어야 합니다.",
                en="Everything is in one row. Each image needs a row of its own.",
            ),
            wrong(
                lambda maps: maps.flatten(2),
                ko="세로와 가로만 펴졌습니다. 채널도 같은 줄에 들어가야 합니다.",
                en="Only height and width are laid out. The channels belong into the same row.",
            ),
            wrong(
                lambda maps: maps.reshape(-1, len(maps)).T,
                ko="모양은 맞는데, 한 줄에 여러 이미지의 숫자가 섞였습니다. 첫 줄을 첫 이미지와 비교해 "
                "보세요.",
                en="The shape is right, but each row mixes numbers of several images. Compare the first row "
                "with the first image.",
            ),
        ],
    ),
    "06_relu": Exercise(
        right=classified_by_formula,
        compared=with_fixed_weights,
        cases=[(features,) for features in FEATURES],
        untouched=wrong(
            classified,
            ko="두 입력의 한가운데를 넣으면, 언제나 두 출력의 한가운데가 나옵니다.",
            en="the midpoint of two inputs always gives the midpoint of their outputs.",
        ),
        mistakes=[
            wrong(
                lambda features: classified(features, end=[nn.ReLU()]),
                ko="ReLU가 맨 끝에 있습니다. 로짓이 음수가 될 수 없고, 두 레이어 사이는 아직 비어 있습니다.",
                en="ReLU stands at the end: no logit can be negative now, and there is still nothing "
                "between the two layers.",
            ),
            wrong(
                lambda features: classified(features, nn.ReLU(), end=[nn.ReLU()]),
                ko="가운데는 맞습니다. 그런데 끝에도 ReLU가 있어 음수 로짓이 모두 0이 됩니다.",
                en="The middle is right. But a ReLU at the end turns every negative logit into 0.",
            ),
            wrong(
                lambda features: classified(features, nn.ReLU(), end=[nn.Softmax(dim=1)]),
                ko="가운데는 맞습니다. 그런데 끝의 소프트맥스가 로짓을 확률로 바꾸었습니다. 손실 함수는 "
                "로짓을 기다립니다.",
                en="The middle is right. But a softmax at the end makes probabilities of the logits, for "
                "which the loss function is waiting.",
            ),
            wrong(
                lambda features: classified(features, nn.Dropout(0.5)),
                ko="드롭아웃은 몇 개를 끌 뿐이고, 평가할 때는 아무 일도 하지 않습니다. 두 레이어를 갈라놓는 "
                "것은 다른 것입니다.",
                en="Dropout switches some numbers off, and nothing at all in evaluation. Something else "
                "keeps two layers apart.",
            ),
            wrong(
                lambda features: classified(features, nn.ReLU(), nn.Dropout(0.5)),
                ko="ReLU는 제자리에 있습니다. 다만 드롭아웃까지 넣으면 부를 때마다 값이 달라져 비교할 수 "
                "없습니다. 여기서는 빼고 확인해 보세요.",
                en="ReLU is in its place. But with dropout the values are others at every call, and cannot "
                "be compared: leave it out here.",
            ),
            wrong(
                lambda features: classified(features.relu()),
                ko="ReLU가 맨 앞에 있습니다. 들어온 특징의 음수만 지워지고, 두 레이어는 여전히 붙어 "
                "있습니다.",
                en="ReLU stands in front: it wipes out negative features as they come in, and the two "
                "layers still touch.",
            ),
            wrong(
                lambda features: nn.Linear(8, 3)(features),
                ko="정말로 레이어가 하나가 되었습니다. 둘을 그대로 두고, 둘이 하나와 달라지게 해 보세요.",
                en="Now it is a single layer indeed. Keep both, and make two more than one.",
            ),
            *(
                wrong(
                    lambda features, activation=activation: classified(features, activation()),
                    ko=f"{activation.__name__}도 두 레이어를 갈라놓습니다. 다만 이 네트워크는 ReLU를 씁니다.",
                    en=f"{activation.__name__} keeps the layers apart as well. But this network has ReLU.",
                )
                for activation in (nn.Tanh, nn.Sigmoid, nn.LeakyReLU, nn.GELU)
            ),
        ],
    ),
}
