import os
import subprocess

from notebook_files import ROOT


def make(*arguments, **environment):
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "--dry-run", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=surroundings | environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_make_passes_on_what_was_typed_and_nothing_else():
    typed = ("EPOCHS=3", "PROFILE=full", "LEARNING_RATE=1e-3", "PYTHON=python3")
    lines = make("book", *typed, SEED="7", LANG="C.UTF-8")
    given = lines.split("run_notebooks.py")[1].split(";")[0].split()
    assert sorted(given) == ["--profile", "EPOCHS=3", "LEARNING_RATE=1e-3", "full"]


def test_make_takes_the_profile_from_the_command_line_only():
    assert "--profile quick" in make("book", PROFILE="full")


def test_the_book_is_printed_from_the_built_site_and_its_pdf_is_checked_with_it():
    recipe = make("book")
    places = [recipe.index(f"{tool}.py") for tool in ("build_site", "print_book", "check_site")]
    assert places == sorted(places)
    assert "exit $((ran | built | printed | checked))" in recipe
