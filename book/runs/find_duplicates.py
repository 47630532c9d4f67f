"""Find the images of CIFAR-10 that are nearly the same in both sets: ``book/results/near-duplicates.csv``.

python book/runs/find_duplicates.py

One line a pair: the test image, the training image, their distance, whether one of them is mirrored, and
whether their labels are the same.
No image is written.
"""

import argparse
import sys

from torchvision.datasets import VisionDataset

from alexnet_lib.data import load_dataset
from alexnet_lib.duplicates import Pair, near_duplicates
from alexnet_lib.language import BookError
from run_files import RESULTS, write_checksums

FILE = "near-duplicates.csv"
# Farther than what the page calls nearly equal: it shows where labels begin to disagree.
LIMIT = 0.45


def as_csv(pairs: list[Pair], test_set: VisionDataset, train_set: VisionDataset) -> str:
    """Return the pairs with four decimals of their distances."""
    lines = ["test,train,distance,mirrored,same_label"]
    for distance, first, second, mirrored in pairs:
        agree = test_set.targets[first] == train_set.targets[second]
        lines.append(f"{first},{second},{distance:.4f},{mirrored:d},{agree:d}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the pairs, and the file's sha256 into the package."""
    try:
        test_set = load_dataset("cifar10", train=False, download=False)
        train_set = load_dataset("cifar10", train=True, download=False)
    except BookError as problem:
        sys.exit(str(problem))
    pairs = near_duplicates(test_set.data, train_set.data, LIMIT)
    (RESULTS / FILE).write_text(as_csv(pairs, test_set, train_set), "utf-8")
    write_checksums()


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
