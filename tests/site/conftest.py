"""The site that is looked at, the built one (``--site``) or else a stub of two pages, and who looks.

A built site that has not changed since it passed is not looked at again. A browser looks at one page of each
kind, with ``--every-page`` at all.
"""

import contextlib
import functools
import gzip
import hashlib
import http.server
import io
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import filelock
import numpy as np
import pytest
from pages import pages, replace
from playwright.sync_api import Browser
from playwright.sync_api import Page as BrowserPage
from reading import HEIGHT, UNROLLED, one_of_each_kind
from sphinx.util.docutils import docutils_namespace

import build_site
import network_weights
import site_stub
import widget_quiz
import widget_stub
from browser import PATIENCE, chromium
from notebook_files import write_atomically

COMPRESSED = (".html", ".css", ".js", ".svg", ".xml")


@functools.cache
def compressed(path: Path, changed: int) -> bytes:
    """Return a text as it is sent; ``changed`` tells one state of the file from another."""
    return gzip.compress(path.read_bytes())


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files, texts compressed as GitHub Pages does, and says nothing about it."""

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """Send the headers; return what is to follow."""
        path = Path(self.translate_path(self.path))
        if path.suffix not in COMPRESSED or not path.is_file():
            return super().send_head()
        content = compressed(path, path.stat().st_mtime_ns)
        self.send_response(http.HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return io.BytesIO(content)


class QuietServer(http.server.ThreadingHTTPServer):
    """Serves, and says nothing of a browser that left a page before it had all its files."""

    def handle_error(self, *request: Any) -> None:
        """Say what went wrong, unless nobody waits for it any more."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*request)


@contextlib.contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve the site on a free port of this machine; give its address."""
    with QuietServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def state(config: pytest.Config) -> str:
    """Return how deep the checks go, and the hash of the site and of what looks at it."""
    digest = hashlib.sha256()
    for folder in (config.getoption("--site"), Path(__file__).parent):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return f"{'every page' if config.getoption('--every-page') else 'each kind'} {digest.hexdigest()}"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Stop where there is no site, or where it passed and has not changed."""
    site = session.config.getoption("--site")
    if site is None:
        return
    if not (site / "index.html").is_file():
        pytest.exit(f"there is no site in {site}; run make book first.", returncode=2)
    passed, now = site.with_name(f"{site.name}.checked"), state(session.config)
    if passed.is_file() and passed.read_text() in (now, now.replace("each kind", "every page")):
        pytest.exit("site checks: unchanged since they passed.", returncode=0)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Note that a site passed, if nothing was skipped; of several processes one reports, and knows."""
    site = session.config.getoption("--site")
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    is_part = session.config.option.keyword or not all(Path(each).is_dir() for each in session.config.args)
    is_whole = not (session.config.option.collectonly or is_part)
    passed = reporter and exitstatus == 0 and session.testscollected and not reporter.stats.get("skipped")
    if site and passed and is_whole:
        write_atomically(site.with_name(f"{site.name}.checked"), state(session.config))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Ask a built site what is asked of any; the stub shows that the checks find what is wrong.

    What is asked of any site carries the mark ``look``: `make book` asks the built one, so `make test` need
    not ask the stub. What needs the stub of all widgets is ``slow``.
    """
    here = Path(__file__).parent
    own = [item for item in items if here in item.path.parents]
    for mark, fixture in (("look", "site"), ("slow", "widgets")):
        for item in own:
            if fixture in item.fixturenames:
                item.add_marker(mark)
    if config.getoption("--site"):
        left_out = set() if config.getoption("--every-page") else {"every_page"}
        asked = [(item, set(item.fixturenames)) for item in own]
        items[:] = [item for item, names in asked if "site" in names and not left_out & names]


@pytest.fixture(scope="session")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the stub, once for all processes that test; return the book's folder."""
    folder = tmp_path_factory.getbasetemp()
    root = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "stub"
    with filelock.FileLock(f"{root}.lock"):
        if not root.is_dir():
            assert build_site.build(root, site_stub.write_book(root), root / "_build") == []
    return root


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest) -> Path:
    """Return the site to look at."""
    return request.config.getoption("--site") or request.getfixturevalue("stub") / "_build/site"


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of made-up recorded runs."""
    return widget_stub.write_results(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="session")
def widgets(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the stub of all widgets where CIFAR-10 is not, with a small network, once for all tests."""
    with pytest.MonkeyPatch.context() as patch, docutils_namespace():
        patch.setenv("ALEXNET_DATA", str(tmp_path_factory.mktemp("no_data")))
        patch.setattr(network_weights, "RUN", "small_alexnet")
        # Nothing can be asked about images that are not there.
        noise = np.random.default_rng(0).integers(0, 256, (10_000, 32, 32, 3), dtype=np.uint8)
        patch.setattr(widget_quiz, "cifar10_images", lambda: noise)
        return widget_stub.build(tmp_path_factory.mktemp("widgets"), results)


@pytest.fixture
def damaged(stub: Path, tmp_path: Path) -> Path:
    """Return a copy of the stub that may be damaged; files that are not replaced are the stub's own."""
    return shutil.copytree(stub / "_build/site", tmp_path / "site", copy_function=os.link)


@pytest.fixture
def damage(damaged: Path) -> Iterator[Callable[[str, str, str], str]]:
    """Return what changes a page of the copy, and tells where the copy is served."""

    def change(place: str, pattern: str, new: str) -> str:
        replace(damaged, place, pattern, new)
        return at

    with served(damaged) as at:
        yield change


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Serve the site."""
    with served(site) as at:
        yield at


@pytest.fixture(scope="session")
def stub_address(stub: Path) -> Iterator[str]:
    """Serve the stub."""
    with served(stub / "_build/site") as at:
        yield at


@pytest.fixture
def places(request: pytest.FixtureRequest, site: Path) -> list[str]:
    """Return the pages to look at in a browser: an index, a notebook and a search, or all."""
    if request.config.getoption("--every-page"):
        return [place for place, page in pages(site).items() if page.language]
    chosen = one_of_each_kind(site)
    # The stub's pages are made alike in both languages: each kind is looked at in one of them.
    return chosen if request.config.getoption("--site") else [chosen[3], *chosen[1:3]]


@pytest.fixture(scope="session")
def holding(request: pytest.FixtureRequest, address: str, site: Path) -> Callable[[str], list[str]]:
    """Return what tells where pages lie that hold something: the first of each language, or all."""

    @functools.cache
    def find(selector: str) -> list[str]:
        found = [page for page in pages(site).values() if page.soup.select(selector)]
        if not request.config.getoption("--every-page"):
            found = {page.language: page for page in reversed(found)}.values()
        assert found
        return [f"{address}/{page.place}" for page in found]

    return find


@pytest.fixture
def illustrated(holding: Callable[[str], list[str]]) -> list[str]:
    """Return the addresses of chapters with a figure."""
    return holding("figure:has(figcaption) source")


@pytest.fixture(scope="module")
def browser(chromium_needed: None) -> Iterator[Browser]:
    """Start one browser a file: while it runs, nothing else in the process can wait for anything."""
    with chromium() as started:
        yield started


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., BrowserPage]]:
    """Return what opens a page, whole, as a reader who has not been here before; options are a context's."""
    with contextlib.ExitStack() as opened:

        def visitor(place: str, width: int = 1280, height: int = HEIGHT, **options: Any) -> BrowserPage:
            page = browser.new_page(viewport={"width": width, "height": height}, **options)
            opened.callback(page.close)
            page.set_default_timeout(PATIENCE)
            page.goto(place)
            if options.get("java_script_enabled", True):
                page.wait_for_function(UNROLLED)
            return page

        yield visitor


@pytest.fixture
def page(browser: Browser) -> Iterator[BrowserPage]:
    """Return an empty page, for what is to be done before one is opened."""
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    yield page
    page.close()
