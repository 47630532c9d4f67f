"""The pins of the book, against what it asks for, what it imports, and what the packages bring."""

import ast
import importlib.metadata
import json
import sys

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from notebook_files import ROOT

# Started and never imported; brotli is for fonttools, the theme for Sphinx, setuptools for the library.
STARTED = {
    "brotli", "check-jsonschema", "ipykernel", "jupyter-book", "nbmake", "pytest-xdist", "ruff", "setuptools",
    "sphinx-book-theme",
}  # fmt: skip


def requirements(name):
    lines = (ROOT / "book" / name).read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def pins(platform="linux", python="3.11.7"):
    """Return name and version of what is pinned for a platform and a Python."""
    surroundings = default_environment() | {
        "sys_platform": platform,
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "implementation_name": "cpython",
    }
    lines = requirements("requirements.txt")
    pinned = [line for line in lines if not line.marker or line.marker.evaluate(surroundings)]
    names = [canonicalize_name(line.name) for line in pinned]
    assert len(names) == len(set(names))
    return dict(zip(names, pinned, strict=True))


WANTED = {canonicalize_name(line.name): line for line in requirements("requirements.in")}


@pytest.mark.parametrize("python", ["3.11.2", "3.12.0", "3.13.0", "3.14.2"])
@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_every_package_that_the_book_asks_for_has_one_pin_on_every_machine(platform, python):
    pinned = pins(platform, python)
    for name, line in WANTED.items():
        [pin] = pinned[name].specifier
        assert pin.operator == "=="
        assert pin.version in line.specifier
        assert "+" not in pin.version  # which only one of PyTorch's indexes would have


def imported(source):
    """Yield the packages that a piece of code imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("folder", ["book/tools", "book/runs"])
def test_a_tool_imports_what_lies_beside_it_for_python_looks_nowhere_else(folder):
    ours = {path.stem for path in (ROOT / "book").rglob("*.py")}
    paths = list((ROOT / folder).glob("*.py"))
    away = ours - {path.stem for path in paths}
    assert not {path.name for path in paths if away & {*imported(path.read_text("utf-8"))}}


def sources():
    for folder in ("alexnet_lib", "book", "tests"):
        yield from (path.read_text("utf-8") for path in (ROOT / folder).rglob("*.py"))
    for path in (ROOT / "notebooks").rglob("*.ipynb"):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        yield from ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def test_the_book_asks_for_what_it_imports_and_for_nothing_else():
    modules = {path.stem for folder in ("book", "tests") for path in (ROOT / folder).rglob("*.py")}
    names = {name for source in sources() for name in imported(source)}
    names -= modules | set(sys.stdlib_module_names) | {"alexnet_lib", "google"}
    packages = importlib.metadata.packages_distributions()
    foreign = {canonicalize_name(package) for name in names for package in packages.get(name, [name])}
    assert foreign == set(WANTED) - STARTED
