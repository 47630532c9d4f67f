"""When, how long and with what a notebook was run: noted as it is run, and handed on to its page."""

import importlib.metadata
import platform
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

PACKAGES = ("torch", "torchvision", "numpy", "matplotlib", "scikit-learn")


@cache
def surroundings(root: Path) -> dict[str, Any]:
    """Return what the kernels of this machine run with: the commit, and the versions that decide outputs."""
    versions = {package: importlib.metadata.version(package) for package in PACKAGES}
    return {"commit": commit(root), "versions": {"Python": platform.python_version(), **versions}}


def commit(root: Path) -> str:
    """Return the commit of a clone, with ``-dirty`` behind it where files were changed since, or nothing."""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:  # a downloaded archive is read where there is no git
        return ""
    return "" if done.returncode else done.stdout.strip()


def run_of(executed: NotebookNode) -> dict[str, Any]:
    """Return what the foot of a page says of its run.

    ``date`` (ISO) and ``seconds`` are papermill's, ``commit`` and ``versions`` those of ``surroundings``;
    ``said`` is the sentence of the setup cell, which names the device. What is not known is left out.
    """
    timing = executed.metadata.get("papermill", {})
    setup = next((cell for cell in executed.cells if cell.id == "setup"), None)
    outputs = setup.outputs if setup else []
    said = (output.data["text/markdown"] for output in outputs if "text/markdown" in output.get("data", {}))
    found = {
        "date": (timing.get("start_time") or "")[:10],
        "seconds": timing.get("duration"),
        "said": next(said, "").replace("`", ""),
        **executed.metadata.get("run", {}),
    }
    return {name: value for name, value in found.items() if value}
