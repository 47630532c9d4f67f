"""Before the book: CIFAR-10 is there, or a sentence says why not; where it is required, that is a failure."""

from pathlib import Path

import pytest
from torchvision.datasets import CIFAR10

import fetch_data
from alexnet_lib.language import Interrupted
from local_sources import SmallArchive, good, running


@pytest.fixture
def archive(monkeypatch, tmp_path) -> SmallArchive:
    """A small CIFAR-10 whose only source does not answer, and a data folder that is not there yet."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("ALEXNET_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("REQUIRE_CIFAR10", raising=False)
    archive = SmallArchive(CIFAR10)
    archive.stand_in(monkeypatch, "http://127.0.0.1:9/archive")
    return archive


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "data"


def said(capsys) -> str:
    both = "".join(capsys.readouterr())
    assert "Traceback" not in both
    return both


@pytest.mark.parametrize("required", [False, True], ids=["optional", "required"])
@pytest.mark.parametrize("problem", ["Connection refused", "data_batch_3;"])
def test_what_is_wrong_is_said_and_is_a_failure_only_where_the_data_are_required(
    archive, folder, monkeypatch, capsys, problem, required
):
    if problem == "data_batch_3;":  # one that was altered
        (archive.unpack(folder) / "data_batch_3").write_bytes(b"altered")
    monkeypatch.setenv("REQUIRE_CIFAR10", "1" if required else "0")
    assert fetch_data.main() == int(required)
    words = said(capsys)
    assert problem in words
    assert ("shapes10" in words) is not required and ("REQUIRE_CIFAR10" in words) is required


@pytest.mark.parametrize("required", ["", "1"])
def test_an_intact_data_set_is_passed_over_in_silence(archive, folder, monkeypatch, capsys, required):
    archive.unpack(folder)
    monkeypatch.setenv("REQUIRE_CIFAR10", required)
    assert fetch_data.main() == 0
    assert said(capsys) == ""


def test_what_is_missing_is_downloaded(archive, folder, monkeypatch, capsys):
    with running() as server:
        archive.stand_in(monkeypatch, server.url("archive", good(archive.content)))
        monkeypatch.setenv("REQUIRE_CIFAR10", "1")
        assert fetch_data.main() == 0
    assert (folder / "cifar-10-batches-py/test_batch").read_bytes() == archive.files["test_batch"]
    assert said(capsys) == f"Downloading cifar-10-python.tar.gz (0.1 MB) to the folder '{folder}'.\n"


def test_ctrl_c_is_a_sentence_and_ends_the_book_too(archive, monkeypatch, capsys):
    def stopped(*_) -> None:
        raise Interrupted("download_stopped", file="f", root="r", have=1, size=2)

    monkeypatch.setattr(fetch_data, "fetch", stopped)
    assert fetch_data.main() == 130
    assert "1.0 of 2.0 MB are kept" in said(capsys)
