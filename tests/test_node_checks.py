"""What axe and html-validate say is passed on; both are asked where they are installed."""

import json
import subprocess

import pytest

import node_checks
from browser import program
from site_server import served

PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>A page</title><meta name="viewport" content="width=device-width"></head>
<body><main><h1>A page</h1><p>Words.</p>{more}</main></body></html>
"""
needed = pytest.mark.skipif(
    not (node_checks.installed() and program()), reason="Node's programs or a browser are not installed"
)


@pytest.fixture
def site(tmp_path):
    """Return a site of a page that has no problem and one that has two."""
    (tmp_path / "good.html").write_text(PAGE.format(more=""), "utf-8")
    (tmp_path / "bad.html").write_text(PAGE.format(more='<img src="a.png"><p><div></div></p>'), "utf-8")
    return tmp_path


@needed
def test_a_picture_without_words_is_found_by_axe_at_both_widths_light_and_dark(site):
    found = node_checks.accessibility_problems(site, ["good.html", "bad.html"])
    assert [problem.split(": axe ")[0] for problem in found if "image-alt" in problem] == [
        "bad.html at 390 px, light",
        "bad.html at 1280 px, dark",
        "bad.html at 1280 px, light",
    ]
    assert not [problem for problem in found if problem.startswith("good.html")]


@needed
def test_html_that_is_not_valid_is_found(site):
    found = list(node_checks.html_problems(site, ["good.html", "bad.html"]))
    assert found and all(problem.startswith("bad.html:3: html-validate ") for problem in found)


def test_a_message_names_page_line_and_rule(site, monkeypatch):
    said = [{"filePath": str(site / "bad.html"), "messages": [
        {"line": 7, "ruleId": "close-order", "message": "Unclosed element"}
    ]}]  # fmt: skip
    done = subprocess.CompletedProcess([], 1, stdout=json.dumps(said), stderr="")
    monkeypatch.setattr(node_checks.subprocess, "run", lambda *_, **__: done)
    found = list(node_checks.html_problems(site, ["bad.html"]))
    assert found == ["bad.html:7: html-validate close-order: Unclosed element"]


def test_a_program_that_fails_is_a_problem_and_not_silence(site, monkeypatch):
    done = subprocess.CompletedProcess([], 1, stdout="", stderr="Cannot find module\n")
    monkeypatch.setattr(node_checks.subprocess, "run", lambda *_, **__: done)
    found = list(node_checks.html_problems(site, ["bad.html"]))
    assert found == ["html-validate did not run: Cannot find module"]


GOOD = dict.fromkeys(("performance", "accessibility", "best-practices", "seo"), 100.0) | {
    "cumulative-layout-shift": 0.0, "total-byte-weight": 200.0
}  # fmt: skip


def lighthouse(monkeypatch, site, *runs):
    """Let Lighthouse find, on the only page, what is given; return the problems."""
    measured = iter(runs)
    monkeypatch.setattr(node_checks, "measure", lambda address: GOOD | next(measured))
    monkeypatch.setattr(node_checks, "one_of_each_kind", lambda site: ["good.html"])
    problems = list(node_checks.lighthouse_problems(site))
    assert list(measured) == []
    return problems


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ({"performance": 94.0}, "performance 94, at least 95 is wanted"),
        ({"cumulative-layout-shift": 0.126}, "cumulative-layout-shift 0.126, at most 0.05 is wanted"),
        ({"total-byte-weight": 951.0}, "total-byte-weight 951, at most 600 is wanted"),
    ],
)
def test_a_page_that_falls_short_again_and_again_is_a_problem(site, monkeypatch, bad, problem):
    assert lighthouse(monkeypatch, site, bad, bad, {}) == [f"good.html: Lighthouse {problem}"]


def test_one_slow_measurement_is_none(site, monkeypatch, capsys):
    assert lighthouse(monkeypatch, site, {"performance": 60.0}, {}, {}) == []
    assert "Lighthouse (n = 3) good.html: performance 100" in capsys.readouterr().out
    assert lighthouse(monkeypatch, site, {}) == []


@needed
def test_lighthouse_measures_a_page(site):
    with served(site) as address:
        measured = node_checks.measure(f"{address}/good.html")
    assert measured.keys() == GOOD.keys()
    assert measured["seo"] < 100  # it has no description
    assert 0 < measured["total-byte-weight"] < 5
