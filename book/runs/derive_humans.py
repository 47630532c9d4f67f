"""Derive the small tables in book/results/cifar10h from the counts of CIFAR-10H.

python book/runs/derive_humans.py

The counts are read from the data folder, or downloaded. What is written stands under their licence,
CC BY-NC-SA 4.0; see LICENSE in that folder.
"""

import argparse
import sys

import numpy as np
from numpy.typing import NDArray

from alexnet_lib.experiments.people import KEPT_ANSWERS, TABLES, from_counts, human_counts
from run_files import RESULTS, write_array, write_checksums


def tables_of(counts: NDArray[np.int64]) -> dict[str, NDArray]:
    """Return the tables: each image's most frequent answers, their shares, and its entropy.

    Parameters
    ----------
    counts
        (N, C), how many people chose each class.

    Returns
    -------
    dict
        ``answers`` uint8 (N, 3), of equally frequent ones the lowest class first; ``shares``
        float32 (N, 3); ``entropy`` float32 (N,), of all answers, in nats.
    """
    people = from_counts(counts)
    answers = np.argsort(-counts, axis=1, kind="stable")[:, :KEPT_ANSWERS]
    return {
        "answers": answers.astype(np.uint8),
        "shares": np.take_along_axis(people.distribution, answers, axis=1).astype(np.float32),
        "entropy": people.entropy.astype(np.float32),
    }


def main() -> None:
    """Write the tables, and their sha256 into the package."""
    counts = human_counts()
    if counts is None:
        sys.exit(1)  # what failed has been said
    (RESULTS / TABLES).parent.mkdir(parents=True, exist_ok=True)
    write_array(RESULTS / TABLES, **tables_of(counts))
    write_checksums()


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
