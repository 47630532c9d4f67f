import os
from pathlib import Path

import pytest

import browser
import print_book
from browser import BrowserProblem, program


@pytest.fixture
def commands(tmp_path, monkeypatch):
    """Hide the machine's browsers; return the one folder in which commands are looked for."""
    folder = tmp_path / "bin"
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("CHROME_PATH", raising=False)
    monkeypatch.setattr(browser, "APPLICATIONS", ())
    return folder


def executable(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\nexit 1\n")
    path.chmod(0o755)
    return str(path)


def test_an_application_is_found_though_no_command_leads_to_it(commands, tmp_path, monkeypatch):
    assert program() is None
    placed = Path(executable(tmp_path / "Google Chrome"))
    monkeypatch.setattr(browser, "APPLICATIONS", (tmp_path / "Chromium", placed))
    assert program() == str(placed)


def test_the_browser_in_chrome_path_comes_before_all_others(commands, tmp_path, monkeypatch):
    executable(commands / "chromium")
    named = executable(tmp_path / "my browser")
    monkeypatch.setenv("CHROME_PATH", named)
    assert program() == named
    monkeypatch.setenv("CHROME_PATH", "")  # as good as not set
    assert program() == str(commands / "chromium")


def test_a_chrome_path_that_leads_nowhere_is_a_sentence(commands, tmp_path, monkeypatch):
    executable(commands / "chromium")
    monkeypatch.setenv("CHROME_PATH", str(tmp_path / "gone"))
    with pytest.raises(BrowserProblem, match=r"^CHROME_PATH is .*gone, where there is no program; "):
        program()
    [problem] = print_book.print_book(tmp_path, tmp_path)
    assert f"CHROME_PATH is {tmp_path / 'gone'}, " in problem


def test_a_browser_that_ends_at_once_is_a_sentence(commands, monkeypatch):
    executable(commands / "chromium")
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}/bin")
    with pytest.raises(BrowserProblem, match=r"^Chromium: "), browser.chromium():
        pass
