"""The Chromium or Chrome that is installed, driven by Playwright, which brings none of its own here."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = tuple(  # of macOS, where no command leads to them
    Path(f"/Applications/{name}.app/Contents/MacOS/{name}") for name in ("Google Chrome", "Chromium")
)
WANTED = "install Chromium or Chrome, or name its program in CHROME_PATH"
# What a page asks of another host is to be noted, never fetched.
NOTHING_FOREIGN = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
PATIENCE = 120_000.0  # milliseconds: a whole book is one page when it is printed


class BrowserProblem(Exception):
    """One sentence: the browser does not answer, or what it was to print is not as it should be."""


def program() -> str | None:
    """Return the path of an installed Chromium, if there is one: of that in CHROME_PATH where it is set."""
    if named := os.environ.get("CHROME_PATH"):
        if found := shutil.which(named):
            return found
        raise BrowserProblem(f"CHROME_PATH is {named}, where there is no program; correct or unset it.")
    installed = (str(path) for path in APPLICATIONS if path.is_file())
    return next(filter(None, (*map(shutil.which, PROGRAMS), *installed)), None)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium, and end it."""
    try:
        with sync_playwright() as driver:
            yield driver.chromium.launch(executable_path=program(), args=[NOTHING_FOREIGN])
    except Error as problem:
        raise BrowserProblem(f"Chromium: {problem.message.splitlines()[0]}") from None


def complaints(page: Page, home: str) -> list[str]:
    """Return a list that grows by what goes wrong in a page whose own addresses begin with ``home``."""
    found: list[str] = []

    def note(is_wrong: bool, sentence: str) -> None:
        if is_wrong:
            found.append(sentence)

    own = (home, "data:", "blob:")
    page.on("request", lambda asked: note(not asked.url.startswith(own), f"asks a foreign host: {asked.url}"))
    page.on("pageerror", lambda error: note(True, f"script error: {error}"))
    page.on(
        "console",
        lambda said: note(
            said.type in ("error", "assert"), f"console error: {said.text} {said.location['url']}"
        ),
    )
    page.set_default_timeout(PATIENCE)
    return found
