"""Chapter 0 writes the post's eight steps out in plain PyTorch; they compute what the library computes.

The code of its two languages is the same (``test_code_parity``), so that of the first is run.
"""

import re
import types

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

import alexnet_lib
from languages import LANGUAGES, SOURCE
from notebook_files import ROOT, read, tags
from tiny import TinyImages, assert_equal, tiny_loader, tiny_model, tiny_test_loader

NOTEBOOKS = {code: read(ROOT / f"notebooks/{code}/00_quickstart.ipynb") for code in LANGUAGES}
CELLS = {cell.id: cell.source for cell in NOTEBOOKS[SOURCE.code].cells}
RATE = 0.01


def run(*cells: str, **known: object) -> dict:
    """Return the names of the chapter after some of its cells, run on a small data set and on the CPU."""
    names = {"device": torch.device("cpu"), "SEED": 0, "EPOCHS": 1, "LEARNING_RATE": RATE, **known}
    exec("\n".join(CELLS[cell] for cell in ("imports", *cells)), names)
    return names


@pytest.fixture
def small(monkeypatch):
    """Let every data set be a small one, and no figure be shown."""
    monkeypatch.setattr(alexnet_lib, "load_dataset", lambda name, train: TinyImages(50, train))
    monkeypatch.setattr(plt, "show", lambda: None)
    return {"DATASET": "tiny", "TRAIN_SIZE": 50, "TEST_SIZE": 50, "BATCH_SIZE": 16}


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_steps_of_the_post_are_there_in_order_and_short(language):
    text = "\n".join(cell.source for cell in NOTEBOOKS[language].cells if cell.cell_type == "markdown")
    steps = re.split(r"^## (?=\d\. )", text, flags=re.MULTILINE)[1:]
    assert [step[0] for step in steps] == list("12345678")
    for step in steps:  # each leads to the chapter that explains it
        linked = re.findall(r"\((\d\d_\w+\.ipynb)\)", step)
        assert linked and all((ROOT / "notebooks" / language / name).is_file() for name in linked)
    cells = [cell for cell in NOTEBOOKS[language].cells if cell.cell_type == "code"]
    code = [cell.source for cell in cells if not {"parameters", "hide-input"} & {*tags(cell)}]
    lines = [line.strip() for source in code for line in source.split("\n")]
    assert len([line for line in lines if line and not line.startswith("#")]) < 100


def test_the_images_reach_the_network_as_the_librarys_transforms_make_them(small):
    names = run("data", "transforms", **small)
    mean, std = alexnet_lib.channel_statistics(names["train_set"])
    library = alexnet_lib.train_transform(mean, std), alexnet_lib.eval_transform(mean, std)
    for dataset, transform in zip((names["train_set"], names["test_set"]), library, strict=True):
        torch.manual_seed(3)
        ours = dataset[7][0]
        dataset.transform = transform
        torch.manual_seed(3)
        torch.testing.assert_close(ours, dataset[7][0], atol=1e-5, rtol=0)


def test_the_network_is_the_librarys():
    own = run("network", names=range(10))["model"]
    with torch.device("meta"):
        library = alexnet_lib.AlexNet()
    library.load_state_dict(own.state_dict(), assign=True)
    assert sum(weights.numel() for weights in own.parameters()) == 36_925_322
    images = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    for training in (True, False):
        answers = []
        for model in (own.train(training), library.train(training)):
            torch.manual_seed(2)  # the same neurons dropped
            answers.append(model(images))
        assert torch.equal(*answers)


def test_an_epoch_of_its_training_changes_the_weights_as_fit_does():
    own = tiny_model()
    names = run("optimizer", "train-function", "test-function", model=own, train_loader=tiny_loader())
    names["train"](1)
    library = tiny_model()  # it sets the random numbers anew
    alexnet_lib.fit(library, tiny_loader(), epochs=1, learning_rate=RATE, device="cpu")
    assert_equal(own.state_dict(), library.state_dict())


def test_its_test_averages_over_images_and_without_dropout():
    loader, model = tiny_test_loader(20, 16), tiny_model().train()  # the last batch is shorter
    wanted = alexnet_lib.evaluate(model, loader, "cpu")
    loss, predictions, answers = run("optimizer", "test-function", model=model, test_loader=loader)["test"]()
    accuracy = (predictions == answers).double().mean().item()
    assert (loss, accuracy) == pytest.approx((wanted["loss"], wanted["accuracy"]))


def test_it_tells_the_minutes_left_without_the_first_step(capsys):
    seconds = iter([100.0, 1900.0])  # after the first step, after the tenth: 200 seconds a step
    loader = DataLoader(TinyImages(10, transform=alexnet_lib.eval_transform((0,) * 3, (1,) * 3)), 1)
    names = run("optimizer", "train-function", model=tiny_model(), train_loader=loader, EPOCHS=3)
    names["time"] = types.SimpleNamespace(perf_counter=lambda: next(seconds))
    names["train"](2)  # nothing of this epoch is left, and ten steps of the next
    assert re.findall(r"\d+\.\d(?!\d)", capsys.readouterr().out) == [f"{10 * 200 / 60:.1f}"]


def drawn(epochs: int = 3, images: int = 50_000):
    seen = types.SimpleNamespace(dataset=range(images))
    answers, predictions = torch.tensor([0, 0, 0, 1]), torch.tensor([0, 1, 1, 1])
    given = {"answers": answers, "predictions": predictions, "names": ["a", "b"], "train_loader": seen}
    run("matrix", EPOCHS=epochs, **given)
    axes = plt.gcf().axes[0]
    plt.close("all")
    return axes


def test_the_rows_of_its_matrix_are_the_true_classes(small):
    shown = {text.get_position(): text.get_text() for text in drawn().texts}
    assert shown == {(0, 0): "0.33", (1, 0): "0.67", (0, 1): "0.00", (1, 1): "1.00"}  # (column, row)


def test_a_short_training_is_called_one(small):
    whole, few_epochs, few_images = (
        re.sub(r"[\d,]+", "N", drawn(epochs, images).get_title())
        for epochs, images in ((10, 50_000), (3, 50_000), (10, 5_000))
    )
    assert few_epochs == few_images != whole


def test_a_look_at_the_batch_shows_the_pixels_as_they_are(small):
    names = run("data", "transforms", **small)
    loader = DataLoader(names["test_set"], 16)  # not augmented
    names |= {"images": next(iter(loader))[0], "labels": next(iter(loader))[1]}
    shown = run("look", **names)["places"].base
    pictures = [np.round(255 * axes.images[0].get_array()) for axes in shown.flat]
    np.testing.assert_array_equal(pictures, names["test_set"].data[: len(pictures)])
