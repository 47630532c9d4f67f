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
from install import NEWEST, OLDEST, REFUSED, InstallProblem, answers, main, sees_nvidia, version_problem
from notebook_files import ROOT

# A Python of an environment that has a pip, or that has none; pip writes down what it is to install.
FAKE = """#!/bin/sh
if [ "$1" = -c ]; then {answer}; exit; fi
shift 2
echo "$*" >> "{log}"
exit {status}
"""


@pytest.fixture
def book(tmp_path, monkeypatch):
    """Return a folder that holds pins and no environment."""
    (tmp_path / "book").mkdir()
    pins = "numpy==2.4.6\ntorch==2.14.1\ntorchvision==0.29.1\n"
    (tmp_path / "book/requirements.txt").write_text(pins)
    monkeypatch.setattr(install, "answers", lambda _: False)
    monkeypatch.setattr(install, "sees_nvidia", lambda: False)
    monkeypatch.setattr(install.sys, "platform", "linux")
    return tmp_path


def place_python(root, answer="echo 3 13 0", status=0):
    python = root / ".venv/bin/python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(FAKE.format(answer=answer, log=root / "log", status=status))
    python.chmod(0o755)
    return python


def asked_of_pip(root):
    """Return what pip was asked for since the last look."""
    log = root / "log"
    lines = log.read_text().splitlines() if log.is_file() else []
    log.unlink(missing_ok=True)
    return [line.removeprefix("--disable-pip-version-check install ") for line in lines]


def rest(root, *more):
    return [
        " ".join(("--requirement", f"{root}/book/requirements.txt", *more)),
        f"--quiet --no-deps --no-build-isolation --editable {root}",
    ]


PINS = "torch==2.14.1 torchvision==0.29.1"
OWN = "https://mirror.example/torch"


def test_without_a_card_pytorch_comes_from_its_index_for_the_cpu_if_that_answers(book, monkeypatch, capsys):
    place_python(book)
    monkeypatch.setattr(install, "answers", lambda address: address == f"{install.CPU_INDEX}/torch/")
    assert main([], book) == 0
    index = "https://download.pytorch.org/whl/cpu"
    assert asked_of_pip(book) == [
        f"--index-url {index} --no-deps --force-reinstall {PINS}",
        *rest(book, "--extra-index-url", index),
    ]
    assert (book / ".venv/ready").read_text() == f"{index}\n"
    said = capsys.readouterr().out
    assert f"Installing PyTorch from {index} and what else" in said
    assert "about 1.5 GB" in said


def test_where_that_index_does_not_answer_it_comes_from_pypi_and_that_is_said(book, capsys):
    place_python(book)
    assert main([], book) == 0
    assert asked_of_pip(book) == rest(book)
    said = capsys.readouterr().out
    assert "No NVIDIA card is seen, but https://download.pytorch.org/whl/cpu does not answer" in said
    assert "PyPI, with CUDA, and what else" in said
    assert "about 6 GB" in said


@pytest.mark.parametrize(
    ("system", "has_card", "size"), [("linux", True, "6 GB"), ("darwin", False, "1.5 GB")]
)
def test_with_a_card_and_on_a_mac_it_comes_from_pypi(book, monkeypatch, capsys, system, has_card, size):
    place_python(book)
    monkeypatch.setattr(install.sys, "platform", system)
    monkeypatch.setattr(install, "sees_nvidia", lambda: has_card)
    monkeypatch.setattr(install, "answers", lambda _: pytest.fail("PyTorch's index was asked"))
    assert main([], book) == 0
    assert asked_of_pip(book) == rest(book)
    assert f"about {size} on the disk" in capsys.readouterr().out


def test_torch_index_wins_and_is_kept_for_the_times_when_it_is_not_given(book, monkeypatch):
    place_python(book)
    monkeypatch.setattr(install, "answers", lambda _: pytest.fail("PyTorch's index was asked"))
    assert main(["--torch-index", OWN], book) == 0
    first = [f"--index-url {OWN} --no-deps --force-reinstall {PINS}", *rest(book, "--extra-index-url", OWN)]
    assert asked_of_pip(book) == first
    # A pin has changed, and nobody says where PyTorch is to come from: from where it came.
    for arguments in ([], ["--torch-index", OWN]):
        assert main(arguments, book) == 0
        assert asked_of_pip(book) == [f"--index-url {OWN} --no-deps {PINS}", *first[1:]]
    assert main(["--torch-index", "https://pypi.org/simple"], book) == 0
    assert "--force-reinstall" in asked_of_pip(book)[0]


def test_an_install_that_failed_or_was_interrupted_is_not_taken_for_whole(book, monkeypatch, capsys):
    place_python(book)
    main(["--torch-index", OWN], book)
    place_python(book, status=1)
    assert main(["--torch-index", "https://other.example"], book) == 1
    assert "the same command goes on" in capsys.readouterr().err
    assert not (book / ".venv/ready").exists()

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(install.subprocess, "run", interrupt)
    assert main([], book) == 130
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "answer",
    [
        "echo No module named pip >&2; false",  # Debian without python3-venv leaves this behind
        "echo 3 10 4",  # somebody made it by hand
    ],
)
def test_an_environment_that_cannot_be_used_is_no_environment(book, answer):
    assert not install.is_usable(place_python(book, answer))


@pytest.mark.slow
def test_it_is_made_anew(book):
    (place_python(book, "false").parent / "left-over").touch()
    install.make_environment(book / ".venv", book / ".venv/bin/python")
    assert not (book / ".venv/bin/left-over").exists()
    assert install.is_usable(book / ".venv/bin/python")


def test_without_ensurepip_one_sentence_names_the_package_and_nothing_is_touched(book, monkeypatch, capsys):
    python = place_python(book, "false")
    before = python.read_text()
    monkeypatch.setattr(install.importlib.util, "find_spec", lambda name: None)
    assert main([], book) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"sudo apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv;" in said
    assert python.read_text() == before
    # With an environment that can be used, nothing is missing.
    place_python(book)
    assert main([], book) == 0


def test_a_python_for_intel_on_a_mac_is_refused_in_a_sentence(book, monkeypatch):
    monkeypatch.setattr(install.sys, "platform", "darwin")
    monkeypatch.setattr(install.platform, "machine", lambda: "x86_64")
    with pytest.raises(InstallProblem, match="Apple silicon"):
        install.make_environment(book / ".venv", book / ".venv/bin/python")


def run_as(version):
    """Run the script as a Python of another version would."""
    script = ROOT / "book/tools/install.py"
    run = f"runpy.run_path({str(script)!r}, run_name='__main__')"
    code = f"import runpy, sys; sys.version_info = {version}; {run}"
    # Isolated, without site-packages: the script needs Python alone.
    return subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 14, 1), (3, 15, 0)])
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


@pytest.mark.parametrize(("script", "seen"), [("exit 0", True), ("exit 9", False), (None, False)])
def test_a_card_is_seen_where_nvidias_own_program_finds_one(tmp_path, monkeypatch, script, seen):
    monkeypatch.setenv("PATH", str(tmp_path))
    if script:
        (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "nvidia-smi").chmod(0o755)
    assert sees_nvidia() is seen


class Silent(BaseHTTPRequestHandler):
    """Answers nothing until the test is over; or, below /well, all is well."""

    def do_HEAD(self):
        if self.path.startswith("/silent"):
            self.server.released.wait(30)
        self.send_response(200 if self.path.startswith("/well") else 403)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = HTTPServer(("127.0.0.1", 0), Silent)
    server.released = threading.Event()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("place", "answered"), [("/well", True), ("/refused", False), ("/silent", False)])
def test_an_index_that_refuses_or_says_nothing_does_not_answer(server, monkeypatch, place, answered):
    monkeypatch.setattr(install, "PATIENCE", 5.0 if answered else 0.5)
    assert answers(server + place) is answered
