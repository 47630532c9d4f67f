"""What html-validate and Lighthouse say of a site, two programs of Node that ``make test-site`` installs."""

import json
import os
import statistics
import subprocess
from pathlib import Path

import pytest
from pages import pages
from reading import one_of_each_kind

from browser import program
from conftest import served
from notebook_files import LANGUAGES, ROOT

NODE = ROOT / "book/node"
PROGRAMS = NODE / "node_modules/.bin"
# Lighthouse's four scores, of 100, and how far a page may shift.
LEAST_SCORE, SHIFT, MOST_SHIFT = 95, "cumulative-layout-shift", 0.05
MEASUREMENTS = 3
OTHER_KINDS = ("glossary", "results", "gallery")
PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>A page</title><meta name="viewport" content="width=device-width"></head>
<body><main><h1>A page</h1><p>Words.</p>{more}</main></body></html>
"""


@pytest.fixture
def node(request):
    """Do what takes minutes for ``--every-page`` alone, and only where the programs are."""
    if not (PROGRAMS / "lighthouse").exists():
        if os.environ.get("REQUIRE_SITE_CHECKS") and request.config.getoption("--every-page"):
            pytest.fail("Node's programs are not there, and REQUIRE_SITE_CHECKS wants the pages looked at.")
        pytest.skip("Node's programs are not installed.")


@pytest.fixture
def every_page(request, node):
    if not request.config.getoption("--every-page"):
        pytest.skip("Lighthouse and html-validate look at every page, or at none.")


def html_problems(folder, places):
    """Return what is no valid HTML; what the theme writes and no browser minds is not asked."""
    command = [PROGRAMS / "html-validate", "--formatter", "json", "--config", NODE / ".htmlvalidate.json"]
    done = subprocess.run([*command, *(folder / place for place in places)], capture_output=True, text=True)
    assert done.stdout.startswith("["), done.stderr
    return [
        f"{Path(file['filePath']).relative_to(folder.resolve())}:{found['line']}: {found['message']}"
        for file in json.loads(done.stdout)
        for found in file["messages"]
    ]


def measured(address):
    """Return Lighthouse's scores of a page, of 100, and how far it shifts."""
    flags = "--headless --no-sandbox --disable-gpu --disable-background-networking --no-first-run"
    command = [PROGRAMS / "lighthouse", address, "--quiet", "--output=json", f"--chrome-flags={flags}"]
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | {"CHROME_PATH": program()}
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    scores = {name: 100 * (about["score"] or 0) for name, about in report["categories"].items()}
    return scores | {SHIFT: report["audits"][SHIFT]["numericValue"]}


def shortfalls(found):
    """Return what is below the least score, and a shift above the limit."""
    short = {name: value for name, value in found.items() if name != SHIFT and value < LEAST_SCORE}
    shifts = [f"{SHIFT} {found[SHIFT]:.3g}"] if found[SHIFT] > MOST_SHIFT else []
    return [f"{name} {value:.3g}" for name, value in short.items()] + shifts


def test_the_html_of_the_site_is_valid(site, every_page):
    assert html_problems(site, list(pages(site))) == []


def test_lighthouse_is_content_with_a_page_of_each_kind(site, address, every_page, chromium_needed, capsys):
    """What falls short on a machine that may be busy is measured anew; the median of three counts."""
    others = [f"{language}/{name}.html" for language in LANGUAGES for name in OTHER_KINDS]
    problems = []
    for place in [*one_of_each_kind(site), *(place for place in others if (site / place).is_file())]:
        runs = [measured(f"{address}/{place}")]
        if shortfalls(runs[0]):
            runs += [measured(f"{address}/{place}") for _ in range(MEASUREMENTS - 1)]
        median = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        with capsys.disabled():
            reached = ", ".join(f"{name} {value:.3g}" for name, value in median.items())
            print(f"Lighthouse (n = {len(runs)}) {place}: {reached}", flush=True)
        problems += [f"{place}: {problem}" for problem in shortfalls(median)]
    assert problems == []


def test_html_that_is_not_valid_is_found(node, tmp_path):
    (tmp_path / "good.html").write_text(PAGE.format(more=""), "utf-8")
    (tmp_path / "bad.html").write_text(PAGE.format(more='<img src="a.png"><p><div></div></p>'), "utf-8")
    problems = html_problems(tmp_path, ["good.html", "bad.html"])
    assert problems and all(problem.startswith("bad.html:3: ") for problem in problems)


@pytest.mark.slow  # as Lighthouse itself is asked in `make test-site` alone
def test_a_page_that_falls_short_is_found(node, chromium_needed, tmp_path):
    (tmp_path / "bad.html").write_text(PAGE.format(more=""), "utf-8")
    with served(tmp_path) as address:
        found = measured(f"{address}/bad.html")
    assert any(problem.startswith("seo ") for problem in shortfalls(found))  # it has no description
