"""The quiz's data: chapter 14's twenty images, what people, the label and a recorded network say of them."""

import ast
import json
from pathlib import Path
from typing import Any

import numpy as np

from alexnet_lib.data import CIFAR10_CLASSES
from alexnet_lib.experiments.people import TABLES, from_tables
from alexnet_lib.language import catalogue
from alexnet_lib.records import LABELS
from widget_confusion import cifar10_images, strip_of

RUN = "baseline-0"  # the network of the chapter
STRIP = "quiz.webp"


def typed_in(notebook: Path, cell: str, name: str) -> Any:
    """Return the literal that a cell of a notebook binds to a name, be it within a call."""
    cells = {each["id"]: "".join(each["source"]) for each in json.loads(notebook.read_text("utf-8"))["cells"]}
    assigned = [each for each in ast.parse(cells[cell]).body if isinstance(each, ast.Assign)]
    value = next(each.value for each in assigned if each.targets[0].id == name)
    return ast.literal_eval(value.args[0] if isinstance(value, ast.Call) else value)


def quiz(notebook: Path, results: Path, language: str) -> dict[str, Any] | None:
    """Return the labels and answers of the chapter's images, or None where the images or answers are not.

    People's answers come from the tables of CIFAR-10H, which are under CC BY-NC-SA 4.0.
    """
    numbers = typed_in(notebook, "quiz", "quiz")
    files = results / TABLES, results / f"{RUN}.npz"
    if cifar10_images() is None or not all(file.is_file() for file in files):
        return None
    with np.load(files[0], allow_pickle=False) as tables:
        shares = from_tables(tables).distribution[numbers]
    labels = np.load(results / LABELS)[numbers]
    network = np.load(files[1], allow_pickle=False)["logits"][numbers].argmax(axis=1)
    return {
        "classes": [catalogue()[f"classes.{name}"][language] for name in CIFAR10_CLASSES],
        "strip": STRIP,
        "labels": labels.tolist(),
        "people": shares.argmax(axis=1).tolist(),
        "shares": shares.max(axis=1).round(4).tolist(),
        "one_person": round(float(shares[np.arange(len(numbers)), labels].sum()), 1),
        "network": network.tolist(),
    }


def write_images(notebook: Path, folder: Path) -> None:
    """Write the chapter's images one below the other, where CIFAR-10 is on this machine."""
    images = cifar10_images()
    if images is not None:
        folder.mkdir(parents=True, exist_ok=True)
        strip_of(images[typed_in(notebook, "quiz", "quiz")]).save(folder / STRIP, "WEBP", lossless=True)
