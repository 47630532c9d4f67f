"""CIFAR is read only when every byte is right, and what is wrong is said in one sentence."""

import contextlib
import hashlib
import os
import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torchvision.datasets.cifar
from torchvision import transforms
from torchvision.datasets import CIFAR10, CIFAR100

from alexnet_lib import data, shapes
from alexnet_lib.data import (
    class_names,
    content_hash,
    data_hash,
    data_root,
    load_dataset,
    split,
    subset,
    validation_indices,
)
from alexnet_lib.language import BookError, set_language, text
from alexnet_lib.runs import runs_root
from alexnet_lib.shapes import Shapes10
from local_sources import CIFAR10_NAMES, CIFAR100_NAMES, IMAGES, SmallArchive
from tiny import TinyImages, refused


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
def root(tmp_path) -> Path:
    return tmp_path / "data"


def assert_is_the_archives(dataset, archive: SmallArchive, names: list[str]) -> None:
    entries = [pickle.loads(archive.files[name]) for name, _ in names]
    pixels = np.concatenate([entry["data"] for entry in entries]).reshape(-1, 3, 32, 32)
    assert dataset.data.dtype == np.uint8 and dataset.data.shape == (IMAGES * len(names), 32, 32, 3)
    np.testing.assert_array_equal(np.moveaxis(dataset.data, -1, 1), pixels)
    labels = [label for entry in entries for label in entry.get("labels") or entry["fine_labels"]]
    assert dataset.targets == labels and all(type(label) is int for label in labels)


@pytest.mark.parametrize(("name", "source"), [("cifar10", CIFAR10), ("cifar100", CIFAR100)])
def test_cifar_on_disk_is_read_as_it_is(monkeypatch, root, name, source):
    archive = SmallArchive(source)
    archive.stand_in(monkeypatch)
    archive.unpack(root)
    training = load_dataset(name, str(root), transform=transforms.ToTensor())
    test = load_dataset(name, root, train=False)
    assert_is_the_archives(training, archive, archive.source.train_list)
    assert_is_the_archives(test, archive, archive.source.test_list)
    assert training.classes == {"cifar10": CIFAR10_NAMES, "cifar100": CIFAR100_NAMES}[name]
    assert training.train and not test.train
    image, label = training[3]
    np.testing.assert_array_equal((image * 255).round().movedim(0, -1).numpy(), training.data[3])
    assert label == training.targets[3]


@pytest.mark.parametrize("name", ["CIFAR10", ""])
def test_an_unknown_name_is_told_the_known_ones(root, name):
    with refused("unknown_dataset", f"'{name}'", "cifar10, cifar100, shapes10, auto"):
        load_dataset(name, root)


def test_a_missing_data_set_is_told_where_to_get_it_and_where_to_put_it(cifar10, root):
    with refused("data_missing", root, CIFAR10.url, "cifar-10-batches-py", "download=True"):
        load_dataset("cifar10", root, download=False)
    assert not root.exists()


@pytest.mark.parametrize("name", ["data_batch_5", "test_batch"])
def test_altered_bytes_are_refused_before_a_pickle_is_opened(cifar10, root, monkeypatch, name):
    def opened(*arguments: object, **options: object) -> None:
        raise AssertionError("a pickle was opened")

    monkeypatch.setattr(torchvision.datasets.cifar.pickle, "load", opened)
    file = cifar10.unpack(root) / name
    with pytest.raises(AssertionError, match="a pickle was opened"):
        load_dataset("cifar10", root, download=False)
    file.write_bytes(file.read_bytes()[:-2] + b"\0.")
    for train in (True, False):
        with refused("data_altered", root, "cifar-10-batches-py", name, CIFAR10.url):
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


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Take away the right to write in a folder for a while, from root too."""
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
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
def test_a_read_only_folder_is_said_to_be_one(cifar10, shared):
    for folder in (shared, shared / "new"):
        with read_only(shared), refused("data_root_unusable", folder, "Permission denied", "by hand"):
            load_dataset("cifar10", folder)
    assert list(shared.iterdir()) == []


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


def test_auto_says_what_is_wrong_with_a_data_folder_that_is_there(
    cifar10, root, capsys, monkeypatch, no_download
):
    """On stderr, because the sentence names a folder of this machine, which no page may show."""
    (cifar10.unpack(root) / "data_batch_1").unlink()
    monkeypatch.setattr(data, "Shapes10", lambda train, transform: "shapes10")
    for train in (True, False):
        assert load_dataset("auto", root, train=train) == "shapes10"
    said = capsys.readouterr()
    assert said.out == text("data.banner_shapes10") + "\n"
    assert "data_batch_1" in said.err and str(root) in said.err and said.err.count("\n") == 1


def test_a_root_that_is_given_is_taken_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("ALEXNET_DATA", str(tmp_path / "classroom"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_root("mine") == Path("mine")
    assert data_root("~/data") == tmp_path / "data"


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


def test_the_hash_is_of_the_pixels_in_their_order_and_that_of_the_content_of_the_labels_too(cifar10, root):
    cifar10.unpack(root)
    dataset = load_dataset("cifar10", root)
    pixels = np.concatenate([pickle.loads(cifar10.files[name])["data"] for name, _ in CIFAR10.train_list])
    pixels = pixels.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    assert data_hash(dataset) == hashlib.sha256(pixels.tobytes()).hexdigest()
    assert data_hash(subset(dataset, [1, 0])) != data_hash(subset(dataset, [0, 1]))
    same, other = subset(dataset, None), subset(dataset, None)
    other.targets = other.targets[::-1]
    assert content_hash(same) == content_hash(dataset) != content_hash(other)
    assert data_hash(other) == data_hash(dataset)


def test_classes_have_names_in_the_readers_language_and_cifar100_keeps_its_own(monkeypatch):
    assert class_names("cifar10") == CIFAR10_NAMES
    set_language("ko")
    korean = ["비행기", "자동차", "새", "고양이", "사슴", "개", "개구리", "말", "배", "트럭"]
    assert class_names("cifar10") == korean
    assert class_names(SimpleNamespace(classes=CIFAR100_NAMES)) == CIFAR100_NAMES
    monkeypatch.setattr(shapes, "COUNT", {True: 10, False: 10})
    assert class_names(Shapes10(train=False))[3] == "초승달"


DATA = data_root()  # where CIFAR-10 may lie; the tests go elsewhere
FILE = Path(__file__).parents[1] / "book/results/cifar10-split.npy"


def test_a_tenth_of_each_class_is_held_out():
    train_set = TinyImages(400)
    rest, held_out = split(train_set)
    assert len(rest) == 360 and len(held_out) == 40
    assert np.bincount(held_out.targets).tolist() == [4] * 10
    indices = validation_indices(train_set.targets)
    np.testing.assert_array_equal(held_out.data, train_set.data[indices])
    assert held_out.targets == [train_set.targets[index] for index in indices]
    # No image is in both parts, and none is lost.
    together = np.concatenate([rest.data, held_out.data]).reshape(400, -1)
    np.testing.assert_array_equal(
        np.unique(together, axis=0), np.unique(train_set.data.reshape(400, -1), axis=0)
    )
    assert held_out.train


def test_the_split_that_is_kept_names_5000_of_the_training_images():
    kept = np.load(FILE, allow_pickle=False)
    assert kept.shape == (5_000,) and len(np.unique(kept)) == 5_000
    assert kept.min() >= 0 and kept.max() < 50_000 and (np.diff(kept) > 0).all()


def test_the_split_that_is_kept_is_the_one_that_is_drawn():
    """NumPy does not promise that a generator draws the same for ever; the records rest on it."""
    try:
        training = load_dataset("cifar10", DATA, download=False)
    except BookError:
        pytest.skip("CIFAR-10 is not on this machine")
    kept = np.load(FILE, allow_pickle=False)
    assert validation_indices(training.targets).tolist() == kept.tolist()


# --- Where they lie: one value of a variable is one folder, from wherever it is looked at ---

FOLDERS = {"ALEXNET_DATA": data_root, "ALEXNET_RUNS": runs_root}
named = pytest.mark.parametrize("variable", FOLDERS)


@pytest.fixture
def clone(tmp_path, monkeypatch) -> Path:
    """Return a clone within another one, and a home folder beside it."""
    clone = tmp_path / "outer/clone"
    for folder in ("notebooks/ko", "book/tools"):
        (clone / folder).mkdir(parents=True)
    (clone / "_toc.yml").touch()
    (clone.parent / "_toc.yml").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(clone)
    return clone


@named
@pytest.mark.parametrize("place", [".", "notebooks/ko", "book/tools"])
def test_a_folder_is_the_same_for_tools_and_kernels(clone, tmp_path, monkeypatch, variable, place):
    monkeypatch.chdir(clone / place)
    values = {
        "mine": clone / "mine",
        "../mine": clone / "../mine",
        "~/mine": tmp_path / "home/mine",
        str(tmp_path / "mine"): tmp_path / "mine",
    }
    for value, folder in values.items():
        monkeypatch.setenv(variable, value)
        assert FOLDERS[variable]() == folder


def test_without_the_variables_data_lie_in_the_book_and_runs_in_the_users_cache(clone, tmp_path, monkeypatch):
    monkeypatch.chdir(clone / "notebooks/ko")
    for leave in (lambda name: monkeypatch.setenv(name, ""), monkeypatch.delenv):
        for variable in FOLDERS:
            leave(variable)
        assert data_root() == clone / "data"
        assert runs_root() == tmp_path / "home/.cache/alexnet-book/runs"
    monkeypatch.chdir(tmp_path)  # where no book is
    assert data_root() == tmp_path / "data"


@named
def test_a_home_folder_that_is_not_there_is_named(monkeypatch, variable):
    monkeypatch.setenv(variable, "~nobody-of-this-name/x")
    with pytest.raises(BookError, match=f"^The environment variable {variable} is '~nobody-of-this-name/x'"):
        FOLDERS[variable]()
