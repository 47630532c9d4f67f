"""CIFAR is read only when every byte is right, and what is wrong is said in one sentence."""

import contextlib
import hashlib
import os
import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torchvision.datasets.cifar
from torchvision import transforms
from torchvision.datasets import CIFAR10, CIFAR100

from alexnet_lib import data
from alexnet_lib.data import class_names, content_hash, data_hash, data_root, load_dataset, subset
from alexnet_lib.language import BookError, set_language, text
from alexnet_lib.shapes import Shapes10
from local_sources import CIFAR10_NAMES, CIFAR100_NAMES, IMAGES, SmallArchive
from tiny import TinyImages


@pytest.fixture(autouse=True)
def somewhere_else(tmp_path, monkeypatch):
    """Keep away from the data and the settings of the machine."""
    monkeypatch.delenv("ALEXNET_DATA", raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def cifar10(monkeypatch) -> SmallArchive:
    """A small CIFAR-10 that nobody serves."""
    archive = SmallArchive(CIFAR10)
    archive.stand_in(monkeypatch, "http://127.0.0.1:9/closed")
    return archive


@pytest.fixture
def cifar100(monkeypatch) -> SmallArchive:
    archive = SmallArchive(CIFAR100)
    archive.stand_in(monkeypatch, "http://127.0.0.1:9/closed")
    return archive


@pytest.fixture
def root(tmp_path) -> Path:
    return tmp_path / "data"


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


def assert_is_the_archives(dataset, archive: SmallArchive, names: list[str]) -> None:
    entries = [pickle.loads(archive.files[name]) for name, _ in names]
    pixels = np.concatenate([entry["data"] for entry in entries]).reshape(-1, 3, 32, 32)
    assert dataset.data.dtype == np.uint8 and dataset.data.shape == (IMAGES * len(names), 32, 32, 3)
    np.testing.assert_array_equal(np.moveaxis(dataset.data, -1, 1), pixels)
    labels = [label for entry in entries for label in entry.get("labels") or entry["fine_labels"]]
    assert dataset.targets == labels and all(type(label) is int for label in labels)


def test_cifar10_on_disk_is_read_as_it_is(cifar10, root):
    cifar10.unpack(root)
    training, test = load_dataset("cifar10", root), load_dataset("cifar10", root, train=False)
    assert_is_the_archives(training, cifar10, CIFAR10.train_list)
    assert_is_the_archives(test, cifar10, CIFAR10.test_list)
    assert training.classes == CIFAR10_NAMES
    assert training.train and not test.train


def test_cifar100_on_disk_is_read_as_it_is(cifar100, root):
    cifar100.unpack(root)
    training, test = load_dataset("cifar100", str(root)), load_dataset("cifar100", str(root), train=False)
    assert_is_the_archives(training, cifar100, CIFAR100.train_list)
    assert_is_the_archives(test, cifar100, CIFAR100.test_list)
    assert training.classes == CIFAR100_NAMES


def test_a_transform_is_applied_to_each_image(cifar10, root):
    cifar10.unpack(root)
    dataset = load_dataset("cifar10", root, transform=transforms.ToTensor())
    image, label = dataset[5]
    np.testing.assert_array_equal((image * 255).round().movedim(0, -1).numpy(), dataset.data[5])
    assert label == dataset.targets[5]


def test_shapes10_needs_no_disk(root):
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


@pytest.mark.parametrize("download", [False, True])
def test_a_folder_one_too_deep_is_told_the_one_above(cifar10, root, download):
    folder = cifar10.unpack(root)
    before = sorted(folder.iterdir())
    with refused("data_folder_too_deep", f"'{folder}'", f"'{root}'"):
        load_dataset("cifar10", folder, download=download)
    assert sorted(folder.iterdir()) == before


def test_a_file_in_place_of_a_folder_is_said_to_be_one(cifar10, root):
    root.write_text("not a folder")
    with refused("data_root_unusable", root, "ALEXNET_DATA"):
        load_dataset("cifar10", root)
    assert root.read_text() == "not a folder"


def test_a_folder_below_a_file_cannot_be_written(cifar10, root):
    root.write_text("not a folder")
    with refused("data_root_unusable", root / "below"):
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
    with read_only(shared), refused("data_root_unusable", *words):
        load_dataset("cifar10", shared / below)
    assert list(shared.iterdir()) == []


@no_rights
def test_a_folder_that_cannot_be_read_is_said_to_be_one(cifar10, shared):
    cifar10.unpack(shared)
    with read_only(shared, rights=0), refused("data_root_unusable", shared, "Permission denied"):
        load_dataset("cifar10", shared)


@no_rights
def test_a_data_set_is_read_from_a_folder_that_cannot_be_written(cifar10, shared):
    """One folder for a classroom: the teacher's."""
    cifar10.unpack(shared)
    with read_only(shared):
        dataset = load_dataset("cifar10", shared)
    assert_is_the_archives(dataset, cifar10, CIFAR10.train_list)


def test_auto_is_cifar10_where_it_is_intact(cifar10, root, capsys):
    cifar10.unpack(root)
    assert_is_the_archives(load_dataset("auto", root), cifar10, CIFAR10.train_list)
    assert_is_the_archives(load_dataset("auto", root, train=False), cifar10, CIFAR10.test_list)
    assert capsys.readouterr().out == ""


@pytest.fixture
def no_download(monkeypatch):
    monkeypatch.setattr(data, "fetch", lambda *_: pytest.fail("asked for a download"))


def test_auto_falls_back_with_a_banner_and_never_downloads(
    cifar10, root, capsys, monkeypatch, language, no_download
):
    monkeypatch.setattr(data, "Shapes10", lambda train, transform: ("shapes10", train, transform))
    for download in (True, False):
        drawn = load_dataset("auto", root, train=False, transform=len, download=download)
        assert drawn == ("shapes10", False, len)
    assert capsys.readouterr() == (text("data.banner_shapes10") + "\n", "")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("partial", "data_batch_1"),
        ("altered", "data_batch_1"),
        ("a file", "Not a directory"),
        ("deep", "folder above"),
    ],
)
def test_auto_says_what_is_wrong_with_a_data_folder_that_is_there(
    cifar10, root, capsys, monkeypatch, no_download, state, words
):
    """On stderr, because the sentence names a folder of this machine, which no page may show."""
    if state == "a file":
        root.touch()
    else:
        file = cifar10.unpack(root) / "data_batch_1"
        file.unlink() if state == "partial" else file.write_bytes(b"altered")
    given = root / "cifar-10-batches-py" if state == "deep" else root
    monkeypatch.setattr(data, "Shapes10", lambda train, transform: "shapes10")
    for train in (True, False):
        assert load_dataset("auto", given, train=train) == "shapes10"
    said = capsys.readouterr()
    assert said.out == text("data.banner_shapes10") + "\n"
    assert words in said.err and str(root) in said.err and said.err.count("\n") == 1


def test_auto_passes_the_transform_on(cifar10, root):
    cifar10.unpack(root)
    assert load_dataset("auto", root, transform=transforms.ToTensor())[0][0].shape == (3, 32, 32)


def test_only_auto_falls_back(cifar10, root, capsys):
    for download in (True, False):
        with pytest.raises(BookError):
            load_dataset("cifar10", root, download=download)
    assert text("data.banner_shapes10") not in capsys.readouterr().out


def test_a_root_that_is_given_is_taken_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("ALEXNET_DATA", str(tmp_path / "classroom"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_root("mine") == Path("mine")
    assert data_root("~/data") == tmp_path / "data"


def test_the_root_of_the_environment_is_used(cifar10, tmp_path, monkeypatch):
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
        part = subset(dataset, images)
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
    assert data_hash(subset(dataset, [1, 0])) != data_hash(subset(dataset, [0, 1]))


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


def test_the_hash_of_a_data_sets_content_is_of_its_labels_too():
    dataset = TinyImages(8)
    same, other = subset(dataset, 8), subset(dataset, 8)
    other.targets = other.targets[::-1]
    assert content_hash(same) == content_hash(dataset) != content_hash(other)
    assert data_hash(other) == data_hash(dataset)
