import subprocess

import pytest

import release
from notebook_files import REPOSITORY, SETUP_CELL, read, reference
from reviews import unreviewed
from toy_book import notebook_path, write_toy_book

OWNER, NAME = REPOSITORY.split("/")
CITATION = f"""version: 0.1.0
date-released: 2020-01-01
repository-code: https://github.com/{REPOSITORY}
url: https://{OWNER}.github.io/{NAME}/
"""
README = f"""[Colab](https://colab.research.google.com/github/{REPOSITORY}/blob/v0.1.0/notebooks/ko/01_toy.ipynb)
[Binder](https://mybinder.org/v2/gh/{REPOSITORY}/v0.1.0?urlpath=lab) https://{OWNER}.github.io/{NAME}/ko/
pip install https://github.com/{REPOSITORY}/archive/refs/tags/v0.1.0.tar.gz
numpy 0.1.0, another/repo/blob/v0.1.0/x, NO{REPOSITORY}, {REPOSITORY}SITORY
"""
REFUSED = [["version", ""], ["version", "v1.0"], ["repository", "OWNER"], ["repository", ""]]


@pytest.fixture
def book(tmp_path):
    root = write_toy_book(tmp_path)
    (root / "CITATION.cff").write_text(CITATION)
    (root / "README.md").write_text(README)
    (root / "picture.png").write_bytes(b"\x89PNG " + REPOSITORY.encode())
    (root / "setup_cell.py").write_text(SETUP_CELL.read_text("utf-8"), "utf-8")
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", "-C", root, *command], check=True)
    (root / "untracked.md").write_text(f"{REPOSITORY}/blob/v0.1.0")
    return root


def contents(root):
    return {
        path: path.read_bytes() for path in root.rglob("*") if path.is_file() and ".git" not in path.parts
    }


def test_a_release_gives_every_copy_the_new_version(book):
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


def test_a_release_leaves_other_versions_alone(book):
    release.main(["version", "0.2.0"], book)
    lines = (book / "README.md").read_text().splitlines()
    assert "v0.1.0" not in "".join(lines[:3])
    assert lines[3] == README.splitlines()[3]


def test_a_new_address_reaches_every_tracked_copy_and_nothing_else(book):
    assert release.main(["repository", "elsewhere/alex.net"], book) == 0
    lines = (book / "README.md").read_text().splitlines()
    assert "https://elsewhere.github.io/alex.net/ko/" in lines[1]
    assert OWNER not in "".join(lines[:3])
    assert f"NO{REPOSITORY}, {REPOSITORY}SITORY" in lines[3]
    assert "elsewhere/alex.net" in read(notebook_path(book, "ko")).cells[2].source
    assert REPOSITORY.encode() in (book / "picture.png").read_bytes()
    assert REPOSITORY in (book / "untracked.md").read_text()


def test_an_address_can_be_changed_again(book):
    once = contents(book)
    release.main(["repository", "first/one"], book)
    release.main(["repository", "second/other"], book)
    assert "second.github.io/other" in (book / "CITATION.cff").read_text()
    release.main(["repository", REPOSITORY], book)
    assert contents(book) == once


@pytest.mark.parametrize("arguments", [["version", "0.2.0"], ["repository", "some/one"]])
def test_a_second_time_changes_nothing(book, arguments, capsys):
    release.main(arguments, book)
    once = contents(book)
    capsys.readouterr()
    release.main(arguments, book)
    assert contents(book) == once
    assert "Nothing to do" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["version", "0.2.0"], ["repository", "some/one"]])
def test_what_was_reviewed_stays_so_and_what_was_not_stays_so_too(book, arguments):
    page = book / "book/ko/index.md"
    assert list(unreviewed(book)) == []
    release.main(arguments, book)
    assert list(unreviewed(book)) == []
    page.write_text(page.read_text("utf-8") + "더.\n", "utf-8")
    release.main([arguments[0], {"version": "0.3.0", "repository": "an/other"}[arguments[0]]], book)
    assert [(page, cell) for page, cell, _ in unreviewed(book)] == [("book/index.md", "page")]


@pytest.mark.parametrize("arguments", REFUSED)
def test_a_value_of_another_form_is_refused_before_anything_is_written(book, arguments, capsys):
    once = contents(book)
    with pytest.raises(SystemExit) as stop:
        release.main(arguments, book)
    assert stop.value.code == 2
    assert f"given is '{arguments[1]}'; give one like" in capsys.readouterr().err
    assert contents(book) == once


def test_the_books_own_files_hold_one_version_and_one_address():
    version = reference()[1:]
    citation = (release.ROOT / "CITATION.cff").read_text("utf-8")
    assert f"version: {version}\n" in citation
    assert f'REF = "v{version}"' in SETUP_CELL.read_text("utf-8")
    assert release.current_repository(release.ROOT) == REPOSITORY
    assert f"https://github.com/{REPOSITORY}/archive" in SETUP_CELL.read_text("utf-8")
