"""A file comes whole from whoever has it, and a data folder becomes whole from it, or stays as it was."""

import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import filelock
import numpy as np
import pytest
from torchvision.datasets import CIFAR10, CIFAR100

from alexnet_lib import download as module
from alexnet_lib import terminal
from alexnet_lib.data import load_dataset
from alexnet_lib.download import ARCHIVES, download, fetch, folder_problem, part_of
from alexnet_lib.language import BookError, Interrupted
from local_sources import SmallArchive, good, md5, paced, refuses, running, silent
from tiny import refused

CONTENT = np.random.default_rng(0).bytes(400_000)
SIZE = len(CONTENT)
BAD = {
    "forbidden": (refuses(403), "403 Forbidden"),
    "unavailable": (refuses(503), "503 Service Unavailable"),
    "silent": (silent, "no answer"),
    "a page to log in": (good(b"<html>Please log in</html>"), "another file"),
    "sends a little and hangs up": (good(CONTENT, 3000), "cut off"),
}


@pytest.fixture(autouse=True)
def short_limits(monkeypatch):
    """Let seconds be tens of milliseconds, and keep away from a proxy of the machine."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    for name, value in {"SILENCE": 0.5, "WINDOW": 0.05, "FAST": 1e6, "BLOCK": 4096}.items():
        monkeypatch.setattr(module, name, value)


@pytest.fixture
def server():
    with running() as server:
        yield server


@pytest.fixture
def path(tmp_path):
    return tmp_path / "archive.tar.gz"


@pytest.fixture
def bring(server, path) -> Callable:
    """Download from sources that serve in the ways given, by name."""

    def bring(**ways: Callable) -> None:
        sources = {name: server.url(name, way) for name, way in ways.items()}
        download(path, SIZE, md5(CONTENT), sources, time.monotonic() + 60)

    return bring


@pytest.mark.parametrize("bad", BAD)
def test_a_source_that_does_not_serve_is_left_for_another_or_named_with_its_reason(bring, path, bad):
    way, reason = BAD[bad]
    bring(bad=way, better=good(CONTENT))
    assert path.read_bytes() == CONTENT and not part_of(path).exists()
    path.unlink()
    with pytest.raises(BookError, match=rf"\(bad: [^;]*{reason}[^;]*\)") as caught:
        bring(bad=way)
    assert caught.value.name == "download_failed"
    assert str(path.parent) in str(caught.value) and "/bad on another computer" in str(caught.value)
    assert not path.exists()


@pytest.mark.parametrize("how", [False, True], ids=["hangs up", "falls silent"])
def test_after_a_break_the_download_goes_on_where_it_was(bring, server, path, how):
    bring(flaky=good(CONTENT, 150_000, silent=how))
    assert path.read_bytes() == CONTENT
    assert server.starts("flaky") == [0, 150_000, 300_000]


def test_a_source_that_only_sends_from_the_beginning_is_good_enough(bring, path):
    part_of(path).write_bytes(CONTENT[:300_000])
    bring(deaf=good(CONTENT, ranges=False))
    assert path.read_bytes() == CONTENT


def test_a_slow_source_is_left_for_a_faster_one_with_what_it_has_brought(bring, server, path, capsys):
    bring(slow=paced(CONTENT, 500, 0.01, head=8192), fast=good(CONTENT))
    assert path.read_bytes() == CONTENT
    assert server.starts("slow") == [0]
    assert server.starts("fast")[0] > 0
    assert "slow: slow, 0." in capsys.readouterr().err


def test_where_all_are_slow_one_is_soon_left_to_go_on(bring, server, path):
    """Each round asks for a quarter; if all asked for as much, there would be eight and more."""
    bring(one=paced(CONTENT, 5000, 0.01), other=paced(CONTENT, 5000, 0.01))
    assert path.read_bytes() == CONTENT
    assert 2 <= len(server.starts("one")) <= 5


@pytest.fixture
def archive(request, server, monkeypatch) -> SmallArchive:
    """A small CIFAR-10, or the data set that a test asks for, which a good source serves."""
    archive = SmallArchive(getattr(request, "param", CIFAR10))
    archive.stand_in(monkeypatch, server.url("archive", good(archive.content)))
    return archive


@pytest.fixture
def root(tmp_path) -> Path:
    return tmp_path / "data"


def is_whole(archive: SmallArchive, root: Path) -> bool:
    folder = root / archive.source.base_folder
    return all((folder / name).read_bytes() == content for name, content in archive.files.items())


@pytest.mark.parametrize("dataset", [CIFAR10, CIFAR100])
def test_each_archive_can_be_had_from_the_original_host_and_two_others(dataset):
    urls = list(ARCHIVES[dataset][1].values())
    assert urls[0] == dataset.url
    assert len({url.split("/")[2] for url in urls}) == len(urls) >= 3
    assert all(url.startswith("https://") and dataset.filename in url for url in urls)


@pytest.mark.parametrize("archive", [CIFAR10, CIFAR100], indirect=True)
def test_what_is_not_on_disk_is_fetched_and_told_on_stderr_where_nobody_watches(archive, server, root, capfd):
    fetch(archive.source, root)
    assert is_whole(archive, root)
    # Nothing else is left behind: what was needed to get there is not part of the data set.
    kept = {archive.source.base_folder, archive.source.filename, ".download.lock"}
    assert {path.name for path in root.iterdir()} == kept
    told = capfd.readouterr()
    assert told.out == "" and archive.source.filename in told.err and str(root) in told.err
    fetch(archive.source, root)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("name", "damage"),
    [("data_batch_4", Path.unlink), ("batches.meta", lambda path: path.write_bytes(b"altered"))],
)
def test_a_damaged_folder_is_named_and_made_whole(archive, root, capsys, name, damage):
    folder = archive.unpack(root)
    (folder / "notes.txt").write_text("the reader's own")
    damage(folder / name)
    load_dataset("cifar10", root)
    assert is_whole(archive, root) and (folder / "notes.txt").is_file()
    assert f": {name}; fetching the dataset again" in capsys.readouterr().err


def test_a_disk_that_fills_leaves_nothing_that_passes_for_a_data_set(archive, server, root, monkeypatch):
    def until_full(archive, path, **_: object) -> None:
        archive.extract(archive.getmembers()[1], path, filter="data")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, refused("disk_full", root, "400 MB"):
        patch.setattr(tarfile.TarFile, "extractall", until_full)
        fetch(CIFAR10, root)
    assert folder_problem(CIFAR10, root).name == "data_missing"
    fetch(CIFAR10, root)  # from the archive, which had come
    assert is_whole(archive, root) and len(server.asked) == 1


def test_without_a_source_and_with_altered_ones_the_way_by_hand_is_told(archive, server, root, monkeypatch):
    by_hand = (CIFAR10.filename, root, "without unpacking it")
    archive.stand_in(monkeypatch, "http://127.0.0.1:9/x")
    with refused("download_failed", "Connection refused", *by_hand):
        fetch(CIFAR10, root)
    archive.stand_in(monkeypatch, server.url("altered", good(archive.content[::-1])))
    with refused("download_altered", *by_hand):
        fetch(CIFAR10, root)
    assert [path.name for path in root.iterdir()] == [".download.lock"]


def test_when_the_time_is_up_a_sentence_says_what_is_kept(archive, server, root, monkeypatch):
    archive.stand_in(monkeypatch, server.url("slow", paced(archive.content, 1, 0.01)))
    monkeypatch.setattr(module, "BLOCK", 10)
    with refused("download_late", f"kept in the folder '{root}'", "Run again"):
        fetch(CIFAR10, root, seconds=1)
    assert 0 < (root / f"{CIFAR10.filename}.part").stat().st_size < len(archive.content)


def test_ctrl_c_is_one_sentence_and_what_came_is_gone_on_with(archive, server, root, monkeypatch):
    def pressed(line: terminal.MovingLine, words: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(Interrupted) as caught:
        patch.setattr(terminal.MovingLine, "show", pressed)
        fetch(CIFAR10, root)
    assert isinstance(caught.value, KeyboardInterrupt) and caught.value.name == "download_stopped"
    assert f"are kept in the folder '{root}'" in str(caught.value)
    have = (root / f"{CIFAR10.filename}.part").stat().st_size
    assert 0 < have < len(archive.content)
    fetch(CIFAR10, root)
    assert is_whole(archive, root) and server.starts("archive") == [0, have]


def test_who_waits_for_another_download_finds_the_data_set_and_asks_nobody(
    archive, server, root, monkeypatch
):
    root.mkdir()
    other = filelock.FileLock(root / ".download.lock")
    other.acquire()
    monkeypatch.setattr(terminal, "tell", lambda words: (archive.unpack(root), other.release()))
    fetch(CIFAR10, root)
    assert is_whole(archive, root) and server.asked == [] and not other.is_locked
