"""A recorded run is read beside the book, fetched elsewhere and checked, or said to be absent."""

import hashlib
import io
import json
import urllib.error
from pathlib import Path

import numpy as np
import pytest
import torch

from alexnet_lib import __version__, records
from alexnet_lib.language import BookError, set_language, text
from alexnet_lib.records import recorded_about, recorded_run, recorded_runs, recorded_weights

FILES = ("baseline-0.json", "baseline-0.npz", "cifar10-test-labels.npy")
ABOUT = {"run": "baseline", "seed": 0, "test": {"top1_error": 0.25}}
LOGITS = np.linspace(-3, 3, 40).reshape(4, 10).astype(np.float16)
LABELS = np.array([3, 8, 8, 0], dtype=np.uint8)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(records.urllib.request, "urlopen", refuse)
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
    monkeypatch.setattr(records.urllib.request, "urlopen", urlopen)
    monkeypatch.setattr(records, "checksums", lambda: hashes)
    return asked


def assert_is_the_run(run) -> None:
    assert run.about == ABOUT
    assert run.logits.dtype == np.float32 and run.labels.dtype == np.int64
    np.testing.assert_array_equal(run.logits, LOGITS.astype(np.float32))
    np.testing.assert_array_equal(run.labels, LABELS)


def assert_is_absent(run, printed: str, seed: int = 0) -> None:
    assert run is None
    assert printed.strip() == text("recorded.absent", name="baseline", seed=seed)


def lost(reason: str, *runs: str) -> str:
    """Return the sentence on runs, given as "name: seeds", that are recorded and could not be read."""
    parts = [run.split(": ") for run in runs]
    files = ", ".join(text("recorded.seeds", name=name, seeds=seeds) for name, seeds in parts)
    return text("recorded.lost", files=files, reason=text(f"recorded.{reason}"))


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
def test_a_run_that_is_recorded_and_lacks_a_file_is_said_to_be_incomplete(
    results, monkeypatch, capsys, missing
):
    (results / missing).unlink()  # the package lists it
    monkeypatch.chdir(results)
    assert recorded_run("baseline") is None
    assert capsys.readouterr().out.strip() == lost("not_intact", "baseline: 0")


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
    assert recorded_run("baseline") is None
    assert capsys.readouterr().out.strip() == lost("not_intact", "baseline: 0")


def test_a_run_that_the_package_does_not_list_is_not_fetched(elsewhere, monkeypatch, capsys):
    asked = serve(monkeypatch, {}, expected={})
    assert_is_absent(recorded_run("baseline"), capsys.readouterr().out)
    assert asked == []


def http_error(status: int) -> urllib.error.HTTPError:
    return urllib.error.HTTPError("https://example.org", status, "", None, None)


FAILURES = {
    "not_there": http_error(404),
    "too_many": http_error(429),
    "no_connection": urllib.error.URLError(OSError("no route")),
    "no_answer": urllib.error.URLError(TimeoutError("connecting")),
}


def fail(monkeypatch, failure: Exception, only: str = "") -> list[str]:
    """Let each request fail, or only those for one file; return what was asked for."""
    asked, urlopen = [], records.urllib.request.urlopen

    def failing(address, timeout):
        asked.append(address)
        if only in address:
            raise failure
        return urlopen(address, timeout)

    monkeypatch.setattr(records.urllib.request, "urlopen", failing)
    return asked


@pytest.mark.parametrize("why", FAILURES)
def test_why_a_run_could_not_be_fetched_is_said(results, elsewhere, monkeypatch, capsys, why, language):
    serve(monkeypatch, {}, {file: (results / file).read_bytes() for file in FILES})
    fail(monkeypatch, FAILURES[why])
    assert recorded_run("baseline") is None
    assert capsys.readouterr().out.strip() == lost(why, "baseline: 0")


@pytest.mark.parametrize("failure", [TimeoutError("reading"), ConnectionResetError("cut"), http_error(500)])
def test_other_failures_have_their_sentence_too(results, elsewhere, monkeypatch, capsys, failure):
    serve(monkeypatch, {}, {file: (results / file).read_bytes() for file in FILES})
    fail(monkeypatch, failure)
    assert recorded_run("baseline") is None
    assert capsys.readouterr().out.startswith("**Note:** these records could not be read just now (")


def test_a_package_without_a_list_of_hashes_fetches_nothing(elsewhere, monkeypatch, capsys):
    def no_list():
        raise FileNotFoundError("results.json")

    monkeypatch.setattr(records, "checksums", no_list)
    assert recorded_run("baseline") is None
    assert capsys.readouterr().out.strip() == lost("not_intact", "baseline: 0")


def test_a_file_that_was_fetched_is_not_asked_for_again(results, elsewhere, monkeypatch):
    contents = {file: (results / file).read_bytes() for file in FILES}
    asked = serve(monkeypatch, contents, expected=contents)
    for _ in range(3):
        assert_is_the_run(recorded_run("baseline"))
    assert len(asked) == len(FILES)


def test_several_runs_that_cannot_be_had_are_one_sentence(elsewhere, monkeypatch, capsys):
    serve(monkeypatch, {}, {f"{run}.json": b"" for run in ("tuned-0", "tuned-2", "modern-1")})
    assert recorded_runs([("tuned", 0), ("tuned", 2), ("modern", 1)]) == {}
    assert capsys.readouterr().out.strip() == lost("not_there", "tuned: 0, 2", "modern: 1")


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


def test_a_damaged_file_is_named(empty, capsys):
    (empty / "twin-0.json").write_text('{"test"')
    assert recorded_about(["twin"]) == {}
    assert capsys.readouterr().out.strip() == lost("not_intact", "twin: 0")


@pytest.mark.parametrize("why", FAILURES)
def test_one_seed_that_cannot_be_fetched_is_named_and_n_is_said_to_be_smaller(
    elsewhere, monkeypatch, capsys, why, language
):
    contents = {f"race_tanh-{seed}.json": json.dumps({"seed": seed}).encode() for seed in (0, 1, 2)}
    serve(monkeypatch, contents, expected=contents)
    fail(monkeypatch, FAILURES[why], only="race_tanh-2")
    assert recorded_about(["race_tanh"]) == {"race_tanh": [{"seed": 0}, {"seed": 1}]}
    said = capsys.readouterr().out.strip()
    assert said == lost(why, "race_tanh: 2")
    assert " n" in said


def test_a_seed_that_nobody_recorded_is_no_loss(elsewhere, monkeypatch, capsys):
    contents = {"rung_post-0.json": json.dumps({"seed": 0}).encode()}
    serve(monkeypatch, contents, expected=contents)
    assert recorded_about(["rung_post"]) == {"rung_post": [{"seed": 0}]}
    assert capsys.readouterr().out == ""


def test_tries_that_cannot_be_fetched_are_said(elsewhere, monkeypatch, capsys):
    serve(monkeypatch, {}, expected={"search.jsonl": b""})
    assert records.recorded_tries("search.jsonl") == []
    reason = text("recorded.not_there")
    said = text("recorded.lost", files="`search.jsonl`", reason=reason)
    assert capsys.readouterr().out.strip() == said


def test_beside_the_clone_only_what_the_package_lists_is_asked_for(elsewhere, monkeypatch):
    asked = []
    monkeypatch.setattr(records, "checksums", dict)
    monkeypatch.setattr(records.urllib.request, "urlopen", lambda *args, **options: asked.append(args))
    assert recorded_about(["baseline", "tuned"]) == {}
    assert records.recorded_tries("search.jsonl") == []
    assert asked == []


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


def assert_are_the_weights(found: dict[str, torch.Tensor]) -> None:
    assert list(found) == ["layer.weight"]
    assert torch.equal(found["layer.weight"], torch.arange(6).half().view(2, 3))


def test_weights_are_read_beside_the_results(results, weights, monkeypatch):
    serve(monkeypatch, {}, expected={"weights/small-1.pt": weights})
    monkeypatch.chdir(results)
    assert_are_the_weights(recorded_weights("small", seed=1))


def test_weights_are_fetched_from_a_folder_of_their_own(results, weights, elsewhere, monkeypatch):
    asked = serve(monkeypatch, {"small-1.pt": weights}, expected={"weights/small-1.pt": weights})
    assert_are_the_weights(recorded_weights("small", seed=1))
    [address] = asked
    assert address.endswith(f"/v{__version__}/book/weights/small-1.pt")


def test_other_weights_than_the_packages_are_not_opened(results, weights, monkeypatch, language):
    serve(monkeypatch, {}, expected={"weights/small-1.pt": weights + b"more"})
    monkeypatch.chdir(results)
    monkeypatch.setattr(torch, "load", lambda *arguments, **options: pytest.fail("they were opened"))
    with pytest.raises(BookError, match=r"weights/small-1\.pt"):
        recorded_weights("small", seed=1)
