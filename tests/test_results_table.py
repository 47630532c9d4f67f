"""The table of recorded runs, and the README that holds it."""

import json
import re
import tomllib
from collections import Counter
from fnmatch import fnmatch

import pytest

from languages import words
from notebook_files import LANGUAGES, ROOT
from results_table import recorded, results_table
from write_readme import README, RESULTS, with_tables


def write_run(folder, name, seed, error, **others):
    run = {
        "run": name,
        "seed": seed,
        "history": [{}] * 10,
        "dtype": "float32",
        "test": {"top1_error": error, "count": 10_000},
        "split": {"train": 45_000},
        "flop": 8.7e14,
        "duration_seconds": 5400,
        "hardware": {"device": "a processor"},
        "versions": {"torch": "2.14.1"},
        "date": "2026-11-24T12:00:00Z",
    } | others
    (folder / f"{name}-{seed}.json").write_text(json.dumps(run))


def cells(table, line):
    return [cell.strip() for cell in table.splitlines()[line].strip("|").split("|")]


def test_setups_that_differ_are_letters_explained_below(tmp_path):
    write_run(tmp_path, "baseline", 0, 0.25)
    write_run(tmp_path, "baseline", 1, 0.25, versions={"torch": "2.11.0"})
    write_run(tmp_path, "tuned", 0, 0.25, dtype="bfloat16", hardware={"device": "another"})
    write_run(tmp_path, "modern", 0, 0.25, versions={"torch": "2.11.0"})
    table = results_table(tmp_path, "en", ["baseline", "tuned", "modern"])
    assert [cells(table, line)[-1].split("<br />")[1] for line in (0, 2, 3, 4)] == [
        "time (setup)", "1.5 h (A, B)", "1.5 h (C)", "1.5 h (B)",
    ]  # fmt: skip
    legend = [
        "- A: float32, a processor, PyTorch 2.14.1, 2026-11-24",
        "- B: float32, a processor, PyTorch 2.11.0, 2026-11-24",
        "- C: bfloat16, another, PyTorch 2.14.1, 2026-11-24",
    ]
    assert table.endswith("\n\nSetups (number format, hardware, PyTorch, days):\n\n" + "\n".join(legend))


def test_runs_stand_in_the_order_of_the_names_asked_for_then_of_the_rungs_then_of_time(tmp_path):
    names = ["race_b", "race_a", "aside", "rung_whitening", "rung_schedule", "rung_post", "modern"]
    for day, name in enumerate(names, start=10):
        write_run(tmp_path, name, 0, 0.25, date=f"2026-11-{day}")
    table = results_table(tmp_path, "en", ["modern", "rung_*", "race_*"]).splitlines()[2:8]
    wanted = ["modern", "rung_post", "rung_schedule", "rung_whitening", "race_b", "race_a"]
    assert [line.split("`")[1] for line in table] == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_every_record_once_and_says_what_it_is(language):
    page = (ROOT / f"book/{language}/results.md").read_text("utf-8")
    shown, said = Counter(), Counter()
    for names, folder in re.findall(r"```\{recorded-runs\} ?(.*)\n(?::folder: (\w+)\n)?```", page):
        results, patterns = RESULTS / folder, names.split() or ["*"]
        shown.update((folder, name) for name in recorded(results, patterns))
        said.update(re.findall(r"^\| [^|`]+ `", results_table(results, language, patterns), re.M))
    everything = [(folder, name) for folder in ("", "superseded") for name in recorded(RESULTS / folder)]
    assert shown == Counter(everything)
    assert said.total() == shown.total()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_run_of_the_plan_has_words_and_one_place_on_the_page(language):
    """Before it is trained, which may take hours."""
    page = (ROOT / f"book/{language}/results.md").read_text("utf-8")
    patterns = [names.split() for names in re.findall(r"```\{recorded-runs\} (.+)\n", page)]
    plan = tomllib.loads((ROOT / "book/runs/runs.toml").read_text("utf-8"))["run"]
    # The other kinds have no accuracy on CIFAR-10's test images, and so no row.
    for name in {run["name"] for run in plan if run["kind"] not in ("transfer", "grid")}:
        assert name in words(language)["runs"], f"{name}: say what it is, in [runs] of locale/*/words.toml"
        places = [table for table in patterns if any(fnmatch(name, pattern) for pattern in table)]
        assert len(places) == 1, f"{name}: name it in one table of book/{language}/results.md"


def test_seeds_on_several_days_say_so_and_their_computation_is_a_mean(tmp_path):
    write_run(tmp_path, "baseline", 0, 0.25, flop=1e14)
    write_run(tmp_path, "baseline", 1, 0.25, flop=3e14, date="2026-11-26T01:00:00Z")
    write_run(tmp_path, "baseline", 2, 0.25, flop=2e14, date="2026-12-01T01:00:00Z")
    table = results_table(tmp_path, "en")
    assert "2026-11-24, 26, 2026-12-01" in table
    assert cells(table, 2)[-1].startswith("2.0×10¹⁴<br />")


def test_what_is_true_of_every_row_stands_below_the_table(tmp_path):
    write_run(tmp_path, "baseline", 0, 0.25)
    one = results_table(tmp_path, "en")
    wanted = ["training", "test accuracy (%), 95% interval", "epochs", "FLOP<br />time (setup)"]
    assert cells(one, 0) == wanted
    assert "(n = 1). All were trained on 45,000 images." in one
    views = {"top1_error": 0.055, "count": 10_000}
    write_run(tmp_path, "modern", 0, 0.06, test_views=views, split={"train": 50_000})
    write_run(tmp_path, "modern", 1, 0.06, test_views=views, split={"train": 50_000})
    two = results_table(tmp_path, "en")
    assert cells(two, 0)[2:5] == ["views averaged (%)", "n (±)", "training images × epochs"]
    assert [cells(two, line)[2:5] for line in (2, 3)] == [
        ["", "1", "45,000 × 10"], ["94.50", "2", "50,000 × 10"],
    ]  # fmt: skip
    assert "images." not in two


def test_the_interval_is_wilsons_for_any_number_of_seeds_and_their_deviation_is_told(tmp_path):
    for seed, error in enumerate((0.24, 0.25, 0.26)):
        write_run(tmp_path, "baseline", seed, error)
    # Wilson by hand for 7,500 of 10,000, z = 1.96: 0.7499 ± 0.0085.
    wanted = ["75.00 (74.1–75.8)", "3 (±1.00)"]
    assert cells(results_table(tmp_path, "en"), 2)[1:3] == wanted


def test_only_the_marked_places_of_a_readme_change(tmp_path):
    write_run(tmp_path, "baseline", 0, 0.25)
    text = "before\n<!-- results en -->\nold\n<!-- /results -->\nafter\n"
    new = with_tables(text, tmp_path)
    assert new.startswith("before\n<!-- results en -->\n| training |")
    assert new.endswith("<!-- /results -->\nafter\n")
    assert "old" not in new
    assert with_tables(new, tmp_path) == new


def test_the_readme_holds_the_recorded_runs_of_today():
    text = README.read_text("utf-8")
    assert text.count("<!-- results ko -->") == text.count("<!-- results en -->") == 1
    assert with_tables(text, RESULTS) == text
