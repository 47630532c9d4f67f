import contextlib
import importlib.metadata
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from packaging.specifiers import SpecifierSet

import install
from install import CPU_INDEX, NEWEST, OLDEST, REFUSED, answers, succeeds, version_problem
from notebook_files import ROOT

OWN, OTHER = "https://mirror.example/torch", "https://pypi.org/simple"
PINS = "torch==2.14.1 torchvision==0.29.1"


@pytest.fixture
def book(tmp_path, monkeypatch):
    """Return a folder on Linux that holds pins and no environment."""
    (tmp_path / "book").mkdir()
    (tmp_path / "book/requirements.txt").write_text(f"numpy==2.4.6\n{PINS.replace(' ', chr(10))}\n")
    monkeypatch.setattr(install.sys, "platform", "linux")
    return tmp_path


@pytest.fixture
def ran(book, monkeypatch):
    """Run no command: list them, and let those fail that hold what was put into ``ran.failing``."""

    class Commands(list):
        failing = ("nvidia-smi",)

    commands = Commands()

    def run(command, **_):
        commands.append(said := " ".join(command))
        if "venv --clear" in said:
            (book / ".venv/ready").unlink(missing_ok=True)
            (book / ".venv").mkdir(exist_ok=True)
        return subprocess.CompletedProcess(command, any(words in said for words in commands.failing))

    monkeypatch.setattr(install.subprocess, "run", run)
    monkeypatch.setattr(install, "answers", lambda _: False)
    return commands


def installed(book, ran):
    """Return what pip was to install since the last look, and whether the environment was made anew."""
    made = any("venv --clear" in command for command in ran)
    found = [command.partition("check install ")[2] for command in ran if "check install " in command]
    ran.clear()
    return found, made


def wanted(book, index):
    """Return what is to be asked of pip for PyTorch from an index."""
    requirements = f"--requirement {book}/book/requirements.txt"
    own = f"--quiet --no-deps --no-build-isolation --editable {book}"
    if not index:
        return [requirements, own]
    return [f"--index-url {index} --no-deps {PINS}", f"{requirements} --extra-index-url {index}", own]


@pytest.mark.parametrize(
    ("system", "has_card", "address", "index"),
    [
        ("linux", False, "https://download.pytorch.org/whl/cpu/torch/", CPU_INDEX),
        ("linux", False, None, ""),
        ("linux", True, "https://download.pytorch.org/whl/cpu/torch/", ""),
        ("darwin", False, "https://download.pytorch.org/whl/cpu/torch/", ""),
    ],
)
def test_pytorch_comes_from_its_index_for_the_cpu_where_that_is_right_and_answers(
    book, ran, monkeypatch, capsys, system, has_card, address, index
):
    monkeypatch.setattr(install.sys, "platform", system)
    monkeypatch.setattr(install, "answers", lambda asked: asked == address)
    ran.failing = ("--version", *["nvidia-smi"] * (not has_card))  # there is no environment
    install.install(book, "")
    assert installed(book, ran) == (wanted(book, index), True)
    assert (book / ".venv/ready").read_text() == f"{index}\n"
    said = capsys.readouterr().out
    assert f"PyTorch comes from {index or 'PyPI'};" in said
    assert ("does not answer" in said) == (address is None)


def test_torch_index_wins_and_is_kept_for_the_times_when_it_is_not_given(book, ran):
    install.install(book, OWN)
    assert installed(book, ran) == (wanted(book, OWN), True)
    # A pin has changed, and nobody says where PyTorch is to come from: from where it came.
    for asked in ("", OWN):
        install.install(book, asked)
        assert installed(book, ran) == (wanted(book, OWN), False)
    install.install(book, OTHER)
    assert installed(book, ran) == (wanted(book, OTHER), True)


def test_an_install_that_failed_is_not_taken_for_whole(book, ran):
    install.install(book, OWN)
    ran.failing = ("--requirement",)
    with pytest.raises(SystemExit, match="the same command goes on"):
        install.install(book, OTHER)
    assert not (book / ".venv/ready").exists()


def run_as(version):
    """Run the script as a Python of another version would."""
    script = ROOT / "book/tools/install.py"
    run = f"runpy.run_path({str(script)!r}, run_name='__main__')"
    code = f"import runpy, sys; sys.version_info = {version}; {run}"
    # Isolated, without site-packages: the script needs Python alone.
    return subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 14, 1)])
def test_a_python_that_the_pins_do_not_allow_is_refused_with_both_ends(version):
    done = run_as(version)
    assert done.returncode == 1
    given = ".".join(map(str, version))
    assert done.stderr.startswith(f"Python 3.11 to 3.14 is needed, 3.14.1 excepted, and this is {given}; ")
    assert done.stderr.count("\n") == 1


def test_the_two_ends_are_those_of_the_pins():
    """Every package that is installed as pinned allows both, and PyTorch is not made for more."""
    pinned = re.findall(r"(?m)^([\w.-]+)==(\S+)", (ROOT / "book/requirements.txt").read_text())
    allowed = SpecifierSet()
    for name, version in pinned:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            package = importlib.metadata.metadata(name)
            # soupsieve has another pin for the first patch releases of 3.11.
            if package["Version"] == version and name != "soupsieve":
                allowed &= SpecifierSet(package.get("Requires-Python") or "")
    assert len(str(allowed)) > 10
    for minor in range(OLDEST[1], NEWEST[1] + 1):
        assert f"3.{minor}.0" in allowed
        assert version_problem((3, minor, 0)) == ""
    assert f"3.{OLDEST[1] - 1}.9" not in allowed
    assert "{}.{}.{}".format(*REFUSED) not in allowed
    assert version_problem(REFUSED)
    classifiers = importlib.metadata.metadata("torch").get_all("Classifier")
    minors = (re.search(r":: Python :: 3\.(\d+)$", line) for line in classifiers)
    assert max(int(minor[1]) for minor in minors if minor) == NEWEST[1]


@pytest.mark.parametrize("status", [200, 404])
def test_an_index_answers_or_does_not_whatever_pip_finds_elsewhere(status, tmp_path, monkeypatch):
    class Index(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    (tmp_path / "torch-2.14.1-py3-none-any.whl").touch()
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    server = HTTPServer(("127.0.0.1", 0), Index)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/torch/"
    assert answers(address) == (status == 200)
    server.shutdown()
    server.server_close()
    assert not answers(address)


def test_a_command_that_is_missing_fails_or_does_not_end_does_not_succeed(monkeypatch):
    assert succeeds(sys.executable, "-c", "pass")
    assert not succeeds(sys.executable, "-c", "raise SystemExit(9)")
    assert not succeeds("no-such-command")
    monkeypatch.setattr(install, "PATIENCE", 0.1)
    assert not succeeds(sys.executable, "-c", "import time; time.sleep(60)")
