"""A record is read beside the book, fetched elsewhere and checked, or said to be absent."""

import hashlib
import io
import json
import math
import re
import time
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from alexnet_lib import __version__, download, records
from alexnet_lib.language import BookError, text
from alexnet_lib.records import (
    fact,
    facts,
    fetch,
    reason,
    recorded_about,
    recorded_run,
    recorded_weights,
)
from local_sources import Server, good, paced, refuses, running, silent

ROOT = Path(__file__).parents[1]
FILES = ("baseline-0.json", "baseline-0.npz", "cifar10-test-labels.npy")
ABOUT = {"run": "baseline", "seed": 0, "test": {"top1_error": 0.25}}
LOGITS = np.linspace(-3, 3, 40).reshape(4, 10).astype(np.float16)
LABELS = np.array([3, 8, 8, 0], dtype=np.uint8)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(records, "opened", refuse)


@pytest.fixture
def results(tmp_path) -> Path:
    """Make a book's folder with one recorded run in it."""
    folder = tmp_path / "clone/book/results"
    folder.mkdir(parents=True)
    (tmp_path / "clone/_toc.yml").touch()
    (folder / "baseline-0.json").write_text(json.dumps(ABOUT), "utf-8")
    np.savez_compressed(folder / "baseline-0.npz", logits=LOGITS)
    np.save(folder / "cifar10-test-labels.npy", LABELS)
    return folder


@pytest.fixture
def elsewhere(tmp_path, monkeypatch) -> Path:
    """Go where no parent folder is the book's."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def serve(monkeypatch, contents: dict[str, bytes], expected: dict[str, bytes]) -> list[str]:
    """Let the book's repository hold ``contents``, and the package know the hashes of ``expected``."""
    asked = []

    def opened(address):
        asked.append(address)
        file = address.rsplit("/", 1)[1]
        if file not in contents:
            raise urllib.error.HTTPError(address, 404, "Not Found", None, None)
        return io.BytesIO(contents[file])

    hashes = {file: hashlib.sha256(content).hexdigest() for file, content in expected.items()}
    monkeypatch.setattr(records, "opened", opened)
    monkeypatch.setattr(records, "checksums", lambda: hashes)
    return asked


def assert_is_the_run(run) -> None:
    assert run.about == ABOUT
    assert run.logits.dtype == np.float32 and run.labels.dtype == np.int64
    np.testing.assert_array_equal(run.logits, LOGITS.astype(np.float32))
    np.testing.assert_array_equal(run.labels, LABELS)


def test_the_logits_of_several_views_are_read_where_there_are_any(results, monkeypatch):
    monkeypatch.chdir(results)
    assert recorded_run("baseline").views is None
    np.savez_compressed(results / "baseline-0.npz", logits=LOGITS, logits_views=2 * LOGITS)
    np.testing.assert_array_equal(recorded_run("baseline").views, 2 * LOGITS.astype(np.float32))


def sentence(key: str, *runs: str, reason: str = "") -> str:
    """Return what is said of runs, given as "name: seeds", that are ``missing`` or ``lost``."""
    parts = [run.split(": ") for run in runs]
    named = ", ".join(text("recorded.seeds", name=name, seeds=seeds) for name, seeds in parts)
    return text(f"recorded.{key}", runs=named, files=named, reason=reason)


def test_it_is_read_from_the_nearest_folder_that_holds_toc_yml(results, monkeypatch, capsys):
    notebooks = results.parents[1] / "notebooks/ko"
    notebooks.mkdir(parents=True)
    (results.parents[2] / "_toc.yml").touch()  # a book further up is not the nearest
    monkeypatch.chdir(notebooks)
    assert_is_the_run(recorded_run("baseline"))
    assert capsys.readouterr().out == ""


def test_what_a_folder_lacks_of_a_recorded_run_is_fetched_or_said_to_be_missing(results, monkeypatch, capsys):
    monkeypatch.chdir(results)
    whole = {file: (results / file).read_bytes() for file in FILES}  # the package lists them
    for missing, content in whole.items():
        (results / missing).unlink()
        serve(monkeypatch, {missing: content}, expected=whole)
        assert_is_the_run(recorded_run("baseline"))
        records.fetched.cache_clear()
        serve(monkeypatch, {}, expected=whole)
        capsys.readouterr()
        assert recorded_run("baseline") is None
        assert capsys.readouterr().out.strip() == sentence("lost", "baseline: 0", reason="404 Not Found")
        (results / missing).write_bytes(content)


def test_elsewhere_it_is_fetched_from_the_version_installed(results, elsewhere, monkeypatch):
    contents = {file: (results / file).read_bytes() for file in FILES}
    asked = serve(monkeypatch, contents, expected=contents)
    for _ in range(2):  # what was fetched is not asked for again
        assert_is_the_run(recorded_run("baseline"))
    assert [address.rsplit("/", 1)[1] for address in asked] == list(FILES)
    assert all(f"/v{__version__}/book/results/" in address for address in asked)


def test_a_fetched_file_with_another_sha256_is_refused(results, elsewhere, monkeypatch, capsys):
    expected = {file: (results / file).read_bytes() for file in FILES}
    serve(monkeypatch, expected | {FILES[0]: expected[FILES[0]] + b"\n"}, expected)
    assert recorded_run("baseline") is None
    said = sentence("lost", "baseline: 0", reason=text("recorded.not_intact"))
    assert capsys.readouterr().out.strip() == said


def test_a_run_that_the_package_does_not_list_is_not_fetched(elsewhere, monkeypatch, capsys):
    asked = serve(monkeypatch, {}, expected={})
    assert recorded_run("baseline", seed=7) is None
    assert capsys.readouterr().out.strip() == sentence("missing", "baseline: 7")
    assert asked == []


# --- Records without their logits ---


@pytest.fixture
def empty(tmp_path, monkeypatch) -> Path:
    """Make a book's folder without recorded runs, and go there."""
    folder = tmp_path / "empty/book/results"
    folder.mkdir(parents=True)
    (tmp_path / "empty/_toc.yml").touch()
    monkeypatch.chdir(tmp_path / "empty")
    monkeypatch.setattr(records, "checksums", dict)
    return folder


def test_every_recorded_seed_is_found_and_what_is_missing_or_damaged_is_one_sentence_each(empty, capsys):
    for name, seed in (("tuned", 0), ("tuned", 2), ("rung_post", 0)):
        (empty / f"{name}-{seed}.json").write_text(json.dumps({"seed": seed}))
    (empty / "twin-0.json").write_text('{"test"')
    found = recorded_about(["rung_post", "tuned", "modern", "relu", "twin"])
    assert {name: [about["seed"] for about in runs] for name, runs in found.items()} == {
        "rung_post": [0], "tuned": [0, 2],
    }  # fmt: skip
    assert capsys.readouterr().out.splitlines() == [
        sentence("missing", "modern: 0, 1, 2", "relu: 0, 1, 2"),
        sentence("lost", "twin: 0", reason=text("recorded.not_intact")),
    ]


def test_seeds_that_cannot_be_fetched_are_one_sentence_and_n_is_said_to_be_smaller(
    elsewhere, monkeypatch, capsys, language
):
    listed = {f"{run}.json": run[-1].encode() for run in ("tanh-0", "tanh-1", "tanh-2", "relu-1")}
    served = {file: listed[file] for file in ("tanh-0.json", "tanh-1.json")}
    serve(monkeypatch, served, expected=listed)
    assert recorded_about(["tanh", "relu"]) == {"tanh": [0, 1]}
    said = capsys.readouterr().out.strip()
    assert said == sentence("lost", "tanh: 2", "relu: 1", reason="404 Not Found")
    assert " n" in said


def test_the_search_is_read_best_first(empty):
    assert records.recorded_tries("search.jsonl") == []
    lines = [{"recipe": {"epochs": 2}, "val_accuracy": value} for value in (0.4, 0.6, 0.5)]
    (empty / "search.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [tried["val_accuracy"] for tried in records.recorded_tries("search.jsonl")] == [0.6, 0.5, 0.4]


# Weights that travel with the book


@pytest.fixture
def weights(results) -> bytes:
    """Put weights beside the results of the book's folder; return the file's bytes."""
    folder = results.parent / "weights"
    folder.mkdir()
    torch.save({"layer.weight": torch.arange(6).half().view(2, 3)}, folder / "small-1.pt")
    return (folder / "small-1.pt").read_bytes()


def test_weights_are_read_beside_the_results_or_fetched_from_a_folder_of_their_own(
    results, weights, elsewhere, monkeypatch
):
    asked = serve(monkeypatch, {"small-1.pt": weights}, expected={"weights/small-1.pt": weights})
    for folder, addresses in ((results, []), (elsewhere, [f"/v{__version__}/book/weights/small-1.pt"])):
        monkeypatch.chdir(folder)
        found = recorded_weights("small", seed=1)
        assert list(found) == ["layer.weight"]
        assert torch.equal(found["layer.weight"], torch.arange(6).half().view(2, 3))
        assert [address[-len(end) :] for address, end in zip(asked, addresses, strict=True)] == addresses


def test_other_weights_than_the_packages_are_not_opened(results, weights, monkeypatch):
    serve(monkeypatch, {}, expected={"weights/small-1.pt": weights + b"more"})
    monkeypatch.chdir(results)
    monkeypatch.setattr(torch, "load", lambda *arguments, **options: pytest.fail("they were opened"))
    with pytest.raises(BookError, match=r"weights/small-1\.pt"):
        recorded_weights("small", seed=1)


def test_weights_that_do_not_travel_are_named_with_those_that_do(results, weights, monkeypatch):
    serve(monkeypatch, {}, expected={"weights/small-1.pt": weights})
    with pytest.raises(BookError, match=r"baseline-0.*small-1"):
        recorded_weights("baseline")


# --- A server that is silent, slow or full is not asked for each file ---


@pytest.fixture
def server(monkeypatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(records, "opened", download.opened)
    with running() as server:
        yield server


LATER = {
    "silent": (silent, "no answer in time"),
    "trickling": (paced(bytes(1000), 1, 0.05), "no answer in time"),
    "too many requests": (refuses(429), "429 Too Many Requests"),
}


@pytest.mark.parametrize("kind", LATER)
def test_a_server_that_cannot_serve_now_is_left_alone_for_a_while(server, monkeypatch, kind):
    way, why = LATER[kind]
    with monkeypatch.context() as patch, pytest.raises(OSError):
        patch.setattr(download, "SILENCE", 0.1)
        patch.setattr(records, "LIMIT", 0.1)
        fetch(server.url("file", way))
    another, asked = server.url("another", good(b"hello")), len(server.asked)
    with pytest.raises(OSError) as again:
        fetch(another)
    assert reason(again.value) == why
    assert len(server.asked) == asked
    now = time.monotonic() + records.PAUSE
    monkeypatch.setattr(records.time, "monotonic", lambda: now)
    assert fetch(another) == b"hello"


def test_one_file_that_is_not_to_be_had_says_nothing_of_the_others(server):
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetch(server.url("file", refuses(404)))
    assert reason(caught.value) == "404 Not Found"
    assert fetch(server.url("another", good(b"hello"))) == b"hello"


# --- Cited figures are those of their sources, and each names one ---

# Read off the sources once more, by hand: in percent, then all else.
PERCENT = {
    "ilsvrc_2012": 16.4, "ilsvrc_2012_extra": 15.3, "ilsvrc_2012_second": 26.2, "ilsvrc_human": 5.1,
    "paper_top1": 37.5, "paper_top5": 17.0, "paper_top1_single_view": 39.0, "paper_top5_single_view": 18.3,
    "blog_top5": 17.5, "lrn_gain_top5": 1.2, "overlap_gain_top1": 0.4, "overlap_gain_top5": 0.3,
    "colour_gain_top1": 1, "relu_training_error": 25, "cifar_error_without_lrn": 13,
    "cifar_error_with_lrn": 11,
}  # fmt: skip
OTHER = {
    "dropout": 0.5, "momentum": 0.9, "weight_decay": 0.0005, "learning_rate": 0.01,
    "copied_std_red": 0.2023, "copied_std_green": 0.1994, "copied_std_blue": 0.2010,
    "ln_10": round(math.log(10), 3),
}  # fmt: skip


def test_figures_are_those_of_their_sources():
    for name, value in (PERCENT | OTHER).items():
        assert fact(name) == value, name
        assert (facts()[name].get("unit") == "%") == (name in PERCENT), name


def test_every_fact_is_a_number_with_a_source_in_the_bibliography():
    bibliography = (ROOT / "book/references.bib").read_text("utf-8")
    keys = set(re.findall(r"^@\w+\{([\w-]+),", bibliography, re.MULTILINE))
    assert keys
    for name, entry in facts().items():
        assert isinstance(entry["value"], int | float), name
        assert entry["source"] in keys, name
        assert entry.keys() <= {"value", "unit", "source", "note"}, name
        assert entry.get("unit", "%") == "%", name


# And those that stand in the cells of chapters 1 to 3, in their order there.
CELLS = {
    ("01_imagenet", "contest-size"): [
        "14_197_122, 21_841)", "1_281_167, 1_000)", " 50_000, 1_000)", "100_000, 1_000)",
    ],
    ("01_imagenet", "not-accuracy"): ["37.5, 17.0)"],
    ("01_imagenet", "results"): [
        "47.1, 28.2)", "45.7, 25.7)", "39.0, 18.3)", "37.5, 17.0)", "40.7, 18.2)", "26.2)", "16.4)", "15.3)",
    ],
    ("01_imagenet", "curve"): [
        '2010: ("NEC-UIUC", 28.2)', '2011: ("XRCE", 25.8)', '2012: ("AlexNet", 16.4)',
        '2013: ("Clarifai", 11.7)', '2014: ("GoogLeNet", 6.7)', '2015: ("ResNet", 3.57)',
        '2016: ("Trimps-Soushen", 2.99)', '2017: ("SENet", 2.25)', "further_data = {2012: 15.3, 2013: 11.2}",
        "runner_up = {2012: 26.2}", "human=5.1)",
    ],
    ("02_cifar", "cifar100-count"): [' 100, 500)'],
    ("03_statistics", "copied-std"): ["copied = [0.2023, 0.1994, 0.2010]"],
}  # fmt: skip


def says(source: str, read: list[str]) -> bool:
    """Tell whether a cell has what was read, one after the other."""
    return re.search(".*".join(map(re.escape, read)), source, re.DOTALL) is not None


@pytest.mark.parametrize("code", ["ko", "en"])
def test_constants_in_the_cells_are_those_of_their_sources(code):
    for (chapter, cell), read in CELLS.items():
        cells = json.loads((ROOT / f"notebooks/{code}/{chapter}.ipynb").read_text("utf-8"))["cells"]
        source = next("".join(each["source"]) for each in cells if each["id"] == cell)
        assert says(source, read), (chapter, cell)
        for one in read:  # and another last digit would be noticed
            assert not says(source.replace(one, one[:-2] + "x" + one[-1]), read), (chapter, cell)
