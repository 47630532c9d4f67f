"""A recorded run is read beside the book, fetched elsewhere and checked, or said to be absent."""

import hashlib
import io
import json
import urllib.error
from pathlib import Path

import numpy as np
import pytest

from alexnet_lib import __version__, recorded
from alexnet_lib.language import set_language, text
from alexnet_lib.recorded import recorded_about, recorded_run

FILES = ("baseline-0.json", "baseline-0.npz", "cifar10-test-labels.npy")
ABOUT = {"run": "baseline", "seed": 0, "test": {"top1_error": 0.25}}
LOGITS = np.linspace(-3, 3, 40).reshape(4, 10).astype(np.float16)
LABELS = np.array([3, 8, 8, 0], dtype=np.uint8)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(recorded.urllib.request, "urlopen", refuse)
    set_language("en")


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

    def urlopen(address, timeout):
        asked.append(address)
        file = address.rsplit("/", 1)[1]
        if file not in contents:
            raise urllib.error.HTTPError(address, 404, "Not Found", None, None)
        return io.BytesIO(contents[file])

    hashes = {file: hashlib.sha256(content).hexdigest() for file, content in expected.items()}
    monkeypatch.setattr(recorded.urllib.request, "urlopen", urlopen)
    monkeypatch.setattr(recorded, "checksums", lambda: hashes)
    return asked


def assert_is_the_run(run) -> None:
    assert run.about == ABOUT
    assert run.logits.dtype == np.float32 and run.labels.dtype == np.int64
    np.testing.assert_array_equal(run.logits, LOGITS.astype(np.float32))
    np.testing.assert_array_equal(run.labels, LABELS)


def assert_is_absent(run, printed: str, seed: int = 0) -> None:
    assert run is None
    assert printed.strip() == text("recorded.absent", name="baseline", seed=seed)


def test_it_is_read_from_the_nearest_folder_that_holds_toc_yml(results, monkeypatch, capsys):
    notebooks = results.parents[1] / "notebooks/ko"
    notebooks.mkdir(parents=True)
    (results.parents[2] / "_toc.yml").touch()  # a book further up is not the nearest
    monkeypatch.chdir(notebooks)
    assert_is_the_run(recorded_run("baseline"))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("language", ["ko", "en"])
def test_an_absent_run_is_said_in_one_sentence_and_gives_none(results, monkeypatch, capsys, language):
    set_language(language)
    monkeypatch.chdir(results)
    assert_is_absent(recorded_run("baseline", seed=7), capsys.readouterr().out, seed=7)


@pytest.mark.parametrize("missing", FILES)
def test_a_run_without_one_of_its_files_is_absent(results, monkeypatch, capsys, missing):
    (results / missing).unlink()
    monkeypatch.chdir(results)
    assert_is_absent(recorded_run("baseline"), capsys.readouterr().out)


def test_elsewhere_it_is_fetched_from_the_version_installed(results, elsewhere, monkeypatch):
    contents = {file: (results / file).read_bytes() for file in FILES}
    asked = serve(monkeypatch, contents, expected=contents)
    assert_is_the_run(recorded_run("baseline"))
    assert [address.rsplit("/", 1)[1] for address in asked] == list(FILES)
    assert all(f"/v{__version__}/book/results/" in address for address in asked)


@pytest.mark.parametrize("altered", FILES)
def test_a_fetched_file_with_another_sha256_is_refused(results, elsewhere, monkeypatch, capsys, altered):
    expected = {file: (results / file).read_bytes() for file in FILES}
    serve(monkeypatch, expected | {altered: expected[altered] + b"\n"}, expected)
    assert_is_absent(recorded_run("baseline"), capsys.readouterr().out)


def test_a_run_that_the_package_does_not_list_is_not_fetched(elsewhere, monkeypatch, capsys):
    asked = serve(monkeypatch, {}, expected={})
    assert_is_absent(recorded_run("baseline"), capsys.readouterr().out)
    assert asked == []


@pytest.mark.parametrize(
    "failure", [urllib.error.URLError("no route"), TimeoutError("slow"), ConnectionResetError("cut")]
)
def test_without_a_network_it_is_absent(results, elsewhere, monkeypatch, capsys, failure):
    expected = {file: (results / file).read_bytes() for file in FILES}
    serve(monkeypatch, {}, expected)

    def fail(*arguments, **options):
        raise failure

    monkeypatch.setattr(recorded.urllib.request, "urlopen", fail)
    assert_is_absent(recorded_run("baseline"), capsys.readouterr().out)


def test_a_package_without_a_list_of_hashes_fetches_nothing(elsewhere, monkeypatch, capsys):
    def no_list():
        raise FileNotFoundError("results.json")

    monkeypatch.setattr(recorded, "checksums", no_list)
    assert_is_absent(recorded_run("baseline"), capsys.readouterr().out)


# --- Records without their logits ---


@pytest.fixture
def empty(tmp_path, monkeypatch) -> Path:
    """Make a book's folder without recorded runs, and go there."""
    folder = tmp_path / "empty/book/results"
    folder.mkdir(parents=True)
    (tmp_path / "empty/_toc.yml").touch()
    monkeypatch.chdir(tmp_path / "empty")
    return folder


def test_every_recorded_seed_is_found_and_what_is_missing_is_one_sentence(empty, capsys):
    for name, seed in (("tuned", 0), ("tuned", 2), ("rung_post", 0)):
        (empty / f"{name}-{seed}.json").write_text(json.dumps({"seed": seed}))
    found = recorded_about(["rung_post", "tuned", "modern", "twin"])
    assert {name: [about["seed"] for about in runs] for name, runs in found.items()} == {
        "rung_post": [0], "tuned": [0, 2],
    }  # fmt: skip
    said = capsys.readouterr().out.strip()
    assert said == text("recorded.missing", names="`modern`, `twin`", count=2)


def test_nothing_is_said_where_nothing_is_missing(empty, capsys):
    (empty / "twin-0.json").write_text(json.dumps({"seed": 0}))
    assert list(recorded_about(["twin"])) == ["twin"]
    assert capsys.readouterr().out == ""


def test_a_damaged_file_is_missing(empty, capsys):
    (empty / "twin-0.json").write_text('{"test"')
    assert recorded_about(["twin"]) == {}
    assert "`twin`" in capsys.readouterr().out


def test_beside_the_clone_only_what_the_package_lists_is_asked_for(elsewhere, monkeypatch):
    asked = []
    monkeypatch.setattr(recorded, "checksums", dict)
    monkeypatch.setattr(recorded.urllib.request, "urlopen", lambda *args, **options: asked.append(args))
    assert recorded_about(["baseline", "tuned"]) == {}
    assert recorded.recorded_tries("search.jsonl") == []
    assert asked == []


def test_the_search_is_read_best_first(empty):
    assert recorded.recorded_tries("search.jsonl") == []
    lines = [{"recipe": {"epochs": 2}, "val_accuracy": value} for value in (0.4, 0.6, 0.5)]
    (empty / "search.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [tried["val_accuracy"] for tried in recorded.recorded_tries("search.jsonl")] == [0.6, 0.5, 0.4]
