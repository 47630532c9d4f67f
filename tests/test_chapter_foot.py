"""What is noted of a notebook's run, and what the foot of its page makes of it."""

from urllib.parse import parse_qs, urlsplit

import nbformat

from repository_links import report_address, run_pieces
from stage_book import run_of

REPOSITORY = "https://github.com/another/book"


def executed(*outputs, **metadata):
    cells = [nbformat.v4.new_code_cell("setup", id="setup", outputs=list(outputs))]
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def markdown(text):
    return nbformat.v4.new_output("display_data", {"text/markdown": text})


def test_a_run_is_read_from_what_the_runner_and_the_setup_cell_have_left():
    notebook = executed(
        nbformat.v4.new_output("stream", text="v0.1.0"),
        markdown("`alexnet_lib` 0.1.0, device: pencil"),
        run={"date": "2026-11-24", "seconds": 61.5, "commit": "", "versions": {"Python": "3.11.7"}},
    )
    assert run_of(notebook) == {
        "date": "2026-11-24",
        "seconds": 61.5,
        "said": "alexnet_lib 0.1.0, device: pencil",
        "versions": {"Python": "3.11.7"},
    }
    assert run_of(executed()) == {}


def test_what_is_not_known_of_a_run_is_left_out_and_changes_since_its_commit_are_told():
    run = {"commit": "0123abcdef-dirty", "versions": {"Python": "3.11.7", "torch": "2", "numpy": "1"}}
    assert run_pieces(run, "en", REPOSITORY) == [
        ("Python 3.11.7, numpy 1", None),
        ("changes after commit 0123abcdef", f"{REPOSITORY}/commit/0123abcdef"),
    ]
    assert run_pieces({}, "en", REPOSITORY) == []


def test_a_report_begins_with_the_place_and_the_version():
    place = "notebooks/ko/07_training.ipynb"
    address = urlsplit(report_address(REPOSITORY, place, "ko"))
    about = parse_qs(address.query)
    assert address.path == "/another/book/issues/new"
    assert about["title"] == [f"{place}: "]
    assert f"{place}, v" in about["body"][0]
