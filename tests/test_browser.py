import os
from pathlib import Path

import pytest

import browser
import print_book
from browser import BrowserProblem, program

# Where Chrome and Chromium put their programs on a Mac.
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


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


@pytest.mark.parametrize("place", APPLICATIONS)
def test_an_application_is_found_though_no_command_leads_to_it(commands, tmp_path, monkeypatch, place):
    places = [tmp_path / Path(application).relative_to("/") for application in APPLICATIONS]
    monkeypatch.setattr(browser, "APPLICATIONS", places)
    assert program() is None
    assert program() != executable(tmp_path / "elsewhere" / Path(place).name)
    placed = executable(tmp_path / Path(place).relative_to("/"))
    assert program() == placed


def test_the_browser_in_chrome_path_comes_before_all_others(commands, tmp_path, monkeypatch):
    executable(commands / "chromium")
    named = executable(tmp_path / "my browser")
    monkeypatch.setenv("CHROME_PATH", named)
    assert program() == named
    monkeypatch.setenv("CHROME_PATH", "")  # as good as not set
    assert program() == str(commands / "chromium")


def test_a_chrome_path_that_leads_nowhere_is_a_sentence_and_no_other_browser_is_taken(
    commands, tmp_path, monkeypatch, capsys
):
    executable(commands / "chromium")
    monkeypatch.setenv("CHROME_PATH", str(tmp_path / "gone"))
    with pytest.raises(BrowserProblem, match=r"^CHROME_PATH is .*gone, where there is no program; "):
        program()
    (tmp_path / "index.html").write_text("")
    assert print_book.main([str(tmp_path)]) == 1
    assert capsys.readouterr().out.startswith(f"CHROME_PATH is {tmp_path / 'gone'}, ")


def test_a_browser_that_ends_at_once_is_a_sentence(commands, monkeypatch):
    executable(commands / "chromium")
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}/bin")
    with pytest.raises(BrowserProblem, match=r"^Chromium: "), browser.chromium():
        pass
