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
        "no address": ("이 책에는 아직 주소가 없습니다. 먼저 make repoint REPO=이름/저장소를 실행하세요.",
            "this copy of the book has no address yet; run make repoint REPO=owner/name first."),
        "No module named pip": ("이 Python에는 pip이 없습니다. pip이 있는 환경의 커널을 고르세요.",
            "this Python has no pip; choose the kernel of an environment that has it."),
        "externally-managed": ("이 Python은 운영 체제가 관리합니다. 가상 환경(venv)의 커널을 고르세요.",
            "this Python belongs to the operating system; choose the kernel of a virtual environment."),
        "'--user'": ("pip 설정의 user = true가 이 환경에 맞지 않습니다. 지우고 이 셀을 다시 실행하세요.",
            "pip's setting user = true does not suit this environment; remove it and run this cell again."),
        "error 429": ("GitHub가 지금은 요청을 더 받지 않습니다(429). 몇 분 뒤에 이 셀을 다시 실행하세요.",
            "GitHub accepts no more requests for now (429); run this cell again in a few minutes."),
        "error 404": (f"GitHub에 이 책의 {REF}판이 없습니다(404). 책의 사이트에서 노트북을 다시 여세요.",
            f"GitHub has no {REF} of this book (404); open the notebook from the book's site again."),
        "onnect": ("GitHub에 연결하지 못했거나 너무 느립니다. 인터넷을 켜고 이 셀을 다시 실행하세요.",
            "GitHub cannot be reached or is too slow; switch the internet on and run this cell again."),
        "": (f"pip이 알린 까닭: {last}", f"pip says: {last}"),
    }  # fmt: skip
    if error:
        ko, en = next(reasons[mark] for mark in reasons if mark in error)
        failed = {"ko": f"alexnet_lib을 설치하지 못했습니다. {ko}"}
        raise SystemExit(failed.get(LANG, f"alexnet_lib could not be installed: {en}"))
    importlib.invalidate_caches()

import alexnet_lib

alexnet_lib.setup(LANG, REF)
