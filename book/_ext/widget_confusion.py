"""The confusion explorer's data: the matrix of a recorded run, and a few images behind each of its cells."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alexnet_lib.data import CIFAR10_CLASSES, load_dataset
from alexnet_lib.language import BookError, catalogue
from alexnet_lib.metrics import confusion_matrix
from alexnet_lib.records import LABELS
from results_table import recorded

ENDS = ("baseline", "tuned", "modern")  # the recorded runs that the book is about
# CIFAR's images have no stated licence: the site shows a few of them, with their source, and never the set.
MOST_IMAGES = 12
# Levels of 255 between the values that are kept: no value is off by more than half of this, which nobody
# sees, and the pictures take half as many bytes.
STEP = 8


def explored_runs(results: Path) -> list[dict[str, Any]]:
    """Return the record of each run that is shown: the first seed of those that there are."""
    first = [runs[0] for runs in recorded(results, ENDS).values()]
    return [about for about in first if (results / f"{run_id(about)}.npz").is_file()]


def run_id(about: dict[str, Any]) -> str:
    """Return the name of a run's files."""
    return f"{about['run']}-{about['seed']}"


def confusion(results: Path, language: str) -> dict[str, Any] | None:
    """Return the matrices of the recorded runs, or None where none is recorded."""
    runs = explored_runs(results)
    if not runs:
        return None
    labels = np.load(results / LABELS)
    answers = [probabilities(results, about).argmax(axis=1) for about in runs]
    matrices = [confusion_matrix(labels, predictions, len(CIFAR10_CLASSES)) for predictions in answers]
    return {
        "classes": [catalogue()[f"classes.{name}"][language] for name in CIFAR10_CLASSES],
        "images": cifar10_images() is not None,
        "most": MOST_IMAGES,
        "runs": [
            {
                "id": run_id(about),
                "name": about["run"],
                "seed": about["seed"],
                "matrix": np.asarray(matrix).tolist(),
            }
            for about, matrix in zip(runs, matrices, strict=True)
        ],
    }


def probabilities(results: Path, about: dict[str, Any]) -> NDArray[np.float64]:
    """Return the softmax of a run's recorded logits, (10000, 10)."""
    with np.load(results / f"{run_id(about)}.npz", allow_pickle=False) as file:
        logits = file["logits"].astype(np.float64)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def cifar10_images() -> NDArray[np.uint8] | None:
    """Return CIFAR-10's test images, (10000, 32, 32, 3), where they are on this machine."""
    try:
        return load_dataset("cifar10", train=False, download=False).data
    except BookError:
        return None


def write_all_rows(results: Path, folder: Path) -> None:
    """Write one script a run and true class, and a strip of its images: ``baseline-0/3.js``, ``3.webp``."""
    images = cifar10_images()
    for about in explored_runs(results):
        scores, labels = probabilities(results, about), np.load(results / LABELS)
        (folder / run_id(about)).mkdir(parents=True, exist_ok=True)
        for true in range(len(CIFAR10_CLASSES)):
            name = f"{run_id(about)}/{true}"
            cells = row_of(scores, labels, true)
            content = json.dumps(cells, separators=(",", ":"))
            script = f'((window.alexnetData ||= {{}}).rows ||= {{}})["{name}"] = {content};\n'
            (folder / f"{name}.js").write_text(script, "utf-8")
            numbers = [each["number"] for cell in cells for each in cell]
            if images is not None and numbers:
                strip_of(images[numbers]).save(folder / f"{name}.webp", "WEBP", lossless=True)


def row_of(
    scores: NDArray[np.float64], labels: NDArray[np.integer], true: int
) -> list[list[dict[str, Any]]]:
    """Return, for each predicted class, the most confident of its images of one true class.

    Each is ``number`` (its place in the test set), ``scores`` (ten probabilities, rounded to four
    decimals), and ``place`` (which image of the row's strip it is).
    """
    predictions, confidence = scores.argmax(axis=1), scores.max(axis=1)
    cells: list[list[dict[str, Any]]] = []
    places = itertools.count()
    for predicted in range(len(CIFAR10_CLASSES)):
        found = np.flatnonzero((labels == true) & (predictions == predicted))
        chosen = found[np.argsort(-confidence[found], kind="stable")][:MOST_IMAGES]
        cells.append(
            [
                {"number": int(number), "scores": scores[number].round(4).tolist(), "place": next(places)}
                for number in chosen
            ]
        )
    return cells


def strip_of(images: NDArray[np.uint8]) -> Image.Image:
    """Return images one below the other, with fewer levels of brightness."""
    values = (images.astype(int) + STEP // 2) // STEP * STEP
    return Image.fromarray(values.clip(max=255).astype(np.uint8).reshape(-1, *images.shape[2:]))
