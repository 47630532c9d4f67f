"""Each epoch's figures reach TensorBoard's writer; without the package a sentence says what to do."""

import sys
import types

import pytest

from alexnet_lib.language import BookError
from alexnet_lib.training import fit
from tiny import tiny_loader, tiny_model


class Writer:
    """What torch's SummaryWriter takes, noted down."""

    written: list[tuple]

    def __init__(self, folder: str, filename_suffix: str) -> None:
        self.folder, self.suffix = folder, filename_suffix

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *error: object) -> None:
        self.written.append("closed")

    def add_scalar(self, name: str, value: float, step: int) -> None:
        self.written.append((self.folder, self.suffix, name, value, step))


@pytest.fixture
def written(monkeypatch) -> list[tuple]:
    Writer.written = []
    module = types.SimpleNamespace(SummaryWriter=Writer)
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    return Writer.written


def test_each_epochs_figures_are_written_and_the_file_closed(tmp_path, written):
    history = fit(tiny_model(), tiny_loader(), epochs=2, device="cpu", output=tmp_path, tensorboard=True)
    expected = []
    for row in history:
        figures = {name: value for name, value in row.items() if name != "epoch" and value is not None}
        assert "train_loss" in figures and "val_loss" not in figures
        place = (str(tmp_path / "tensorboard"), f".{row['epoch']:03d}")
        expected += [(*place, name, value, row["epoch"]) for name, value in figures.items()]
        expected.append("closed")
    assert written == expected


def test_nothing_is_written_unasked(tmp_path, written):
    fit(tiny_model(), tiny_loader(), epochs=1, device="cpu", output=tmp_path)
    assert written == []


def test_without_the_package_a_sentence_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(BookError, match="pip install tensorboard"):
        fit(tiny_model(), tiny_loader(), epochs=1, device="cpu", output=tmp_path, tensorboard=True)
