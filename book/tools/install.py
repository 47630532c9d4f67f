"""Make .venv and install into it what the book needs; ``make`` runs this with the Python that it is given.

    python3 book/tools/install.py                         PyTorch as it suits the machine
    python3 book/tools/install.py --torch-index ADDRESS   PyTorch from there

Needs Python alone. Exit status: 0 all is there, 1 it is not, and a sentence says why.
"""

import argparse
import http.client
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OLDEST, NEWEST = (3, 11), (3, 14)  # what the pins have wheels for
REFUSED = (3, 14, 1)  # by torchvision and networkx
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PATIENCE = 120.0  # seconds, on a busy machine too


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
    folder, requirements = root / ".venv", root / "book/requirements.txt"
    python, stamp = folder / "bin/python", folder / "ready"
    before = stamp.read_text().strip() if stamp.is_file() else None
    # Another index: pip takes one build of a version for as good as another, and would keep what is there.
    if asked_index not in ("", before) or not succeeds(str(python), "-m", "pip", "--version"):
        print(f"Making .venv with {sys.executable} ...", flush=True)
        work(sys.executable, "-m", "venv", "--clear", str(folder))
    index = asked_index or (default_index() if before is None else before)
    print(f"PyTorch comes from {index or 'PyPI'}; TORCH_INDEX=address takes it from elsewhere.", flush=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install"]
    if index:
        pins = re.findall(r"(?m)^torch(?:vision)?==\S+", requirements.read_text())
        work(*pip, "--index-url", index, "--no-deps", *pins)
    # A PyTorch for other cards brings what only its own index has.
    work(*pip, "--requirement", str(requirements), *(["--extra-index-url", index] if index else []))
    work(*pip, "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(root))
    stamp.write_text(f"{index}\n")


def default_index() -> str:
    """Return PyTorch's index for the CPU where there is no NVIDIA card and it answers, else "": PyPI."""
    # For macOS, PyPI's wheels are without CUDA.
    if not sys.platform.startswith("linux") or succeeds("nvidia-smi"):
        return ""
    if answers(f"{CPU_INDEX}/torch/"):
        return CPU_INDEX
    print(f"No NVIDIA card is seen, but {CPU_INDEX} does not answer: PyTorch with CUDA, 6 GB.", flush=True)
    return ""


def answers(address: str) -> bool:
    """Tell whether an address answers; pip would also say yes for what it finds elsewhere."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=15):
            return True
    except (OSError, http.client.HTTPException):
        return False


def succeeds(*command: str) -> bool:
    """Tell whether a command is there and does, in time, what it is asked."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        return subprocess.run(command, timeout=PATIENCE, **quiet).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def work(*command: str) -> None:
    """Run a command and show what it says: bars in a terminal, else lines; end where it fails."""
    if subprocess.run(command).returncode:
        sys.exit("The reason stands above; when that is mended, the same command goes on with what has come.")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it without a traceback
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("--torch-index", default="", metavar="ADDRESS", help="where PyTorch is to come from")
    install(ROOT, parser.parse_args().torch_index)
