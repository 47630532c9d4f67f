import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import release
from notebook_files import ROOT, SETUP_CELL, current_repository, read, reference
from reviews import unreviewed
from toy_book import REPOSITORY, notebook_path, write_toy_book

CITATION = """version: 0.1.0
date-released: 2020-01-01
repository-code: https://github.com/{repository}
url: https://{site}/
"""
README = """[Colab](https://colab.research.google.com/github/{repository}/blob/v0.1.0/notebooks/ko/01_toy.ipynb)
[Binder](https://mybinder.org/v2/gh/{repository}/v0.1.0?urlpath=lab) https://{site}/ko/ 주소는 https://{site}입니다
pip install https://github.com/{repository}/archive/refs/tags/v0.1.0.tar.gz
pip install git+https://github.com/{repository}.git@v0.1.0, git@github.com:{repository}.git
https://raw.githubusercontent.com/{repository}/v0.1.0/x https://github.com/{repository}. https://github.com/{repository}을
"""
# What is no address of the book, though it looks like one.
OTHERS = """numpy 0.1.0, another/repo/blob/v0.1.0/x, a path: {repository}, https://github.com/x{repository}
https://github.com/{repository}-2/blob/v0.1.0/x https://github.com/{repository}.io https://x{site} {site}
"""
TEXT = README + OTHERS
# Owner and name that look like other parts of an address, or hold the present one.
REPOSITORIES = ("main/main", "notebooks/ko", "Someone/someone.GitHub.io", f"{REPOSITORY}-2")
REFUSED = [
    ["version", "v1.0"], ["version", "1.2.3\n"],
    *(["repository", value] for value in (
        "", "owner/", "a/b/c", "owner/..", "owner/name.git", "https://github.com/o/n",
    )),
]  # fmt: skip


def filled(text, repository):
    return text.format(repository=repository, site=release.site(repository))


@pytest.fixture
def book(tmp_path):
    root = write_toy_book(tmp_path)
    (root / "CITATION.cff").write_text(filled(CITATION, REPOSITORY))
    (root / "README.md").write_text(filled(TEXT, REPOSITORY), "utf-8")
    (root / "picture.png").write_bytes(b"\x89PNG " + REPOSITORY.encode())
    (root / "setup_cell.py").write_text(SETUP_CELL.read_text("utf-8"), "utf-8")
    for left_out in ("data", ".git", "tests", "other_environment"):
        (root / left_out).mkdir()
        (root / left_out / "file.md").write_text(filled(README, REPOSITORY), "utf-8")
    (root / "other_environment/pyvenv.cfg").touch()
    (root / "alexnet_lib/data").symlink_to(root / "tests")
    return root


def contents(root):
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_release_gives_every_copy_the_new_version_and_leaves_others_alone(book, capsys):
    assert release.main(["version", "0.2.0"], book) == 0
    assert reference(book) == "v0.2.0"
    citation = (book / "CITATION.cff").read_text()
    assert "version: 0.2.0\n" in citation
    assert "2020-01-01" not in citation
    assert 'REF = "v0.2.0"' in (book / "setup_cell.py").read_text("utf-8")
    for language in ("ko", "en"):
        title, _, setup = (cell.source for cell in read(notebook_path(book, language)).cells[:3])
        assert (title.count("v0.2.0"), title.count("v0.1.0")) == (4, 0)
        assert 'REF = "v0.2.0"' in setup
        assert "/blob/v0.2.0/README.md" in (book / f"book/{language}/index.md").read_text("utf-8")
    expected = filled(README.replace("v0.1.0", "v0.2.0") + OTHERS, REPOSITORY)
    assert (book / "README.md").read_text("utf-8") == expected
    once = contents(book)
    capsys.readouterr()
    assert release.main(["version", "0.2.0"], book) == 0
    assert contents(book) == once and "Nothing to do" in capsys.readouterr().out


@pytest.mark.parametrize("repository", REPOSITORIES)
def test_a_new_address_reaches_every_copy_and_nothing_else_and_can_be_taken_back(book, repository):
    once = contents(book)
    assert release.main(["repository", repository], book) == 0
    assert (book / "README.md").read_text("utf-8") == filled(README, repository) + filled(OTHERS, REPOSITORY)
    assert (book / "CITATION.cff").read_text() == filled(CITATION, repository)
    for language in ("ko", "en"):
        title, _, setup = (cell.source for cell in read(notebook_path(book, language)).cells[:3])
        assert title.count(f"/{repository}/blob/v0.1.0/") + title.count(f"/{repository}/v0.1.0?") == 4
        assert f"https://github.com/{repository}/" in setup
    touched = {path for path, content in contents(book).items() if content != once[path]}
    left_out = {"data", ".git", "tests", "other_environment", "picture.png"}
    assert not [path for path in touched if left_out & set(path.relative_to(book).parts)]
    if repository not in OTHERS.format(repository=REPOSITORY, site=""):
        release.main(["repository", REPOSITORY], book)
        assert contents(book) == once


@pytest.mark.parametrize("arguments", REFUSED, ids=repr)
def test_a_value_of_another_form_is_refused_in_a_sentence_before_anything_is_written(arguments, capsys):
    # A folder without a book: nothing was read either.
    assert release.main(arguments, Path("nowhere")) == 2
    said = capsys.readouterr().err
    assert f"The {arguments[0]} given is {arguments[1]!r}; give one like" in said
    assert said.count("\n") == 1


def test_a_run_that_was_stopped_can_be_repeated(book, monkeypatch):
    def stop(path, content):
        if path.name == "README.md":
            raise KeyboardInterrupt
        path.write_text(content, "utf-8")

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(release, "write_atomically", stop)
        release.main(["repository", "some/one"], book)
    assert release.main(["repository", "some/one"], book) == 0
    assert filled(README, "some/one") in (book / "README.md").read_text("utf-8")


def test_the_site_of_a_user_lies_in_no_folder():
    assert release.site("someone/main-book") == "someone.github.io/main-book"
    assert release.site("someone/someone.github.io") == "someone.github.io"
    assert release.site("other/someone.github.io") == "other.github.io/someone.github.io"


@pytest.mark.parametrize("arguments", [["version", "0.2.0"], ["repository", "some/one"]])
def test_what_was_reviewed_stays_so_and_what_was_not_stays_so_too(book, arguments):
    page = book / "book/ko/index.md"
    assert list(unreviewed(book)) == []
    release.main(arguments, book)
    assert list(unreviewed(book)) == []
    page.write_text(page.read_text("utf-8") + "더.\n", "utf-8")
    release.main([arguments[0], {"version": "0.3.0", "repository": "an/other"}[arguments[0]]], book)
    assert [(page, cell) for page, cell, _ in unreviewed(book)] == [("book/index.md", "page")]


def test_the_books_own_files_hold_one_version_and_one_address():
    version = reference()[1:]
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"version: {version}\n" in citation
    assert f'REF = "v{version}"' in SETUP_CELL.read_text("utf-8")
    for name in ("CITATION.cff", "_config.yml", "pyproject.toml", "README.md"):
        text = (ROOT / name).read_text("utf-8")
        assert f"https://github.com/{REPOSITORY}" in text or name == "README.md"
        assert f"https://{release.site(REPOSITORY)}" in text
    assert f"https://github.com/{REPOSITORY}/" in SETUP_CELL.read_text("utf-8")


def test_no_test_types_the_address_which_a_fork_changes():
    found = [
        path.name
        for path in (ROOT / "tests").glob("*.py")
        if path.name != Path(__file__).name and REPOSITORY in path.read_text("utf-8")
    ]
    assert found == []


# Another one than this copy of the book has, which may itself be a fork.
ELSEWHERE = "someone/main-book" if REPOSITORY != "someone/main-book" else "someone/main-fork"


@pytest.fixture(scope="module")
def fork(tmp_path_factory):
    """Return a copy of this checkout that has neither git nor packages and was given another address."""
    root = tmp_path_factory.mktemp("fork") / "a fork"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*release.APART - {"tests"}, ".venv"))
    # -S: without site-packages.
    command = [sys.executable, "-S", "book/tools/release.py", "repository", ELSEWHERE]
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PATH": ""}
    done = subprocess.run(command, cwd=root, env=bare, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return root


def test_a_fork_keeps_no_copy_of_the_old_address(fork):
    assert current_repository(fork) == ELSEWHERE
    old = (f"/{REPOSITORY}", release.site(REPOSITORY))
    kept = [path.name for path, text in release.texts(fork) if any(address in text for address in old)]
    assert kept == []


@pytest.mark.slow
def test_a_fork_passes_the_tests_that_look_at_its_address(fork):
    tests = ["tests/test_notebooks.py", "tests/test_setup_cell.py", "tests/test_release.py"]
    chosen = "in_step or keeps_the_rules or setup_cell or own_files or types_the_address or clone or reviewed"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", chosen, *tests]
    done = subprocess.run(
        command, cwd=fork, env=os.environ | {"PYTHONPATH": str(fork)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
