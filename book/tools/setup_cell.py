import importlib.metadata
import subprocess
import sys
from pathlib import Path

REF = "v0.1.0"
folders = [Path.cwd(), *Path.cwd().parents]
clone = next((folder for folder in folders if (folder / "alexnet_lib/__init__.py").is_file()), None)
installed = [package.version for package in importlib.metadata.distributions(name="alexnet-lib")]
if clone:
    sys.path.insert(0, str(clone))
elif f"v{installed[0] if installed else None}" != REF:  # --no-deps leaves Colab's own PyTorch as it is
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps", "--retries=0", "--timeout=15"]
    wheel = f"https://github.com/OWNER/REPO/releases/download/{REF}/alexnet_lib-{REF[1:]}-py3-none-any.whl"
    archive = f"https://github.com/OWNER/REPO/archive/refs/tags/{REF}.tar.gz"
    error = "no address" if "com/OWN" "ER/" in wheel else ""
    for source in [] if error else [wheel, archive]:
        try:
            done = subprocess.run([*pip, source], capture_output=True, errors="replace", timeout=40)
            error = (done.stderr.strip() or "no reason") if done.returncode else ""
        except subprocess.TimeoutExpired:
            error = "Connection too slow"
        if error in ("", "Connection too slow"):  # the archive is far larger than the wheel
            break
    last = error.split("\n")[-1]
    reasons = {
        "no address": "this copy of the book has no address yet; run make repoint REPO=owner/name first.",
        "No module named pip": "this Python has no pip; choose the kernel of an environment that has it.",
        "externally-managed":
            "this Python belongs to the operating system; choose the kernel of a virtual environment.",
        "'--user'":
            "pip's setting user = true does not fit this environment; remove it and run the cell again.",
        "error 429": "GitHub accepts no more requests for now (429); run this cell again in a few minutes.",
        "error 404":
            f"GitHub has no {REF} of this book (404); open the notebook from the book's site again.",
        "onnect": "GitHub cannot be reached or is too slow; switch the internet on and run this cell again.",
        "": f"pip says: {last}",
    }  # fmt: skip
    if error:
        reason = next(reasons[mark] for mark in reasons if mark in error)
        raise SystemExit(f"alexnet_lib could not be installed: {reason}")
    importlib.invalidate_caches()

import alexnet_lib

alexnet_lib.setup(LANG, REF)
