import importlib.metadata
import subprocess
import types

import pytest

from alexnet_lib import __version__
from notebook_files import SETUP_CELL
from toy_book import write_toy_book


@pytest.fixture
def run_setup(tmp_path, monkeypatch):
    """Run the setup cell in an empty folder; return what it asked pip for."""
    monkeypatch.chdir(tmp_path)

    def run(installed, language="ko", status=0):
        packages = [types.SimpleNamespace(version=version) for version in installed]
        commands = []

        def call(command, **_):
            commands.append(command)
            return types.SimpleNamespace(returncode=status)

        monkeypatch.setattr(importlib.metadata, "distributions", lambda **_: packages)
        monkeypatch.setattr(subprocess, "run", call)
        exec(SETUP_CELL.read_text("utf-8"), {"LANG": language})
        return commands

    return run


@pytest.mark.parametrize("installed", [[], ["0.0.1"]])
def test_without_a_clone_the_version_of_the_notebook_is_installed_and_nothing_else(run_setup, installed):
    [command] = run_setup(installed)
    assert command[1:6] == ["-m", "pip", "install", "-q", "--no-deps"]
    assert command[6].endswith(f"/archive/refs/tags/v{__version__}.tar.gz")


def test_an_installed_library_of_this_version_stays(run_setup):
    assert run_setup([__version__]) == []


def test_in_a_clone_the_clones_library_is_used(run_setup, tmp_path, monkeypatch):
    write_toy_book(tmp_path)
    monkeypatch.chdir(tmp_path / "notebooks/ko")
    monkeypatch.syspath_prepend("unused")  # restores sys.path afterwards
    assert run_setup([]) == []


@pytest.mark.parametrize(
    ("language", "said"), [("ko", "설치하지 못했습니다"), ("en", "could not be installed")]
)
def test_an_installation_that_fails_is_one_sentence_in_the_readers_language(run_setup, language, said):
    with pytest.raises(SystemExit, match=said):
        run_setup([], language, status=1)
