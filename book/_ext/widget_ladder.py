"""The ladder's data: what each step of chapter 10 was worth in the recorded runs, on the same test images."""

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alexnet_lib.experiments.ladder import RUNGS
from alexnet_lib.language import catalogue
from alexnet_lib.records import LABELS

DEVIATIONS = 1.96  # of a normal distribution, around 95% of it


def ladder(results: Path, language: str) -> dict[str, Any] | None:
    """Return each step's name, reason, worth and half interval in points; None where a run is missing."""
    files = [results / f"rung_{name}-0.npz" for name in RUNGS]
    if not all(file.is_file() for file in files):
        return None
    labels = np.load(results / LABELS)
    right = [np.load(file, allow_pickle=False)["logits"].argmax(axis=1) == labels for file in files]

    def said(kind: str, name: str) -> str:
        return catalogue()[f"ladder.{kind}_{name}"][language]

    steps = []
    for name, (before, after) in zip(list(RUNGS)[1:], itertools.pairwise(right), strict=True):
        points, doubt = (100 * value for value in paired_difference(before, after))
        steps.append(
            {"name": said("label", name), "why": said("why", name), "points": round(points, 2)}
            | {"doubt": round(doubt, 2)}
        )
    return {"steps": steps, "first": said("label", "post"), "start": round(100 * float(right[0].mean()), 2)}


def paired_difference(before: NDArray[np.bool_], after: NDArray[np.bool_]) -> tuple[float, float]:
    """Return how much more is right after than before, and half of its 95% interval; both fractions.

    Parameters
    ----------
    before, after
        (N,), whether two runs are right about the same images.

    Returns
    -------
    difference, half
        The mean of the images' differences (1, 0 or -1), and 1.96 of its standard errors (Wald's interval
        for paired proportions; Agresti, *Categorical Data Analysis*, section 11.1).
    """
    differences = after.astype(int) - before
    return float(differences.mean()), DEVIATIONS * float(differences.std()) / math.sqrt(len(differences))
