"""The ladder's data: what each step of chapter 10 was worth in the recorded runs, on the same test images."""

import itertools
import math
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alexnet_lib.experiments.ladder import RUNGS
from alexnet_lib.language import catalogue
from alexnet_lib.records import LABELS

# As in the chapter, twelve steps share the usual 0.05 (Bonferroni's correction).
LEVEL = 0.05 / (len(RUNGS) - 1)


def ladder(results: Path, language: str) -> dict[str, Any] | None:
    """Return each step's name, worth and half interval in points; None where a run is missing."""
    files = [results / f"rung_{name}-0.npz" for name in RUNGS]
    if not all(file.is_file() for file in files):
        return None
    labels = np.load(results / LABELS)
    right = [np.load(file, allow_pickle=False)["logits"].argmax(axis=1) == labels for file in files]

    steps = []
    for name, pair in zip(list(RUNGS)[1:], itertools.pairwise(right), strict=True):
        points, doubt = (round(100 * value, 2) for value in paired_difference(*pair))
        label = catalogue()[f"figures_ladder.label_{name}"][language]
        steps.append({"name": label, "points": points, "doubt": doubt})
    return {"steps": steps, "start": round(100 * float(right[0].mean()), 2)}


def paired_difference(before: NDArray[np.bool_], after: NDArray[np.bool_]) -> tuple[float, float]:
    """Return how much more is right after than before, and half of its interval; both fractions.

    Parameters
    ----------
    before, after
        (N,), whether two runs are right about the same images.

    Returns
    -------
    difference, half
        The mean of the images' differences (1, 0 or -1), and as many of its standard errors as leave
        ``LEVEL`` outside (Wald, for paired proportions; Agresti, *Categorical Data Analysis*, 11.1).
    """
    differences = after.astype(int) - before
    deviations = NormalDist().inv_cdf(1 - LEVEL / 2)
    return float(differences.mean()), deviations * float(differences.std()) / math.sqrt(len(differences))
