"""Chapter 0 writes the post's eight steps out in plain PyTorch; they compute what the library computes."""

import re
import types

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

import alexnet_lib
from notebook_files import LANGUAGES, ROOT, read, tags
from tiny import TinyImages, TinyNet, assert_equal, tiny_loader, tiny_model, tiny_test_loader

NOTEBOOKS = {language: read(ROOT / f"notebooks/{language}/00_quickstart.ipynb") for language in LANGUAGES}
RATE = 0.01


def run(language: str, *cells: str, change: tuple[str, str] = ("", ""), **known: object) -> dict:
    """Return the names of a chapter after some of its cells, run on a small data set and on the CPU.

    ``change`` puts another text in the place of one that must be there, to break a cell.
    """
    source = {cell.id: cell.source for cell in NOTEBOOKS[language].cells}
    lines = "\n".join(source[cell] for cell in ("imports", *cells))
    assert change[0] in lines
    names = {"device": torch.device("cpu"), "SEED": 0, "EPOCHS": 1, "LEARNING_RATE": RATE, **known}
    exec(compile(lines.replace(*change) if change[0] else lines, "00_quickstart", "exec"), names)
    return names


@pytest.fixture
def small(monkeypatch):
    """Let every data set be a small one."""
    monkeypatch.setattr(alexnet_lib, "load_dataset", lambda name, train: TinyImages(50, train))
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


PER_IMAGE = ("std = train_set.data.std(axis=(0, 1, 2))", "std = train_set.data.std(axis=(1, 2)).mean(0)")
OF_THE_TEST_SET = ("mean = train_set", "mean = test_set")
NOT_SCALED = (".data.mean(axis=(0, 1, 2)) / 255", ".data.mean(axis=(0, 1, 2))")


def statistics_differ(language: str, small: dict, change: tuple[str, str] = ("", "")) -> bool:
    names = run(language, "data", "transforms", change=change, **small)
    mean, std = alexnet_lib.channel_statistics(names["train_set"])
    library = alexnet_lib.train_transform(mean, std), alexnet_lib.eval_transform(mean, std)
    for dataset, transform in zip((names["train_set"], names["test_set"]), library, strict=True):
        torch.manual_seed(3)
        ours = dataset[7][0]
        dataset.transform = transform
        torch.manual_seed(3)
        if not torch.allclose(ours, dataset[7][0], atol=1e-5):
            return True
    return False


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_images_reach_the_network_as_the_librarys_transforms_make_them(language, small):
    assert not statistics_differ(language, small)


@pytest.mark.parametrize("change", [PER_IMAGE, OF_THE_TEST_SET, NOT_SCALED])
def test_wrong_statistics_would_be_seen(change, small):
    assert statistics_differ("ko", small, change)


def network_differs(language: str, change: tuple[str, str] = ("", "")) -> bool:
    own = run(language, "network", change=change, names=range(10))["model"]
    library = alexnet_lib.AlexNet()
    library.load_state_dict(own.state_dict())
    assert sum(weights.numel() for weights in own.parameters()) == 36_925_322
    images = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    for training in (True, False):
        answers = []
        for model in (own.train(training), library.train(training)):
            torch.manual_seed(2)  # the same neurons dropped
            answers.append(model(images))
        if not torch.equal(*answers):
            return True
    return False


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_network_is_the_librarys(language):
    assert not network_differs(language)


@pytest.mark.parametrize(
    "change", [("nn.MaxPool2d(2),  # 16", "nn.AvgPool2d(2),  # 16"), ("nn.Dropout(0.5)", "nn.Dropout(0.4)")]
)
def test_another_network_of_as_many_parameters_would_be_seen(change):
    assert network_differs("ko", change)


def trained(language: str, change: tuple[str, str] = ("", "")) -> dict:
    model = tiny_model()
    cells = ("optimizer", "train-function", "test-function")
    names = run(language, *cells, change=change, model=model, train_loader=tiny_loader())
    names["train"](1)
    return model.state_dict()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_epoch_of_its_training_changes_the_weights_as_fit_does(language):
    model = tiny_model()
    alexnet_lib.fit(model, tiny_loader(), epochs=1, learning_rate=RATE, device="cpu")
    assert_equal(trained(language), model.state_dict())
    gradients_kept = ("        optimizer.zero_grad()\n", "")
    with pytest.raises(AssertionError):
        assert_equal(trained(language, gradients_kept), model.state_dict())


def scores(language: str, model: TinyNet, loader: DataLoader, change: tuple[str, str] = ("", "")) -> tuple:
    names = run(language, "optimizer", "test-function", change=change, model=model, test_loader=loader)
    loss, predictions, answers = names["test"]()
    return loss, (predictions == answers).double().mean().item()


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_test_averages_over_images_and_without_dropout(language):
    loader, model = tiny_test_loader(20, 16), tiny_model().train()  # the last batch is shorter
    wanted = alexnet_lib.evaluate(model, loader, "cpu")
    expected = pytest.approx((wanted["loss"], wanted["accuracy"]))
    assert scores(language, model, loader) == expected
    as_the_post = (" * len(labels)", ""), ("len(test_loader.dataset)", "len(test_loader)")
    source = next(cell for cell in NOTEBOOKS[language].cells if cell.id == "test-function").source
    broken = source
    for change in as_the_post:
        assert change[0] in broken
        broken = broken.replace(*change)
    assert scores(language, model, loader, (source, broken)) != expected
    assert scores(language, model, loader, ("model.eval()", "model.train()")) != expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_tells_the_minutes_left_without_the_first_step(language, capsys):
    seconds = iter([100.0, 1900.0])  # after the first step, after the tenth: 200 seconds a step
    loader = DataLoader(TinyImages(10, transform=alexnet_lib.eval_transform((0,) * 3, (1,) * 3)), 1)
    names = run(language, "optimizer", "train-function", model=tiny_model(), train_loader=loader, EPOCHS=3)
    names["time"] = types.SimpleNamespace(perf_counter=lambda: next(seconds))
    names["train"](2)  # nothing of this epoch is left, and ten steps of the next
    assert re.findall(r"\d+\.\d(?!\d)", capsys.readouterr().out) == [f"{10 * 200 / 60:.1f}"]


def drawn(language: str, change: tuple[str, str] = ("", ""), epochs: int = 3, images: int = 50_000):
    seen = types.SimpleNamespace(dataset=range(images))
    answers, predictions = torch.tensor([0, 0, 0, 1]), torch.tensor([0, 1, 1, 1])
    given = {"answers": answers, "predictions": predictions, "names": ["a", "b"], "train_loader": seen}
    run(language, "matrix", change=change, EPOCHS=epochs, **given)
    axes = plt.gcf().axes[0]
    plt.close("all")
    return {text.get_position(): text.get_text() for text in axes.texts}, axes


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rows_of_its_matrix_are_the_true_classes(language, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    expected = {(0, 0): "0.33", (1, 0): "0.67", (0, 1): "0.00", (1, 1): "1.00"}  # (column, row)
    assert drawn(language)[0] == expected
    turned = ("        answers, predictions, labels", "        predictions, answers, labels")
    assert drawn(language, turned)[0] != expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_short_training_is_called_one(language, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    whole, few_epochs, few_images = (
        re.sub(r"[\d,]+", "N", drawn(language, epochs=epochs, images=images)[1].get_title())
        for epochs, images in ((10, 50_000), (3, 50_000), (10, 5_000))
    )
    assert few_epochs == few_images != whole


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_look_at_the_batch_shows_the_pixels_as_they_are(language, small, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    names = run(language, "data", "transforms", **small)
    loader = DataLoader(names["test_set"], 16)  # not augmented
    names |= {"images": next(iter(loader))[0], "labels": next(iter(loader))[1]}
    shown = run(language, "look", **names)["places"].base
    pictures = [axes.images[0].get_array() for axes in shown.flat]
    np.testing.assert_array_equal(pictures, names["test_set"].data[: len(pictures)])
