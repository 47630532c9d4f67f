"""Write what the README shows of the recorded runs: the tables between its markers, and its pictures."""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from alexnet_lib.language import LANGUAGES, text
from alexnet_lib.metrics import confusion_matrix
from alexnet_lib.notebook import PIXELS_PER_INCH, setup
from alexnet_lib.plots.basics import plot_confusion_matrix
from alexnet_lib.records import LABELS
from alexnet_lib.results_table import ENDS, results_table

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
RESULTS = ROOT / "book/results"
PICTURE = "book/{}/confusion.png"  # beside the landing page that shows it
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
MARKED = re.compile(r"(<!-- results (ko|en) -->\n).*?(<!-- /results -->)", re.DOTALL)


def with_tables(readme: str, results: Path = RESULTS) -> str:
    """Return a README whose marked places hold the tables of today."""
    return MARKED.sub(
        lambda place: place[1] + results_table(results, place[2], only=ENDS) + "\n" + place[3], readme
    )


def draw_confusion_matrix(language: str) -> None:
    """Draw the confusion matrix of the recorded run ``baseline``, in the words of one language."""
    setup(language)
    labels = np.load(RESULTS / LABELS)
    predictions = np.load(RESULTS / "baseline-0.npz")["logits"].argmax(axis=1)
    names = [text(f"classes.{name}") for name in CLASSES]
    figure = plot_confusion_matrix(confusion_matrix(labels, predictions, len(names)), names)
    figure.savefig(ROOT / PICTURE.format(language), dpi=1.5 * PIXELS_PER_INCH, metadata={"Software": None})
    plt.close(figure)


def main() -> None:
    """Write the README and its pictures."""
    README.write_text(with_tables(README.read_text("utf-8")), "utf-8")
    if (RESULTS / "baseline-0.npz").is_file():
        for language in LANGUAGES:
            draw_confusion_matrix(language)


if __name__ == "__main__":
    main()
