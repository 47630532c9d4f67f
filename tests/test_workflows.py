"""What runs on GitHub: pinned whole, allowed little, and nothing published that was not checked."""

import re
import tomllib

import pytest
import yaml

from install import NEWEST, OLDEST
from notebook_files import ROOT, SETUP_CELL

FOLDER = ROOT / ".github/workflows"
WORKFLOWS = {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.yml"))}
PINNED = re.compile(r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40} # v\d+(\.\d+)*")
MAIN = "github.ref == 'refs/heads/main'"


def jobs(name):
    return yaml.safe_load(WORKFLOWS[name])["jobs"]


def uses(text):
    return re.findall(r"^\s*(?:- )?uses: *(.*)$", text, re.MULTILINE)


def loose(text):
    return [action for action in uses(text) if not PINNED.fullmatch(action)]


def places(steps, wanted):
    return [number for number, step in enumerate(steps) if wanted in f"{step.get('run')} {step.get('uses')}"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_action_is_pinned_by_the_whole_hash_of_a_commit(name):
    assert uses(WORKFLOWS[name]) and loose(WORKFLOWS[name]) == []


def test_a_job_may_write_only_where_that_is_its_task():
    writing = {}
    for name, text in WORKFLOWS.items():
        assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
        for job, content in jobs(name).items():
            if "permissions" in content:
                writing[f"{name}/{job}"] = content["permissions"]
    assert writing == {
        "ci/publish": {"pages": "write", "id-token": "write"},
        "release/wheel": {"contents": "write"},
    }


def test_only_main_is_published_and_only_after_every_test():
    ci = jobs("ci")
    assert set(ci["publish"]["needs"]) == set(ci) - {"publish"}
    assert ci["publish"]["if"] == MAIN
    assert places(ci["publish"]["steps"], "deploy-pages") == [0] and len(ci["publish"]["steps"]) == 1
    deploying = [name for name, text in WORKFLOWS.items() if "deploy-pages" in text]
    assert deploying == ["ci"]


def test_what_is_published_holds_cifar10_and_was_looked_at():
    book = jobs("ci")["book"]
    assert book["env"]["REQUIRE_CIFAR10"] == "${{ " + MAIN + " && '1' || '' }}"
    wanted = ("actions/cache", ".ci/run", "test-site", "upload-pages")
    order = [places(book["steps"], step) for step in wanted]
    assert all(len(found) == 1 for found in order) and order == sorted(order)
    assert all(book["steps"][place]["if"] == MAIN for [place] in order[2:])
    assert not any("continue-on-error" in text for text in WORKFLOWS.values())


def test_both_ends_of_the_supported_pythons_are_tested():
    tested = re.findall(r'python-version: "3\.(\d+)"', WORKFLOWS["ci"])
    assert {(3, int(minor)) for minor in tested} == {OLDEST, NEWEST}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"].startswith(">={}.{}".format(*OLDEST))
    assert any("macos" in str(job) for job in jobs("ci").values())


def test_a_release_holds_the_wheel_that_the_setup_cells_ask_for():
    asked = re.search(r"releases/download/\{REF\}/(\S+\.whl)", SETUP_CELL.read_text("utf-8"))[1]
    assert asked.replace("{REF[1:]}", "${GITHUB_REF_NAME#v}") in WORKFLOWS["release"]
