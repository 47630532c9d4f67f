import os
import shutil
import subprocess

import pytest

from notebook_files import ROOT

OWN, OTHER = "https://mirror.example/torch", "https://other.example"


def make(*arguments, folder=ROOT, **environment):
    surroundings = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "TORCH_INDEX"))
    }
    command = ["make", "--dry-run", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=surroundings | environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_make_passes_on_what_was_typed_and_nothing_else():
    typed = ("EPOCHS=3", "PROFILE=full", "LEARNING_RATE=1e-3", "CELL_LIMIT=3600", "PYTHON=python3")
    lines = make("book", *typed, "ONLY=07_training", SEED="7", LANG="C.UTF-8")
    given = lines.split("run_notebooks.py")[1].split(";")[0]
    wanted = "--profile full --cell-limit 3600 --only 07_training EPOCHS=3 LEARNING_RATE=1e-3"
    assert sorted(given.split()) == sorted(wanted.split())


def test_make_takes_its_options_from_the_command_line_only():
    recipe = make("book", PROFILE="full", CELL_LIMIT="3600")
    assert "--profile quick" in recipe and "--cell-limit" not in recipe


@pytest.fixture
def clone(tmp_path):
    """Return a folder in which make has what decides whether it installs, and no environment."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "book").mkdir()
    for name in ("pyproject.toml", "book/requirements.txt"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize("stamp", [f"{OWN}\n", ""])  # an empty one is of an earlier version of the book
def test_make_installs_once_and_again_when_torch_index_is_another_one(clone, stamp):
    assert "install.py" in make(".venv/ready", folder=clone)
    (clone / ".venv").mkdir()
    (clone / ".venv/ready").write_text(stamp)
    asked = {
        address: (
            make(".venv/ready", f"TORCH_INDEX={address}", folder=clone),
            make(".venv/ready", folder=clone, TORCH_INDEX=address),
        )
        for address in (OWN, OTHER, "")
    }
    for address, recipes in asked.items():
        for recipe in recipes:
            is_new = address not in ("", stamp.strip())
            assert (f'install.py --torch-index "{address}"' in recipe) is is_new


def test_changing_the_books_address_or_version_installs_nothing(clone):
    for target in ("repoint", "release"):
        recipe = make(target, "REPO=a/b", "VERSION=0.2.0", "PYTHON=some-python", folder=clone)
        assert recipe.startswith("some-python book/tools/release.py ")
        assert recipe.count("\n") == 1
