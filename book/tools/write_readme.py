"""Write what the README shows of the recorded runs: the tables between its markers, and its pictures."""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import ConfusionMatrixDisplay

from alexnet_lib.data import class_names
from alexnet_lib.experiments.ladder import ENDS
from alexnet_lib.language import LANGUAGES
from alexnet_lib.notebook import PIXELS_PER_INCH, setup
from alexnet_lib.records import LABELS
from languages import words
from notebook_files import ROOT, command_line
from results_table import results_table

README = ROOT / "README.md"
RESULTS = ROOT / "book/results"
RUNS = (*ENDS, "modern_all")
PICTURE = "book/{}/confusion.png"  # beside the landing page that shows it
MARKED = re.compile(r"(<!-- results (\w+) -->\n).*?(<!-- /results -->)", re.DOTALL)


def with_tables(readme: str, results: Path = RESULTS) -> str:
    """Return a README whose marked places hold the tables of today."""
    return MARKED.sub(
        lambda place: place[1] + results_table(results, place[2], RUNS) + "\n" + place[3], readme
    )


def draw_confusion_matrix(language: str) -> None:
    """Draw the confusion matrix of the recorded run ``baseline``, in the words of one language."""
    setup(language)
    labels = np.load(RESULTS / LABELS)
    predictions = np.load(RESULTS / "baseline-0.npz")["logits"].argmax(axis=1)
    figure, axes = plt.subplots(figsize=(8, 7))
    ConfusionMatrixDisplay.from_predictions(
        labels, predictions, normalize="true", display_labels=class_names("cifar10"), ax=axes,
        cmap="Blues", values_format=".2f", xticks_rotation=45, im_kw={"vmin": 0},
    )  # fmt: skip
    axes.spines[:].set_visible(False)
    said = words(language)["results"]
    axes.set_title(said["matrix"].format(images=len(labels)))
    axes.set_xlabel(said["predicted_label"].format(accuracy=np.mean(labels == predictions)))
    axes.set_ylabel(said["true_label"])
    figure.savefig(ROOT / PICTURE.format(language), dpi=1.5 * PIXELS_PER_INCH, metadata={"Software": None})
    plt.close(figure)


def main() -> None:
    """Write the README and its pictures."""
    README.write_text(with_tables(README.read_text("utf-8")), "utf-8")
    if (RESULTS / "baseline-0.npz").is_file():
        for language in LANGUAGES:
            draw_confusion_matrix(language)


if __name__ == "__main__":
    command_line(__doc__).parse_args()
    main()
