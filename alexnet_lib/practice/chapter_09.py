"""Exercises of chapter 9: counting convolutions, and what goes wrong without a sound in transfer."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from alexnet_lib.practice.exercise import Exercise, wrong


def head(model: nn.Sequential, num_classes: int) -> int:
    """Return the parameters of a new last layer."""
    return (model[-1].in_features + 1) * num_classes


def learning(
    count: Callable[[nn.Sequential, int], int], frozen: bool = True
) -> Callable[[nn.Sequential, int], int]:
    """Return what counts parameters in some way, and freezes all layers but the last, or none."""

    def counted(model: nn.Sequential, num_classes: int) -> int:
        model[:-1].requires_grad_(not frozen)
        return count(model, num_classes)

    return counted


def count_and_mode(
    count: Callable[[nn.Sequential, int], int], model: nn.Sequential, num_classes: int
) -> list[int]:
    """Tell, beside the count, whether an earlier layer learns afterwards, or a new last one does not."""
    counted = count(model, num_classes)
    stuck = model[-1].out_features == num_classes and not model[-1].weight.requires_grad
    return [counted, stuck or any(parameter.requires_grad for parameter in model[:-1].parameters())]


def network_with_statistics(mean: float, variance: float) -> nn.Sequential:
    """Return a convolution and a batch normalization that has gathered a mean and a variance."""
    network = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.BatchNorm2d(1))
    nn.init.constant_(network[0].weight, 2.0)
    nn.init.constant_(network[1].running_mean, mean)
    nn.init.constant_(network[1].running_var, variance)
    return network


def by_gathered_values(network: nn.Sequential, images: Tensor) -> Tensor:
    """Normalize by what was gathered in training."""
    convolution, norm = network
    return functional.batch_norm(convolution(images), norm.running_mean, norm.running_var)


IMAGES = torch.arange(8.0).view(2, 1, 2, 2)
TRAINED, TESTED = ["cat", "dog", "horse"], ["dog", "horse"]

EXERCISES = {
    "09_kernels": Exercise(
        right=tuple(
            count * sum(parameter.numel() for parameter in nn.Conv2d(64, 64, side).parameters())
            for count, side in ((2, 3), (1, 5))
        ),
        tolerance=0,
        mistakes=[
            wrong(
                (2 * 9 * 64 * 64, 25 * 64 * 64),
                ko="커널은 맞습니다. 출력 채널마다 하나씩 있는 편향을 빠뜨렸습니다.",
                en="The kernels are right; the biases, one for each channel out, are missing.",
            ),
            wrong(
                (2 * 9 * 64 * 64 + 64, 25 * 64 * 64 + 64),
                ko="3×3 두 번의 편향을 한 번만 세었습니다. 합성곱마다 편향이 있습니다.",
                en="The biases of the two 3×3 are counted once; each convolution has its own.",
            ),
            wrong(
                (2 * (9 * 64 * 64 + 1), 25 * 64 * 64 + 1),
                ko="편향은 합성곱마다 하나가 아니라 출력 채널마다 하나입니다.",
                en="There is a bias for each channel out, not one for each convolution.",
            ),
            wrong(
                (9 * 64 * 64 + 64, 25 * 64 * 64 + 64),
                ko="3×3을 한 번만 세었습니다. 두 번 이어 붙입니다.",
                en="The 3×3 is counted once, but there are two in a row.",
            ),
            wrong(
                (2 * (9 * 64 + 64), 25 * 64 + 64),
                ko="출력 채널 하나는 입력 채널 모두를 봅니다. 64를 한 번 더 곱해야 합니다.",
                en="Each channel out looks at all the channels in: one factor of 64 is missing.",
            ),
        ],
    ),
    "09_freeze": Exercise(
        right=learning(head),
        compared=count_and_mode,
        cases=[
            (nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 10)), 3),
            (nn.Sequential(nn.Linear(5, 16), nn.Linear(16, 2)), 7),
            (nn.Sequential(nn.Linear(6, 5), nn.Linear(5, 4), nn.Linear(4, 2)), 3),
        ],
        untouched=wrong(
            lambda model, num_classes: 0,
            ko="0입니다. 새로 단 마지막 레이어의 파라미터만큼 나와야 합니다.",
            en="it is 0; it should be as many as the new last layer has.",
        ),
        mistakes=[
            wrong(
                learning(
                    lambda model, num_classes: (
                        sum(map(torch.numel, model[:-1].parameters())) + head(model, num_classes)
                    ),
                    frozen=False,
                ),
                ko="모든 파라미터를 센 값입니다. 모두 배운다면 동결이 아니라 미세 조정입니다.",
                en="That counts every parameter. If all of them learn, it is fine-tuning, not frozen "
                "weights.",
            ),
            wrong(
                learning(lambda model, num_classes: sum(map(torch.numel, model[-1].parameters()))),
                ko="배우는 것이 옛 마지막 레이어입니다. 클래스의 수가 새 문제와 다릅니다.",
                en="It is the old last layer that learns, and its number of classes is not that of the new "
                "task.",
            ),
            wrong(
                learning(lambda model, num_classes: head(model, num_classes) - num_classes),
                ko="가중치만 배우고 편향은 얼어 있거나 없습니다.",
                en="Only the weights learn; the biases are frozen, or missing.",
            ),
            wrong(
                learning(head, frozen=False),
                ko="수는 맞지만 모델은 그렇게 배우지 않습니다. 파라미터마다 requires_grad를 찍어 보세요. "
                "마지막 레이어의 것만 True여야 합니다.",
                en="The number is right, but the model does not learn like that. Print requires_grad of "
                "each parameter: it is to be True in the last layer, and nowhere else.",
            ),
        ],
    ),
    "09_folders": Exercise(
        right=lambda predictions, train_classes, labels, test_classes: float(
            np.mean(np.array(train_classes)[predictions] == np.array(test_classes)[labels])
        ),
        cases=[
            ([1, 2, 1, 0, 2], TRAINED, [0, 1, 1, 0, 1], TESTED),
            ([0, 2, 0, 1], TRAINED, [0, 1, 0, 0], ["cat", "horse"]),
            ([0, 1, 2], TRAINED, [0, 1, 1], TRAINED),
        ],
        untouched=wrong(
            lambda predictions, train_classes, labels, test_classes: float(
                np.mean(np.array(predictions) == np.array(labels))
            ),
            ko="'개'를 모두 '개'라고 맞혀도 하나도 맞지 않은 것으로 셉니다.",
            en="a network that calls every 'dog' a 'dog' is told that none was right.",
        ),
        mistakes=[
            wrong(
                lambda predictions, train_classes, labels, test_classes: float(
                    np.mean(np.array(predictions) == np.array(labels) + 1)
                ),
                ko="번호를 1씩 밀면 '고양이' 폴더가 없을 때에만 맞습니다. 어느 폴더가 없어도 맞게 해 보세요.",
                en="A shift by 1 is right only where it is 'cat' that is missing; let it work for any "
                "folder.",
            ),
            wrong(
                lambda predictions, train_classes, labels, test_classes: float(
                    np.mean(
                        np.array(predictions) == np.array(labels) + len(train_classes) - len(test_classes)
                    )
                ),
                ko="빠진 폴더의 수만큼 밀었습니다. 가운데나 맨 뒤의 폴더가 없다면 어떻게 될까요?",
                en="You shifted by as many folders as are missing. What if one in the middle, or the last, "
                "is missing?",
            ),
            wrong(
                lambda predictions, train_classes, labels, test_classes: float(
                    np.sum(np.array(train_classes)[predictions] == np.array(test_classes)[labels])
                ),
                ko="맞힌 수까지 왔습니다. 정확도는 그 비율입니다.",
                en="That is how many are right; accuracy is their share.",
            ),
        ],
    ),
    "09_batch_norm": Exercise(
        right=by_gathered_values,
        cases=[
            (network_with_statistics(1.0, 4.0), IMAGES),
            (network_with_statistics(1.0, 4.0), IMAGES[:1]),
            (network_with_statistics(-2.0, 0.25), IMAGES + 3),
        ],
        untouched=wrong(
            lambda network, images: network(images),
            ko="함께 넣은 이미지에 따라 달라집니다. 둘을 함께 넣을 때와 하나만 넣을 때 첫 이미지의 특징이 "
            "다릅니다.",
            en="it depends on the neighbours; the first image's features alone and beside another differ.",
        ),
        mistakes=[
            wrong(
                lambda network, images: torch.cat([network(image[None]) for image in images]),
                ko="한 장씩 넣으니 이제는 그 한 장의 평균으로 정규화합니다. 모아 둔 값은 여전히 쓰이지 "
                "않습니다.",
                en="One by one, each image is normalized by its own mean; the gathered values are still not "
                "used.",
            ),
            wrong(
                lambda network, images: network[0](images),
                ko="배치 정규화가 빠졌습니다. 빼는 것이 아니라 알맞은 모드로 바꾸어야 합니다.",
                en="The batch normalization is gone; it is to stay, in the right mode.",
            ),
        ],
    ),
}
