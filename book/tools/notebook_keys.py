"""What decides the outputs of a notebook: it is run again when that changed, not when its prose did."""

import ast
import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from alexnet_lib.data import data_root

LIBRARY = "alexnet_lib"
PACKAGES = ("torch", "torchvision", "numpy", "matplotlib", "scikit-learn")


def versions() -> dict[str, str]:
    """Return the versions that decide outputs."""
    found = {package: importlib.metadata.version(package) for package in PACKAGES}
    return {"Python": platform.python_version(), **found}


@cache
def imported(source: str) -> set[str]:
    """Return the names that code imports and that may be modules, wherever the import stands.

    ``check("07_mean_loss", ...)`` brings in the exercises of chapter 7.
    """
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        match node:
            case ast.Call(ast.Name("check"), [ast.Constant(str(exercise)), *_]):
                names.add(f"{LIBRARY}.practice.chapter_{exercise[:2]}")
    return names


def reached(root: Path, sources: Iterable[str]) -> set[Path]:
    """Return the modules of the library that code reaches, through other modules too."""
    found: set[Path] = set()
    names = [name for source in sources for name in imported(source)]
    while names:
        parts = names.pop().split(".")
        if parts[0] != LIBRARY:
            continue
        stems = [root.joinpath(*parts[:count]) for count in range(1, len(parts) + 1)]
        files = {path for stem in stems for path in (stem.with_suffix(".py"), stem / "__init__.py")}
        for path in {path for path in files if path.is_file()} - found:
            found.add(path)
            names += imported(path.read_text("utf-8"))
    return found


def code_state(root: Path, notebook: NotebookNode) -> str:
    """Return the hash of what a notebook runs with, the data sets aside: "" where it uses no library."""
    modules = reached(root, (cell.source for cell in notebook.cells if cell.cell_type == "code"))
    if not modules:
        return ""
    read = (path for folder in (LIBRARY, "book/results") for path in (root / folder).rglob("*"))
    data = {path for path in read if path.is_file() and path.suffix not in (".py", ".pyc")}
    # What lies beside a module, under its name, is read by that module alone.
    data -= {path for path in data if (module := path.with_suffix(".py")).is_file() and module not in modules}
    digest = hashlib.sha256(json.dumps(versions()).encode())
    for path in sorted(modules | data):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def data_state(root: Path) -> list[tuple[str, int, int]]:
    """Return name, size and time of the data sets' files; to read 180 MB each time would take long."""
    folder = data_root(here=root)
    files = [(path, path.stat()) for path in sorted(folder.glob("*/*")) if path.is_file()]
    return [(path.relative_to(folder).as_posix(), stat.st_size, stat.st_mtime_ns) for path, stat in files]


def notebook_key(notebook: NotebookNode, parameters: Mapping[str, Any], code: str, data: Any) -> str:
    """Return what decides a notebook's outputs, its parameters apart: its code, not its prose."""
    cells = [(cell.id, cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    decided = (json.dumps(part, sort_keys=True).encode() for part in ([cells, code, data], parameters))
    return " ".join(hashlib.sha256(part).hexdigest() for part in decided)
