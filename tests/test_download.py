"""A file comes whole from whoever has it, and a data folder becomes whole from it, or stays as it was."""

import contextlib
import math
import multiprocessing
import signal
import tarfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets import CIFAR10, CIFAR100

from alexnet_lib import download as module
from alexnet_lib.data import load_dataset
from alexnet_lib.download import (
    ARCHIVES,
    download,
    fetch,
    folder_problem,
    part_of,
    receive,
)
from alexnet_lib.language import BookError, DownloadInterrupted, catalogue
from local_sources import (
    SmallArchive,
    altered,
    deaf_to_ranges,
    ends_after,
    good,
    md5,
    paced,
    refuses,
    running,
    silent,
    states_length,
)
from processes import start
from tiny import refused

CONTENT = np.random.default_rng(0).bytes(400_000)
SIZE = len(CONTENT)
BAD = {
    "forbidden": (refuses(403), "403 Forbidden"),
    "unavailable": (refuses(503), "503 Service Unavailable"),
    "silent": (silent, "no answer"),
    "a page to log in": (states_length(b"<html>Please log in</html>", 26), "another file"),
    "says it is longer": (states_length(CONTENT, SIZE + 7), "another file"),
    "sends a little and hangs up": (ends_after(CONTENT, 3000), "cut off"),
    "sends a little and falls silent": (ends_after(CONTENT, 3000, silent=True), "no answer"),
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

    def bring(seconds: float = 60, **ways: Callable) -> None:
        sources = {name: server.url(name, way) for name, way in ways.items()}
        download(path, SIZE, md5(CONTENT), sources, time.monotonic() + seconds)

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


def test_an_address_that_is_none_and_a_host_that_refuses_are_reasons_too(path):
    sources = {"typo": "htps:/nowhere", "closed": "http://127.0.0.1:9/x"}
    with pytest.raises(BookError, match="Connection refused") as caught:
        download(path, SIZE, md5(CONTENT), sources, time.monotonic() + 60)
    assert "typo: " in str(caught.value)


@pytest.mark.parametrize("how", [False, True], ids=["hangs up", "falls silent"])
def test_after_a_break_the_download_goes_on_where_it_was(bring, server, path, how):
    bring(flaky=ends_after(CONTENT, 150_000, silent=how))
    assert path.read_bytes() == CONTENT
    assert server.starts("flaky") == [0, 150_000, 300_000]


def test_what_an_earlier_call_left_is_gone_on_with(bring, server, path, capsys):
    part_of(path).write_bytes(CONTENT[:123_456])
    bring(one=good(CONTENT))
    assert path.read_bytes() == CONTENT
    assert server.starts("one") == [123_456]
    assert "0.1 of 0.4 MB are already there" in capsys.readouterr().err


def test_a_source_that_only_sends_from_the_beginning_is_good_enough(bring, path):
    part_of(path).write_bytes(CONTENT[:300_000])
    bring(deaf=deaf_to_ranges(CONTENT))
    assert path.read_bytes() == CONTENT


def test_a_slow_source_is_left_for_a_faster_one_with_what_it_has_brought(bring, server, path, capsys):
    bring(slow=paced(CONTENT, 500, 0.01, head=8192), fast=good(CONTENT))
    assert path.read_bytes() == CONTENT
    assert server.starts("slow") == [0]
    assert server.starts("fast")[0] >= 8192
    assert "slow: slow, 0." in capsys.readouterr().err


def test_what_differs_from_the_original_is_thrown_away_and_brought_from_another(bring, server, path, capsys):
    bring(altered=good(altered(CONTENT)), honest=good(CONTENT))
    assert path.read_bytes() == CONTENT
    assert "was deleted; starting over, from honest alone" in capsys.readouterr().err
    assert server.starts("altered") == [0]


def test_a_partial_file_of_wrong_bytes_is_thrown_away_and_brought_anew(bring, server, path, capsys):
    part_of(path).write_bytes(altered(CONTENT[:200_000]))
    bring(one=good(CONTENT))
    assert path.read_bytes() == CONTENT
    assert "was deleted" in capsys.readouterr().err
    assert server.starts("one")[0] == 200_000 and set(server.starts("one")[1:]) == {0}


def test_where_every_copy_differs_nothing_is_kept(bring, path):
    with pytest.raises(BookError, match="the second time from bad") as caught:
        bring(bad=good(altered(CONTENT)))
    assert caught.value.name == "download_altered"
    assert not path.exists() and not part_of(path).exists()


def test_a_download_ends_when_its_time_is_up_and_keeps_what_came(bring, path):
    with pytest.raises(TimeoutError):
        bring(seconds=1, slow=paced(CONTENT, 500, 0.01))
    have = part_of(path).read_bytes()
    assert 0 < len(have) < SIZE and CONTENT.startswith(have)
    bring(fast=good(CONTENT))
    assert path.read_bytes() == CONTENT


@pytest.fixture
def ctrl_c():
    """Let Ctrl-C interrupt, as in a terminal; of a job in the background, a shell has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupted_download_keeps_every_byte(bring, server, path, ctrl_c):
    main = threading.main_thread().ident

    def stopped(handler, start):
        handler.begin(start, SIZE)
        handler.wfile.write(CONTENT[:100_000])
        # The reader has them once nothing is left on the way.
        while part_of(path).stat().st_size < 100_000:
            time.sleep(0.001)
        signal.pthread_kill(main, signal.SIGINT)
        handler.server.over.wait()

    with pytest.raises(KeyboardInterrupt):
        bring(one=stopped)
    assert part_of(path).read_bytes() == CONTENT[:100_000]
    bring(two=good(CONTENT))
    assert server.starts("two") == [100_000]
    assert path.read_bytes() == CONTENT


@pytest.fixture
def clock(monkeypatch):
    """Stand in for the clock; the test sets the time."""
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_a_source_is_judged_by_what_it_gave_last_and_not_by_what_it_gave_in_all(clock, path, monkeypatch):
    blocks = [bytes(100_000)] * 20 + [bytes(100)] * 1000

    class Tiring(contextlib.nullcontext):
        """An answer that comes fast at first, and then hardly at all."""

        status, headers = 200, {"Content-Length": str(10**9)}

        def read1(self, _: int) -> bytes:
            clock[0] += 0.02
            return blocks.pop(0)

    monkeypatch.setattr(module, "opened", lambda url, start: Tiring())
    path.touch()
    assert "slow, 0.0" in receive("tiring", "", path, 10**9, least=1e6, until=math.inf)


@pytest.fixture(params=[CIFAR10, CIFAR100], ids=["cifar10", "cifar100"])
def either(request, server, monkeypatch) -> SmallArchive:
    return served(SmallArchive(request.param), server, monkeypatch)


@pytest.fixture
def archive(server, monkeypatch) -> SmallArchive:
    """A small CIFAR-10 that a good source serves."""
    return served(SmallArchive(CIFAR10), server, monkeypatch)


def served(archive: SmallArchive, server, monkeypatch) -> SmallArchive:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
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


def test_what_is_not_on_disk_is_fetched_and_told_on_stderr_where_nobody_watches(either, server, root, capfd):
    fetch(either.source, root)
    assert is_whole(either, root)
    # Nothing else is left behind: what was needed to get there is not part of the data set.
    kept = {either.source.base_folder, either.source.filename, ".download.lock"}
    assert {path.name for path in root.iterdir()} == kept
    told = capfd.readouterr()
    assert told.out == "" and either.source.filename in told.err and str(root) in told.err
    fetch(either.source, root)
    assert len(server.asked) == 1


def test_load_dataset_fetches_what_is_missing_and_asks_for_nothing_twice(archive, server, root):
    for train in (True, False):
        load_dataset("cifar10", root, train=train)
    assert len(server.asked) == 1


def test_an_archive_that_lies_in_the_folder_is_enough(archive, server, root):
    root.mkdir()
    (root / CIFAR10.filename).write_bytes(archive.content)
    fetch(CIFAR10, root)
    assert is_whole(archive, root) and server.asked == []


@pytest.mark.parametrize("name", ["data_batch_4", "batches.meta"])
@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"altered")])
def test_a_damaged_folder_is_named_and_made_whole(archive, root, capsys, name, damage):
    folder = archive.unpack(root)
    (folder / "notes.txt").write_text("the reader's own")
    damage(folder / name)
    load_dataset("cifar10", root)
    assert is_whole(archive, root) and (folder / "notes.txt").is_file()
    assert f": {name}; fetching the dataset again" in capsys.readouterr().err


def test_an_intact_folder_needs_no_lock_and_no_source(archive, server, root):
    archive.unpack(root)
    fetch(CIFAR10, root)
    assert [path.name for path in root.iterdir()] == [CIFAR10.base_folder] and server.asked == []


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


def test_a_reader_never_sees_a_folder_of_which_a_part_is_missing(archive, root, monkeypatch):
    seen = []
    extract = tarfile.TarFile.extract

    def looked_at(archive, path, **options: object) -> None:
        for member in archive:
            extract(archive, member, path, **options)
            seen.append(folder_problem(CIFAR10, root).name)

    monkeypatch.setattr(tarfile.TarFile, "extractall", looked_at)
    fetch(CIFAR10, root)
    assert seen == ["data_missing"] * (1 + len(archive.files))


def test_without_a_source_and_with_altered_ones_the_way_by_hand_is_told(archive, server, root, monkeypatch):
    by_hand = (CIFAR10.filename, root, "without unpacking it")
    archive.stand_in(monkeypatch, "http://127.0.0.1:9/x")
    with refused("download_failed", "Connection refused", *by_hand):
        fetch(CIFAR10, root)
    archive.stand_in(monkeypatch, server.url("altered", good(altered(archive.content))))
    with refused("download_altered", *by_hand):
        fetch(CIFAR10, root)
    assert not (root / CIFAR10.base_folder).exists()


def test_when_the_time_is_up_a_sentence_says_what_is_kept(archive, server, root, monkeypatch):
    archive.stand_in(monkeypatch, server.url("slow", paced(archive.content, 1, 0.01)))
    monkeypatch.setattr(module, "BLOCK", 10)
    with refused("download_late", f"kept in the folder '{root}'", "Run again"):
        fetch(CIFAR10, root, seconds=1)
    assert 0 < (root / f"{CIFAR10.filename}.part").stat().st_size < len(archive.content)


def test_ctrl_c_is_one_sentence_that_says_what_is_kept(archive, root, monkeypatch):
    def pressed(*_) -> None:
        raise KeyboardInterrupt

    (root / f"{CIFAR10.filename}.part").parent.mkdir()
    (root / f"{CIFAR10.filename}.part").write_bytes(archive.content[:50_000])
    for place in ("fill", "receive"):
        with monkeypatch.context() as patch, pytest.raises(DownloadInterrupted) as caught:
            patch.setattr(module, place, pressed)
            fetch(CIFAR10, root)
        assert isinstance(caught.value, KeyboardInterrupt) and caught.value.name == "download_stopped"
        assert f"; 0.1 of 0.1 MB are kept in the folder '{root}'" in str(caught.value)
    fetch(CIFAR10, root)
    assert is_whole(archive, root)


def load_in_a_process(url: str, root: Path, told: Path, come: multiprocessing.Barrier) -> None:
    """Load CIFAR-10's stand-in as soon as everyone has come; what is told goes to a file."""
    with pytest.MonkeyPatch.context() as patch, told.open("w") as file, contextlib.redirect_stderr(file):
        SmallArchive(CIFAR10).stand_in(patch, url)
        come.wait()
        load_dataset("cifar10", root)


def test_of_two_processes_at_once_the_second_says_that_it_waits(archive, server, root, tmp_path):
    told = [tmp_path / "one", tmp_path / "two"]
    waits = catalogue()["data.download_waits"]["en"].split("'")[2]

    def once_someone_waits(handler, begin) -> None:
        while not any(waits in file.read_text() for file in told):
            time.sleep(0.01)
        good(archive.content)(handler, begin)

    url = server.url("late", once_someone_waits)
    come = multiprocessing.get_context("forkserver").Barrier(2)
    processes = [start(load_in_a_process, url, root, file, come) for file in told]
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert is_whole(archive, root) and len(server.asked) == 1
    assert sorted(waits in file.read_text() for file in told) == [False, True]
    assert sorted("Downloading" in file.read_text() for file in told) == [False, True]
