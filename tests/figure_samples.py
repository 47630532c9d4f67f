"""A figure of each kind, with data as large as the book's, and with the longest words that it draws."""

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import torch

from alexnet_lib.data import class_names
from alexnet_lib.experiments.ladder import RUNGS
from alexnet_lib.experiments.relu import ACTIVATIONS, arrival
from alexnet_lib.language import get_language
from alexnet_lib.metrics import ReliabilityBins
from alexnet_lib.models import AlexNet
from alexnet_lib.notebook import Picture
from alexnet_lib.plots import basics, clinic, inside, ladder, lrn, paper_code, people, relu, transfer
from alexnet_lib.summary import layer_table
from alexnet_lib.uncertainty import RunSummary
from notebook_files import ROOT, read

CHANCE = np.random.default_rng(0)
PHOTOS = CHANCE.integers(0, 256, (100, 32, 32, 3), dtype=np.uint8)
LAYERS = ("Conv1", "Conv2", "Conv3", "Conv4", "Conv5", "FC1", "FC2", "FC3")
MATRIX = 700 * np.eye(10) + CHANCE.integers(0, 60, (10, 10))


def said(ko: str, en: str) -> str:
    """Return words of a notebook in the language in use."""
    return {"ko": ko, "en": en}[get_language()]


def names() -> list[str]:
    """Return the ten classes, among them the longest names that the book has in a grid."""
    return class_names("cifar10")


def confusions() -> Picture:
    """Return the matrix as a cell of chapter 8 draws it."""
    cells = read(ROOT / f"notebooks/{get_language()}/08_confusion.ipynb").cells
    known = {"np": np, "plt": plt}
    exec(next(cell.source for cell in cells if cell.id == "draw"), known)
    whose = said("이 책의 출발점이 된 블로그 글의 기록", "The record of the blog post's recipe")
    title = f"{whose}, {said('테스트 이미지 10,000장', '10,000 test images')}"
    return Picture(known["plot_confusion_matrix"](MATRIX, names(), title), "A confusion matrix.")


def history(epochs: int, best: float = 0.8) -> list[dict[str, float]]:
    """Return a training that becomes better."""
    rows = []
    for epoch in range(1, epochs + 1):
        score = best * epoch / (epoch + 2)
        row = {"epoch": epoch, "seconds": 30.0, "training_seconds": 25.0, "train_error": 1 - score}
        for split, worse in (("train", 0), ("val", 0.02), ("test", 0.02)):
            row |= {f"{split}_accuracy": score - worse, f"{split}_loss": 2.5 * (1 - score) + 5 * worse}
        rows.append(row)
    return rows


def contest() -> Picture:
    winners = {
        2010: ("NEC-UIUC", 28.2), 2011: ("XRCE", 25.8), 2012: ("AlexNet", 16.4),
        2013: ("Clarifai", 11.7), 2014: ("GoogLeNet", 6.7), 2015: ("ResNet", 3.57),
        2016: ("Trimps-Soushen", 2.99), 2017: ("SENet", 2.25),
    }  # fmt: skip
    return basics.plot_top5_errors(winners, {2012: 15.3, 2013: 11.2}, {2012: 26.2}, human=5.1)


def layers() -> Picture:
    with torch.device("meta"):  # shapes alone cost nothing
        return basics.plot_parameters_and_macs(layer_table(AlexNet()))


def reliability() -> Picture:
    edges, middles = np.linspace(0, 1, 11), np.linspace(0.05, 0.95, 10)
    binned = ReliabilityBins(edges, CHANCE.integers(1, 900, 10), middles, middles**1.2)
    recipe = said("이 책의 출발점이 된 블로그 글의 기록", "The record of the blog post's recipe")
    return basics.plot_reliability({recipe: binned, "tuned": binned, "modern": binned})


def rungs() -> Picture:
    summaries = {
        name: RunSummary((0.70 + 0.02 * place, 0.71 + 0.02 * place), 5000, 2e15 + 1e14 * place)
        for place, name in enumerate(RUNGS)
    }
    ends = {
        name: RunSummary((score,) * 3, 10_000, flop)
        for name, score, flop in (("twin", 0.765, 8e15), ("tuned", 0.92, 2.5e16), ("modern", 0.955, 9e16))
    }
    return ladder.plot_ladder(RUNGS, summaries, ends)


def marks() -> Picture:
    claim = said("학습률이 세 번 10분의 1로 줄어든다", "The learning rate drops to 1/10 three times")
    header = [said("주장", "claim"), said("논문", "paper"), said("2012 코드", "code of 2012"), "PyTorch", ""]
    return paper_code.plot_claims(header, 17 * [(claim, "(✓)", "✗", "–", "")])


def symptoms() -> Picture:
    title = said("1 다른 모델의 옵티마이저", "1 optimizer of another model")
    sound, broken = 2.3 - 0.004 * np.arange(80), np.full(80, 2.3)
    return clinic.plot_symptoms(10 * [title], 6 * [(sound, broken)] + 4 * [(0.31, 0.19)])


def answers() -> Picture:
    shares = CHANCE.dirichlet(np.ones(10), 3)
    titles = [said(f"엔트로피 {entropy}", f"entropy {entropy}") for entropy in (0.00, 0.46, 1.98)]
    across = said("그렇게 답한 사람(%)", "people who said so (%)")
    return basics.plot_class_bars(PHOTOS[:3], shares, names(), titles, across, shares < 0.05)


def response() -> Picture:
    values = np.linspace(0, 3, 50)
    names = (
        said("이웃이 모두 0일 때", "its neighbours are all 0"),
        said("이웃도 모두 같은 값일 때", "its neighbours are all as large"),
        said("이웃도 같은 값, α를 바꾸지 않았을 때", "neighbours as large, α not converted"),
    )
    curves = {name: values / (k + values) for k, name in enumerate(names, 1)}
    before, after = (
        said(f"LRN{ko} 값(1 = 픽셀 값 64)", f"value {en} LRN (1 = 64 levels of a pixel)")
        for ko, en in (("에 들어가는", "before"), ("에서 나오는", "after"))
    )
    title = said("LRN은 큰 값을, 이웃이 크면 더 세게 누릅니다",
                 "LRN holds large values down, and more so in large company")  # fmt: skip
    return basics.plot_curves(values, curves, before, after, limits=(0, 1.5), title=title)


def cells() -> Picture:
    errors = {(name, width): [15 + width / 32, 16.2, 15.9] for name in ("none", "lrn") for width in (32, 64)}
    published = {
        said("논문, LRN 없이 13%", "paper without LRN: 13%"): 13,
        said("논문, LRN을 쓰면 11%", "paper with LRN: 11%"): 11,
    }
    return lrn.plot_cells(errors, published)


def races() -> dict[str, list[list[dict[str, float]]]]:
    return {"relu": 3 * [history(12)], "tanh": 3 * [history(30, best=0.85)]}


def race() -> Picture:
    ends = {name: [arrival(history, 0.25) for history in histories] for name, histories in races().items()}
    return relu.plot_race(races(), ends, 0.25, 6, said(
        "기록: 학습 이미지 45,000장, 학습률 0.01", "The record: 45,000 training images, learning rate 0.01"))


def captioned(columns: int, count: int, ko: str, en: str) -> Picture:
    return basics.show_images(PHOTOS[:count], count * [said(ko, en)], columns)


def transfers() -> Picture:
    sizes = {size: [0.6 + 0.001 * size, 0.62 + 0.001 * size, 0.58] for size in (20, 50, 100, 200)}
    starts = [said(*each) for each in (
        ("네트워크 없이(픽셀 64개)", "no network (64 pixels)"),
        ("동결(선형 프로브)", "frozen (linear probe)"),
        ("처음부터", "from scratch"), ("미세 조정", "fine-tuned"))]  # fmt: skip
    title = said("출발점에 따른 손글씨 숫자의 테스트 정확도(점 하나가 한 회차, n = 3)",
                 "Test accuracy on handwritten digits by start (a dot is one draw, n = 3)")  # fmt: skip
    lines = {start: [*sizes.values()] for start in starts}
    across = said("학습 이미지(장, 로그 눈금)", "training images (log scale)")
    return basics.plot_accuracies([*sizes], lines, 500, across, title, log=True)


def costs() -> Picture:
    networks = ("AlexNet", "VGG-16", "ResNet-18", "EfficientNet-B0")
    parameters, macs = (61.1e6, 138.4e6, 11.7e6, 5.3e6), (0.714e9, 15.5e9, 1.8e9, 0.385e9)
    numbers = (parameters, macs, (56.5, 71.6, 69.8, 77.7))
    return transfer.plot_accuracy_against_cost(*(dict(zip(networks, row, strict=True)) for row in numbers))


FIGURES: dict[str, Callable[[], Picture]] = {
    "contest": contest,
    "enlargements": lambda: basics.plot_enlargements([PHOTOS[:4]] * 3, names()[:4]),
    "histograms": lambda: basics.plot_channel_histograms(PHOTOS, (0.5, 0.48, 0.45), (0.25, 0.24, 0.26)),
    "images": lambda: basics.show_images(PHOTOS[:10], names()),
    "wall": lambda: basics.show_images(PHOTOS[:20], names() + 10 * [""], columns=10),
    "mistakes": lambda: captioned(
        4, 12, "자동차 → 비행기\n확신도 99.9%", "automobile → airplane\nconfidence 99.9%"),
    "crops": lambda: captioned(5, 10, "오른쪽 아래 반전", "bottom right mirrored"),
    "quiz": lambda: captioned(
        5, 20, "12. 레이블 비행기\n나: 자동차\n43%", "12. label airplane\nyou: automobile\n43%"),
    "pairs": lambda: captioned(2, 2, "네트워크가 받는 값 그대로", "denormalized, for our eyes"),
    "convolution": lambda: basics.plot_convolution(PHOTOS[0, :, :, 0], CHANCE.normal(0, 300, (28, 28))),
    "layers": layers,
    "backpropagation": lambda: basics.plot_backpropagation(-1.25, -13.75, -1.5, 8.25),
    "history": lambda: basics.plot_history(history(10), said(
        "블로그 글의 방법을 기록한 학습(50,000장)", "The record of the blog post's recipe (50,000 images)")),
    "matrix": confusions,
    "reliability": reliability,
    "costs": costs,
    "transfer": transfers,
    "signal": lambda: basics.plot_curves(LAYERS, {
        start: [spread * 0.7**k for k in range(8)] for start, spread in (("torch", 0.5), ("kaiming", 1.2))
        }, said("레이어", "layer"),
        said("이미지 사이의 표준편차(로그 눈금)", "standard deviation over images (log scale)"), log=True),
    "singular": lambda: basics.plot_curves(
        range(1, 97), {
            said("기울기", "gradient"): np.geomspace(1, 1e-3, 96),
            said("Muon의 걸음", "step of Muon"): np.linspace(1, 0.7, 96)},
        said("방향(긴 것부터)", "direction (longest first)"), said(
            "특잇값(가장 큰 값의 몇 배, 로그 눈금)", "singular value (share of the largest, log scale)"),
        log=True, limits=(1e-4, 2)),
    "ladder": rungs,
    "activations": lambda: relu.plot_activations(ACTIVATIONS),
    "race": race,
    "generalization": lambda: relu.plot_generalization(races()),
    "response": response,
    "cells": cells,
    "rates": lambda: paper_code.plot_learning_rates(0.01, [
        (23, "all", 1e-3), (51, "all", 1e-4), (68, "conv1", 1e-5), (72, "conv1", 0), (78, "all", 1e-5)], 93),
    "claims": marks,
    "matrices": lambda: people.plot_matrices_and_difference(MATRIX, MATRIX.T + 40, names(), "baseline-0"),
    "answers": answers,
    "groups": lambda: people.plot_error_by_agreement(CHANCE.random(2000) < 0.2, CHANCE.integers(0, 4, 2000)),
    "maps": lambda: inside.plot_maps(PHOTOS[0], {
        name: CHANCE.random((4, 8, 8)) for name in (
            said("학습한 네트워크", "trained network"), said("난수 네트워크", "random network"))},
        [said(*each) for each in (
            ("가림", "occlusion"), ("기울기", "gradient"), ("기울기×픽셀", "gradient × pixel"),
            ("Grad-CAM", "Grad-CAM"))]),
    "embeddings": lambda: inside.plot_embeddings(
        {title: CHANCE.normal(size=(100, 2)) for title in ("PCA", "t-SNE")}, np.arange(100) % 10, names()),
    "damage": lambda: inside.plot_damage(dict.fromkeys(inside.STRENGTHS, PHOTOS[:5])),
    "attack": lambda: basics.plot_accuracies(
        [0, 1, 2, 4, 8], {
            kind: [0.9 - 0.16 * k for k in range(5)]
            for kind in ("FGSM", said("무작위로 고른 부호", "signs chosen at random"))},
        500, said("픽셀 값이 움직인 폭(255단계 가운데)", "how far each value moved (levels of 255)"),
        said("픽셀을 조금씩 민 이미지 500장에서의 정확도(95% 윌슨 구간)",
             "Accuracy on 500 images pushed a little (95% Wilson intervals)"), limits=(0, 102)),
    "photos": lambda: basics.plot_class_bars(PHOTOS[:3], np.full((3, 10), 0.1), names()),
    "symptom": lambda: clinic.plot_symptoms(["Case 1"], [(np.linspace(2.3, 1.9, 80), np.full(80, 2.3))]),
    "symptoms": symptoms,
}  # fmt: skip
