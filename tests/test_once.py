"""Made once, read afterwards, and made anew when anything that decides it changes."""

import pytest
import torch

from alexnet_lib import runs as module
from alexnet_lib.experiments.recipe import Recipe
from alexnet_lib.runs import once


@pytest.fixture
def made(monkeypatch, tmp_path) -> list[int]:
    monkeypatch.setenv("ALEXNET_RUNS", str(tmp_path))
    return []


def ask(made: list[int], decided: list, sources: tuple[str, ...] = ("shapes",)) -> tuple[dict, bool]:
    def make() -> dict:
        made.append(1)
        return {"number": len(made), "values": torch.arange(3)}

    return once("try", decided, sources, make)


def test_what_was_made_is_read(made):
    first, loaded = ask(made, [Recipe(), "data"])
    assert not loaded and first["number"] == 1
    again, loaded = ask(made, [Recipe(), "data"])
    assert loaded and again["number"] == 1 and len(made) == 1
    assert torch.equal(again["values"], torch.arange(3))


def test_other_settings_data_or_code_make_it_anew(made, monkeypatch):
    ask(made, [Recipe(), "data"])
    for other in ([Recipe(seed=1), "data"], [Recipe(), "other data"]):
        assert not ask(made, other)[1]
    monkeypatch.setattr(module, "source_hash", lambda sources: "changed")
    assert not ask(made, [Recipe(), "data"])[1]
    assert len(made) == 4


def test_a_second_caller_says_that_it_waits(made, assert_it_waits):
    ask(made, [Recipe(), "data"])
    assert_it_waits(lambda: ask(made, [Recipe(), "data"]))
    assert len(made) == 1


def test_what_fails_is_not_kept(made, tmp_path):
    with pytest.raises(ZeroDivisionError):
        once("try", ["x"], ("shapes",), lambda: {"number": 1 / 0})
    assert not list(tmp_path.glob("*.pt"))
