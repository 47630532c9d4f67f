"""The small task: the right classes, numbered anew, as many images of each, or drawn shapes instead."""

import hashlib
import pickle
from collections import Counter

import numpy as np
import pytest
from torchvision.datasets import CIFAR100

from alexnet_lib import shapes
from alexnet_lib.experiments.transfer import TASK_CLASSES, choose_classes, draw_per_class, small_task
from alexnet_lib.shapes import Shapes10

NAMES = sorted({*TASK_CLASSES, *(f"filler {number:02}" for number in range(90))})


@pytest.fixture(autouse=True)
def few_shapes(monkeypatch):
    monkeypatch.setattr(shapes, "COUNT", {True: 60, False: 30})


@pytest.fixture
def cifar100(tmp_path, monkeypatch):
    """A small file in CIFAR-100's layout, its hashes known to torchvision: image i is of class i % 100."""
    folder = tmp_path / CIFAR100.base_folder
    folder.mkdir()
    files = {}
    for name, count in (("train", 200), ("test", 200)):
        pixels = np.arange(count, dtype=np.uint8).repeat(3072).reshape(count, 3072)
        files[name] = {"data": pixels, "fine_labels": [number % 100 for number in range(count)]}
    files["meta"] = {"fine_label_names": NAMES}
    hashes = {}
    for name, content in files.items():
        (folder / name).write_bytes(pickle.dumps(content))
        hashes[name] = hashlib.md5((folder / name).read_bytes()).hexdigest()
    monkeypatch.setattr(CIFAR100, "train_list", [["train", hashes["train"]]])
    monkeypatch.setattr(CIFAR100, "test_list", [["test", hashes["test"]]])
    monkeypatch.setattr(CIFAR100, "meta", {**CIFAR100.meta, "filename": "meta", "md5": hashes["meta"]})
    return tmp_path


def test_cifar100_is_used_where_it_is_intact(cifar100, capsys):
    pool, test_set = small_task(None, root=cifar100)
    assert "ten classes of CIFAR-100" in capsys.readouterr().out
    assert pool.classes == test_set.classes == list(TASK_CLASSES)
    assert (len(pool), len(test_set)) == (20, 20)
    assert pool.train and not test_set.train
    for dataset in (pool, test_set):
        for index in range(len(dataset)):
            number = int(dataset.data[index, 0, 0, 0])  # the image's place in the file
            assert TASK_CLASSES[dataset.targets[index]] == NAMES[number % 100]


def test_shapes10_stands_in_and_is_named(tmp_path, capsys):
    pool, test_set = small_task(str, root=tmp_path)
    assert "shapes10" in capsys.readouterr().out
    assert isinstance(pool, Shapes10) and pool.train and not test_set.train
    assert pool.transform is str and test_set.transform is str


def test_an_altered_cifar100_is_named_where_no_page_shows_its_folder(cifar100, capsys):
    (cifar100 / CIFAR100.base_folder / "test").write_bytes(b"altered")
    assert isinstance(small_task(None, root=cifar100)[0], Shapes10)
    said = capsys.readouterr()
    assert "differ from the original: test;" in said.err and str(cifar100) not in said.out


def test_the_task_has_ten_classes_and_none_is_cifar10s():
    cifar10 = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}
    assert len(set(TASK_CLASSES)) == 10
    assert not cifar10 & set(TASK_CLASSES)


def test_chosen_classes_are_numbered_in_the_order_of_their_names():
    dataset = Shapes10()
    chosen = choose_classes(dataset, ["star", "circle"])
    assert chosen.classes == ["star", "circle"] and dataset.classes != chosen.classes
    for number, name in enumerate(chosen.classes):
        theirs = dataset.data[np.asarray(dataset.targets) == dataset.classes.index(name)]
        assert np.array_equal(chosen.data[np.asarray(chosen.targets) == number], theirs)


def test_a_draw_holds_as_many_images_of_each_class_each_once():
    dataset = Shapes10()
    drawn = draw_per_class(dataset, 4, seed=0)
    assert Counter(drawn.targets) == dict.fromkeys(range(10), 4)
    assert drawn.targets[:10] == list(range(10))
    originals = {image.tobytes(): target for image, target in zip(dataset.data, dataset.targets, strict=True)}
    assert len({image.tobytes() for image in drawn.data}) == 40
    assert [originals[image.tobytes()] for image in drawn.data] == drawn.targets


def test_the_seed_decides_the_draw():
    first, again, other = (draw_per_class(Shapes10(), 3, seed).data for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
