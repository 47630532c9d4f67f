"""What two programs of Node say of the site: axe of its accessibility, html-validate of its HTML.

``make test-site`` installs them as book/tools/node/package-lock.json has them.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from browser import Browser, browser
from browser_checks import WIDTHS, served

NODE = Path(__file__).parent / "node"
AXE = NODE / "node_modules/axe-core/axe.min.js"
HTML_VALIDATE = NODE / "node_modules/.bin/html-validate"
VIOLATIONS = """axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, target }) => [id, target.join(" "), html.slice(0, 80)])))"""


def installed() -> bool:
    """Tell whether both programs are there."""
    return AXE.is_file() and HTML_VALIDATE.exists()


def accessibility_problems(site: Path, places: list[str]) -> list[str]:
    """Return every violation that axe finds on the pages, on a phone and on a screen."""
    with browser() as chromium, served(site) as address:
        return [problem for place in places for problem in axe_problems(chromium, f"{address}/", place)]


def axe_problems(chromium: Browser, address: str, place: str) -> Iterator[str]:
    """Yield the violations of one page."""
    for width in (WIDTHS[1], WIDTHS[-1]):
        chromium.resize(width)
        chromium.open(address + place)
        chromium.value(f"{AXE.read_text('utf-8')}; 0")
        for rule, target, html in chromium.value(VIOLATIONS):
            yield f"{place} at {width} px: axe {rule}: {target} {html}"


def html_problems(site: Path, places: list[str]) -> Iterator[str]:
    """Yield what is no valid HTML; what the theme writes and no browser minds is not asked."""
    command = [HTML_VALIDATE.resolve(), "--formatter", "json", "--config", NODE / ".htmlvalidate.json"]
    done = subprocess.run(
        [*command, *(site / place for place in places)], capture_output=True, text=True, check=False
    )
    if not done.stdout.startswith("["):
        yield f"html-validate did not run: {done.stderr.strip()[-300:]}"
        return
    for file in json.loads(done.stdout):
        place = Path(file["filePath"]).relative_to(site.resolve())
        for found in file["messages"]:
            yield f"{place}:{found['line']}: html-validate {found['ruleId']}: {found['message']}"
