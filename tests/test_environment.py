"""The conda environment, as far as it can be judged without conda."""

import re
import tomllib

import pytest
import yaml

from install import NEWEST, OLDEST
from notebook_files import ROOT

ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PINS = dict(re.findall(r"(?m)^([\w.-]+)==(\S+)", (ROOT / "book/requirements.txt").read_text("utf-8")))
# What conda-forge calls otherwise than PyPI does.
CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base"}


def parts(requirement):
    return re.fullmatch(r"([\w.-]+)\s*(.*)", requirement).groups()


@pytest.fixture
def names():
    """Return what is asked for, and in which versions, from conda-forge and from PyPI."""
    conda = [line for line in ENVIRONMENT["dependencies"] if isinstance(line, str)]
    [pip] = [line["pip"] for line in ENVIRONMENT["dependencies"] if isinstance(line, dict)]
    return dict(map(parts, conda)), dict(parts(line) for line in pip if not line.startswith("-"))


def test_all_that_reading_running_and_building_take_is_there(names):
    conda, pip = names
    science = {"python", "pytorch", "torchvision", "numpy", "matplotlib-base", "scikit-learn"}
    assert science | {"jupyterlab", "jupyter-book", "papermill", "nbmake", "pip"} <= {*conda, *pip}
    assert not set(conda) & set(pip)


def test_what_the_library_asks_for_is_there_and_the_library_comes_from_the_clone(names):
    conda, _ = names
    for requirement in PROJECT["dependencies"]:
        name, version = parts(requirement)
        assert conda[CONDA_NAMES.get(name, name)] == version
    assert "--editable ." in ENVIRONMENT["dependencies"][-1]["pip"]


def test_the_versions_are_those_that_the_book_is_built_with(names):
    conda, pip = names
    assert conda["jupyter-book"] == "=" + ".".join(PINS["jupyter-book"].split(".")[:2])
    assert pip["nbmake"] == f"=={PINS['nbmake']}"
    assert OLDEST <= tuple(map(int, conda["python"].removeprefix("=").split("."))) <= NEWEST
