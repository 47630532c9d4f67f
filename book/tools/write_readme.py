"""Write what is made of the book's own results and then committed: the README's tables, and pictures."""

import io
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image
from sklearn.metrics import ConfusionMatrixDisplay

from alexnet_lib.data import class_names
from alexnet_lib.language import LANGUAGES
from alexnet_lib.models import AlexNet
from alexnet_lib.notebook import DPI, PIXELS_PER_INCH, setup
from alexnet_lib.plots.basics import plot_parameters_and_macs
from alexnet_lib.records import LABELS
from alexnet_lib.summary import layer_table
from languages import words
from notebook_files import ROOT, command_line
from results_table import results_table

README = ROOT / "README.md"
RESULTS = ROOT / "book/results"
RUNS = ("baseline", "tuned", "tuned_all", "modern", "modern_all")
PICTURE = "book/{}/confusion.png"  # beside the landing page that shows it
SOCIAL = "book/_static/social-{}.png"
SOCIAL_SIZE = (1200, 630)  # pixels, the shape that most sites show whole
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


def draw_social_picture(language: str) -> None:
    """Draw what other sites show beside a link to the book: the two bars of chapter 6 under its name."""
    setup(language)
    figure = plot_parameters_and_macs(layer_table(AlexNet())).figure
    figure.set_size_inches(*(side / DPI for side in SOCIAL_SIZE))
    figure.suptitle(words(language)["site"]["tagline"], fontsize=15)
    figure.get_layout_engine().set(w_pad=0.15, h_pad=0.15)  # inches: other sites crop a little
    drawn = io.BytesIO()
    figure.savefig(drawn, dpi=DPI)
    # Two colours and their shades: a table of them takes a third of the bytes.
    reduced = Image.open(drawn).convert("RGB").quantize(dither=Image.Dither.NONE)
    reduced.save(ROOT / SOCIAL.format(language), "PNG", optimize=True)


def main() -> None:
    """Write the README and the pictures."""
    README.write_text(with_tables(README.read_text("utf-8")), "utf-8")
    for language in LANGUAGES:
        draw_confusion_matrix(language)
        draw_social_picture(language)


if __name__ == "__main__":
    command_line(__doc__).parse_args()
    main()
