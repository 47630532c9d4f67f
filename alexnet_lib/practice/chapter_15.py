"""Exercises of chapter 15: what a map costs to make, what is nearest, and two functions that are wrong."""

import numpy as np
import torch
from torch import Tensor

from alexnet_lib.practice.exercise import Exercise, numbers, wrong


def covered_at_left(image: Tensor, size: int) -> Tensor:
    """Paint the squares with NumPy, each on a copy of its own."""
    copies = np.repeat(image.numpy()[None], -(-image.shape[1] // size), axis=0)
    for place, copy in enumerate(copies):
        copy[:, place * size : (place + 1) * size, :size] = 0.5
    return torch.from_numpy(copies)


def adding_up(image: Tensor, size: int) -> Tensor:
    """Leave each square where it was when the next one is covered."""
    copies = covered_at_left(image, size)
    for place in range(1, len(copies)):
        copies[place, :, : place * size, :size] = 0.5
    return copies


def last_alone(image: Tensor, size: int) -> Tensor:
    """Stack one tensor again and again: every image is the last."""
    copies = adding_up(image, size)
    return copies[-1:].repeat(len(copies), 1, 1, 1)


def step(pixels: Tensor, gradient: Tensor, size: float, low: float = 0, high: float = 1) -> Tensor:
    """Move every value by the same size, against or along the gradient, and keep it between two values."""
    moved = pixels.numpy() + size * np.sign(gradient.numpy())
    return torch.from_numpy(np.clip(moved, low, high))


FEATURES = numbers(30, 8) * torch.linspace(0.2, 3, 30)[:, None]
PIXELS = torch.rand((3, 4, 4), generator=torch.Generator().manual_seed(1))

EXERCISES = {
    "15_passes": Exercise(
        right=50,
        mistakes=[
            wrong(
                49,
                ko="네모가 놓이는 자리의 수는 맞습니다. 확률이 얼마나 떨어졌는지 알려면 한 장이 더 "
                "필요합니다.",
                en="That is the number of places of the square. To know how far the probability fell, one "
                "more image is needed.",
            ),
            wrong(
                65,
                ko="한 줄에 여덟 자리라고 보았습니다. 마지막 네모가 이미지 밖으로 나가지 않는지 그려 보세요.",
                en="You counted eight places in a row. Draw them, and see whether the last square stays "
                "inside the image.",
            ),
            wrong(
                64,
                ko="한 줄에 여덟 자리라고 보았고, 가리지 않은 이미지도 빠졌습니다. 마지막 네모가 이미지 "
                "안에 들어가는지부터 그려 보세요.",
                en="You counted eight places in a row and left the uncovered image out. First draw where "
                "the last square would end.",
            ),
            wrong(
                17,
                ko="겹치지 않게 놓았습니다. 네모는 한 변의 절반씩만 움직입니다.",
                en="You laid the squares side by side. Each moves by only half its width.",
            ),
            wrong(
                8,
                ko="한 방향만 세었습니다. 네모는 아래로도 움직입니다.",
                en="You counted one direction. The square moves downwards, too.",
            ),
        ],
    ),
    "15_neighbour": Exercise(
        right=lambda features, wanted: torch.cdist(wanted[None], features)[0].argmin().item(),
        cases=[
            *((FEATURES, wanted) for wanted in (FEATURES[20] + 0.1, FEATURES[3] - 0.05, FEATURES[29] / 2)),
            (torch.tensor([[3.0, 0.0], [2.0, 2.0]]), torch.tensor([0.0, 0.0])),
        ],
        mistakes=[
            wrong(
                lambda features, wanted: (features @ wanted).argmax().item(),
                ko="내적이 가장 큰 것을 골랐습니다. 값이 큰 이미지가 유리하니 거리가 가까운 것과 다릅니다.",
                en="You took the largest inner product, which favours images with large values: that is not "
                "the smallest distance.",
            ),
            wrong(
                lambda features, wanted: (features - wanted).abs().sum(dim=1).argmin().item(),
                ko="차이의 절댓값을 더했습니다(맨해튼 거리). 유클리드 거리에서는 무엇을 더할까요?",
                en="You added absolute differences (Manhattan distance). What does Euclidean distance add?",
            ),
            wrong(
                lambda features, wanted: torch.cdist(wanted[None], features)[0].argmax().item(),
                ko="가장 먼 이미지를 골랐습니다.",
                en="That is the image furthest away.",
            ),
            wrong(
                lambda features, wanted: (features - wanted).sum(dim=1).abs().argmin().item(),
                ko="차이를 그대로 더하면 더하기와 빼기가 서로 지워집니다. 더하기 전에 할 일이 있습니다.",
                en="Added up as they are, differences of opposite sign cancel. Something has to happen "
                "before they are added.",
            ),
            wrong(
                lambda features, wanted: (
                    torch.nn.functional.cosine_similarity(features, wanted[None]).argmax().item()
                ),
                ko="방향이 가장 비슷한 것(코사인 유사도)을 골랐습니다. 여기서는 유클리드 거리를 물었습니다.",
                en="You took the most similar direction (cosine similarity); asked for is Euclidean "
                "distance.",
            ),
        ],
    ),
    "15_covers": Exercise(
        right=covered_at_left,
        cases=[(PIXELS, 2), (PIXELS, 1), (numbers(3, 8, 8), 4)],
        untouched=wrong(
            adding_up,
            ko="뒤의 이미지일수록 가린 곳이 늘어나고, 함수를 부른 뒤에는 원래 이미지까지 가려져 있습니다.",
            en="the later an image, the more of it is covered, and after the call the original image is "
            "covered as well.",
        ),
        mistakes=[
            wrong(
                last_alone,
                ko="모든 이미지가 마지막 것과 같습니다. 목록에 같은 텐서를 여러 번 넣으면 이렇게 됩니다.",
                en="All images are like the last one. So it goes when one tensor is put into a list many "
                "times.",
            ),
            wrong(
                lambda image, size: covered_at_left(image, size)[:1],
                ko="이미지가 한 장뿐입니다. 네모는 맨 아래까지 내려가야 합니다.",
                en="There is one image only. The square has to go all the way down.",
            ),
            wrong(
                lambda image, size: image[None].repeat(-(-image.shape[1] // size), 1, 1, 1),
                ko="아무 곳도 가려지지 않았습니다. 가린 텐서와 쌓은 텐서가 같은지 보세요.",
                en="Nothing is covered. See whether the tensor that you covered is the one that you stack.",
            ),
        ],
    ),
    "15_attack": Exercise(
        right=lambda pixels, gradient, levels: step(pixels, gradient, levels / 255),
        cases=[(PIXELS, sign * numbers(3, 4, 4), levels) for sign, levels in ((1, 8), (-1, 40), (1, 90))],
        untouched=wrong(
            lambda pixels, gradient, levels: step(pixels, gradient, -levels / 255),
            ko="손실이 작아지는 쪽으로 밀고 있어 정확도가 오릅니다.",
            en="the values move to where the loss gets smaller, and the accuracy rises.",
        ),
        mistakes=[
            wrong(
                lambda pixels, gradient, levels: step(pixels, gradient, levels),
                ko="방향은 맞지만 픽셀이 거의 모두 0이나 1이 됩니다. 단계와 픽셀의 단위를 맞추어 보세요.",
                en="The direction is right, but nearly every value ends at 0 or 1. Levels and pixels are in "
                "different units.",
            ),
            wrong(
                lambda pixels, gradient, levels: step(pixels, gradient, levels / 255, -np.inf, np.inf),
                ko="방향은 맞지만 0보다 작거나 1보다 큰 값이 생깁니다. 그런 픽셀은 사진에 없습니다.",
                en="The direction is right, but there are values below 0 or above 1, which no photo has.",
            ),
            wrong(
                lambda pixels, gradient, levels: (pixels + levels / 255 * gradient).clamp(0, 1),
                ko="방향은 맞지만 픽셀마다 미는 폭이 다릅니다. 기울기에서 쓸 것은 하나뿐입니다.",
                en="The direction is right, but some values move further than others. One thing alone of "
                "the gradient is to be used.",
            ),
        ],
    ),
}
