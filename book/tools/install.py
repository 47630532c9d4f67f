"""Make .venv and install into it what the book needs; ``make`` runs this with the Python that it is given.

    python3 book/tools/install.py                         PyTorch as it suits the machine
    python3 book/tools/install.py --torch-index ADDRESS   PyTorch from there

Needs Python alone.
Exit status: 0 all is there, 1 it is not, and a sentence says why.
"""

import argparse
import contextlib
import http.client
import importlib.util
import platform
import re
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OLDEST, NEWEST = (3, 11), (3, 14)  # what the pins have wheels for
REFUSED = (3, 14, 1)  # by torchvision and networkx
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PATIENCE = 5.0  # seconds
SIZES = {True: "6 GB", False: "1.5 GB"}  # with CUDA, and without


def version_problem(version: tuple) -> str:
    """Return "" or, in a sentence, why the pins cannot be installed with a Python of this version."""
    if OLDEST <= version[:2] <= NEWEST and version[:3] != REFUSED:
        return ""
    versions = (OLDEST, NEWEST, REFUSED, version[:3])
    oldest, newest, refused, this = (".".join(map(str, parts)) for parts in versions)
    return (
        f"Python {oldest} to {newest} is needed, {refused} excepted, and this is {this}; install one of "
        "these and give it, such as: make book PYTHON=python3.13"
    )


# Here: an older Python would stumble over what follows before it could say so.
if __name__ == "__main__" and version_problem(sys.version_info):
    sys.exit(version_problem(sys.version_info))


class InstallProblem(Exception):
    """One sentence: what is missing, and where it is to be had."""


def install(root: Path, asked_index: str) -> None:
    """Bring .venv up to date.

    Parameters
    ----------
    root
        Holds ``book/requirements.txt`` and the library.
    asked_index
        Where PyTorch is to come from. With "" that is the place it came from before; the first time, one that
        suits the machine.
    """
    folder = root / ".venv"
    python, stamp = folder / "bin/python", folder / "ready"
    make_environment(folder, python)
    before = stamp.read_text().strip() if stamp.is_file() else None
    index = asked_index or (default_index() if before is None else before)
    if before is None:
        announce(index)
    requirements = root / "book/requirements.txt"
    if index:
        # pip takes one build of a version for as good as another, and would keep the one that is there.
        anew = [] if index == before else ["--force-reinstall"]
        if anew:  # cut off in between, all is looked at again
            stamp.unlink(missing_ok=True)
        pins = re.findall(r"(?m)^torch(?:vision)?==\S+", requirements.read_text())
        pip(python, "--index-url", index, "--no-deps", *anew, *pins)
    # A PyTorch for other cards brings what only its own index has.
    pip(python, "--requirement", str(requirements), *(["--extra-index-url", index] if index else []))
    pip(python, "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(root))
    partial = stamp.with_name("ready.partial")
    partial.write_text(f"{index}\n")
    partial.replace(stamp)


def make_environment(folder: Path, python: Path) -> None:
    """Make the environment, anew where what is there cannot be used, such as one without pip."""
    if is_usable(python):
        return
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        raise InstallProblem(
            "This Python is for Intel processors, for which there is no current PyTorch on macOS; on Apple "
            "silicon give a Python made for it, and on an Intel Mac open the notebooks in Colab."
        )
    if importlib.util.find_spec("ensurepip") is None:
        name = "python{}.{}-venv".format(*sys.version_info)
        raise InstallProblem(
            f"{sys.executable} cannot make an environment with pip, because its part ensurepip is missing; "
            f"on Debian and Ubuntu type: sudo apt install {name}; then run the same command again."
        )
    print(f"Making .venv with Python {platform.python_version()} ...", flush=True)
    if subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)]).returncode:
        raise InstallProblem(f"{sys.executable} could not make {folder}; what it said stands above.")


def is_usable(python: Path) -> bool:
    """Tell whether a Python runs, has pip, and is of a version that the pins allow."""
    question = "import pip, sys; print(*sys.version_info[:3])"
    try:
        done = subprocess.run([str(python), "-c", question], capture_output=True, text=True)
    except OSError:
        return False
    return done.returncode == 0 and not version_problem(tuple(map(int, done.stdout.split())))


def default_index() -> str:
    """Return PyTorch's index for the CPU where there is no NVIDIA card and it answers, else "": PyPI."""
    # For macOS, PyPI's wheels are without CUDA.
    if not sys.platform.startswith("linux") or sees_nvidia():
        return ""
    if answers(f"{CPU_INDEX}/torch/"):
        return CPU_INDEX
    print(f"No NVIDIA card is seen, but {CPU_INDEX} does not answer within {PATIENCE:.0f} s.", flush=True)
    return ""


def sees_nvidia() -> bool:
    """Tell whether a driver of NVIDIA's finds a card."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        return subprocess.run(["nvidia-smi"], timeout=30, **quiet).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def answers(address: str) -> bool:
    """Tell whether an address answers in time; looking up its name alone can take longer than any timeout."""
    answered = threading.Event()

    def ask() -> None:
        request = urllib.request.Request(address, method="HEAD")
        with contextlib.suppress(OSError, http.client.HTTPException):
            urllib.request.urlopen(request, timeout=PATIENCE).close()
            answered.set()

    threading.Thread(target=ask, daemon=True).start()
    return answered.wait(PATIENCE)


def announce(index: str) -> None:
    """Say what will be installed, and roughly how large it is."""
    has_cuda = not index and sys.platform.startswith("linux")
    size = "" if index not in ("", CPU_INDEX) else f", about {SIZES[has_cuda]} on the disk"
    print(
        f"Installing PyTorch from {index or 'PyPI'}{', with CUDA,' * has_cuda} and what else "
        f"book/requirements.txt lists into .venv{size}; TORCH_INDEX=address takes PyTorch from elsewhere.",
        flush=True,
    )


def pip(python: Path, *arguments: str) -> None:
    """Let pip install something, and show what it says: bars in a terminal, else lines."""
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "install", *arguments]
    if subprocess.run(command).returncode:
        raise InstallProblem(
            "pip did not install all that the book needs, for the reason that stands above; when that is "
            "mended, the same command goes on with what has come."
        )


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Read the arguments and install."""
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("--torch-index", default="", metavar="ADDRESS", help="where PyTorch is to come from")
    try:
        install(root, parser.parse_args(arguments).torch_index)
    except InstallProblem as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; the same command goes on with what has come.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
