"""The wheel that a release carries: small, complete, and enough for a notebook that is alone."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from alexnet_lib import __version__
from notebook_files import ROOT, SETUP_CELL

LARGEST = 2_000_000  # bytes: some seconds on a slow line
PARTS = ("alexnet_lib", "pyproject.toml", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Build the wheel of a copy: building leaves folders beside the source."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", built, source], check=True)
    [path] = built.iterdir()
    return path


def test_it_has_the_name_that_the_setup_cell_asks_for(wheel):
    assert wheel.name == f"alexnet_lib-{__version__}-py3-none-any.whl"
    assert "alexnet_lib-{REF[1:]}-py3-none-any.whl" in SETUP_CELL.read_text("utf-8")


def test_it_is_small(wheel):
    assert wheel.stat().st_size < LARGEST


def test_it_holds_every_file_of_the_library(wheel):
    library = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "alexnet_lib").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == library


def test_a_notebook_that_has_nothing_else_begins_with_it(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    (tmp_path / "notebook").mkdir()
    code = f"LANG = 'ko'\nimport sys\nsys.path.insert(0, {str(tmp_path / 'installed')!r})\n"
    code += SETUP_CELL.read_text("utf-8")
    code += "print(alexnet_lib.__file__, len(alexnet_lib.facts()) > 0)"
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, cwd=tmp_path / "notebook", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"{tmp_path}/installed/alexnet_lib/__init__.py True" in done.stdout
