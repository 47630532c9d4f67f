"""A data folder becomes whole from an archive, or stays as it was; the reader is told which and why."""

import contextlib
import multiprocessing
import shutil
import tarfile
import time
from pathlib import Path

import filelock
import pytest
from torchvision.datasets import CIFAR10, CIFAR100

from alexnet_lib import download, terminal
from alexnet_lib.data import load_dataset
from alexnet_lib.download import ARCHIVES, fetch, folder_problem
from alexnet_lib.language import BookError, DownloadInterrupted, catalogue
from local_sources import SmallArchive, altered, good, paced, running
from processes import start

SENTENCES = ("data_", "disk_", "download_")


@pytest.fixture
def server():
    with running() as server:
        yield server


@pytest.fixture(params=[CIFAR10, CIFAR100], ids=["cifar10", "cifar100"])
def either(request, server, monkeypatch) -> SmallArchive:
    return served(SmallArchive(request.param), server, monkeypatch)


@pytest.fixture
def archive(server, monkeypatch) -> SmallArchive:
    """A small CIFAR-10 that a good source serves."""
    return served(SmallArchive(CIFAR10), server, monkeypatch)


def served(archive: SmallArchive, server, monkeypatch) -> SmallArchive:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(download, "SILENCE", 0.5)
    archive.stand_in(monkeypatch, server.url("archive", good(archive.content)))
    return archive


@pytest.fixture
def root(tmp_path) -> Path:
    return tmp_path / "data"


def is_whole(archive: SmallArchive, root: Path) -> bool:
    folder = root / archive.source.base_folder
    return all((folder / name).read_bytes() == content for name, content in archive.files.items())


@contextlib.contextmanager
def refused(name: str, *words: object):
    """Expect a sentence by its name, with certain words in it."""
    with pytest.raises(BookError) as caught:
        yield
    assert caught.value.name == name
    for word in words:
        assert str(word) in str(caught.value)


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


def test_a_damaged_archive_that_lies_in_the_folder_is_replaced(archive, root):
    root.mkdir()
    (root / CIFAR10.filename).write_bytes(archive.content[:-100])
    fetch(CIFAR10, root)
    assert is_whole(archive, root)


@pytest.mark.parametrize("name", ["data_batch_4", "test_batch", "batches.meta"])
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


def test_a_file_in_place_of_the_folder_and_a_folder_too_deep_are_not_touched(archive, server, root):
    folder = archive.unpack(root)
    (folder / "test_batch").unlink()
    with refused("data_folder_too_deep", f"'{folder}'", f"'{root}'"):
        fetch(CIFAR10, folder)
    shutil.rmtree(root)
    root.write_text("not a folder")
    for below in ("", "below"):
        with refused("data_root_unusable", root / below):
            fetch(CIFAR10, root / below)
    assert server.asked == [] and root.read_text() == "not a folder"


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


def test_a_process_that_was_killed_while_unpacking_leaves_nothing_in_the_way(archive, root):
    (root / ".unpacking").mkdir(parents=True)
    (root / ".unpacking/data_batch_1").write_bytes(b"half")
    fetch(CIFAR10, root)
    assert is_whole(archive, root) and not (root / ".unpacking").exists()


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
    monkeypatch.setattr(download, "BLOCK", 10)
    with refused("download_late", f"kept in the folder '{root}'", "Run again"):
        fetch(CIFAR10, root, seconds=0.05)
    assert 0 < (root / f"{CIFAR10.filename}.part").stat().st_size < len(archive.content)


def test_ctrl_c_is_one_sentence_that_says_what_is_kept(archive, root, monkeypatch):
    def pressed(*_) -> None:
        raise KeyboardInterrupt

    (root / f"{CIFAR10.filename}.part").parent.mkdir()
    (root / f"{CIFAR10.filename}.part").write_bytes(archive.content[:50_000])
    for place in ("fill", "receive"):
        with monkeypatch.context() as patch, pytest.raises(DownloadInterrupted) as caught:
            patch.setattr(download, place, pressed)
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


def test_ctrl_c_ends_the_waiting_too(archive, root, monkeypatch):
    root.mkdir()
    other = filelock.FileLock(root / ".download.lock")
    other.acquire()
    def pressed(words: str) -> None:
        assert "waiting" in words
        raise KeyboardInterrupt

    monkeypatch.setattr(terminal, "tell", pressed)
    with pytest.raises(DownloadInterrupted):
        fetch(CIFAR10, root)
    other.release()


def test_every_sentence_about_data_is_raised_by_a_test():
    sentences = {key.removeprefix("errors.") for key in catalogue() if key.startswith("errors.")}
    sentences = {name for name in sentences if name.startswith(SENTENCES)}
    files = [Path(__file__), Path(__file__).with_name("test_data.py")]
    tested = "".join(file.read_text("utf-8") for file in files)
    assert len(sentences) > 5
    assert {name for name in sentences if f'"{name}"' not in tested} == set()
