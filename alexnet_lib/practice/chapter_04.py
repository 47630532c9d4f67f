"""Exercises of chapter 4: data augmentation."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision import transforms
from torchvision.transforms import functional

from alexnet_lib.practice.exercise import Exercise, wrong
from alexnet_lib.transforms import Statistics, denormalize, eval_transform, to_pixels, train_transform

MEAN, STD = (0.5, 0.4, 0.3), (0.25, 0.2, 0.15)
COLOURS = np.random.default_rng(0).integers(1, 256, (2, 32, 32, 3), dtype=np.uint8)
PICTURES = [Image.fromarray(colours) for colours in COLOURS]
# Every level of brightness, and a few images.
LEVELS = torch.arange(256).expand(3, 1, -1) / 255
BATCH = torch.from_numpy(COLOURS).movedim(-1, 1) / 255
# The steps of the training transform, by their places; those of the test transform are the last two.
CROP, FLIP, TENSOR, NORMALIZE = range(4)


def with_steps(train: Sequence[int], test: Sequence[int]) -> Callable[..., list[Tensor]]:
    """Return what sends a picture through two chains, each of some steps of the training transform."""

    def prepare(picture: Image.Image, mean: Statistics, std: Statistics) -> list[Tensor]:
        steps = train_transform(mean, std).transforms
        return [transforms.Compose([steps[step] for step in chain])(picture) for chain in (train, test)]

    return prepare


def column(values: Statistics) -> Tensor:
    """Return one number a channel as (3, 1, 1)."""
    return torch.tensor(values).view(3, 1, 1)


def stored(values: Tensor) -> Tensor:
    """Return values as uint8; the fraction is cut off."""
    return values.clamp(0, 255).to(torch.uint8)


EXERCISES = {
    "04_views": Exercise(
        tolerance=0,
        # The places are written down and counted, twice each.
        right=lambda side, padding, window: 2 * np.ones([side + 2 * padding + 1 - window] * 2, int).sum(),
        cases=[(32, 4, 32), (32, 2, 32), (256, 0, 224), (32, 0, 32), (28, 3, 24)],
        mistakes=[
            wrong(
                lambda side, padding, window: 2 * (side + 2 * padding - window) ** 2,
                ko="칸을 세었습니다. 패딩이 없고 창이 이미지만 하면 크롭은 0가지일까요, 1가지일까요?",
                en="Those are the gaps. Without padding, and with a window as large as the image: no crop "
                "at all, or one?",
            ),
            wrong(
                lambda side, padding, window: (side + 2 * padding - window + 1) ** 2,
                ko="크롭의 수는 맞습니다. 이제 크롭 하나가 좌우 반전으로 몇 가지가 되는지 생각해 보세요.",
                en="That counts the crops. Now, how many images does one crop make when it may be flipped?",
            ),
            wrong(
                lambda side, padding, window: 2 * (side + padding - window + 1) ** 2,
                ko="패딩을 한쪽에만 둘렀습니다. 왼쪽에 두르면 오른쪽에도 두릅니다.",
                en="You padded one side only. What goes to the left goes to the right as well.",
            ),
            wrong(
                lambda side, padding, window: 2 * (side + 2 * padding - window + 1),
                ko="창은 가로로도 세로로도 움직입니다. 한 방향의 자리만 세었습니다.",
                en="The window moves in two directions; you counted the places of one.",
            ),
        ],
    ),
    "04_border": Exercise(
        right=(np.array([0.6, 0.4, 0.2]) * 255).round(),
        mistakes=[
            wrong(
                [0, 0, 0],
                ko="패딩이 채운 값은 0이 맞습니다. 그런데 그 0은 정규화한 눈금의 0입니다. 역정규화를 거치면 "
                "얼마가 될까요?",
                en="Zero is what the padding put there, but a zero on the normalized scale. What does "
                "denormalizing make of it?",
            ),
            wrong(
                [0.6, 0.4, 0.2],
                ko="색은 맞습니다. 이제 0부터 1까지의 값을 0부터 255까지의 픽셀로 바꾸세요.",
                en="That is the colour. Now turn values from 0 to 1 into pixels from 0 to 255.",
            ),
            wrong(
                [-2.4, -1.6, -0.8],
                ko="그것은 검은색을 정규화한 값, 곧 패딩을 먼저 했을 때 네트워크가 받는 값입니다. 여기서는 "
                "순서가 거꾸로입니다.",
                en="That is black after normalization: what the network gets if padding comes first. Here "
                "the order is the other one.",
            ),
            wrong(
                [154, 102, 51],
                ko="256을 곱했습니다. 가장 밝은 값 1은 255가 됩니다.",
                en="You multiplied by 256; full brightness, 1, becomes 255.",
            ),
            wrong(
                [64, 64, 64],
                ko="0에 표준편차를 곱하면 얼마인가요? 그다음 더하는 것은 무엇인가요?",
                en="What is zero times the standard deviation, and what is added after that?",
            ),
        ],
    ),
    "04_mirror": Exercise(
        right=functional.hflip,
        cases=[(BATCH,), (BATCH[:, :, :5, :4],), (BATCH[:1, :, :4, :7],)],
        untouched=wrong(
            lambda images: images.flip(2),
            ko="결과의 맨 윗줄이 원래 이미지의 맨 아랫줄입니다. 말이 물구나무를 섰습니다.",
            en="the top row of the result is the bottom row of the image. The horse stands on its head.",
        ),
        mistakes=[
            wrong(
                lambda images: images.flip(0),
                ko="이미지는 그대로이고 배치 안의 순서만 뒤집혔습니다. 레이블의 순서는 그대로이니 이제 "
                "정답이 서로 뒤바뀝니다.",
                en="Each image is as it was; their order in the batch has turned round. The labels have "
                "not, so images and answers no longer belong together.",
            ),
            wrong(
                lambda images: images.flip(1),
                ko="모습은 그대로인데 빨강과 파랑이 서로 바뀌었습니다. 뒤집은 것이 어느 축인지 모양을 찍어 "
                "보세요.",
                en="Nothing has moved, but red and blue have changed places. Print the shape: which axis "
                "did you flip?",
            ),
            wrong(
                lambda images: images.flip((2, 3)),
                ko="좌우도 뒤집혔지만 위아래도 뒤집혀 반 바퀴 돌았습니다. 축은 하나면 됩니다.",
                en="Left and right are exchanged, but so are top and bottom: that is half a turn. One axis "
                "is enough.",
            ),
        ],
    ),
    "04_shared_steps": Exercise(
        right=lambda picture, mean, std: (
            train_transform(mean, std)(picture),
            eval_transform(mean, std)(picture),
        ),
        cases=[(picture, MEAN, STD) for picture in PICTURES],
        untouched=wrong(
            with_steps(range(4), range(4)),
            ko="테스트 이미지를 꺼낼 때마다 모습이 다르고, 가장자리가 검을 때도 많습니다.",
            en="each time a test image is fetched it looks different, often with a black edge.",
        ),
        mistakes=[
            wrong(
                with_steps([TENSOR, NORMALIZE], [TENSOR, NORMALIZE]),
                ko="테스트 이미지는 이제 늘 같습니다. 그런데 학습 이미지까지 증강을 잃었습니다.",
                en="Test images are always the same now. But training images have lost their augmentation "
                "too.",
            ),
            wrong(
                with_steps(range(4), [TENSOR]),
                ko="테스트 이미지에서 증강과 함께 정규화도 사라졌습니다. 네트워크는 학습할 때와 다른 눈금의 "
                "값을 받습니다.",
                en="With the augmentation, the test images have lost their normalization. The network gets "
                "values on another scale than in training.",
            ),
            wrong(
                with_steps([TENSOR, NORMALIZE, CROP, FLIP], [TENSOR, NORMALIZE]),
                ko="두 목록은 갈라졌습니다. 그런데 학습 쪽은 정규화한 다음에 패딩을 합니다. 테두리가 무슨 "
                "색일까요?",
                en="The two lists are apart now. But the training images are padded after they are "
                "normalized: what colour is their border?",
            ),
            wrong(
                with_steps([FLIP, CROP, TENSOR, NORMALIZE], [TENSOR, NORMALIZE]),
                ko="테스트 이미지는 맞습니다. 학습 쪽은 반전과 크롭의 순서가 처음 코드와 달라 난수를 다르게 "
                "씁니다. 틀린 증강은 아니지만, 여기서 고칠 것은 다른 한 줄뿐입니다. 순서를 되돌려 보세요.",
                en="The test images are right. The training images are flipped before they are cropped, "
                "unlike in the code as it was, and so draw other random numbers. That is no wrong "
                "augmentation, but another line is all there is to fix: put the order back.",
            ),
        ],
    ),
    "04_to_picture": Exercise(
        right=lambda images, mean, std: torch.from_numpy(to_pixels(denormalize(images, mean, std))).movedim(
            -1, -3
        ),
        cases=[((images - column(MEAN)) / column(STD), MEAN, STD) for images in (LEVELS, BATCH)],
        tolerance=0,
        untouched=wrong(
            lambda images, mean, std: stored((images + column(mean)) * column(std) * 255),
            ko="평균이 (0.5, 0.4, 0.3), 표준편차가 (0.25, 0.2, 0.15)이면 흰 픽셀(255)이 채널마다 159, 173, "
            "189가 되어 돌아옵니다.",
            en="with means of (0.5, 0.4, 0.3) and standard deviations of (0.25, 0.2, 0.15), a white pixel, "
            "255, comes back as 159, 173 and 189.",
        ),
        mistakes=[
            wrong(
                lambda images, mean, std: stored(denormalize(images, mean, std) * 255),
                ko="색은 돌아왔습니다. 그래도 몇몇 픽셀이 한 단계 어둡습니다. 199.99997을 uint8로 바꾸면 "
                "무엇이 될까요?",
                en="The colours are back, but some pixels are one level too dark. What does 199.99997 "
                "become as uint8?",
            ),
            wrong(
                lambda images, mean, std: stored(((images + column(mean)) * column(std) * 255).round()),
                ko="반올림은 되었지만 색이 아직 틀어져 있습니다. 정규화는 빼고 나서 나누었습니다. 되돌릴 때 "
                "먼저 할 일은 무엇인가요?",
                en="It rounds now, but the colours are still off. Normalizing subtracts, then divides; "
                "which of the two is undone first?",
            ),
            wrong(
                lambda images, mean, std: stored(((images * column(mean) + column(std)) * 255).round()),
                ko="순서는 맞는데 평균과 표준편차가 자리를 바꾸었습니다. 나눈 것을 곱하고, 뺀 것을 더하세요.",
                en="The order is right, but mean and standard deviation have changed places: multiply by "
                "what was divided by, add what was subtracted.",
            ),
            wrong(
                lambda images, mean, std: stored(images * column(std) + column(mean) * 255),
                ko="괄호를 보세요. 평균에만 255를 곱했습니다.",
                en="Mind the brackets: only the mean is multiplied by 255.",
            ),
            wrong(
                lambda images, mean, std: stored(denormalize(images, mean, std).round()),
                ko="픽셀이 모두 0이나 1입니다. 255를 곱하는 일이 사라졌습니다.",
                en="Every pixel is 0 or 1: the factor of 255 is gone.",
            ),
        ],
    ),
}
