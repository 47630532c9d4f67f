"""What a notebook is run again for."""

import subprocess
import sys

import pytest

from notebook_files import ROOT, chapters, read
from notebook_keys import code_state, data_state, imported, notebook_key, reached
from toy_book import toy_notebook, write_toy_book

LIBRARY = {
    "__init__": "from alexnet_lib.core import f",
    "core": "",
    "experiments/__init__": "",
    "experiments/recipe": "from alexnet_lib import core",
    "experiments/lrn": "import numpy\nfrom alexnet_lib.experiments.recipe import build",
    "experiments/relu": "def f():\n    import alexnet_lib.experiments.recipe",
}


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.delenv("ALEXNET_DATA", raising=False)
    return write_toy_book(tmp_path)


def sources(path):
    return [cell.source for cell in read(path).cells if cell.cell_type == "code"]


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("x = 1", []),
        ("from alexnet_lib import f", ["__init__", "core"]),
        (
            "from alexnet_lib.experiments import lrn",
            ["__init__", "core", "experiments/__init__", "experiments/lrn", "experiments/recipe"],
        ),
        (
            "if x:\n    from alexnet_lib.experiments.relu import f as g",
            ["__init__", "core", "experiments/__init__", "experiments/recipe", "experiments/relu"],
        ),
    ],
)
def test_code_reaches_modules_through_others(tmp_path, source, modules):
    for name, text in LIBRARY.items():
        path = tmp_path / f"alexnet_lib/{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert reached(tmp_path, [source]) == {tmp_path / f"alexnet_lib/{name}.py" for name in modules}


def test_a_module_of_one_chapter_runs_that_chapter_alone():
    chapters_of = {path.stem: reached(ROOT, sources(path)) for path in chapters(ROOT, "ko")}
    alone = {"experiments/lrn": "12_lrn", "plots/lrn": "12_lrn", "plots/people": "14_humans"}
    alone |= {"practice/chapter_07": "07_training", "practice/chapter_16": "16_clinic"}
    for module, chapter in alone.items():
        path = ROOT / f"alexnet_lib/{module}.py"
        assert [name for name, modules in chapters_of.items() if path in modules] == [chapter]


@pytest.mark.slow
def test_what_a_chapter_reaches_is_all_that_python_loads_for_it():
    code = sources(ROOT / "notebooks/ko/12_lrn.ipynb")
    names = sorted({name for source in code for name in imported(source) if name.startswith("alexnet_lib")})
    tried = "import contextlib, importlib, sys\nfor name in sys.argv[1:]:\n"
    tried += "    with contextlib.suppress(ModuleNotFoundError):\n        importlib.import_module(name)\n"
    tried += "print(*(m.__file__ for n, m in sys.modules.items() if n.partition('.')[0] == 'alexnet_lib'))"
    done = subprocess.run([sys.executable, "-c", tried, *names], capture_output=True, text=True, cwd=ROOT)
    assert {str(path) for path in reached(ROOT, code)} >= set(done.stdout.split())
    assert str(ROOT / "alexnet_lib/plots/lrn.py") in done.stdout.split()


def test_the_hints_of_a_chapters_exercises_count_for_that_chapter_alone(book):
    folder = book / "alexnet_lib/practice"
    folder.mkdir()
    for name in ("__init__", "chapter_01", "chapter_02"):
        (folder / f"{name}.py").touch()
    notebook = toy_notebook("ko")
    notebook.cells[3].source = 'check("01_mean", mean)'
    before = code_state(book, notebook)
    (folder / "chapter_02.toml").touch()
    assert code_state(book, notebook) == before
    (folder / "chapter_01.toml").touch()
    assert code_state(book, notebook) != before


def test_the_key_follows_code_parameters_library_and_data(book):
    notebook = toy_notebook("ko")
    base = notebook_key(notebook, {"EPOCHS": 2}, "code", [])
    assert notebook_key(toy_notebook("ko"), {"EPOCHS": 2}, "code", []) == base
    folded = toy_notebook("ko")
    folded.cells[3].metadata["tags"] = ["predict"]
    assert notebook_key(folded, {"EPOCHS": 2}, "code", []) == base
    assert notebook_key(notebook, {"EPOCHS": 3}, "code", []) != base
    assert notebook_key(notebook, {"EPOCHS": 2}, "other", []) != base
    assert notebook_key(notebook, {"EPOCHS": 2}, "code", [("data_batch_1", 1, 2)]) != base
    notebook.cells[3].source += "\n"
    assert notebook_key(notebook, {"EPOCHS": 2}, "code", []) != base
    assert notebook_key(toy_notebook("en"), {"EPOCHS": 2}, "code", []) != base


def test_the_data_count_where_they_lie(book, tmp_path_factory, monkeypatch):
    assert data_state(book) == []
    elsewhere = tmp_path_factory.mktemp("data")
    for folder in (book / "data", elsewhere):
        (folder / "cifar-10-batches-py").mkdir(parents=True)
        (folder / "cifar-10-batches-py/test_batch").write_text("x")
    (elsewhere / "cifar-10-batches-py/test_batch").write_text("xyz")
    assert [state[:2] for state in data_state(book)] == [("cifar-10-batches-py/test_batch", 1)]
    (book / "data").rename(book / "mine")
    monkeypatch.setenv("HOME", str(elsewhere.parent))
    # As a kernel in the book's notebooks would read them, wherever the tool was started.
    for value, size in ((str(elsewhere), 3), (f"~/{elsewhere.name}", 3), ("mine", 1)):
        monkeypatch.setenv("ALEXNET_DATA", value)
        assert [state[:2] for state in data_state(book)] == [("cifar-10-batches-py/test_batch", size)]


def test_compiled_files_are_no_part_of_the_library(book):
    before = code_state(book, toy_notebook("ko"))
    (book / "alexnet_lib/__pycache__").mkdir()
    (book / "alexnet_lib/__pycache__/x.pyc").write_bytes(b"x")
    assert code_state(book, toy_notebook("ko")) == before
