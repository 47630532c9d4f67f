"""What the movable figures show: words from book/locale, numbers from the library, none typed."""

import ast
import base64
import json
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
from network_weights import network_in_page
from widget_confusion import confusion

CHAPTER_04_CLASS = 7  # the chapter's image is the first of this class
PADDING = 4
# What of a layer decides its numbers, by the names that PyTorch gives.
SETTINGS = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "groups", "out_features")

WORDS = {
    "network": (
        "network_title", "network_lead", "network_text", "network_parameters", "network_macs",
        "network_layers", "network_which", "network_input", "network_kernel", "network_stride",
        "network_padding", "network_reset", "network_other", "network_side", "network_memory",
        "network_uses", "network_yours", "network_weights", "network_activations", "network_gone",
        "network_gone_from", "network_conv", "network_pool", "network_fc", "network_no_parameters",
        "network_fixed", "network_layer_text", "network_zeros",
    ),
    "answers": (
        "answers_title", "answers_lead", "answers_images", "answers_image", "answers_scores", "answers_true",
        "answers_spoken", "answers_reset", "answers_first", "answers_among", "answers_never", "answers_top1",
        "answers_top5", "answers_ours", "answers_paper", "answers_count", "answers_one", "answers_five",
        "answers_right", "answers_accuracy", "answers_not_accuracy", "answers_text",
    ),
    "crops": (
        "crops_title", "crops_lead", "crops_window", "crops_result", "crops_window_text",
        "crops_result_text", "crops_top", "crops_left", "crops_flip", "crops_plain", "crops_flipped",
        "crops_view", "crops_pixels", "crops_normalized", "crops_restored", "crops_range_pixels",
        "crops_range_normalized", "crops_range_restored", "crops_seen", "crops_all", "crops_show_all",
        "crops_reset",
    ),
    "confusion": (
        "confusion_title", "confusion_lead", "confusion_run", "confusion_matrix", "confusion_true",
        "confusion_predicted", "confusion_cell", "confusion_sort", "confusion_high", "confusion_low",
        "confusion_order", "confusion_only", "confusion_ways", "confusion_way", "confusion_guess",
        "confusion_score", "confusion_right", "confusion_wrong", "confusion_none",
        "confusion_image", "confusion_scores", "confusion_number", "confusion_absent", "confusion_cite",
        "confusion_failed",
    ),
    "model": (
        "model_title", "model_lead", "model_choose", "model_camera", "model_shoot", "model_stop",
        "model_paste", "model_drawings", "model_apple", "model_house", "model_square", "model_square_text",
        "model_size", "model_seen", "model_seen_text", "model_again", "model_uncover", "model_shrunk",
        "model_not_shrunk", "model_answers", "model_begin", "model_loading", "model_answer",
        "model_covered", "model_outside", "model_only", "model_accuracy", "model_maps", "model_no_maps",
        "model_maps_text", "model_maps_note", "model_not_picture", "model_no_file", "model_too_large",
        "model_camera_refused", "model_failed",
    ),
}  # fmt: skip


def collect(widget: str, language: str, notebook: Path, results: Path) -> dict[str, Any] | None:
    """Return all that a widget needs, or None where there is nothing to show.

    Parameters
    ----------
    widget
        A key of ``WORDS``.
    language
        ``"ko"`` or ``"en"``.
    notebook
        The chapter, whose code may hold data.
    results
        The folder of the recorded runs.
    """
    sources: dict[str, Callable[[], dict[str, Any] | None]] = {
        "network": network,
        "answers": lambda: answers(notebook),
        "crops": crops,
        "confusion": lambda: confusion(results, language),
        "model": lambda: network_in_page(language),
    }
    data = sources[widget]()
    if data is not None:
        prefix = len(widget) + 1
        data["words"] = {name[prefix:]: words(language)["widgets"][name] for name in WORDS[widget]}
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
    cells = {cell["id"]: "".join(cell["source"]) for cell in json.loads(notebook.read_text("utf-8"))["cells"]}
    typed = {statement.targets[0].id: statement.value for statement in ast.parse(cells["scores"]).body}
    lists = {name: value.args[0] if isinstance(value, ast.Call) else value for name, value in typed.items()}
    data = {name: ast.literal_eval(lists[name]) for name in ("names", "labels", "scores")}
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
