"""People's answers come from verified counts, or from the tables derived from them, or not at all."""

import hashlib
import io
import urllib.error
from pathlib import Path

import numpy as np
import pytest

from alexnet_lib import records
from alexnet_lib.data import data_root
from alexnet_lib.experiments import people as humans
from alexnet_lib.language import BookError, text
from derive_humans import tables_of
from tiny import refused

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "book/results"
COUNTS = np.random.default_rng(0).multinomial(51, [0.8, 0.1, 0.05, 0.02, 0.01, 0.01, 0.01, 0, 0, 0], size=40)


def as_bytes(counts: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, counts)
    return file.getvalue()


CONTENT = as_bytes(COUNTS)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch) -> Path:
    """Go where neither a book nor counts are, know the hash of small counts, and have no network."""

    def refuse(*arguments, **options):
        raise urllib.error.URLError("no route")

    monkeypatch.setattr(humans, "SHA256", hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setattr(records, "opened", refuse)
    monkeypatch.setenv("ALEXNET_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def counts_file(elsewhere) -> Path:
    path = elsewhere / "data" / humans.COUNTS
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def tables(elsewhere) -> Path:
    """Put the tables of the small counts into a book."""
    path = elsewhere / "book/results" / humans.TABLES
    path.parent.mkdir(parents=True)
    (elsewhere / "_toc.yml").touch()
    np.savez_compressed(path, **tables_of(COUNTS))
    return path


def serve(monkeypatch, content: bytes) -> list[str]:
    asked = []

    def opened(address):
        asked.append(address)
        return io.BytesIO(content)

    monkeypatch.setattr(records, "opened", opened)
    return asked


def assert_from_counts(people) -> None:
    np.testing.assert_array_equal(people.distribution, COUNTS / 51)
    assert not people.spread.any()


def assert_from_tables(people) -> None:
    """The three most frequent answers are kept, the rest is spread evenly; the entropy is that of all."""
    for counts, shares, spread in zip(COUNTS, people.distribution, people.spread, strict=True):
        kept = sorted(range(10), key=lambda answer: (-counts[answer], answer))[:3]
        rest = 51 - sum(counts[answer] for answer in kept)
        expected = [counts[k] / 51 if k in kept else rest / 51 / 7 for k in range(10)]
        np.testing.assert_allclose(shares, expected, atol=1e-6)
        assert list(spread) == [rest > 0 and k not in kept for k in range(10)]
    np.testing.assert_allclose(people.entropy, humans.from_counts(COUNTS).entropy, atol=1e-6)


def test_counts_on_disk_are_used(counts_file, tables, capsys):
    assert_from_counts(humans.human_answers())
    assert capsys.readouterr().out.strip() == text("humans.counts")


def test_altered_counts_are_refused_in_one_sentence(counts_file):
    counts_file.write_bytes(CONTENT[:-1] + b"\1")
    with refused("human_counts_altered", counts_file):
        humans.human_answers()


def test_counts_are_downloaded_under_their_licence_and_kept(elsewhere, monkeypatch, capsys):
    asked = serve(monkeypatch, CONTENT)
    assert_from_counts(humans.human_answers())
    assert asked == [humans.ADDRESS]
    assert "CC BY-NC-SA 4.0" in capsys.readouterr().out.splitlines()[0]
    assert [path.read_bytes() for path in (elsewhere / "data").iterdir()] == [CONTENT]
    assert_from_counts(humans.human_answers(download=False))


def test_nothing_is_downloaded_unless_it_is_wanted(tables, monkeypatch, capsys):
    asked = serve(monkeypatch, CONTENT)
    assert_from_tables(humans.human_answers(download=False))
    assert asked == []
    assert capsys.readouterr().out.strip() == text("humans.tables", kept=3)


def test_a_download_that_differs_is_not_kept_and_the_tables_stand_in(tables, elsewhere, monkeypatch, capsys):
    serve(monkeypatch, CONTENT + b"\n")
    assert_from_tables(humans.human_answers())
    assert not (elsewhere / "data").exists()
    said = text("humans.download_failed", reason=text("recorded.not_intact"))
    assert said in capsys.readouterr().out


def assert_one_sentence() -> None:
    with refused("no_human_answers"):
        humans.human_answers(download=False)


def test_where_nothing_is_to_be_had_one_sentence_says_so():
    assert_one_sentence()  # outside of a book the tables are asked for as well, and the network is off


def test_where_only_the_package_is_the_tables_are_fetched_and_compared(tables, elsewhere, monkeypatch):
    content = tables.read_bytes()
    (elsewhere / "_toc.yml").unlink()
    monkeypatch.setattr(records, "checksums", lambda: {humans.TABLES: hashlib.sha256(content).hexdigest()})
    asked = serve(monkeypatch, content)
    assert_from_tables(humans.human_answers(download=False))
    assert asked[0].endswith("/book/results/cifar10h/tables.npz")
    records.fetched.cache_clear()
    serve(monkeypatch, content + b"\n")
    assert_one_sentence()


# --- The tables that are committed ---


def test_the_committed_tables_are_of_ten_thousand_images_and_have_their_own_licence():
    with np.load(RESULTS / humans.TABLES, allow_pickle=False) as tables:
        people = humans.from_tables(tables)
    assert people.distribution.shape == (10_000, 10)
    np.testing.assert_allclose(people.distribution.sum(axis=1), 1, atol=1e-6)
    assert people.distribution.min() >= 0
    folder = (RESULTS / humans.TABLES).parent
    assert "CC BY-NC-SA 4.0" in (folder / "LICENSE").read_text("utf-8")
    assert "tables.npz" in (folder / "CHANGES.md").read_text("utf-8")


def test_the_committed_tables_differ_little_from_the_counts(monkeypatch):
    monkeypatch.undo()
    monkeypatch.chdir(ROOT)
    if not (data_root() / humans.COUNTS).is_file():
        pytest.skip("the counts of CIFAR-10H are not in the data folder")
    exact = humans.human_answers(download=False)
    with np.load(RESULTS / humans.TABLES, allow_pickle=False) as tables:
        derived = humans.from_tables(tables)
    np.testing.assert_allclose(derived.entropy, exact.entropy, atol=1e-6)
    np.testing.assert_array_equal(derived.distribution.argmax(axis=1), exact.distribution.argmax(axis=1))
    assert np.abs(derived.distribution - exact.distribution).mean() < 0.001


# --- The reader's own answers ---


def test_answers_to_a_quiz_are_taken_as_they_are():
    assert humans.quiz_answers((3, np.int64(9), 0), count=3).tolist() == [3, 9, 0]


@pytest.mark.parametrize(
    ("answers", "name", "said"),
    [
        ([0, 1], "quiz_count", "2"), ([0, 1, 10], "quiz_answer", "10"),
        ([0, "cat", 2], "quiz_answer", "cat"), ([0, 1.5, 2], "quiz_answer", "1.5"),
    ],
)  # fmt: skip
def test_answers_that_cannot_be_marked_are_said_to_be_so(answers, name, said):
    with pytest.raises(BookError) as raised:
        humans.quiz_answers(answers, count=3)
    assert raised.value.name == name and said in str(raised.value)
