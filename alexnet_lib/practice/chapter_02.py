"""Exercises of chapter 2: what a dataset holds, and how its arrays deceive."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score

from alexnet_lib.practice.exercise import Exercise, wrong

draw = np.random.default_rng(2)
RED = np.zeros((4, 4, 3), np.uint8) + np.array([255, 0, 0], np.uint8)
PHOTO, OTHER = draw.integers(0, 256, (2, 32, 32, 3)).astype(np.uint8)
TEN, TWENTY = np.full((2, 2, 3), 10, np.uint8), np.full((2, 2, 3), 20, np.uint8)


def share_equal(change: Callable[[NDArray], NDArray]) -> Callable[[NDArray, NDArray], float]:
    """Return the share of predictions that equal the labels, once these are changed."""
    return lambda predictions, labels: float(np.mean(predictions == change(labels)))


def mean_of(difference: Callable[[NDArray, NDArray], NDArray]) -> Callable[[NDArray, NDArray], float]:
    """Return the mean over all values of a difference of two images."""
    return lambda first, second: float(np.mean(difference(first, second)))


EXERCISES = {
    "02_memory": Exercise(
        right=100_000 * 96 * 96 * 3 * 4 / 1e9,
        tolerance=0.01,
        mistakes=[
            wrong(
                100_000 * 96 * 96 * 3 / 1e9,
                ko="uint8로는 그렇습니다. float32는 한 값에 32비트를 씁니다.",
                en="In uint8, yes. In float32, a value takes 32 bits.",
            ),
            wrong(
                100_000 * 96 * 96 * 3 * 32 / 1e9,
                ko="32는 비트의 수입니다. 8비트가 1바이트입니다.",
                en="32 is the number of bits; 8 bits are a byte.",
            ),
            wrong(
                100_000 * 96 * 96 * 4 / 1e9,
                ko="흑백 이미지라면 그렇습니다. 컬러 이미지에는 채널이 세 개 있습니다.",
                en="For grey images, yes. A colour image has three channels.",
            ),
            wrong(
                100_000 * 96 * 96 * 3 * 4 / 1024**3,
                ko="1024로 세 번 나누었습니다. 여기서는 1 GB를 10억 바이트로 셉니다.",
                en="You divided by 1024 three times. Here 1 GB is a billion bytes.",
            ),
            wrong(
                100_000 * 96 * 96 * 3 * 4 / 1e6,
                ko="MB로는 맞습니다. 1,000으로 나누어 GB로 적어 주세요.",
                en="Right in MB. Divide by 1,000 to give it in GB.",
            ),
            wrong(
                100_000 * 96 * 96 * 3 * 4,
                ko="바이트로는 맞습니다. 10억으로 나누어 GB로 적어 주세요.",
                en="Right in bytes. Divide by a billion to give it in GB.",
            ),
        ],
    ),
    "02_constant_answer": Exercise(
        right=lambda labels: Counter(labels).most_common(1)[0][1] / len(labels),
        cases=[([0] * 5 + [1] * 95,), ([2, 0, 2, 1, 2, 1],), ([3, 3, 0, 1, 3],), ([4, 4],)],
        mistakes=[
            wrong(
                lambda labels: 1 / len(set(labels)),
                ko="클래스마다 장수가 같으면 그렇습니다. 여기서는 장수가 다릅니다.",
                en="That holds where all classes have the same number of images. Here they differ.",
            ),
            wrong(
                lambda labels: 1 / (max(labels) + 1),
                ko="번호로 클래스의 수를 세어 나누었습니다. 클래스마다 장수도 다르고, 비어 있는 번호도 "
                "있습니다.",
                en="You counted the classes by their numbers. But they differ in size, and some numbers are "
                "not used.",
            ),
            wrong(
                lambda labels: max(np.bincount(labels)),
                ko="가장 많은 클래스의 장수까지 왔습니다. 정확도는 비율입니다.",
                en="You have the size of the largest class. Accuracy is a share.",
            ),
            wrong(
                lambda labels: Counter(labels).most_common(1)[0][0],
                ko="가장 많은 클래스의 번호입니다. 그 번호로만 답할 때 맞는 비율을 구하세요.",
                en="That is the number of the largest class. What share is right, if this is the only "
                "answer?",
            ),
            wrong(
                lambda labels: labels.count(labels[0]) / len(labels),
                ko="첫 이미지의 클래스로만 답했습니다. 가장 높은 정확도를 내는 답은 다른 것일 수 있습니다.",
                en="You always give the first image's class. Another answer may be right more often.",
            ),
        ],
    ),
    "02_file_labels": Exercise(
        right=lambda predictions, labels: accuracy_score(labels, predictions + 1),
        cases=[
            (np.array([3, 8, 8, 0, 6]), np.array([4, 9, 9, 1, 7])),
            (np.array([2, 3, 4, 7]), np.array([2, 4, 5, 10])),
            (np.array([0, 4, 9, 1, 9]), np.array([10, 5, 10, 1, 10])),
        ],
        untouched=wrong(
            share_equal(lambda labels: labels),
            ko="문제에 나온 다섯 장의 정확도가 0입니다. 두 배열을 나란히 놓고 보세요.",
            en="the five images of the task get 0. Look at the two arrays side by side.",
        ),
        mistakes=[
            wrong(
                share_equal(lambda labels: labels + 1),
                ko="차이가 더 벌어졌습니다. 어느 쪽이 하나 더 큰지 보세요.",
                en="That moves them further apart. Which of the two is larger by one?",
            ),
            wrong(
                share_equal(lambda labels: labels - labels.min()),
                ko="문제의 다섯 장에서는 맞습니다. 하지만 1번 클래스의 이미지가 한 장도 없을 때도 있습니다.",
                en="Right for the five images of the task. But at times there is no image of class 1 at all.",
            ),
            wrong(
                lambda predictions, labels: float(np.mean(predictions != labels)),
                ko="1에서 빼면 문제의 다섯 장에서는 맞지만 우연입니다. 틀린 예측도 맞은 것으로 셉니다.",
                en="The five images come out right by luck: this counts wrong predictions as right ones too.",
            ),
            wrong(
                share_equal(lambda labels: labels % 10),
                ko="10만 0이 되고 나머지 번호는 그대로입니다. 파일의 1번은 네트워크의 몇 번일까요?",
                en="That turns 10 into 0 and leaves all others. Which class of the network is number 1 of "
                "the file?",
            ),
        ],
    ),
    "02_channels_first": Exercise(
        right=lambda image: torch.from_numpy(image).permute(2, 0, 1).numpy(),
        cases=[(RED,), (PHOTO,), (np.arange(24, dtype=np.uint8).reshape(2, 4, 3),)],
        untouched=wrong(
            lambda image: image.reshape(image.shape[2], *image.shape[:2]),
            ko="온통 빨간 이미지를 넣었는데 세 채널에 모두 255가 있습니다.",
            en="an image that is red all over comes out with 255 in all three channels.",
        ),
        mistakes=[
            wrong(
                lambda image: image.T,
                ko="채널은 앞으로 왔는데 세로와 가로가 바뀌었습니다. 정사각형이라 모양으로는 보이지 "
                "않습니다.",
                en="The channels are in front, but height and width changed places. In a square, the shape "
                "hides it.",
            ),
            wrong(
                lambda image: torch.from_numpy(image).permute(2, 0, 1).numpy() / 255,
                ko="차례는 맞습니다. 여기서는 값은 그대로 두고 축의 차례만 바꿉니다.",
                en="The order is right. Leave the values as they are: only the axes are to change places.",
            ),
            wrong(
                lambda image: np.flip(image, axis=2).transpose(2, 0, 1),
                ko="축은 맞게 옮겼는데 빨강과 파랑이 바뀌었습니다.",
                en="The axes are right, but red and blue changed places.",
            ),
        ],
    ),
    "02_difference": Exercise(
        right=lambda first, second: (np.maximum(first, second) - np.minimum(first, second)).mean(),
        cases=[(TEN, TWENTY), (TWENTY, TEN), (PHOTO, OTHER), (PHOTO, PHOTO)],
        untouched=wrong(
            mean_of(lambda first, second: np.abs(first - second)),
            ko="10과 20의 차이가 10이 아니라 246입니다. np.abs에 들어가기 전의 값을 찍어 보세요.",
            en="10 and 20 differ by 246 in place of 10. Print the values before they reach np.abs.",
        ),
        mistakes=[
            wrong(
                mean_of(lambda first, second: first.astype(float) - second),
                ko="이제 음수가 나옵니다. 절댓값을 잊으면 더 밝은 픽셀과 더 어두운 픽셀이 서로 지워집니다.",
                en="Negative values are possible now. Without the absolute value, brighter and darker "
                "pixels cancel.",
            ),
            wrong(
                mean_of(lambda first, second: np.abs(first.astype(np.int8) - second.astype(np.int8))),
                ko="int8에는 -128부터 127까지만 들어갑니다. 차이는 -255부터 255까지 나올 수 있습니다.",
                en="An int8 holds -128 to 127 only, while the difference can be anything from -255 to 255.",
            ),
            wrong(
                mean_of(lambda first, second: np.abs(first.astype(np.uint16) - second)),
                ko="자리는 넓어졌지만 uint16에도 음수가 들어가지 않습니다.",
                en="There is more room now, but a uint16 cannot hold a negative number either.",
            ),
            wrong(
                lambda first, second: abs(first.mean() - second.mean()),
                ko="이미지마다 평균부터 냈습니다. 같은 자리에 있는 값끼리 먼저 빼야 합니다.",
                en="You averaged each image first. Subtract values in the same place before you average.",
            ),
            wrong(
                mean_of(lambda first, second: (first.astype(float) - second) ** 2),
                ko="제곱의 평균을 구했습니다. 여기서는 절댓값의 평균입니다.",
                en="That is the mean of the squares. Here the mean of the absolute values is asked for.",
            ),
        ],
    ),
}
