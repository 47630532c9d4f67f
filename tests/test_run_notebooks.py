import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

import run_notebooks
from languages import LANGUAGES
from notebook_files import read
from run_notebooks import commit, main
from toy_book import NAME, code, figure, notebook_path, toy_notebook, write_notebook, write_toy_book

FAILING = """from alexnet_lib import BookError

raise BookError("The loader holds no image; make TRAIN_SIZE at least 1.")"""

HANGING = "print('begun')\nimport time\ntime.sleep(600)"


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.delenv("ALEXNET_DATA", raising=False)
    return write_toy_book(tmp_path)


@pytest.fixture
def executions(monkeypatch):
    """Have a notebook copied instead of run; list the copies."""
    found = []

    def copy(path, done, parameters, limit):
        found.append((path, parameters, limit))
        done.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, done)
        return ""

    monkeypatch.setattr(run_notebooks, "execute", copy)
    return found


def git(folder, *arguments):
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def executed_path(root, language, name=NAME):
    return root / "_build/executed" / language / f"{name}.ipynb"


def printed(notebook):
    return "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))


def test_a_book_is_run_in_both_languages_and_what_fails_or_hangs_is_one_sentence(book, monkeypatch, capfd):
    for language, cell in {"ko": code("hang", HANGING), "en": code("boom", FAILING)}.items():
        notebook = toy_notebook(language, "02_wrong")
        notebook.cells[3:] = [cell, code("after", "print('never')")]
        write_notebook(book, language, notebook, "02_wrong")
    assert main(["--cell-limit", "5", "--jobs", "2"], book) == 1
    hung, failed = (book / "_build/executed/problems.txt").read_text("utf-8").splitlines()
    assert hung.startswith("ko/02_wrong.ipynb#hang: this cell did not end within 5 s; ")
    assert "CELL_LIMIT=SECONDS" in hung
    said = "The loader holds no image; make TRAIN_SIZE at least 1."
    assert failed == f"en/02_wrong.ipynb#boom: {said}"
    # A page shows what its cells have said, and ends where one fails or is given up.
    for language, cell in (("ko", "hang"), ("en", "boom")):
        assert printed(read(executed_path(book, language))) == f"{language} v0.1.0\nauto 2 None\n"
        wrong = read(executed_path(book, language, "02_wrong"))
        assert [cell.id for cell in wrong.cells if cell.get("outputs")] == ["setup", cell]
        assert wrong.cells[-2].outputs[-1].output_type == "error"
    assert printed(read(executed_path(book, "ko", "02_wrong"))).endswith("begun\n")
    assert f"ko/{NAME}.ipynb#setup warns: a warning" in capfd.readouterr().out
    # What ran is not run again; what did not come to its end is.
    again = []
    monkeypatch.setattr(run_notebooks, "execute", lambda path, *_: again.append(path) or ": stopped")
    assert main([], book) == 1
    assert again == [notebook_path(book, language, "02_wrong") for language in LANGUAGES]
    assert capfd.readouterr().out.count("unchanged") == 2
    assert not list((book / "_build/executed").rglob(".*"))


@pytest.mark.parametrize("text", ["0", "-5", "soon"])
def test_a_limit_that_is_no_number_of_seconds_is_refused(book, executions, text, capsys):
    with pytest.raises(SystemExit) as end:
        main([f"--cell-limit={text}"], book)
    assert end.value.code == 2
    assert "--cell-limit" in capsys.readouterr().err
    assert executions == []


@pytest.mark.slow
def test_nbmake_and_the_quick_profile_give_a_notebook_the_same_parameters(book):
    for language in LANGUAGES:
        notebook = read(notebook_path(book, language))
        notebook.cells[3].source = "print(LANG, DATASET, EPOCHS, TRAIN_SIZE, file=open('seen.txt', 'a'))"
        path = write_notebook(book, language, notebook)
    assert main([], book) == 0
    command = [sys.executable, "-m", "pytest", "-q", "--nbmake", "-p", "no:cacheprovider", str(path)]
    subprocess.run(command, check=True, capture_output=True, cwd=book)
    assert (path.parent / "seen.txt").read_text().splitlines() == ["en auto 2 None"] * 2


def test_one_chapter_is_run_alone_by_the_name_of_its_file(book, executions, capsys):
    for language in LANGUAGES:
        write_notebook(book, language, toy_notebook(language, "02_alone"), "02_alone")
    assert main(["--only", "02_alone"], book) == 0
    assert [path for path, *_ in executions] == [
        notebook_path(book, language, "02_alone") for language in LANGUAGES
    ]
    assert main(["--only", "02"], book) == 2
    assert capsys.readouterr().err.startswith("There is no chapter 02; ")


def test_what_ran_with_any_values_is_run_again_by_who_wants_others(book, executions):
    main(["EPOCHS=3"], book)
    main(["--profile", "any"], book)
    assert [parameters["EPOCHS"] for _, parameters, _ in executions] == [3, 3]
    main([], book)
    (book / "alexnet_lib/__init__.py").open("a").write("\n")
    main(["--profile", "any"], book)
    assert [parameters["EPOCHS"] for _, parameters, _ in executions[2:]] == [2, 2, 2, 2]


def test_an_unchanged_notebook_is_not_run_again_nor_is_one_of_which_a_word_changed(book, executions):
    main([], book)
    main([], book)
    notebook = read(notebook_path(book, "ko"))
    notebook.cells[0].source += " 더."
    write_notebook(book, "ko", notebook)
    main([], book)
    assert [path for path, *_ in executions] == [notebook_path(book, language) for language in LANGUAGES]


@pytest.mark.parametrize(
    "file", ["alexnet_lib/__init__.py", "alexnet_lib/text/a.toml", "book/results/a.json"]
)
def test_a_changed_library_or_result_runs_the_notebooks_that_import_it(book, executions, file):
    for language in LANGUAGES:
        notebook = toy_notebook(language, "02_alone")
        notebook.cells[2].source = "print(1)"
        write_notebook(book, language, notebook, "02_alone")
    main([], book)
    (book / file).parent.mkdir(parents=True, exist_ok=True)
    (book / file).open("a").write("\n")
    main([], book)
    assert [path.stem for path, *_ in executions[4:]] == [NAME] * 2


def test_the_commit_of_a_clone_says_whether_its_files_were_changed_since(tmp_path):
    assert commit(tmp_path) == ""
    git(tmp_path, "init")
    (tmp_path / "code.py").write_text("1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--message", "first")
    git(tmp_path, "tag", "v0.1.0")
    clean = commit(tmp_path)
    assert len(clean) == 10
    assert int(clean, 16)
    (tmp_path / "code.py").write_text("2")
    assert commit(tmp_path) == f"{clean}-dirty"


def test_ctrl_c_ends_a_run_and_leaves_no_old_outputs_behind(book, executions):
    main([], book)
    for language in LANGUAGES:
        notebook = toy_notebook(language)
        notebook.cells[3].source = f"open('begun', 'w').close()\n{HANGING}"
        path = write_notebook(book, language, notebook)
    code = f"import pathlib, run_notebooks; run_notebooks.main([], pathlib.Path({str(book)!r}))"
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.Popen([sys.executable, "-c", code], env=surroundings, stderr=subprocess.PIPE, text=True)
    first = notebook_path(book, "ko").with_name("begun")
    while not first.exists():
        assert run.poll() is None
        time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in run.communicate()[1]
    assert not path.with_name("begun").exists()  # the next notebook was not begun
    assert not executed_path(book, "ko").exists()
    assert not executed_path(book, "ko").with_suffix(".key").exists()
    assert executed_path(book, "en").is_file()


@pytest.mark.parametrize("fault", [DeadKernelError("Kernel died"), RuntimeError("Kernel didn't respond")])
def test_a_kernel_that_dies_or_does_not_start_is_a_sentence(book, monkeypatch, fault):
    def fail(client):
        assert client.startup_timeout == 120
        raise fault

    monkeypatch.setattr(NotebookClient, "setup_kernel", fail)
    assert main([], book) == 1
    problems = (book / "_build/executed/problems.txt").read_text().splitlines()
    assert problems[0].startswith(f"ko/{NAME}.ipynb: {fault}: ")
    assert len(problems) == 2


@pytest.mark.parametrize(
    ("arguments", "limit"),
    [
        ([], 900),
        (["--profile", "full"], 43200),
        (["EPOCHS=100"], 43200),  # a quick profile no more
        (["--cell-limit", "60", "EPOCHS=100"], 60),
    ],
)
def test_every_cell_has_a_limit(book, executions, arguments, limit):
    main(arguments, book)
    assert [given for *_, given in executions] == [limit] * 2


def test_a_failed_check_of_the_outputs_fails_every_run(book, executions):
    for language in LANGUAGES:
        notebook = read(notebook_path(book, language))
        notebook.cells[3].outputs = [figure("words")] * 2
        write_notebook(book, language, notebook)
    for _ in range(2):
        assert main([], book) == 1
        assert "#training: 2 figures" in (book / "_build/executed/problems.txt").read_text()
    assert len(executions) == 2


@pytest.mark.parametrize("typed", ["EPOCHZ=3", "LANG=ko", "EPOCHS=three", "PATH=/bin", "DATASET=shapes10"])
def test_arguments_that_make_no_sense_run_nothing(book, executions, monkeypatch, typed, capsys):
    monkeypatch.setenv("REQUIRE_CIFAR10", "1")  # a book that must not be drawn
    assert main([typed], book) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert typed.split("=")[0] in error
    assert executions == []
