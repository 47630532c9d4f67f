"""Execute the notebooks of all languages into ``_build/executed``; what has not changed is not run again.

    python book/tools/run_notebooks.py                     quick: each notebook's own quick values
    python book/tools/run_notebooks.py --profile full      the values that stand in the notebooks
    python book/tools/run_notebooks.py --profile any       what ran with any values is left, the rest is quick
    python book/tools/run_notebooks.py EPOCHS=3 SEED=1     wins over both, wherever a notebook declares it
    python book/tools/run_notebooks.py --jobs 2            two chapters at a time, each on one thread
    python book/tools/run_notebooks.py --only 07_training  that chapter; the others stay as they were run

A cell that does not end fails as one with an error does, and the other notebooks are run.

Exit status: 0 all is well, 1 a notebook failed (the others were run), 2 the arguments make no sense.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from nbclient.exceptions import CellTimeoutError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from papermill.engines import papermill_engines
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from executed_rules import problems_of_executed
from languages import LANGUAGES
from notebook_files import (
    ROOT,
    as_text,
    chapters,
    cifar10_is_required,
    command_line,
    read,
    write_atomically,
)
from notebook_keys import code_state, data_state, notebook_key, versions
from notebook_parameters import ArgumentProblem, check_names, parameters_of

# Seconds that a cell may take. With quick values the slowest needs a few minutes on two cores; with those in
# the notebooks, or what someone typed, a training may go on for a night.
QUICK_LIMIT, FULL_LIMIT = 15 * 60, 12 * 60 * 60
START_LIMIT = 120  # seconds until a kernel answers
TOO_LONG = (
    "this cell did not end within {} s; look what it waits for, or on a slow machine give it longer with "
    "CELL_LIMIT=SECONDS."
)
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def commit(root: Path) -> str:
    """Return the commit of a clone, with ``-dirty`` behind it where files were changed since, or nothing."""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:  # a downloaded archive is read where there is no git
        return ""
    return "" if done.returncode else done.stdout.strip()


def execute(path: Path, done: Path, parameters: Mapping[str, Any], limit: int) -> str:
    """Execute a notebook; return "" or, where a cell failed, the cell and the sentence a reader gets.

    A cell that takes longer than the limit, in seconds, has failed too. A notebook that failed is written as
    far as it came, and its page ends there.
    """
    notebook = load_notebook_node(str(path))
    if parameters:
        notebook = parameterize_notebook(notebook, dict(parameters), kernel_name="python3", language="python")
    failure = ""
    try:
        # Its execute_notebook would write the file before and after each cell: a tenth of the time.
        papermill_engines.execute_notebook_with_engine(
            None, notebook, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}},
            start_timeout=START_LIMIT, execution_timeout=limit, iopub_timeout=limit,
            raise_on_iopub_timeout=True, progress_bar=False,
            # Each kernel would warn that it talks over TCP, on this machine, without encryption.
            extra_arguments=["--log-level=CRITICAL"],
        )  # fmt: skip
    except CellTimeoutError:
        failure = end_at_error(notebook, TOO_LONG.format(limit))
    except RuntimeError as error:  # a kernel does not start, or it died
        return f": {error}: most likely for want of memory; close other programs and run again."
    if notebook.metadata.papermill.exception:
        failure = end_at_error(notebook)
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        # Warnings are for whoever builds the book, not for its readers.
        for warning in (output.text.strip() for output in cell.outputs if output.get("name") == "stderr"):
            print(f"{path.parent.name}/{path.name}#{cell.id} warns: {warning}", flush=True)
        cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    timing = notebook.metadata.papermill  # begun when, in UTC, and seconds
    about = {"date": timing.start_time[:10], "seconds": timing.duration, "commit": commit(path.parents[2])}
    notebook.metadata["run"] = about | {"versions": versions()}
    write_atomically(done, as_text(notebook))
    return failure


def end_at_error(notebook: NotebookNode, said: str = "") -> str:
    """Return the cell that failed, the last to begin, and what is said or its error says; mark it so."""
    last = [cell for cell in notebook.cells if "execution" in cell.metadata][-1]
    errors = [output for output in last.outputs if output.output_type == "error"]
    if not errors:
        errors = [new_output("error", ename="CellTimeoutError", evalue=said)]
        last.outputs += errors  # where the page is to end
    shown = ANSI.sub("", errors[0].traceback[-1] if errors[0].traceback else errors[0].evalue).strip()
    return f"#{last.id}: {said or (shown.splitlines()[-1] if shown else errors[0].ename)}"


def run(path: Path, root: Path, parameters: Mapping[str, Any], limit: int, profile: str) -> str:
    """Execute a notebook unless it was, with the same parameters or any; return "" or what failed."""
    place = f"{path.parent.name}/{path.name}"
    notebook = read(path)
    code = code_state(root, notebook)
    done = root / "_build/executed" / path.parent.name / path.name
    key_file = done.with_suffix(".key")
    key = notebook_key(notebook, parameters, code, data_state(root))
    before = key_file.read_text() if done.is_file() and key_file.is_file() else ""
    if before == key or (profile == "any" and before.split()[:1] == key.split()[:1]):
        print(f"{place}: unchanged", flush=True)
        return ""
    begin = time.monotonic()
    for stale in (key_file, done):
        stale.unlink(missing_ok=True)
    failure = execute(path, done, parameters, limit)
    if not failure:  # the data are looked at again: a notebook may itself have downloaded some
        write_atomically(key_file, notebook_key(notebook, parameters, code, data_state(root)))
    print(f"{place}: {'failed after ' * bool(failure)}{time.monotonic() - begin:.1f} s", flush=True)
    return failure and place + failure


def run_chapter(
    paths: Sequence[Path], root: Path, parameters: Mapping[Path, Mapping[str, Any]], limit: int, profile: str
) -> list[str]:
    """Execute a chapter in all languages, in turn: the second finds the first one's training."""
    problems = [failure for path in paths if (failure := run(path, root, parameters[path], limit, profile))]
    done = {path.parent.name: root / "_build/executed" / path.parent.name / path.name for path in paths}
    if all(path.with_suffix(".key").is_file() for path in done.values()):
        executed = {language: read(path) for language, path in done.items()}
        problems += [f"{paths[0].name}, {problem}" for problem in problems_of_executed(executed)]
    return problems


def run_all(
    root: Path, profile: str, typed: Mapping[str, str], limit: int, jobs: int, only: str
) -> list[str]:
    """Execute the notebooks, of one chapter where ``only`` names it; return what went wrong, a line each."""
    paths = sorted((path for each in LANGUAGES for path in chapters(root, each)), key=lambda path: path.name)
    paths = [path for path in paths if only in ("", path.stem)]
    if only and not paths:
        raise ArgumentProblem(f"There is no chapter {only}; give the name of its file, such as 07_training.")
    plan = {path: read(path) for path in paths}
    check_names(typed, plan.values())
    parameters = {path: parameters_of(notebook, profile, typed) for path, notebook in plan.items()}
    if cifar10_is_required() and any(values.get("DATASET") == "shapes10" for values in parameters.values()):
        raise ArgumentProblem("DATASET is shapes10, and REQUIRE_CIFAR10 is set; leave one of them out.")
    groups = [list(group) for _, group in groupby(paths, key=lambda path: path.name)]
    work = partial(run_chapter, root=root, parameters=parameters, limit=limit, profile=profile)
    if jobs == 1:
        return [problem for group in groups for problem in work(group)]
    # Two notebooks at a time, each on one thread, are on two cores a third faster than one after the other.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # Neighbours share trainings, and would wait for each other.
    apart = groups[::2] + groups[1::2]
    with ProcessPoolExecutor(jobs) as pool:
        return [problem for found in pool.map(work, apart) for problem in found]


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Read the arguments and work."""
    parser = command_line(__doc__)
    parser.add_argument("--profile", choices=("quick", "full", "any"), default="quick")
    parser.add_argument("--jobs", type=int, default=1, help="chapters at a time")
    limits = f"seconds that a cell may take: {QUICK_LIMIT} with the quick values alone, else {FULL_LIMIT}"
    parser.add_argument("--cell-limit", type=int, metavar="SECONDS", help=limits)
    parser.add_argument("--only", default="", metavar="CHAPTER", help="the name of its file: 07_training")
    parser.add_argument("typed", nargs="*", metavar="NAME=VALUE")
    given = parser.parse_args(arguments)
    if given.cell_limit is not None and given.cell_limit < 1:
        parser.error(f"--cell-limit is {given.cell_limit}; give a whole number of seconds from 1 on")
    typed = dict(pair.partition("=")[::2] for pair in given.typed)
    limit = given.cell_limit or (QUICK_LIMIT if given.profile != "full" and not typed else FULL_LIMIT)
    try:
        problems = run_all(root, given.profile, typed, limit, given.jobs, given.only)
    except ArgumentProblem as problem:
        print(problem, file=sys.stderr)
        return 2
    # For the end of `make book`, after the many lines of the site's build.
    write_atomically(root / "_build/executed/problems.txt", "".join(f"{problem}\n" for problem in problems))
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
