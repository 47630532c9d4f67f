"""CIFAR is read only when every byte is right, and what is wrong is said in one sentence."""

import contextlib
import errno
import hashlib
import http.client
import http.server
import io
import os
import pickle
import shutil
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torchvision.datasets.cifar
import torchvision.datasets.utils
from torchvision import transforms
from torchvision.datasets import CIFAR10, CIFAR100

from alexnet_lib import data
from alexnet_lib.data import class_names, data_hash, data_root, load_dataset, take
from alexnet_lib.errors import BookError
from alexnet_lib.language import catalogue, set_language, text
from alexnet_lib.shapes import Shapes10

CIFAR10_NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
CIFAR100_NAMES = ["apple", "aquarium_fish", *(f"thing_{number}" for number in range(98))]
IMAGES = 4  # a file


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def batch(seed: int, labels_key: str, classes: int) -> bytes:
    """Return a file in CIFAR's layout: rows of 3,072 bytes, red first, and labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=IMAGES).tolist()
    return pickle.dumps({"data": rng.integers(256, size=(IMAGES, 3072), dtype=np.uint8), labels_key: labels})


class Archive:
    """A small archive in the layout of a CIFAR data set, which torchvision takes for the real one."""

    def __init__(self, folder: Path, source: type[CIFAR10], monkeypatch: pytest.MonkeyPatch) -> None:
        self.source = source
        fine = source is CIFAR100
        labels_key, classes = ("fine_labels", 100) if fine else ("labels", 10)
        names = [name for name, _ in source.train_list + source.test_list]
        self.files = {name: batch(seed, labels_key, classes) for seed, name in enumerate(names)}
        key, names = ("fine_label_names", CIFAR100_NAMES) if fine else ("label_names", CIFAR10_NAMES)
        self.meta = source.meta["filename"]
        self.files[self.meta] = pickle.dumps({key: names})
        self.path = folder / source.filename
        with tarfile.open(self.path, "w:gz") as archive:
            for name, content in self.files.items():
                entry = tarfile.TarInfo(f"{source.base_folder}/{name}")
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        for part in ("train_list", "test_list"):
            hashes = [[name, md5(self.files[name])] for name, _ in getattr(source, part)]
            monkeypatch.setattr(source, part, hashes)
        monkeypatch.setattr(source, "meta", source.meta | {"md5": md5(self.files[self.meta])})
        monkeypatch.setattr(source, "tgz_md5", md5(self.path.read_bytes()))

    def unpack(self, root: Path) -> Path:
        """Put the files where a reader would, by hand."""
        folder = root / self.source.base_folder
        folder.mkdir(parents=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        return folder


@pytest.fixture(autouse=True)
def somewhere_else(tmp_path, monkeypatch):
    """Keep away from the data and the settings of the machine."""
    monkeypatch.delenv("ALEXNET_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server(tmp_path, monkeypatch) -> Iterator[Path]:
    """Stand in for the address of CIFAR: what lies in this folder can be downloaded."""
    folder = tmp_path / "server"
    folder.mkdir()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as listening:
        listening.handle_error = lambda *_: None  # torchvision asks once for the address and hangs up
        threading.Thread(target=listening.serve_forever, args=(0.01,)).start()
        for source in (CIFAR10, CIFAR100):
            monkeypatch.setattr(source, "url", f"http://127.0.0.1:{listening.server_port}/{source.filename}")
        yield folder
        listening.shutdown()


@pytest.fixture
def cifar10(server, monkeypatch) -> Archive:
    return Archive(server, CIFAR10, monkeypatch)


@pytest.fixture
def cifar100(server, monkeypatch) -> Archive:
    return Archive(server, CIFAR100, monkeypatch)


@pytest.fixture
def root(tmp_path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def no_network(monkeypatch):
    """Let nobody answer."""
    for source in (CIFAR10, CIFAR100):
        monkeypatch.setattr(source, "url", "http://127.0.0.1:9/cifar.tar.gz")


@pytest.fixture
def no_pickle(monkeypatch):
    def opened(*arguments: object, **options: object) -> None:
        raise AssertionError("a pickle was opened")

    monkeypatch.setattr(torchvision.datasets.cifar.pickle, "load", opened)


@contextlib.contextmanager
def refused(name: str, *words: object) -> Iterator[None]:
    """Expect a sentence by its name, with certain words in it."""
    with pytest.raises(BookError) as caught:
        yield
    assert caught.value.name == name
    for word in words:
        assert str(word) in str(caught.value)


def assert_is_the_archives(dataset, archive: Archive, names: list[str]) -> None:
    entries = [pickle.loads(archive.files[name]) for name, _ in names]
    pixels = np.concatenate([entry["data"] for entry in entries]).reshape(-1, 3, 32, 32)
    assert dataset.data.dtype == np.uint8 and dataset.data.shape == (IMAGES * len(names), 32, 32, 3)
    np.testing.assert_array_equal(np.moveaxis(dataset.data, -1, 1), pixels)
    labels = [label for entry in entries for label in entry.get("labels") or entry["fine_labels"]]
    assert dataset.targets == labels and all(type(label) is int for label in labels)


def test_cifar10_on_disk_is_read_as_it_is(cifar10, root, no_network):
    cifar10.unpack(root)
    training, test = load_dataset("cifar10", root), load_dataset("cifar10", root, train=False)
    assert_is_the_archives(training, cifar10, CIFAR10.train_list)
    assert_is_the_archives(test, cifar10, CIFAR10.test_list)
    assert training.classes == CIFAR10_NAMES
    assert training.train and not test.train


def test_cifar100_on_disk_is_read_as_it_is(cifar100, root, no_network):
    cifar100.unpack(root)
    training, test = load_dataset("cifar100", str(root)), load_dataset("cifar100", str(root), train=False)
    assert_is_the_archives(training, cifar100, CIFAR100.train_list)
    assert_is_the_archives(test, cifar100, CIFAR100.test_list)
    assert training.classes == CIFAR100_NAMES


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_what_is_not_on_disk_is_downloaded_without_a_word(request, root, capfd, name):
    archive = request.getfixturevalue(name)
    dataset = load_dataset(name, root)
    assert_is_the_archives(dataset, archive, archive.source.train_list)
    assert capfd.readouterr() == ("", "")
    archive.path.unlink()  # a second time nothing is asked for
    load_dataset(name, root, train=False)


def test_a_transform_is_applied_to_each_image(cifar10, root):
    cifar10.unpack(root)
    dataset = load_dataset("cifar10", root, transform=transforms.ToTensor())
    image, label = dataset[5]
    np.testing.assert_array_equal((image * 255).round().movedim(0, -1).numpy(), dataset.data[5])
    assert label == dataset.targets[5]


def test_shapes10_needs_no_disk(root, no_network):
    assert isinstance(load_dataset("shapes10", root, train=False), Shapes10)
    assert not root.exists()


@pytest.mark.parametrize("name", ["cifar", "CIFAR10", "mnist", ""])
def test_an_unknown_name_is_told_the_known_ones(root, name):
    with refused("unknown_dataset", f"'{name}'", "cifar10, cifar100, shapes10, auto"):
        load_dataset(name, root)


def test_a_missing_data_set_is_told_where_to_get_it_and_where_to_put_it(cifar10, root):
    with refused("data_missing", root, CIFAR10.url, "cifar-10-batches-py", "download=True"):
        load_dataset("cifar10", root, download=False)
    assert not root.exists()


def test_an_archive_that_is_not_unpacked_is_not_a_data_set(cifar10, root):
    root.mkdir()
    shutil.copy(cifar10.path, root)
    with refused("data_missing"):
        load_dataset("cifar10", root, download=False)
    cifar10.path.unlink()  # the copy is enough
    assert_is_the_archives(load_dataset("cifar10", root), cifar10, CIFAR10.train_list)


@pytest.mark.parametrize("name", ["data_batch_1", "data_batch_5", "test_batch"])
@pytest.mark.parametrize("train", [True, False])
def test_altered_bytes_are_refused_before_a_pickle_is_opened(cifar10, root, no_pickle, name, train):
    file = cifar10.unpack(root) / name
    content = bytearray(file.read_bytes())
    content[-2] ^= 1
    file.write_bytes(content)
    with refused("data_altered", root, "cifar-10-batches-py", name, CIFAR10.url):
        load_dataset("cifar10", root, train=train, download=False)


def test_the_guard_against_pickles_holds(cifar10, root, no_pickle):
    cifar10.unpack(root)
    with pytest.raises(AssertionError, match="a pickle was opened"):
        load_dataset("cifar10", root, download=False)


class Harmful:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("name", ["data_batch_2", "test_batch", "batches.meta"])
def test_a_harmful_pickle_is_not_run(cifar10, root, tmp_path, name):
    (cifar10.unpack(root) / name).write_bytes(pickle.dumps(Harmful(tmp_path / "harm")))
    for train in (True, False):
        with refused("data_altered", name):
            load_dataset("cifar10", root, train=train, download=False)
    assert not (tmp_path / "harm").exists()
    pickle.loads(pickle.dumps(Harmful(tmp_path / "harm")))
    assert (tmp_path / "harm").exists()


@pytest.mark.parametrize("name", ["data_batch_4", "test_batch", "batches.meta"])
def test_a_partial_folder_is_not_a_data_set(cifar10, root, name):
    folder = cifar10.unpack(root)
    (folder / name).unlink()
    for train in (True, False):
        with refused("data_altered", name):
            load_dataset("cifar10", root, train=train, download=False)


@pytest.mark.parametrize("name", ["data_batch_4", "test_batch"])
def test_a_partial_folder_is_made_whole_by_a_download(cifar10, root, name):
    folder = cifar10.unpack(root)
    (folder / name).write_bytes(cifar10.files[name][:100])
    assert_is_the_archives(load_dataset("cifar10", root), cifar10, CIFAR10.train_list)
    assert (folder / name).read_bytes() == cifar10.files[name]


def test_the_list_of_classes_is_checked_too_and_the_advice_helps(cifar10, root):
    """torchvision does not download again where only this file is wrong."""
    folder = cifar10.unpack(root)
    (folder / "batches.meta").unlink()
    with refused("data_altered", "batches.meta", "delete that folder"):
        load_dataset("cifar10", root)
    shutil.rmtree(folder)
    assert_is_the_archives(load_dataset("cifar10", root), cifar10, CIFAR10.train_list)


@pytest.mark.parametrize("download", [False, True])
def test_a_folder_one_too_deep_is_told_the_one_above(cifar10, root, download):
    folder = cifar10.unpack(root)
    before = sorted(folder.iterdir())
    with refused("data_folder_too_deep", f"'{folder}'", f"'{root}'"):
        load_dataset("cifar10", folder, download=download)
    assert sorted(folder.iterdir()) == before


def test_a_file_in_place_of_a_folder_is_said_to_be_one(cifar10, root):
    root.write_text("not a folder")
    with refused("data_root_is_file", root, "ALEXNET_DATA"):
        load_dataset("cifar10", root)
    assert root.read_text() == "not a folder"


def test_a_folder_below_a_file_cannot_be_written(cifar10, root):
    root.write_text("not a folder")
    with refused("data_root_unwritable", root / "below"):
        load_dataset("cifar10", root / "below")


@contextlib.contextmanager
def read_only(folder: Path, rights: int = 0o555) -> Iterator[None]:
    """Take away the right to write in a folder, or other rights, for a while, from root too."""
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(rights)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        for path in folders:
            path.chmod(0o755)


@pytest.fixture
def shared() -> Iterator[Path]:
    """Return a folder that everyone may enter; pytest's own are private."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


no_rights = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no rights of this kind on this system")


@no_rights
@pytest.mark.parametrize("below", ["", "new"])
def test_a_read_only_folder_is_said_to_be_one(cifar10, shared, below):
    words = (shared / below, "Permission denied", "by hand")
    with read_only(shared), refused("data_root_unwritable", *words):
        load_dataset("cifar10", shared / below)
    assert list(shared.iterdir()) == []


@no_rights
def test_a_folder_that_cannot_be_read_is_said_to_be_one(cifar10, shared):
    cifar10.unpack(shared)
    with read_only(shared, rights=0), refused("data_root_unreadable", shared, "Permission denied"):
        load_dataset("cifar10", shared)


@no_rights
def test_a_data_set_is_read_from_a_folder_that_cannot_be_written(cifar10, shared):
    """One folder for a classroom: the teacher's."""
    cifar10.unpack(shared)
    with read_only(shared):
        dataset = load_dataset("cifar10", shared)
    assert_is_the_archives(dataset, cifar10, CIFAR10.train_list)


def no_space(*arguments: object, **options: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_disk_that_fills_during_the_download_is_said_to_be_full(cifar10, root, monkeypatch):
    monkeypatch.setattr(torchvision.datasets.utils, "_urlretrieve", no_space)
    with refused("disk_full", root, "400 MB"):
        load_dataset("cifar10", root)


def test_a_disk_that_fills_while_unpacking_leaves_nothing_that_passes_for_a_data_set(
    cifar10, root, monkeypatch
):
    extract = tarfile.TarFile._extract_member

    def until_full(
        archive: tarfile.TarFile, member: tarfile.TarInfo, *rest: object, **options: object
    ) -> None:
        if member.name.endswith("data_batch_3"):
            no_space()
        extract(archive, member, *rest, **options)

    with monkeypatch.context() as patch, refused("disk_full"):
        patch.setattr(tarfile.TarFile, "_extract_member", until_full)
        load_dataset("cifar10", root)
    assert (root / "cifar-10-batches-py/data_batch_2").is_file()
    with refused("data_altered", "data_batch_3"):
        load_dataset("cifar10", root, download=False)
    assert_is_the_archives(load_dataset("cifar10", root), cifar10, CIFAR10.train_list)


def test_without_a_network_the_way_by_hand_is_told(cifar10, root, no_network):
    with refused("download_failed", CIFAR10.url, "Connection refused", root, "cifar-10-batches-py"):
        load_dataset("cifar10", root)


@pytest.mark.parametrize(
    "failure",
    [
        ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"),
        TimeoutError("timed out"),
        torchvision.datasets.utils.urllib.error.HTTPError("http://x", 503, "Service Unavailable", None, None),
        http.client.IncompleteRead(b""),
    ],
    ids=["reset", "timeout", "503", "incomplete"],
)
def test_a_download_that_breaks_off_is_a_failed_download(cifar10, root, monkeypatch, failure):
    def fail(*arguments: object) -> None:
        raise failure

    monkeypatch.setattr(torchvision.datasets.utils, "_urlretrieve", fail)
    with refused("download_failed", CIFAR10.url, root):
        load_dataset("cifar10", root)


@pytest.mark.parametrize(
    "content", [b"<html>Please log in to this network</html>", None], ids=["page", "half"]
)
def test_a_damaged_download_is_not_unpacked(cifar10, root, no_pickle, content):
    whole = cifar10.path.read_bytes()
    cifar10.path.write_bytes(content or whole[: len(whole) // 2])
    with refused("download_altered", CIFAR10.url, root):
        load_dataset("cifar10", root)
    assert not (root / "cifar-10-batches-py").exists()


def test_after_a_damaged_download_the_next_one_is_taken(cifar10, root):
    whole = cifar10.path.read_bytes()
    cifar10.path.write_bytes(whole[:-100])
    with refused("download_altered"):
        load_dataset("cifar10", root)
    cifar10.path.write_bytes(whole)
    assert_is_the_archives(load_dataset("cifar10", root), cifar10, CIFAR10.train_list)


def test_two_callers_at_once_download_once(cifar10, root, monkeypatch):
    retrieve, asked, results = torchvision.datasets.utils._urlretrieve, [], []
    barrier = threading.Barrier(2)

    def slow(url: str, file: str) -> None:
        asked.append(url)
        retrieve(url, file)

    def load() -> None:
        barrier.wait()
        results.append(load_dataset("cifar10", root))

    monkeypatch.setattr(torchvision.datasets.utils, "_urlretrieve", slow)
    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 1
    for dataset in results:
        assert_is_the_archives(dataset, cifar10, CIFAR10.train_list)
    assert len(results) == 2


def test_auto_is_cifar10_where_it_is_intact(cifar10, root, capsys):
    cifar10.unpack(root)
    assert_is_the_archives(load_dataset("auto", root), cifar10, CIFAR10.train_list)
    assert_is_the_archives(load_dataset("auto", root, train=False), cifar10, CIFAR10.test_list)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("state", ["absent", "partial", "altered", "a file"])
@pytest.mark.parametrize("download", [True, False])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_auto_falls_back_with_a_banner_and_never_downloads(
    cifar10, root, capsys, monkeypatch, state, download, language
):
    set_language(language)
    if state == "a file":
        root.touch()
    elif state != "absent":
        file = cifar10.unpack(root) / "data_batch_1"
        file.unlink() if state == "partial" else file.write_bytes(b"altered")
    monkeypatch.setattr(torchvision.datasets.cifar, "download_and_extract_archive", None)
    monkeypatch.setattr(data, "Shapes10", lambda train, transform: ("shapes10", train, transform))
    assert load_dataset("auto", root, train=False, transform=len, download=download) == (
        "shapes10",
        False,
        len,
    )
    assert capsys.readouterr().out == text("data.banner_shapes10") + "\n"


def test_auto_passes_the_transform_on(cifar10, root):
    cifar10.unpack(root)
    assert load_dataset("auto", root, transform=transforms.ToTensor())[0][0].shape == (3, 32, 32)


def test_only_auto_falls_back(cifar10, root, no_network, capsys):
    for download in (True, False):
        with pytest.raises(BookError):
            load_dataset("cifar10", root, download=download)
    assert capsys.readouterr().out == ""


def test_the_root_is_what_is_given_else_the_environments_else_the_books_else_here(tmp_path, monkeypatch):
    assert data_root() == Path.cwd() / "data" == tmp_path / "here/data"
    notebooks = tmp_path / "clone/notebooks/ko"
    notebooks.mkdir(parents=True)
    (tmp_path / "_toc.yml").touch()
    (tmp_path / "clone/_toc.yml").touch()
    monkeypatch.chdir(notebooks)
    assert data_root() == tmp_path / "clone/data"
    monkeypatch.setenv("ALEXNET_DATA", str(tmp_path / "classroom"))
    assert data_root() == tmp_path / "classroom"
    assert data_root("mine") == Path("mine")
    monkeypatch.setenv("ALEXNET_DATA", "")
    assert data_root() == tmp_path / "clone/data"


@pytest.mark.parametrize("given_as", ["root", "environment"])
def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch, given_as):
    monkeypatch.setenv("HOME", str(tmp_path))
    if given_as == "environment":
        monkeypatch.setenv("ALEXNET_DATA", "~/data")
    assert data_root("~/data" if given_as == "root" else None) == tmp_path / "data"


def test_the_root_of_the_environment_is_used(cifar10, tmp_path, monkeypatch, no_network):
    cifar10.unpack(tmp_path / "classroom")
    monkeypatch.setenv("ALEXNET_DATA", str(tmp_path / "classroom"))
    assert_is_the_archives(load_dataset("cifar10"), cifar10, CIFAR10.train_list)


def test_a_part_of_a_data_set_keeps_images_and_labels_together(cifar10, root):
    cifar10.unpack(root)
    dataset = load_dataset("cifar10", root, transform=transforms.ToTensor())
    for images, chosen in (
        (3, [0, 1, 2]),
        ([7, 2, 19], [7, 2, 19]),
        (None, range(20)),
        (99, range(20)),
        (np.int64(3), [0, 1, 2]),
        ([], []),
        (np.arange(20) % 7 == 2, [2, 9, 16]),
    ):
        part = take(dataset, images)
        np.testing.assert_array_equal(part.data, dataset.data[list(chosen)])
        assert part.targets == [dataset.targets[index] for index in chosen]
        assert len(part) == len(part.targets)
        assert part.classes == dataset.classes and part.transform is dataset.transform
        assert part.train is dataset.train
    assert len(dataset) == 20  # as it was


def test_the_hash_is_of_the_pixels_in_their_order(cifar10, root):
    cifar10.unpack(root)
    dataset = load_dataset("cifar10", root)
    pixels = np.concatenate([pickle.loads(cifar10.files[name])["data"] for name, _ in CIFAR10.train_list])
    pixels = pixels.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    assert data_hash(dataset) == hashlib.sha256(pixels.tobytes()).hexdigest()
    assert data_hash(take(dataset, [1, 0])) != data_hash(take(dataset, [0, 1]))


def test_classes_have_names_in_the_readers_language_and_cifar100_keeps_its_own(cifar10, cifar100, root):
    for archive in (cifar10, cifar100):
        archive.unpack(root)
    sets = [load_dataset(name, root, download=False) for name in ("cifar10", "cifar100")]
    assert class_names(sets[0]) == CIFAR10_NAMES
    set_language("ko")
    korean = ["비행기", "자동차", "새", "고양이", "사슴", "개", "개구리", "말", "배", "트럭"]
    assert class_names(sets[0]) == korean
    assert class_names(sets[1]) == CIFAR100_NAMES
    assert class_names(load_dataset("shapes10", train=False))[3] == "초승달"


def test_every_sentence_about_data_is_raised_by_a_test_here():
    sentences = {key.removeprefix("errors.") for key in catalogue() if key.startswith("errors.d")}
    tested = Path(__file__).read_text("utf-8")
    assert sentences and all(f'refused("{name}"' in tested for name in sentences)
