"""What every test starts from: English, nothing announced, no kept run of the user's, one thread."""

import os
from pathlib import Path

import filelock
import matplotlib.pyplot as plt
import pytest
import torch

from alexnet_lib import models, records, shapes, terminal
from alexnet_lib.data import announce_shapes10
from alexnet_lib.language import LANGUAGES, set_language, text
from alexnet_lib.notebook import use_book_fonts
from alexnet_lib.records import fetched
from alexnet_lib.runs import runs_root
from browser import program
from languages import LANGUAGES as BOOK_LANGUAGES
from languages import TRANSLATIONS
from tiny import TinyNet

# Of a translation that is begun, test_languages.py looks at what is there; the rest is for whole languages.
TRANSLATIONS[:] = [language for language in TRANSLATIONS if not language.begun]
for begun in [code for code, language in BOOK_LANGUAGES.items() if language.begun]:
    del BOOK_LANGUAGES[begun]

# Networks this small are slowed down by a second thread, most of all where the cores are busy.
torch.set_num_threads(1)


def pytest_addoption(parser):
    """Let the checks of tests/site be asked of a built site; see there."""
    parser.addoption("--site", type=Path, help="the built site; without it a stub of two pages")
    parser.addoption("--every-page", action="store_true", help="every page, and what Node's programs say")


@pytest.fixture(autouse=True)
def clean_surroundings(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("ALEXNET_RUNS", str(tmp_path_factory.getbasetemp() / "runs"))
    set_language(LANGUAGES[0])
    announce_shapes10.cache_clear()
    fetched.cache_clear()
    records._refused = None
    yield
    set_language(LANGUAGES[0])
    plt.close("all")


@pytest.fixture
def small_data(monkeypatch):
    """Let shapes10 be 100 training and 20 test images, and the tiny network one of the library's."""
    monkeypatch.setattr(shapes, "COUNT", {True: 100, False: 20})
    monkeypatch.setitem(models.NETWORKS, "TinyNet", TinyNet)


@pytest.fixture(params=BOOK_LANGUAGES)
def language(request):
    """Run a test in every language that is whole, with the book's letters."""
    set_language(request.param)
    use_book_fonts()
    return request.param


@pytest.fixture
def assert_it_waits(monkeypatch, capsys):
    """Call what takes a lock while someone else has it, who finishes and lets go once the waiting begins."""

    def call(action, meanwhile=lambda: None):
        others = [filelock.FileLock(path) for path in runs_root().rglob("*.lock")]
        assert others
        for lock in others:
            lock.acquire()
        tell = terminal.tell

        def let_go(words):
            meanwhile()
            for other in others:
                other.release()
            tell(words)

        monkeypatch.setattr(terminal, "tell", let_go)
        capsys.readouterr()
        action()
        assert capsys.readouterr().err.count(text("training.waiting")) == 1
        assert not any(lock.is_locked for lock in others)

    return call


@pytest.fixture(scope="session")
def chromium_needed():
    """Skip a test where no browser is, or fail it where that must not be."""
    if program() is None and os.environ.get("REQUIRE_SITE_CHECKS"):
        pytest.fail("No Chromium is installed, and REQUIRE_SITE_CHECKS wants the pages looked at.")
    if program() is None:
        pytest.skip("No Chromium is installed: the pages were not looked at in a browser.")
