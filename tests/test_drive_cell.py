"""Chapter 7 keeps trainings on Google Drive where a reader in Colab wants it, and else does nothing."""

import os
import sys
import types

import pytest

from alexnet_lib.runs import runs_root
from notebook_files import LANGUAGES, ROOT, read


@pytest.fixture(params=LANGUAGES)
def cell(request) -> str:
    cells = read(ROOT / f"notebooks/{request.param}/07_training.ipynb").cells
    places = {cell.id: place for place, cell in enumerate(cells)}
    assert places["drive"] < places["training"]
    return cells[places["drive"]].source


@pytest.fixture
def mounted(monkeypatch) -> list[str]:
    """Let this be Colab; return where a Drive is mounted."""
    places: list[str] = []
    colab = types.ModuleType("google.colab")
    colab.drive = types.SimpleNamespace(mount=places.append)
    monkeypatch.setitem(sys.modules, "google", types.ModuleType("google"))
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    return places


def switched_on(cell: str) -> str:
    assert cell.count("KEEP_ON_DRIVE = False\n") == 1
    return cell.replace("KEEP_ON_DRIVE = False", "KEEP_ON_DRIVE = True")


def test_as_it_stands_the_cell_does_nothing_even_in_colab(cell, mounted):
    before = dict(os.environ)
    exec(cell, {})
    assert mounted == [] and dict(os.environ) == before


def test_outside_of_colab_it_does_nothing_even_where_it_is_wanted(cell, monkeypatch):
    monkeypatch.delitem(sys.modules, "google.colab", raising=False)
    before = dict(os.environ)
    exec(switched_on(cell), {})
    assert dict(os.environ) == before


def test_in_colab_trainings_go_to_the_drive_that_was_mounted(cell, mounted):
    exec(switched_on(cell), {})  # nothing of the notebook is needed: it is to be copied into others
    [place] = mounted
    assert runs_root().as_posix().startswith(f"{place}/MyDrive/")
