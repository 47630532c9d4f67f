"""One value of a variable is one folder, from wherever it is looked at; who finds a lock taken waits."""

from pathlib import Path

import filelock
import pytest

from alexnet_lib import terminal
from alexnet_lib.cache import runs_root, training_lock
from alexnet_lib.data import data_root
from alexnet_lib.language import BookError, Interrupted, text

FOLDERS = {"ALEXNET_DATA": data_root, "ALEXNET_RUNS": runs_root}
named = pytest.mark.parametrize("variable", FOLDERS)


@pytest.fixture
def clone(tmp_path, monkeypatch) -> Path:
    """Return a clone within another one, and a home folder beside it."""
    clone = tmp_path / "outer/clone"
    for folder in ("notebooks/ko", "book/tools"):
        (clone / folder).mkdir(parents=True)
    (clone / "_toc.yml").touch()
    (clone.parent / "_toc.yml").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(clone)
    return clone


@named
@pytest.mark.parametrize("place", [".", "notebooks/ko", "book/tools"])
def test_a_folder_is_the_same_for_tools_and_kernels(clone, tmp_path, monkeypatch, variable, place):
    monkeypatch.chdir(clone / place)
    values = {
        "mine": clone / "mine",
        "../mine": clone / "../mine",
        "~/mine": tmp_path / "home/mine",
        str(tmp_path / "mine"): tmp_path / "mine",
    }
    for value, folder in values.items():
        monkeypatch.setenv(variable, value)
        assert FOLDERS[variable]() == folder


def test_without_the_variables_data_lie_in_the_book_and_runs_in_the_users_cache(clone, tmp_path, monkeypatch):
    monkeypatch.chdir(clone / "notebooks/ko")
    for leave in (lambda name: monkeypatch.setenv(name, ""), monkeypatch.delenv):
        for variable in FOLDERS:
            leave(variable)
        assert data_root() == clone / "data"
        assert runs_root() == tmp_path / "home/.cache/alexnet-book/runs"
    monkeypatch.chdir(tmp_path)  # where no book is
    assert data_root() == tmp_path / "data"


@named
def test_a_home_folder_that_is_not_there_is_named(monkeypatch, variable):
    monkeypatch.setenv(variable, "~nobody-of-this-name/x")
    with pytest.raises(BookError, match=f"^The environment variable {variable} is '~nobody-of-this-name/x'"):
        FOLDERS[variable]()


def test_a_lock_that_is_taken_is_waited_for_in_one_sentence(tmp_path, monkeypatch, capsys, language):
    other = filelock.FileLock(tmp_path / ".lock")
    other.acquire()
    tell = terminal.tell
    monkeypatch.setattr(terminal, "tell", lambda words: (other.release(), tell(words)))
    with training_lock(tmp_path), pytest.raises(filelock.Timeout):
        other.acquire(timeout=0)
    other.acquire(timeout=0)  # and is given back
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", text("training.waiting") + "\n")  # stderr: no page shows it


def test_ctrl_c_while_waiting_is_one_sentence_without_what_lies_behind(tmp_path, monkeypatch, language):
    class Taken(filelock.FileLock):
        def acquire(self, timeout=None):
            raise KeyboardInterrupt if timeout is None else filelock.Timeout(self.lock_file)

    monkeypatch.setattr(terminal.filelock, "FileLock", Taken)
    with pytest.raises(Interrupted) as stop, training_lock(tmp_path):
        pass
    assert str(stop.value) == text("errors.interrupted_waiting")
    assert stop.value.__suppress_context__  # no traceback of the lock's own code above it
