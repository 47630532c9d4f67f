"""A headless Chromium, driven over its own debugging pipe: no driver to install, no port to guess."""

import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = tuple(  # of macOS, where no command leads to them
    Path(f"/Applications/{name}.app/Contents/MacOS/{name}") for name in ("Google Chrome", "Chromium")
)
WANTED = "install Chromium or Chrome, or name its program in CHROME_PATH"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    # What a page asks of another host is to be noted, never fetched.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip
PATIENCE = 120.0  # seconds: a whole book is printed in one answer


class BrowserProblem(Exception):
    """One sentence: the browser does not answer, or refuses what it was asked."""


def program() -> str | None:
    """Return the path of an installed Chromium, if there is one: of that in CHROME_PATH where it is set."""
    if named := os.environ.get("CHROME_PATH"):
        if found := shutil.which(named):
            return found
        raise BrowserProblem(f"CHROME_PATH is {named}, where there is no program; correct or unset it.")
    installed = (str(path) for path in APPLICATIONS if path.is_file())
    return next(filter(None, (*map(shutil.which, PROGRAMS), *installed)), None)


@contextlib.contextmanager
def browser() -> Iterator["Browser"]:
    """Start Chromium with a fresh profile, and end it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, contextlib.ExitStack() as files:
        command, answers = ends(), ends()

        def connect() -> None:
            # Chromium reads its commands from file 3 and answers to file 4.
            os.dup2(command[0], 3)
            os.dup2(answers[1], 4)

        process = subprocess.Popen(
            [program(), *FLAGS, f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=connect, close_fds=False,
        )  # fmt: skip
        os.close(command[0])
        os.close(answers[1])
        files.callback(os.close, command[1])
        files.callback(os.close, answers[0])
        try:
            yield Browser(command[1], answers[0])
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def ends() -> list[int]:
    """Return the two ends of a pipe, numbered so high that 3 and 4 are free."""
    low = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in low]
    for end in low:
        os.close(end)
    return high


class Browser:
    """One page of a running Chromium, asked in its own protocol (chromedevtools.github.io)."""

    def __init__(self, commands: int, answers: int) -> None:
        self.commands, self.answers = commands, answers
        self.unread = b""
        self.asked = 0
        self.session = ""
        self.events: list[dict[str, Any]] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{domain}.enable")
        self.ask("Page.setLifecycleEventsEnabled", enabled=True)

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command and return its answer."""
        self.asked += 1
        message = {"id": self.asked, "method": method, "params": parameters}
        message |= {"sessionId": self.session} if self.session else {}
        try:
            os.write(self.commands, json.dumps(message).encode() + b"\0")
        except BrokenPipeError:
            raise BrowserProblem(f"Chromium ended before {method}.") from None
        answer = self.wait(lambda message: message.get("id") == self.asked, method)
        if "error" in answer:
            raise BrowserProblem(f"Chromium refused {method}: {answer['error']['message']}.")
        return answer["result"]

    def wait(self, wanted: Callable[[dict[str, Any]], bool], name: str) -> dict[str, Any]:
        """Return the first message that is wanted; keep the events before it."""
        end = time.monotonic() + PATIENCE
        while True:
            while b"\0" in self.unread:
                line, self.unread = self.unread.split(b"\0", 1)
                message = json.loads(line)
                if "method" in message:
                    self.events.append(message)
                if wanted(message):
                    return message
            left = end - time.monotonic()  # which a page that never rests does not lengthen
            is_ready = left > 0 and select.select([self.answers], [], [], left)[0]
            if not is_ready:
                raise BrowserProblem(f"Chromium did not answer {name} within {PATIENCE:.0f} s.")
            chunk = os.read(self.answers, 1 << 20)
            if not chunk:
                raise BrowserProblem(f"Chromium ended before it answered {name}.")
            self.unread += chunk

    def open(self, address: str) -> None:
        """Go to a page; return when it, or the page it redirects to, has loaded."""
        with self.loading(address):
            answer = self.ask("Page.navigate", url=address)
            if "errorText" in answer:
                raise BrowserProblem(f"Chromium cannot open {address}: {answer['errorText']}.")

    def click(self, selector: str) -> None:
        """Click on a link; return when the page it leads to has loaded."""
        with self.loading(selector):
            self.value(f"document.querySelector({json.dumps(selector)}).click()")

    @contextlib.contextmanager
    def loading(self, name: str) -> Iterator[None]:
        """Wait, after what is done in the block, for a new page without requests for half a second."""
        before = self.ask("Page.getFrameTree")["frameTree"]["frame"]["loaderId"]
        self.events.clear()
        yield

        def is_idle(message: dict[str, Any]) -> bool:
            stage = message["params"] if message.get("method") == "Page.lifecycleEvent" else {}
            # The page before may still have to say that it is idle.
            return stage.get("name") == "networkIdle" and stage["loaderId"] != before

        if not any(map(is_idle, self.events)):
            self.wait(is_idle, name)

    def value(self, expression: str) -> Any:
        """Return what a JavaScript expression gives in the page; a promise is waited for."""
        asked = {"expression": expression, "returnByValue": True, "awaitPromise": True}
        answer = self.ask("Runtime.evaluate", **asked)
        if "exceptionDetails" in answer:
            raise BrowserProblem(f"The page could not answer {expression[:60]!r}.")
        return answer["result"].get("value")

    def resize(self, width: int, height: int = 900) -> None:
        """Give the page the size of a screen."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700}
        self.ask("Emulation.setDeviceMetricsOverride", **metrics)

    def prefer(self, scheme: str) -> None:
        """Give the system a colour scheme, light or dark."""
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def allow_scripts(self, allowed: bool) -> None:
        """Switch the scripts of the pages opened from now on."""
        self.ask("Emulation.setScriptExecutionDisabled", value=not allowed)
