"""Exercises of chapter 5: batches, their order, and their random numbers."""

import math
import random
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from alexnet_lib.practice.exercise import Exercise, wrong

# Small images, each pixel of which tells the image's number.
IMAGES = [torch.full((3, 2, 2), float(number)) for number in range(30)]
LABELS = [number * 7 % 10 for number in range(30)]
LABELLED = list(zip(IMAGES, LABELS, strict=True))


def all_right(images: Tensor) -> Tensor:
    """Return the right label of each image: a model that makes no mistake."""
    return images[:, 0, 0, 0].long() * 7 % 10


def last_wrong(images: Tensor) -> Tensor:
    """Return the right label of each image but the last two: a model that makes two mistakes."""
    return torch.where(images[:, 0, 0, 0] < 28, all_right(images), 10)


def always_seven(images: Tensor) -> Tensor:
    """Return 7 for each image."""
    return torch.full((len(images),), 7)


Labelled = Sequence[tuple[Tensor, int]]
Model = Callable[[Tensor], Tensor]


def shuffled_predictions(dataset: Labelled, model: Model, shuffle_labels: bool = False) -> float:
    """Compare predictions in a shuffled order with labels in that of the dataset, or in one drawn anew."""
    predictions = torch.cat([model(images) for images, _ in DataLoader(dataset, 8, shuffle=True)])
    labels = torch.cat([labels for _, labels in DataLoader(dataset, 8, shuffle=shuffle_labels)])
    return (predictions == labels).float().mean().item()


def mean_of_batches(dataset: Labelled, model: Model, drop_last: bool = False) -> float:
    """Average the accuracies of the batches, whatever their sizes."""
    loader = DataLoader(dataset, batch_size=8, drop_last=drop_last)
    return float(np.mean([(model(images) == labels).float().mean().item() for images, labels in loader]))


def epochs(
    dataset: Sequence[int], *generators: torch.Generator | None, shuffle: bool = True
) -> list[list[int]]:
    """Return the order of an epoch with each of the generators."""
    loaders = [DataLoader(dataset, 4, shuffle=shuffle, generator=generator) for generator in generators]
    return [torch.cat(list(loader)).tolist() for loader in loaders]


def seeded(seed: int) -> torch.Generator:
    """Return a generator of random numbers that begins at a seed."""
    return torch.Generator().manual_seed(seed)


def seeded_once_for_all(dataset: Sequence[int], seed: int) -> list[list[int]]:
    """Seed the random numbers that the whole program shares."""
    torch.manual_seed(seed)
    return epochs(dataset, None, None)


def shared_numbers() -> tuple[object, ...]:
    """Return the states of the random numbers that the whole program shares; PyTorch's by its seed alone."""
    return torch.initial_seed(), random.getstate(), np.random.get_state()[1].tolist()


def habits(two_epochs: Callable[..., list[list[int]]], dataset: Sequence[int], seed: int) -> list[bool]:
    """Tell what there is to tell of an order, whichever generator draws it.

    Whether the epochs are whole; differ; come again with the same seed; are others with the next one, either
    way; and whether the random numbers of the whole program are left alone.
    """
    before = shared_numbers()
    orders, again, others = (
        [[int(number) for number in order] for order in two_epochs(dataset, used)]
        for used in (seed, seed, seed + 1)
    )
    return [
        all(sorted(order) == dataset for order in orders),
        orders[0] != orders[1],
        orders == again,
        orders[0] != others[0],
        orders[1] != others[0],
        orders != again or shared_numbers() == before,
    ]


EXERCISES = {
    "05_last_batch": Exercise(
        right=lambda count, size: (
            len(loader := DataLoader(range(count), size)),
            len(list(loader.batch_sampler)[-1]),
        ),
        cases=[(50_000, 128), (50_000, 100), (10_000, 64), (5, 8)],
        mistakes=[
            wrong(
                lambda count, size: (count // size, count % size),
                ko="나머지로 남은 이미지도 배치 하나를 이룹니다. 50,000장을 100장씩 나눌 때의 나머지는 "
                "무엇을 뜻하나요?",
                en="The images that remain make a batch as well. And what does the remainder say when "
                "50,000 images are dealt out 100 at a time?",
            ),
            wrong(
                lambda count, size: (count // size + 1, count % size),
                ko="50,000장을 100장씩 나누어 보세요. 0장짜리 배치가 하나 생겼습니다.",
                en="Deal out 50,000 images 100 at a time: you have made a batch of 0 images.",
            ),
            wrong(
                lambda count, size: (math.ceil(count / size), count % size),
                ko="배치의 수는 맞습니다. 나누어떨어질 때 마지막 배치는 0장일까요?",
                en="The number of batches is right. When the division leaves nothing over, does the last "
                "batch hold 0 images?",
            ),
            wrong(
                lambda count, size: (count // size, size),
                ko="짧은 배치를 버리면 그렇습니다(`drop_last=True`). 여기서는 남는 이미지도 써야 합니다.",
                en="That holds if the short batch is dropped (`drop_last=True`). Here every image is to be "
                "used.",
            ),
        ],
    ),
    "05_batches": Exercise(
        right=lambda images, size: list(torch.stack(list(images)).split(size)),
        cases=[(IMAGES[:10], 4), (IMAGES[:6], 3), (IMAGES[:2], 5)],
        mistakes=[
            wrong(
                lambda images, size: [
                    torch.stack(images[i * size : (i + 1) * size]) for i in range(len(images) // size)
                ],
                ko="나머지가 사라졌습니다. 10장을 4장씩 나누면 마지막 2장은 어디로 갔나요?",
                en="What was left over is gone. Of 10 images, 4 at a time, where are the last 2?",
            ),
            wrong(
                lambda images, size: [
                    torch.stack([images[(i + j) % len(images)] for j in range(size)])
                    for i in range(0, len(images), size)
                ],
                ko="마지막 배치를 처음의 이미지로 채웠습니다. 그 이미지들은 한 에폭에 두 번 쓰입니다.",
                en="The last batch is filled up with the first images: those are used twice in an epoch.",
            ),
            wrong(
                lambda images, size: [torch.stack(images[i : i + size]) for i in range(len(images))],
                ko="배치가 한 장씩만 옮겨 가며 서로 겹칩니다. 시작하는 번호를 얼마씩 늘려야 할까요?",
                en="Your batches move on by one image and overlap. By how much must the first number grow?",
            ),
            wrong(
                lambda images, size: [images[i : i + size] for i in range(0, len(images), size)],
                ko="알맞게 나누었지만 아직 텐서의 목록입니다. 배치는 텐서 하나입니다. 이미지들을 쌓으세요.",
                en="Rightly divided, but these are still lists of tensors. A batch is one tensor: stack the "
                "images.",
            ),
            wrong(
                lambda images, size: [torch.stack(images[:size])],
                ko="첫 배치만 나왔습니다. `return`이 반복문 안에 있지 않나요?",
                en="Only the first batch came out. Does `return` stand inside the loop?",
            ),
            wrong(
                lambda images, size: [torch.cat(images[i : i + size]) for i in range(0, len(images), size)],
                ko="`torch.cat`은 채널을 이어 붙입니다. 장수를 나타내는 새 축이 필요합니다.",
                en="`torch.cat` joins the channels together. A new axis, of images, is wanted.",
            ),
        ],
    ),
    "05_shuffled_test": Exercise(
        right=lambda dataset, model: (
            sum(int(model(image[None])) == label for image, label in dataset) / len(dataset)
        ),
        cases=[(LABELLED, all_right), (LABELLED, last_wrong), (LABELLED[:21], always_seven)],
        untouched=wrong(
            shuffled_predictions,
            ko="하나도 틀리지 않는 모델을 넣었는데 정확도가 0.2도 되지 않습니다.",
            en="a model that makes no mistake gets an accuracy below 0.2.",
        ),
        mistakes=[
            wrong(
                lambda dataset, model: shuffled_predictions(dataset, model, shuffle_labels=True),
                ko="로더를 한 번 더 돌면 순서를 새로 뽑습니다. 예측과 레이블은 같은 반복에서 나와야 합니다.",
                en="Go through the loader once more, and it draws a new order. Predictions and labels must "
                "come from the same pass.",
            ),
            wrong(
                mean_of_batches,
                ko="짝은 맞았지만 배치의 정확도를 평균했습니다. 짧은 마지막 배치의 이미지가 더 큰 몫을 "
                "차지합니다.",
                en="Images and labels belong together now, but you average over batches: the images of the "
                "short last batch weigh more.",
            ),
            wrong(
                lambda dataset, model: mean_of_batches(dataset, model, drop_last=True),
                ko="마지막 배치의 이미지를 빼고 쟀습니다. 평가에는 모든 이미지가 들어가야 합니다.",
                en="The images of the last batch are left out. Evaluation needs every image.",
            ),
        ],
    ),
    "05_same_order": Exercise(
        right=lambda dataset, seed: epochs(dataset, *[seeded(seed)] * 2),
        compared=habits,
        cases=[(list(range(12)), 7)],
        untouched=wrong(
            lambda dataset, seed: epochs(dataset, seeded(seed), seeded(seed)),
            ko="두 에폭의 순서가 똑같습니다. 열 에폭을 돌아도 늘 같은 이미지들이 한 배치에 모입니다.",
            en="both epochs have the same order. However many follow, the same images always share a batch.",
        ),
        mistakes=[
            wrong(
                lambda dataset, seed: epochs(dataset, seeded(seed), seeded(seed + 1)),
                ko="두 에폭은 이제 다르지만, 시드 0의 둘째 에폭과 시드 1의 첫 에폭이 같아집니다. 생성기를 "
                "한 번만 만들어 이어서 뽑게 해 보세요.",
                en="The two epochs differ now. But the second epoch of seed 0 is the first of seed 1. Make "
                "the generator once, and let it go on drawing.",
            ),
            wrong(
                lambda dataset, seed: epochs(dataset, None, None),
                ko="에폭마다 다르지만 이제 시드를 쓰지 않습니다. 내일 다시 실행하면 다른 순서가 나옵니다.",
                en="Every epoch differs, but the seed is not used any more: tomorrow's run will have "
                "another order.",
            ),
            wrong(
                lambda dataset, seed: epochs(dataset, seeded(1), seeded(2)),
                ko="두 에폭은 다르지만, 시드를 바꾸어도 순서가 같습니다. 건네받은 `seed`를 써야 합니다.",
                en="The two epochs differ, but with another seed they are the same again. Use the `seed` "
                "that is handed over.",
            ),
            wrong(
                seeded_once_for_all,
                ko="되풀이할 수는 있지만 프로그램 전체의 난수를 건드립니다. 그사이 다른 코드가 난수를 "
                "뽑으면 순서가 달라집니다. 로더에 자기 생성기를 주세요.",
                en="It can be repeated, but with the random numbers that the whole program shares: whatever "
                "draws one in between changes the order. Give the loader a generator of its own.",
            ),
            wrong(
                lambda dataset, seed: epochs(dataset, None, None, shuffle=False),
                ko="섞지 않으면 두 에폭이 여전히 같습니다. 학습에는 섞는 로더가 필요합니다.",
                en="Unshuffled, the two epochs are the same again. Training needs a loader that shuffles.",
            ),
        ],
    ),
}
