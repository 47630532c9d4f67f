"""What runs on GitHub: pinned whole, allowed little, and nothing published that was not checked."""

import re
import tomllib

import pytest
import yaml
from torchvision.datasets import CIFAR10

from install import NEWEST, OLDEST
from notebook_files import ROOT, SETUP_CELL
from toy_book import REPOSITORY

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


def test_an_action_that_is_not_pinned_is_found():
    broken = "- uses: actions/checkout@v7 # v7\n  uses: a/b@0123abc # v1\n- uses: a/b/c@" + "0" * 40
    assert len(loose(broken)) == 3


def test_an_action_has_one_version_everywhere():
    versions = {}
    for action in (action for text in WORKFLOWS.values() for action in uses(text)):
        versions.setdefault(action.split("@")[0], set()).add(action)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


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


def test_the_data_are_kept_under_the_md5_of_their_archive():
    keys = re.findall(r"key: (.+)", "".join(WORKFLOWS.values()))
    assert keys == [f"cifar10-{CIFAR10.tgz_md5}"]


def test_both_ends_of_the_supported_pythons_are_tested():
    tested = re.findall(r'python-version: "3\.(\d+)"', WORKFLOWS["ci"])
    assert {(3, int(minor)) for minor in tested} == {OLDEST, NEWEST}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"].startswith(">={}.{}".format(*OLDEST))
    assert any("macos" in str(job) for job in jobs("ci").values())


def test_no_workflow_types_the_address():
    owner, name = REPOSITORY.split("/")
    typed = re.compile(rf"(?<![\w.-]){re.escape(owner)}(/|\.github\.io/){re.escape(name)}(?![\w-])")
    assert [name for name, text in WORKFLOWS.items() if typed.search(text)] == []


def test_a_reader_in_colab_has_no_clone_and_colabs_own_versions():
    steps = jobs("weekly")["colab"]["steps"]
    run = steps[-1]
    assert run["working-directory"].startswith("${{ runner.temp }}") and "--nbmake" in run["run"]
    commands = "".join(step.get("run", "") for step in steps)
    assert "googlecolab/backend-info/main/pip-freeze.txt" in commands
    assert not re.search(r"pip install [^\n]*(\s\.(\s|$)|alexnet)", commands)


def test_a_release_holds_the_wheel_that_the_setup_cells_ask_for():
    asked = re.search(r"releases/download/\{REF\}/(\S+\.whl)", SETUP_CELL.read_text("utf-8"))[1]
    assert asked.replace("{REF[1:]}", "${GITHUB_REF_NAME#v}") in WORKFLOWS["release"]


def test_windows_solves_the_environment_of_the_readme_and_runs_a_chapter():
    commands = "".join(step.get("run", "") for step in jobs("weekly")["windows"]["steps"])
    assert "env create --file environment.yml" in commands
    assert "--nbmake notebooks/en/01_imagenet.ipynb" in commands
    assert (ROOT / "notebooks/en/01_imagenet.ipynb").is_file()


def test_the_pins_are_renewed_each_week():
    renewed = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text("utf-8"))["updates"]
    assert {(entry["package-ecosystem"], entry["directory"]) for entry in renewed} == {
        ("github-actions", "/"), ("pip", "/book"), ("npm", "/book/node"),
    }  # fmt: skip
    assert all(entry["schedule"]["interval"] == "weekly" and entry["groups"] for entry in renewed)
