"""``jupyter-book build .``: whoever forks the book may use Jupyter Book as they know it."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from sphinx.errors import ExtensionError

import plain_book
import site_stub
from notebook_files import ROOT, as_text, read


@pytest.fixture
def book(tmp_path):
    """Return the stub, of which the Korean notebook was executed and the English one was not."""
    executed = site_stub.write_book(tmp_path)
    (executed / "en/01_stub.ipynb").unlink()
    plain_book.unfinished.cache_clear()
    return tmp_path


def application(book, page):
    noted = []
    environment = SimpleNamespace(doc2path=lambda name: str(book / name), note_dependency=noted.append)
    return SimpleNamespace(srcdir=str(book), env=environment, noted=noted)


def test_the_plain_build_gives_no_warning_whether_the_notebooks_were_executed_or_not(book):
    (book / "book/tools").symlink_to(ROOT / "book/tools")
    (book / "book/index.md").write_text("# A book\n\n{doc}`ko/index` {doc}`en/index`\n", "utf-8")
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "-W", "-n", "--keep-going"]
    done = subprocess.run(command, cwd=book, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    pages = {
        place: BeautifulSoup((book / f"_build/html/{place}.html").read_text("utf-8"), "html.parser").article
        for place in ("book/ko/index", "book/en/index", "notebooks/ko/01_stub", "notebooks/en/01_stub")
    }
    assert "마지막 손실은 1.87입니다" in pages["book/ko/index"].get_text()
    assert "The last loss is —." in pages["book/en/index"].get_text()
    assert pages["notebooks/ko/01_stub"].find("img", alt=site_stub.ALT["ko"])
    assert "has not been run yet" in pages["notebooks/en/01_stub"].get_text()
    assert pages["notebooks/ko/01_stub"].find("a", href="../../book/ko/index.html")


def test_a_page_is_read_again_when_a_notebook_that_it_quotes_was_executed(book):
    executed = str(book / "_build/executed/ko/01_stub.ipynb")
    for page in ("notebooks/ko/01_stub.ipynb", "book/ko/index.md"):
        app = application(book, page)
        plain_book.read_page(app, page, [(book / page).read_text("utf-8")])
        assert app.noted == [executed]


def test_code_that_was_not_executed_as_it_stands_stops_the_build_in_a_sentence(book):
    page = "notebooks/ko/01_stub.ipynb"
    notebook = read(book / page)
    notebook.cells[5].source = "plot(other)"
    (book / page).write_text(as_text(notebook), "utf-8")
    with pytest.raises(ExtensionError, match=r"01_stub\.ipynb#figure: .* run make book"):
        plain_book.read_page(application(book, page), page, [""])
