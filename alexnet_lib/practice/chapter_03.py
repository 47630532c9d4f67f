"""Exercises of chapter 3: statistics of channels, and normalization."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler

from alexnet_lib.practice.exercise import Exercise, wrong

draw = np.random.default_rng(3)
PIXELS = draw.integers(0, 256, (6, 4, 5, 3)).astype(np.uint8)
DARK = (PIXELS[:4] // 4 + np.array([0, 20, 60])).astype(np.uint8)
# Channels first; colours and images differ in brightness.
BATCH = draw.random((5, 3, 4, 6)) + np.array([0.0, 2.0, 5.0])[:, None, None] + draw.random((5, 1, 1, 1))
OVERALL = (0, 1, 2)  # the axes of all pixels of a channel, where the channels come last


def standardized(train: NDArray, *others: NDArray) -> list[NDArray]:
    """Let scikit-learn learn the channels' means and deviations from the first, and apply them to each."""
    scaler = StandardScaler().fit(train.reshape(-1, 3))
    return [scaler.transform(images.reshape(-1, 3)).reshape(images.shape) for images in (train, *others)]


def over(*axes: int) -> Callable[[NDArray], NDArray]:
    """Return a normalization with the mean and the deviation over these axes."""

    def normalized(batch: NDArray) -> NDArray:
        return (batch - batch.mean(axes, keepdims=True)) / batch.std(axes, keepdims=True)

    return normalized


def by(images: NDArray, source: NDArray) -> NDArray:
    """Normalize images by the statistics of others; the channels come last."""
    return (images - source.mean(OVERALL)) / source.std(OVERALL)


def total_minus_within(images: NDArray) -> tuple[NDArray, NDArray]:
    """Find the part between the images as what is left of the whole variance."""
    pixels = torch.from_numpy(images)
    within = pixels.flatten(1, 2).var(1, correction=0).mean(0)
    return within.numpy(), (pixels.flatten(0, 2).var(0, correction=0) - within).numpy()


EXERCISES = {
    "03_shape": Exercise(
        right=(50_000, 3),
        mistakes=[
            wrong(
                (3,),
                ko="이미지까지 평균하면 그렇게 됩니다. 축 0, 곧 이미지의 축은 괄호 안에 없으니 남습니다.",
                en="That is left when the images are averaged too. Axis 0, the images, is not in the "
                "brackets and stays.",
            ),
            wrong(
                (32, 32),
                ko="괄호에 적은 축을 남겼습니다. 거꾸로, 적은 축을 평균해 없앱니다.",
                en="You kept the axes in the brackets. It is the other way round: those are averaged away.",
            ),
            wrong(
                (32, 32, 3),
                ko="축 0을 평균한 모양입니다. 괄호에 적은 것은 축 1과 2입니다.",
                en="That is left when axis 0 is averaged. In the brackets stand axes 1 and 2.",
            ),
            wrong(
                (32, 3),
                ko="축의 번호를 1부터 세었습니다. 0부터 세어 보세요.",
                en="You counted the axes from 1; they are counted from 0.",
            ),
            wrong(
                (3, 50_000),
                ko="남는 축은 맞습니다. 평균해도 남은 축의 차례는 바뀌지 않습니다.",
                en="These are the axes that stay. But averaging does not change their order.",
            ),
            wrong(
                (50_000, 1, 1, 3),
                ko="keepdims=True라면 그렇습니다. 적지 않으면 평균한 축은 아예 사라집니다.",
                en="With keepdims=True, yes. Without it, the axes that are averaged are gone altogether.",
            ),
        ],
    ),
    "03_unit": Exercise(
        right=lambda images: standardized(images)[0],
        cases=[(PIXELS,), (DARK,), (PIXELS[:1],)],
        untouched=wrong(
            lambda images: by(images / 255, images),
            ko="나온 값이 모두 -1보다 작습니다. 채널의 평균은 0이어야 합니다.",
            en="all values come out below -1, while the mean of a channel should be 0.",
        ),
        mistakes=[
            wrong(
                lambda images: by(images, images) / 255,
                ko="이제 평균은 0입니다. 그런데 표준편차를 찍어 보면 1보다 훨씬 작습니다.",
                en="The mean is 0 now. But print the standard deviation: it is far smaller than 1.",
            ),
            wrong(
                lambda images: by(images / 255, images) * 255,
                ko="값이 흩어진 폭은 맞습니다. 그런데 평균을 찍어 보면 0에서 아주 멉니다.",
                en="The spread is right now. But print the mean: it is very far from 0.",
            ),
            wrong(
                lambda images: (images - images.mean(OVERALL)) / 255,
                ko="평균은 0이 되었습니다. 표준편차로 나누는 것을 잊지 마세요.",
                en="The mean is 0 now. Do not forget to divide by the standard deviation.",
            ),
            wrong(
                lambda images: (images - images.mean()) / images.std(),
                ko="세 채널을 한데 모아 평균했습니다. 채널마다 평균이 하나씩 있어야 합니다.",
                en="That is one mean for all three channels together; each channel has one of its own.",
            ),
        ],
    ),
    "03_axes": Exercise(
        right=lambda batch: torch.nn.functional.batch_norm(
            torch.from_numpy(batch), None, None, training=True, eps=1e-12
        ).numpy(),
        cases=[(BATCH,), (BATCH[:2, :, :, :4],), (BATCH[..., :3],)],
        untouched=wrong(
            lambda batch: by(batch, batch),
            ko="정규화한 뒤에도 채널마다 평균이 다릅니다. channel_means의 모양을 찍어 보세요.",
            en="after normalization, each channel has another mean. Print the shape of channel_means.",
        ),
        mistakes=[
            wrong(
                over(2, 3),
                ko="이미지마다 자기 평균을 뺐습니다. 어두운 이미지와 밝은 이미지의 차이가 사라집니다.",
                en="You subtracted each image's own mean. With it goes the difference between dark images "
                "and bright ones.",
            ),
            wrong(
                over(0, 1, 2, 3),
                ko="세 채널을 한데 모아 평균했습니다. 채널마다 평균이 하나씩 있어야 합니다.",
                en="That is one mean for all three channels together; each channel has one of its own.",
            ),
            wrong(
                over(0),
                ko="픽셀 자리마다 평균을 뺐습니다. 논문의 방법에 가깝지만, 여기서는 채널마다 하나입니다.",
                en="You took a mean for each pixel position, nearly as in the paper; here there is one per "
                "channel.",
            ),
            wrong(
                over(1),
                ko="axis에 적은 축은 평균해 없어집니다. 채널인 축 1은 남겨야 합니다.",
                en="The axes named in axis are averaged away; axis 1, the channels, is to stay.",
            ),
            wrong(
                over(1, 2, 3),
                ko="이미지마다 평균이 하나씩 나왔습니다. 남길 축은 이미지가 아니라 채널입니다.",
                en="That gives one mean per image. The axis to keep is the channels, not the images.",
            ),
        ],
    ),
    "03_train_and_test": Exercise(
        right=standardized,
        cases=[
            (PIXELS / 255, DARK / 255),
            (DARK / 255, PIXELS[:2] / 255),
            (PIXELS[:3] / 255, PIXELS[:3] / 255),
        ],
        untouched=wrong(
            lambda train, test: (by(train, train), by(test, test)),
            ko="테스트 이미지가 학습 이미지보다 훨씬 어두운데, 정규화하면 둘 다 평균이 0입니다.",
            en="the test images are far darker than the training images, and both get the mean 0.",
        ),
        mistakes=[
            wrong(
                lambda train, test: [by(images, np.concatenate([train, test])) for images in (train, test)],
                ko="합쳐서 구하면 테스트 데이터가 전처리에 새어 들어갑니다. 학습 데이터셋만으로 구하세요.",
                en="Taken over both, the test data leaks into the preprocessing. Use the training set alone.",
            ),
            wrong(
                lambda train, test: (by(train, test), by(test, test)),
                ko="둘 다 같은 통계를 쓰게 되었지만, 그 통계가 테스트 데이터셋의 것입니다.",
                en="Both use the same statistics now, but these are the test set's.",
            ),
            wrong(
                lambda train, test: (by(train, train), test),
                ko="테스트 이미지가 그대로 나옵니다. 이미 정규화한 train으로 구하면 평균이 0, 표준편차가 "
                "1입니다.",
                en="The test images come out unchanged. Taken from train once normalized, the mean is 0 and "
                "the std 1.",
            ),
            wrong(
                lambda train, test: (by(train, train), (test - train.mean(OVERALL)) / test.std(OVERALL)),
                ko="평균은 맞습니다. 테스트 이미지를 나누는 표준편차는 아직 테스트 데이터셋의 것입니다.",
                en="The mean is right. The standard deviation that divides the test images still is their "
                "own.",
            ),
        ],
    ),
    "03_variance": Exercise(
        right=total_minus_within,
        cases=[
            (PIXELS / 255,),
            (DARK / 255,),
            (np.ones((4, 2, 2, 3)) * np.arange(4.0)[:, None, None, None],),
        ],
        mistakes=[
            wrong(
                lambda images: (images.std((1, 2)).mean(0) ** 2, images.mean((1, 2)).var(0)),
                ko="뒤의 값은 맞습니다. 앞의 값은 분산의 평균이 아니라 표준편차의 평균을 제곱한 것입니다.",
                en="The second is right. The first is the square of the mean deviation, not the mean of the "
                "variances.",
            ),
            wrong(
                lambda images: (images.var((1, 2)).mean(0), images.mean((1, 2)).std(0)),
                ko="앞의 값은 맞습니다. 뒤의 값은 분산이 아니라 표준편차입니다.",
                en="The first is right. The second is a standard deviation, not a variance.",
            ),
            wrong(
                lambda images: (images.std((1, 2)).mean(0), images.mean((1, 2)).std(0)),
                ko="두 값이 모두 표준편차입니다. 더해서 전체가 되는 것은 분산입니다.",
                en="Both are standard deviations. What adds up to the whole are variances.",
            ),
            wrong(
                lambda images: (images.var((1, 2)).mean(0), images.var(OVERALL)),
                ko="앞의 값은 맞습니다. 뒤의 값은 전체 분산입니다. 이미지마다 평균부터 구하세요.",
                en="The first is right. The second is the whole variance; take each image's mean first.",
            ),
        ],
    ),
}
