"""What three programs of Node say of the site: axe of its accessibility, html-validate, and Lighthouse.

``make test-site`` installs them as book/node/package-lock.json has them.
"""

import json
import math
import os
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

from browser import FLAGS, Browser, BrowserProblem, browser, program
from browser_checks import WIDTHS, one_of_each_kind
from notebook_files import LANGUAGES
from site_server import served

NODE = Path(__file__).parents[1] / "node"
AXE = NODE / "node_modules/axe-core/axe.min.js"
HTML_VALIDATE = NODE / "node_modules/.bin/html-validate"
LIGHTHOUSE = NODE / "node_modules/.bin/lighthouse"
# A page is whole a moment after it is loaded; see book/_static/unroll.js.
UNROLLED = """(async () => {
  for (let i = 0; i < 400 && document.querySelector(".unrolling"); i++)
    await new Promise((done) => setTimeout(done, 50));
  await new Promise((done) => requestIdleCallback(done));
})()"""
VIOLATIONS = """axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, target }) => [id, target.join(" "), html.slice(0, 80)])))"""


# Lighthouse's four scores, of 100; how far a page may shift; what its first load may weigh, in KiB.
LEAST_SCORE = 95
MOST = {"cumulative-layout-shift": 0.05, "total-byte-weight": 600.0}
MEASUREMENTS = 3
OTHER_KINDS = ("glossary", "results", "gallery")
HEAVY = ("gallery",)  # pictures and little else

Measured = dict[str, float]


def installed() -> bool:
    """Tell whether the three programs are there."""
    return AXE.is_file() and HTML_VALIDATE.exists() and LIGHTHOUSE.exists()


def accessibility_problems(site: Path, places: list[str]) -> list[str]:
    """Return every violation that axe finds on the pages, on a phone and, light and dark, on a screen."""
    with browser() as chromium, served(site) as address:
        return [problem for place in places for problem in axe_problems(chromium, f"{address}/", place)]


def axe_problems(chromium: Browser, address: str, place: str) -> Iterator[str]:
    """Yield the violations of one page."""
    for width, scheme in ((WIDTHS[1], "light"), (WIDTHS[-1], "dark"), (WIDTHS[-1], "light")):
        chromium.resize(width)
        chromium.prefer(scheme)
        chromium.open(address + place)
        chromium.value(UNROLLED)
        chromium.value(f"{AXE.read_text('utf-8')}; 0")
        for rule, target, html in chromium.value(VIOLATIONS):
            yield f"{place} at {width} px, {scheme}: axe {rule}: {target} {html}"


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


def lighthouse_problems(site: Path) -> Iterator[str]:
    """Yield where a page of some kind falls short on a slow phone; print what each reached.

    Lighthouse measures on this machine, busy or not: what falls short is measured anew, and the median
    of three counts.
    """
    others = [f"{language}/{name}.html" for language in LANGUAGES for name in OTHER_KINDS]
    with served(site) as address:
        for place in [*one_of_each_kind(site), *(place for place in others if (site / place).is_file())]:
            limits = MOST | ({"total-byte-weight": math.inf} if Path(place).stem in HEAVY else {})
            runs = [measure(f"{address}/{place}")]
            if list(shortfalls(runs[0], limits)):
                runs += [measure(f"{address}/{place}") for _ in range(MEASUREMENTS - 1)]
            median = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
            reached = ", ".join(f"{name} {value:.3g}" for name, value in median.items())
            print(f"Lighthouse (n = {len(runs)}) {place}: {reached}", flush=True)
            yield from (f"{place}: Lighthouse {problem}" for problem in shortfalls(median, limits))


def measure(address: str) -> Measured:
    """Return Lighthouse's scores of a page, of 100, and what ``MOST`` names."""
    chromium = " ".join(flag for flag in FLAGS if "resolver" not in flag)
    command = [LIGHTHOUSE, address, "--quiet", "--output=json", f"--chrome-flags={chromium}"]
    environment = os.environ | {"CHROME_PATH": program()}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise BrowserProblem(f"Lighthouse did not measure {address}: {done.stderr.strip()[-300:]}")
    report = json.loads(done.stdout)
    scores = {name: 100 * (about["score"] or 0) for name, about in report["categories"].items()}
    values = {name: report["audits"][name]["numericValue"] for name in MOST}
    return scores | values | {"total-byte-weight": values["total-byte-weight"] / 1024}


def shortfalls(measured: Measured, limits: Measured) -> Iterator[str]:
    """Yield what is below the least score, or above a limit."""
    for name, value in measured.items():
        if value > limits.get(name, math.inf):
            yield f"{name} {value:.3g}, at most {limits[name]:g} is wanted"
        elif name not in MOST and value < LEAST_SCORE:
            yield f"{name} {value:.0f}, at least {LEAST_SCORE} is wanted"
