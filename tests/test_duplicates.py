"""Equal and nearly equal images are found where a loop over all pairs finds them."""

from types import SimpleNamespace

import numpy as np
import pytest

from alexnet_lib import duplicates
from alexnet_lib.duplicates import near_duplicates
from find_duplicates import FILE, as_csv
from notebook_files import ROOT
from tiny import cifar10_or_skip

LIMIT = 0.6


def pictures(count: int, seed: int) -> np.ndarray:
    """Make coarse random images, which differ about as much as photographs do."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(40, 200, (count, 4, 4, 3)).repeat(4, axis=1).repeat(4, axis=2)
    return (coarse + rng.integers(-20, 20, coarse.shape)).astype(np.uint8)


@pytest.fixture(scope="module")
def sets() -> tuple[np.ndarray, np.ndarray]:
    """Make two small sets: some of the first are in the second, altered in several ways."""
    images, others = pictures(30, seed=0), pictures(50, seed=1)
    noise = np.random.default_rng(2).integers(-25, 25, others[0].shape)
    others[7] = images[3]
    others[8] = images[3]
    others[20] = np.clip(images[5] + noise, 0, 255)
    others[21] = images[6] // 2 + 90  # less contrast, brighter
    others[22] = images[9][:, ::-1]
    others[23] = np.clip(images[11][:, ::-1] + noise, 0, 255)
    others[24] = np.roll(images[12], 1, axis=1)
    others[25] = images[13] * np.array([1, 0.5, 0.5])  # tinted
    return images, others


def levelled(image: np.ndarray) -> np.ndarray:
    """Level one image, in float64 and channel by channel."""
    channels = [image[..., c].astype(float) - image[..., c].mean() for c in range(3)]
    values = np.stack(channels, axis=-1)
    return values / max(np.sqrt(np.mean(values**2)), 1)


def loop(images: np.ndarray, others: np.ndarray, limit: float) -> dict[tuple[int, int], tuple[float, bool]]:
    """Compare every pair, pixel by pixel, straight and mirrored."""
    found, theirs = {}, list(map(levelled, others))
    for i, image in enumerate(images):
        views = (levelled(image), levelled(image[:, ::-1]))
        for j, other in enumerate(theirs):
            distances = [np.sqrt(np.mean((view - other) ** 2)) for view in views]
            if min(distances) <= limit:
                found[i, j] = (min(distances), distances[1] < distances[0])
    return found


def assert_finds_what_the_loop_finds(sets: tuple[np.ndarray, np.ndarray], limit: float = LIMIT) -> None:
    expected = loop(*sets, limit)
    found = near_duplicates(*sets, limit)
    pairs = [(pair.first, pair.second) for pair in found]
    assert len(pairs) == len(expected) and set(pairs) == set(expected)
    distances = [pair.distance for pair in found]
    np.testing.assert_allclose(distances, [expected[pair][0] for pair in pairs], atol=1e-5)
    assert [pair.mirrored for pair in found] == [expected[pair][1] for pair in pairs]
    assert distances == sorted(distances)


@pytest.mark.parametrize("limit", [0.05, LIMIT, 1.25])
def test_near_duplicates_are_those_of_a_loop(sets, limit):
    assert_finds_what_the_loop_finds(sets, limit)


def test_a_distance_that_keeps_the_brightness_is_noticed(sets, monkeypatch):
    monkeypatch.setattr(duplicates, "levelled", lambda images: images.reshape(len(images), -1) / 255)
    with pytest.raises(AssertionError):
        assert_finds_what_the_loop_finds(sets)


# --- The pairs that are recorded ---

RECORDED = ROOT / "book/results" / FILE


def test_the_record_holds_the_pairs_as_they_were_found(sets):
    images, others = sets
    ours, theirs = (SimpleNamespace(targets=[*range(30)]), SimpleNamespace(targets=[3] * 50))
    first, *rest = as_csv(near_duplicates(images, others, LIMIT), ours, theirs).splitlines()
    assert first == "test,train,distance,mirrored,same_label"
    expected = loop(images, others, LIMIT)
    for line in rest:
        i, j, distance, mirrored, same_label = line.split(",")
        known_distance, known_mirrored = expected.pop((int(i), int(j)))
        assert float(distance) == pytest.approx(known_distance, abs=1e-4)
        assert (int(mirrored), int(same_label)) == (known_mirrored, int(i) == 3)
    assert not expected


def test_the_record_is_what_the_images_say():
    test_set, train_set = cifar10_or_skip(train=False), cifar10_or_skip(train=True)
    lines = np.loadtxt(RECORDED, delimiter=",", skiprows=1)
    for i, j, distance, mirrored, same_label in lines[:: len(lines) // 20]:
        image, other = test_set.data[int(i)], train_set.data[int(j)]
        view = levelled(image[:, ::-1] if mirrored else image)
        assert np.sqrt(np.mean((view - levelled(other)) ** 2)) == pytest.approx(distance, abs=1e-3)
        assert same_label == (test_set.targets[int(i)] == train_set.targets[int(j)])
