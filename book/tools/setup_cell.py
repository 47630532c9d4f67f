import importlib.metadata
import subprocess
import sys
from pathlib import Path

REF = "v0.1.0"
here = Path.cwd()
folders = [here, *here.parents]
clone = next((folder for folder in folders if (folder / "alexnet_lib/__init__.py").is_file()), None)
installed = [package.version for package in importlib.metadata.distributions(name="alexnet-lib")]
if clone:
    sys.path.insert(0, str(clone))
elif f"v{installed[0] if installed else None}" != REF:  # --no-deps leaves Colab's own PyTorch as it is
    archive = f"https://github.com/OWNER/REPO/archive/refs/tags/{REF}.tar.gz"
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", archive]
    if subprocess.run(command).returncode:
        failed = {
            "ko": "alexnet_lib을 설치하지 못했습니다. 인터넷 연결을 켜고 이 셀을 다시 실행하세요.",
            "en": "alexnet_lib could not be installed; switch the internet on and run this cell again.",
        }
        raise SystemExit(failed[LANG])
    importlib.invalidate_caches()

import alexnet_lib

alexnet_lib.setup(LANG, REF)
