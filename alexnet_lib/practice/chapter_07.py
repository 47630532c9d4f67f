"""Exercises of chapter 7: the training loop."""

import numpy as np

from alexnet_lib.practice.exercise import Exercise


def mean_over_batches(losses: list[float], sizes: list[int]) -> float:
    """Weigh each batch alike, however many images it has."""
    return sum(losses) / len(losses)


EXERCISES = {
    "07_mean_loss": Exercise(
        right=lambda losses, sizes: float(np.average(losses, weights=sizes)),
        cases=[([1.0, 1.0, 10.0], [4, 4, 1]), ([0.5, 2.0], [128, 80]), ([3.0], [7])],
        untouched=(
            mean_over_batches,
            {
                "ko": "아직 그대로입니다. 손실이 10인 이미지 한 장이 다른 네 장과 같은 비중으로 들어갑니다.",
                "en": "Still as it was: the one image with a loss of 10 counts as much as four others.",
            },
        ),
        mistakes=[
            (
                lambda losses, sizes: sum(losses) / sum(sizes),
                {
                    "ko": "나누는 수는 이미지 수가 되었지만, 더하는 것은 아직 배치의 평균입니다.",
                    "en": "You divide by the number of images now, but still add up means of batches.",
                },
            ),
            (
                lambda losses, sizes: sum(loss * size for loss, size in zip(losses, sizes, strict=True)),
                {
                    "ko": "이미지의 손실을 모두 더했습니다. 이제 이미지 수로 나누세요.",
                    "en": "That is the sum over all images; now divide by how many they are.",
                },
            ),
        ],
    ),
}
