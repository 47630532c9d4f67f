"""One line an epoch for everyone; a moving line only where a person watches."""

import contextlib
import sys
from types import SimpleNamespace

import pytest

from alexnet_lib import training
from alexnet_lib.language import set_language
from alexnet_lib.terminal import is_live
from alexnet_lib.training import Progress, report_epoch

ROW = {
    "epoch": 3,
    "train_loss": 1.23456,
    "train_accuracy": 0.5,
    "val_loss": None,
    "val_accuracy": None,
    "test_loss": 1.5,
    "test_accuracy": 0.45678,
    "learning_rate": 0.001,
    "seconds": 61.25,
}


@pytest.mark.parametrize(
    ("language", "line"),
    [
        (
            "en",
            "epoch 3/10 | training loss 1.2346, accuracy 50.00% | test loss 1.5000, accuracy 45.68% | 61.2 s",
        ),
        ("ko", "에폭 3/10 | 학습 손실 1.2346, 정확도 50.00% | 테스트 손실 1.5000, 정확도 45.68% | 61.2초"),
    ],
)
def test_an_epoch_is_a_line_in_the_readers_language(capsys, language, line):
    set_language(language)
    report_epoch(ROW, epochs=10)
    assert capsys.readouterr().out == line + "\n"


def test_validation_and_test_are_told_apart(capsys):
    report_epoch(ROW | {"val_loss": 1.4, "val_accuracy": 0.48, "test_loss": None, "test_accuracy": None}, 10)
    printed = capsys.readouterr().out
    assert "validation loss 1.4000, accuracy 48.00%" in printed and "test" not in printed


def surroundings(monkeypatch, shell: object, terminal: bool) -> None:
    """Let IPython's shell, or its absence, and the standard output be of a kind."""
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(isatty=lambda: terminal))
    if shell is None:
        monkeypatch.delitem(sys.modules, "IPython", raising=False)
    else:
        monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))


TERMINAL_SHELL = SimpleNamespace()
BROWSER = SimpleNamespace(kernel=SimpleNamespace(_allow_stdin=True))
PAPERMILL = SimpleNamespace(kernel=SimpleNamespace(_allow_stdin=False))
OTHER_KERNEL = SimpleNamespace(kernel=SimpleNamespace())


@pytest.mark.parametrize(
    ("shell", "terminal", "live"),
    [
        (None, True, True),
        (None, False, False),
        (TERMINAL_SHELL, True, True),
        (TERMINAL_SHELL, False, False),
        (BROWSER, False, True),
        (PAPERMILL, False, False),
        (PAPERMILL, True, False),
        (OTHER_KERNEL, False, False),
    ],
    ids=[
        "terminal",
        "pipe",
        "ipython",
        "ipython in a pipe",
        "browser",
        "papermill",
        "papermill at a terminal",
        "another kernel",
    ],
)
def test_a_person_watches_a_terminal_or_a_browser(monkeypatch, shell, terminal, live):
    surroundings(monkeypatch, shell, terminal)
    assert is_live() is live


def test_ipython_that_is_only_imported_is_no_notebook(monkeypatch):
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(isatty=lambda: False))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert is_live() is False


def show_steps() -> None:
    with Progress(steps=200) as shown:
        shown.show(1, epoch=1, loss=2.3026)
        shown.show(51, epoch=1, loss=2.1)


def test_where_nobody_watches_nothing_moves(monkeypatch, capsys):
    monkeypatch.setattr(training, "is_live", lambda: False)
    show_steps()
    assert capsys.readouterr().out == ""


def visible(printed: str) -> list[str]:
    """Return what a terminal shows: after a carriage return the line is written over."""
    lines = []
    for line in printed.split("\n"):
        cells = ""
        for piece in line.split("\r"):
            cells = piece + cells[len(piece) :]
        lines.append(cells.rstrip())
    return lines


@pytest.mark.parametrize("language", ["ko", "en"])
def test_where_someone_watches_a_line_counts_and_is_gone_at_the_end(monkeypatch, capsys, language):
    set_language(language)
    monkeypatch.setattr(training, "is_live", lambda: True)
    monkeypatch.setattr(training.time, "perf_counter", iter([100.0, 102.0, 151.0]).__next__)
    show_steps()
    report_epoch(ROW, epochs=10)
    printed = capsys.readouterr().out
    first, second = [piece for piece in printed.split("\r") if "200" in piece]
    assert "1/200" in first and "2.3026" in first and "398" in first  # 2 s a step, 199 to go
    assert "51/200" in second and "2.1000" in second and "149" in second
    assert (
        visible(printed)[0].startswith(("에폭 3/10 |", "epoch 3/10 |")) and "200" not in visible(printed)[0]
    )


def test_the_line_is_gone_after_an_error_too(monkeypatch, capsys):
    monkeypatch.setattr(training, "is_live", lambda: True)
    with contextlib.suppress(KeyboardInterrupt), Progress(steps=2) as shown:
        shown.show(1, epoch=1, loss=1.0)
        raise KeyboardInterrupt
    assert visible(capsys.readouterr().out) == [""]
