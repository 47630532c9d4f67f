"""What a reader downloads runs where it is unpacked: no clone, no installed package, no network."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from notebook_archive import NAME, write_archive
from notebook_files import LANGUAGES, ROOT, read, tags
from practice_cells import questions
from toy_book import write_toy_book


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory) -> Path:
    tmp_path = tmp_path_factory.mktemp("unpacked")
    write_archive(ROOT, tmp_path)
    with zipfile.ZipFile(tmp_path / NAME) as archive:
        archive.extractall(tmp_path)
    return tmp_path / "alexnet-book"


def test_all_notebooks_are_there_and_nothing_that_was_made(unpacked):
    for language in LANGUAGES:
        ours = {path.name for path in (ROOT / "notebooks" / language).glob("*.ipynb")}
        assert {path.name for path in unpacked.glob(f"notebooks/{language}/*")} == ours
    assert not list(unpacked.rglob("__pycache__")) and not list(unpacked.rglob("*.pyc"))
    for name in ("LICENSE", "LICENSE-text", "alexnet_lib/fonts/OFL.txt", "environment.yml"):
        assert (unpacked / name).read_bytes() == (ROOT / name).read_bytes()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_class_gets_the_notebooks_without_answers(unpacked, language):
    asked = 0
    for path in (ROOT / "notebooks" / language).glob("*.ipynb"):
        whole, given = read(path), read(unpacked / f"notebooks-without-answers/{language}/{path.name}")
        answers = {cell.id for cell in whole.cells if "answer" in tags(cell)}
        left = [cell.id for cell in whole.cells if cell.id not in answers]
        assert [cell.id for cell in given.cells] == left
        assert not any('<details class="question">' in cell.source for cell in given.cells)
        for question in questions(whole):
            cell = next(cell for cell in given.cells if cell.id == question.id)
            assert all(option in cell.source for option in question.options)
            assert not any(reason in cell.source for reason in question.reasons)
        asked += len(answers)
    assert asked


@pytest.mark.slow
def test_the_setup_cell_finds_the_library_that_was_unpacked(unpacked):
    folder = unpacked / "notebooks/ko"
    code = f"LANG = {folder.name!r}\n" + (ROOT / "book/tools/setup_cell.py").read_text("utf-8")
    code += "\nfrom alexnet_lib.data import data_root\nprint(alexnet_lib.__file__, data_root(), sep='\\n')"
    command = [sys.executable, "-I", "-c", code]  # isolated: neither this clone's folder nor PYTHONPATH
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    library, data = done.stdout.splitlines()[-2:]
    assert Path(library) == unpacked / "alexnet_lib/__init__.py"
    assert Path(data) == unpacked / "data"


def test_every_record_is_there_and_the_logits_of_those_that_are_read(unpacked):
    ours = {path.name for path in (ROOT / "book/results").glob("*.json")}
    assert {path.name for path in unpacked.glob("book/results/*.json")} == ours
    logits = {path.name for path in unpacked.glob("book/results/*.npz")}
    assert "baseline-0.npz" in logits and "race_relu-0.npz" not in logits
    # Chapters name the runs whose logits they read, or read those of chapter 12 and of the ladder's ends.
    chapters = [path.read_text("utf-8") for path in (ROOT / "notebooks/ko").glob("*.ipynb")]
    named = {name for text in chapters for name in re.findall(r'recorded_run\(\\"(\w+)\\"', text)}
    assert "baseline" in named
    assert "local_lrn_32-0.npz" in logits and "local_lrn_32_light-0.npz" not in logits
    assert {f"{name}-0.npz" for name in named} <= logits


def test_the_same_files_make_the_same_archive_whenever_they_were_written(tmp_path):
    made = []
    for name in ("now", "then"):
        book, folder = write_toy_book(tmp_path / name), tmp_path / f"{name} archived"
        folder.mkdir()
        for path in book.rglob("*.ipynb") if name == "then" else ():
            os.utime(path, (1e9, 1e9))
        write_archive(book, folder)
        assert [path.name for path in folder.iterdir()] == [NAME]
        made.append((folder / NAME).read_bytes())
    assert made[0] == made[1]
