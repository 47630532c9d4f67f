"""The setup cell installs the library where it is not, or says in one sentence why it could not."""

import http.server
import importlib.metadata
import re
import subprocess
import sys
import threading
import types
import venv

import pytest

from alexnet_lib import __version__
from notebook_files import setup_source
from toy_book import write_toy_book

# What pip 23 and pip 26 print, shortened in the middle; and what a reader is to be told of it.
NO_PIP = "/usr/bin/python3: No module named pip"
MANAGED = "error: externally-managed-environment\n\n× This environment is externally managed"
USER = "ERROR: Can not perform a '--user' install. User site-packages are not visible in this virtualenv."
LIMIT = "  ERROR: HTTP error 429 while getting https://x\nERROR: Could not install requirement"
MISSING = "  ERROR: HTTP error 404 while getting https://x\nERROR: Could not install requirement"
OLD_OFFLINE = "ERROR: Could not install packages due to an OSError: HTTPSConnectionPool(host='x', port=443)"
NEW_OFFLINE = "error: Failed to connect to x\n\nhint: Check your network connection"
OTHER = "Collecting x\nERROR: [Errno 28] No space left on device\n"
REASONS = [
    (NO_PIP, "이 Python에는 pip이 없습니다", "this Python has no pip"),
    (MANAGED, "운영 체제가 관리합니다", "belongs to the operating system"),
    (USER, "user = true가 이 환경에 맞지 않습니다", "user = true does not fit"),
    (LIMIT, "요청을 더 받지 않습니다(429)", "accepts no more requests for now (429)"),
    (MISSING, f"v{__version__}판이 없습니다(404)", f"no v{__version__} of this book (404)"),
    (OLD_OFFLINE, "인터넷을 켜고", "switch the internet on"),
    (NEW_OFFLINE, "인터넷을 켜고", "switch the internet on"),
    (OTHER, "ERROR: [Errno 28] No space left on device", "ERROR: [Errno 28] No space left on device"),
    ("", "no reason", "no reason"),
]
FAILED = {"ko": "alexnet_lib을 설치하지 못했습니다. ", "en": "alexnet_lib could not be installed: "}


def cell(repository="someone/book", language="en"):
    """Return the cell of a book that has this address."""
    source = setup_source(language)
    own = re.search(r"https://github\.com/([^/]+/[^/]+)/releases/", source)[1]
    return source.replace(own, repository)


@pytest.fixture
def run_setup(tmp_path, monkeypatch):
    """Run the setup cell in an empty folder, as pip would answer; return what it asked pip for."""
    monkeypatch.chdir(tmp_path)
    commands = []

    def run(installed=(), answers=("",), language="ko", source=None):
        packages = [types.SimpleNamespace(version=version) for version in installed]
        answered = iter(answers)

        def call(command, timeout, **_):
            commands.append(command)
            answer = next(answered)
            if answer == "slow":
                raise subprocess.TimeoutExpired(command, timeout)
            return types.SimpleNamespace(returncode=int(answer != ""), stderr=answer.removeprefix("-"))

        monkeypatch.setattr(importlib.metadata, "distributions", lambda **_: packages)
        monkeypatch.setattr(subprocess, "run", call)
        exec(source or cell(language=language), {"LANG": language})
        return commands

    run.commands = commands
    return run


def said(stop):
    return str(stop.value)


@pytest.mark.parametrize("installed", [[], ["0.0.1"]])
def test_without_a_clone_the_wheel_of_the_notebooks_version_is_installed_and_nothing_else(
    run_setup, installed
):
    [command] = run_setup(installed)
    assert command[:4] == [sys.executable, "-m", "pip", "install"]
    assert "--no-deps" in command
    release = f"https://github.com/someone/book/releases/download/v{__version__}"
    assert command[-1] == f"{release}/alexnet_lib-{__version__}-py3-none-any.whl"


def test_where_the_wheel_is_not_to_be_had_the_whole_repository_is_tried(run_setup):
    commands = run_setup(answers=[MISSING, ""])
    assert [command[-1].rsplit(".", 1)[1] for command in commands] == ["whl", "gz"]
    assert commands[1][-1] == f"https://github.com/someone/book/archive/refs/tags/v{__version__}.tar.gz"


def test_an_installed_library_of_this_version_stays(run_setup):
    assert run_setup([__version__]) == []


def test_in_a_clone_the_clones_library_is_used(run_setup, tmp_path, monkeypatch):
    write_toy_book(tmp_path)
    monkeypatch.chdir(tmp_path / "notebooks/ko")
    monkeypatch.syspath_prepend("unused")  # restores sys.path afterwards
    assert run_setup() == []


@pytest.mark.parametrize(("words", "ko", "en"), REASONS)
def test_an_installation_that_fails_says_why_in_one_sentence(run_setup, words, ko, en):
    for language, reason in {"ko": ko, "en": en}.items():
        with pytest.raises(SystemExit) as stop:
            run_setup(answers=[f"-{words}", f"-{words}"], language=language)
        assert said(stop).startswith(FAILED[language])
        assert reason in said(stop)
        assert "\n" not in said(stop)


def test_the_last_failure_is_the_one_that_is_told(run_setup):
    with pytest.raises(SystemExit, match="429"):
        run_setup(answers=[MISSING, LIMIT])


def test_a_download_that_does_not_end_is_given_up_and_the_larger_one_not_begun(run_setup):
    with pytest.raises(SystemExit, match="GitHub cannot be reached or is too slow"):
        run_setup(answers=["slow"], language="en")
    assert len(run_setup.commands) == 1


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_copy_without_an_address_says_so_and_asks_nobody(run_setup, language):
    placeholder = "/".join(["OWN" + "ER", "RE" + "PO"])  # in parts, or make repoint would fill it in here
    with pytest.raises(SystemExit, match="make repoint REPO=") as stop:
        run_setup(language=language, source=cell(placeholder, language))
    assert said(stop).startswith(FAILED[language])
    assert run_setup.commands == []


def test_a_language_without_words_for_it_gets_the_sentence_in_english(run_setup):
    with pytest.raises(SystemExit, match="could not be installed: this Python has no pip"):
        run_setup(answers=[NO_PIP, NO_PIP], language="xx")


# --- With a real pip, or really without one ---


def run_really(folder, python, address):
    """Run the cell of a version that is installed nowhere, with another address in place of GitHub's."""
    source = cell().replace("https://github.com/someone/book", address)
    source = source.replace(f'REF = "v{__version__}"', 'REF = "v999.0.0"')
    command = [python, "-c", f"LANG = 'en'\n{source}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_a_python_without_pip_is_told_apart(tmp_path):
    venv.create(tmp_path / "bare", with_pip=False)
    python = tmp_path / "bare/bin/python"
    failed = run_really(tmp_path, python, "http://127.0.0.1:9")
    assert failed.returncode == 1
    assert failed.stderr.strip() == FAILED["en"] + (
        "this Python has no pip; choose the kernel of an environment that has it."
    )


@pytest.fixture
def refusing(monkeypatch):
    """Serve nothing on this machine but one status, with the wish to be left alone for a minute."""
    asked = []

    class Refusal(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(int(self.path.split("/")[1]))
            self.send_header("Retry-After", "60")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusal)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_pips_own_words_are_understood_and_each_address_is_asked_once(tmp_path, refusing):
    address, asked = refusing
    failed = run_really(tmp_path, sys.executable, f"{address}/429")
    assert failed.returncode == 1
    assert failed.stderr.startswith(FAILED["en"]) and "(429)" in failed.stderr
    assert len(asked) == 2
