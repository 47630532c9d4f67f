"""What the movable figures show: words from book/locale, numbers from the library, none typed."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from alexnet_lib.data import load_dataset
from alexnet_lib.language import BookError
from alexnet_lib.models import AlexNet, AlexNet2012
from alexnet_lib.records import fact
from alexnet_lib.summary import layer_table
from alexnet_lib.transforms import channel_statistics
from languages import words
from network_drawing import blocks
from network_weights import network_in_page, write_script
from widget_confusion import confusion, write_all_rows
from widget_ladder import ladder
from widget_quiz import quiz, typed_in, write_images

CHAPTER_04_CLASS = 7  # the chapter's image is the first of this class
PADDING = 4
# What of a layer decides its numbers, by the names that PyTorch gives.
SETTINGS = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "groups", "out_features")


def collect(widget: str, language: str, notebook: Path, results: Path) -> dict[str, Any] | None:
    """Return all that a widget needs, or None where there is nothing to show.

    Parameters
    ----------
    widget
        A key of ``SOURCES``; its words are those of book/locale that begin with it.
    language
        ``"ko"`` or ``"en"``.
    notebook
        The chapter, whose code may hold data.
    results
        The folder of the recorded runs.
    """
    data = SOURCES[widget](language, notebook, results)
    if data is not None:
        every = words(language)["widgets"].items()
        data["words"] = {
            name.removeprefix(f"{widget}_"): text for name, text in every if name.startswith(f"{widget}_")
        }
    return data


def network() -> dict[str, Any]:
    """Return both networks: what each layer is, and what ``layer_table`` counts for it."""
    return {"networks": [described(AlexNet()), described(AlexNet2012())]}


def described(model: nn.Module) -> dict[str, Any]:
    """Return one network; where a size is a pair of equal numbers, one of them."""
    leaves = [layer for layer in model.modules() if not list(layer.children())]
    rows = layer_table(model, (model.in_channels, model.input_size, model.input_size))
    layers = []
    for layer, row in zip(leaves, rows, strict=True):
        settings = {name: getattr(layer, name) for name in SETTINGS if hasattr(layer, name)}
        layers.append(
            {
                "name": row.name,
                "kind": row.kind,
                "settings": {name: one(value) for name, value in settings.items()},
                "in_place": bool(getattr(layer, "inplace", False)),
                "shape": row.output_shape,
                "parameters": row.parameters,
                "macs": row.macs,
                "bytes": row.activation_bytes,
            }
        )
    return {
        "name": type(model).__name__,
        "channels": model.in_channels,
        "input": model.input_size,
        "layers": layers,
    }


def one(value: int | tuple[int, ...]) -> int:
    """Return the one number that a setting stands for: of zero padding, both sides together."""
    if isinstance(value, int):
        return value
    return value[0] if len(set(value)) == 1 else value[0] + value[1]


def answers(notebook: Path) -> dict[str, Any]:
    """Return the chapter's ten images with their scores, read in its code, and the paper's errors."""
    data = {name: typed_in(notebook, "scores", name) for name in ("names", "labels", "scores")}
    return data | {"paper": {"top1": fact("paper_top1"), "top5": fact("paper_top5")}}


def crops() -> dict[str, Any]:
    """Return the chapter's image, (32, 32, 3), the statistics, and how many crops and flips differ."""
    try:
        training_set = load_dataset("cifar10", download=False)
    except BookError:
        training_set = load_dataset("shapes10")
    mean, std = channel_statistics(training_set)
    image = training_set.data[training_set.targets.index(CHAPTER_04_CLASS)]
    return {
        "size": image.shape[0],
        "padding": PADDING,
        "pixels": base64.b64encode(image.tobytes()).decode(),
        "mean": mean,
        "std": std,
        "distinct": distinct_crops(image),
    }


def distinct_crops(image: NDArray[np.uint8]) -> int:
    """Cut out every crop of the padded image, mirrored too, and count those that differ."""
    size = image.shape[0]
    padded = np.pad(image, ((PADDING, PADDING), (PADDING, PADDING), (0, 0)))
    places = range(2 * PADDING + 1)
    windows = [padded[top : top + size, left : left + size] for top in places for left in places]
    return len({window.tobytes() for crop in windows for window in (crop, crop[:, ::-1])})


# What each widget shows, by the language, the chapter and the recorded runs.
SOURCES: dict[str, Callable[[str, Path, Path], dict[str, Any] | None]] = {
    "answers": lambda language, notebook, results: answers(notebook),
    "blocks": lambda language, notebook, results: blocks(language),
    "confusion": lambda language, notebook, results: confusion(results, language),
    "crops": lambda language, notebook, results: crops(),
    "kernel": lambda language, notebook, results: {},
    "ladder": lambda language, notebook, results: ladder(results, language),
    "model": lambda language, notebook, results: network_in_page(language),
    "network": lambda language, notebook, results: network(),
    "quiz": lambda language, notebook, results: quiz(notebook, results, language),
}
# What is fetched when a reader wants it, by the chapter, the recorded runs and the folder that gets it.
FETCHED: dict[str, Callable[[Path, Path, Path], None]] = {
    "confusion": lambda notebook, results, folder: write_all_rows(results, folder),
    "model": lambda notebook, results, folder: write_script(folder),
    "quiz": lambda notebook, results, folder: write_images(notebook, folder),
}
