"""Check that shapes10 is neither trivial nor hopeless: chapter 7's AlexNet with the quick parameters.

    python book/tools/check_shapes10.py

Trains on seeds 0, 1 and 2 and exits with 1 unless each scores between 60 and 99 % on the test images.
"""

import sys

from alexnet_lib.runs import TrainingConfig, fit_or_load
from notebook_files import ROOT, read
from notebook_parameters import quick_values

LOWEST, HIGHEST = 0.60, 0.99


def main() -> int:
    """Train three times and judge."""
    quick = quick_values(read(ROOT / "notebooks/ko/07_training.ipynb"))
    accuracies = []
    for seed in (0, 1, 2):
        config = TrainingConfig(
            dataset="shapes10",
            train_size=quick["TRAIN_SIZE"],
            test_size=quick["TEST_SIZE"],
            epochs=quick["EPOCHS"],
            batch_size=quick["BATCH_SIZE"],
            seed=seed,
        )
        accuracies.append(fit_or_load(config).history[-1]["test_accuracy"])
    print("test accuracy on seeds 0, 1, 2:", ", ".join(f"{accuracy:.1%}" for accuracy in accuracies))
    return int(not all(LOWEST <= accuracy <= HIGHEST for accuracy in accuracies))


if __name__ == "__main__":
    sys.exit(main())
