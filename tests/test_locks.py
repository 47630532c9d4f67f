"""Who finds a lock taken says so and waits; Ctrl-C then is one sentence."""

from pathlib import Path

import filelock
import pytest

from alexnet_lib import terminal
from alexnet_lib.language import TrainingInterrupted, text
from alexnet_lib.runs import training_lock
from alexnet_lib.terminal import waiting_lock


def test_a_lock_that_is_free_is_taken_without_a_word_and_given_back(tmp_path, capsys):
    other = filelock.FileLock(tmp_path / "lock")
    with waiting_lock(tmp_path / "lock", "waiting"), pytest.raises(filelock.Timeout):
        other.acquire(timeout=0)
    other.acquire(timeout=0)
    assert capsys.readouterr() == ("", "")


def test_a_lock_is_given_back_after_an_error(tmp_path, monkeypatch):
    other, made = filelock.FileLock(tmp_path / "lock"), []

    def kept(path: Path) -> filelock.BaseFileLock:
        made.append(type(other)(path))  # a lock that nobody holds any longer would be given back by itself
        return made[0]

    monkeypatch.setattr(terminal.filelock, "FileLock", kept)
    with pytest.raises(ZeroDivisionError), waiting_lock(tmp_path / "lock", "waiting"):
        raise ZeroDivisionError
    other.acquire(timeout=0)
    assert not made[0].is_locked


def test_a_lock_that_is_taken_is_waited_for_in_one_sentence(tmp_path, monkeypatch, capsys, language):
    other = filelock.FileLock(tmp_path / ".lock")
    other.acquire()
    tell = terminal.tell
    monkeypatch.setattr(terminal, "tell", lambda words: (other.release(), tell(words)))
    with training_lock(tmp_path), pytest.raises(filelock.Timeout):
        other.acquire(timeout=0)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", text("training.waiting") + "\n")  # stderr: no page shows it


def test_ctrl_c_while_waiting_is_one_sentence_without_what_lies_behind(tmp_path, monkeypatch, language):
    class Taken(filelock.FileLock):
        def acquire(self, timeout=None):
            raise KeyboardInterrupt if timeout is None else filelock.Timeout(self.lock_file)

    monkeypatch.setattr(terminal.filelock, "FileLock", Taken)
    with pytest.raises(TrainingInterrupted) as stop, training_lock(tmp_path):
        pass
    assert str(stop.value) == text("errors.interrupted_waiting")
    assert stop.value.__suppress_context__  # no traceback of the lock's own code above it
