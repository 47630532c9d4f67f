"""The learning curves show the history, in both languages."""

import math

import numpy as np
import pytest
from matplotlib.figure import Figure

from alexnet_lib.language import text
from alexnet_lib.plots.training import plot_history


def made_up_history(epochs: int) -> list[dict]:
    rows = []
    for epoch in range(1, epochs + 1):
        row = {"epoch": epoch, "train_loss": 2.0 / epoch, "test_loss": 1.8 / epoch + 0.1}
        row |= {"train_accuracy": 0.25 + 0.05 * epoch, "test_accuracy": 0.3 + 0.03 * epoch}
        rows.append(row | {"val_loss": None, "val_accuracy": None, "learning_rate": 0.001, "seconds": 1.0})
    return rows


pytestmark = pytest.mark.usefixtures("language")


def curves(figure: Figure, panel: int) -> dict[str, np.ndarray]:
    return {line.get_label(): line.get_xydata() for line in figure.axes[panel].get_lines()}


@pytest.mark.parametrize("epochs", [1, 2, 10])
def test_each_point_is_an_epoch_of_the_history(epochs):
    history = made_up_history(epochs)
    figure = plot_history(history)
    for panel, quantity, scale in ((0, "loss", 1), (1, "accuracy", 100)):
        drawn = curves(figure, panel)
        for split in ("train", "test"):
            expected = [[row["epoch"], scale * row[f"{split}_{quantity}"]] for row in history]
            np.testing.assert_allclose(drawn[text(f"figures_training.{split}")], expected)


def test_training_and_test_are_not_interchanged():
    drawn = curves(plot_history(made_up_history(10)), 1)
    last = {split: drawn[text(f"figures_training.{split}")][-1, 1] for split in ("train", "test")}
    assert last == pytest.approx({"train": 75, "test": 60})


@pytest.mark.parametrize("num_classes", [10, 100])
def test_the_dotted_lines_are_what_guessing_scores(num_classes):
    figure = plot_history(made_up_history(3), num_classes)
    label = text("figures_training.chance")
    assert curves(figure, 0)[label][:, 1] == pytest.approx(math.log(num_classes))
    assert curves(figure, 1)[label][:, 1] == pytest.approx(100 / num_classes)


def test_the_titles_give_the_last_gap_with_its_sign():
    history = made_up_history(10)
    loss, accuracy = (axes.get_title() for axes in plot_history(history).axes)
    assert "−0.08" in loss  # 0.2 - 0.28
    assert "+15.0" in accuracy
    history[-1]["test_accuracy"] = 0.8  # the test set may score above training
    assert "−5.0" in plot_history(history).axes[1].get_title()


def test_epochs_are_marked_by_whole_numbers():
    axes = plot_history(made_up_history(2)).axes[0]
    assert all(float(tick).is_integer() for tick in axes.get_xticks())


def test_labels_are_in_the_language(language):
    figure = plot_history(made_up_history(2))
    words = [axes.get_xlabel() + axes.get_ylabel() + axes.get_title() for axes in figure.axes]
    words += [label.get_text() for label in figure.legends[0].get_texts()]
    assert len(words) == 6
    assert all(any("가" <= letter <= "힣" for letter in word) == (language == "ko") for word in words)
