"""The wheel that a release carries: small, complete, and enough for a notebook that is alone."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from alexnet_lib import __version__
from notebook_files import ROOT, SETUP_CELL

RECORDS = "alexnet_lib/results/"
LARGEST = 2_000_000  # bytes: some seconds on a slow line
PARTS = ("alexnet_lib", "book/results", "pyproject.toml", "setup.py", "LICENSE")


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Build the wheel of a copy: building leaves folders beside the source."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    for name in PARTS:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.npz")
            shutil.copytree(ROOT / name, source / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", built, source], check=True)
    [path] = built.iterdir()
    return path


def test_it_has_the_name_that_the_setup_cell_asks_for(wheel):
    assert wheel.name == f"alexnet_lib-{__version__}-py3-none-any.whl"
    assert "alexnet_lib-{REF[1:]}-py3-none-any.whl" in SETUP_CELL.read_text("utf-8")


def test_it_holds_every_file_of_the_library(wheel):
    library = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "alexnet_lib").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert {name for name in packed if not name.startswith(RECORDS)} == library
    assert wheel.stat().st_size < LARGEST


def test_it_holds_the_records_but_for_their_logits(wheel):
    """So that chapters whose tables come from records need no network."""
    archive = zipfile.ZipFile(wheel)
    packed = {name.removeprefix(RECORDS) for name in archive.namelist() if name.startswith(RECORDS)}
    small = [path for path in (ROOT / "book/results").iterdir() if path.suffix in (".json", ".jsonl", ".npy")]
    assert packed == {path.name for path in small}
    for path in small:
        assert archive.read(RECORDS + path.name) == path.read_bytes()


def test_a_notebook_that_has_nothing_else_begins_with_it(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    (tmp_path / "notebook").mkdir()
    code = f"LANG = 'ko'\nimport sys\nsys.path.insert(0, {str(tmp_path / 'installed')!r})\n"
    code += SETUP_CELL.read_text("utf-8")
    code += """
import urllib.request
urllib.request.urlopen = None  # records come with the wheel: no network is asked
from alexnet_lib.records import recorded_about, recorded_tries
read = (len(recorded_about(["baseline"])["baseline"]), len(recorded_tries("search.jsonl")) > 10)
print(alexnet_lib.__file__, len(alexnet_lib.facts()) > 0, *read)
"""
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, cwd=tmp_path / "notebook", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"{tmp_path}/installed/alexnet_lib/__init__.py True 3 True" in done.stdout
