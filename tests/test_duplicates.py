"""Equal and nearly equal images are found where a loop over all pairs finds them."""

import numpy as np
import pytest
import torch

from alexnet_lib import duplicates
from alexnet_lib.data import load_dataset
from alexnet_lib.duplicates import level, near_duplicates
from alexnet_lib.language import BookError
from find_duplicates import FILE, as_csv
from notebook_files import ROOT

LIMIT = 0.6


def pictures(count: int, seed: int) -> np.ndarray:
    """Make coarse random images: in averages of 4 x 4 pixels they differ about as much as in pixels."""
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
    found = {}
    for i, image in enumerate(images):
        for j, other in enumerate(others):
            views = (levelled(image), levelled(image[:, ::-1]))
            distances = [np.sqrt(np.mean((view - levelled(other)) ** 2)) for view in views]
            if min(distances) <= limit:
                found[i, j] = (min(distances), distances[1] < distances[0])
    return found


def assert_finds_what_the_loop_finds(sets: tuple[np.ndarray, np.ndarray], limit: float = LIMIT) -> None:
    expected = loop(*sets, limit)
    found = near_duplicates(*sets, limit)
    pairs = list(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert len(pairs) == len(expected) and set(pairs) == set(expected)
    np.testing.assert_allclose(found.distances, [expected[pair][0] for pair in pairs], atol=1e-3)
    assert found.mirrored.tolist() == [expected[pair][1] for pair in pairs]
    assert np.all(np.diff(found.distances) >= 0)


@pytest.mark.parametrize("limit", [0.05, LIMIT, 1.25])
def test_near_duplicates_are_those_of_a_loop(sets, limit):
    assert_finds_what_the_loop_finds(sets, limit)


def test_a_filter_that_loses_pairs_is_noticed(sets, monkeypatch):
    whole = duplicates.candidates
    monkeypatch.setattr(
        duplicates, "candidates", lambda images, others, limit: whole(images, others, limit / 2)
    )
    with pytest.raises(AssertionError):
        assert_finds_what_the_loop_finds(sets)


def test_a_distance_that_keeps_the_brightness_is_noticed(sets, monkeypatch):
    def contrast_only(images: np.ndarray):
        values = level(images)
        return values + torch.from_numpy(images.mean(axis=(1, 2, 3)) / 255).reshape(-1, 1, 1, 1)

    monkeypatch.setattr(duplicates, "level", contrast_only)
    with pytest.raises(AssertionError):
        assert_finds_what_the_loop_finds(sets)


def test_the_filter_never_loses_a_pair_whatever_the_limit(sets):
    for limit in (0.2, 0.7, 1.3):
        kept = set(map(tuple, duplicates.candidates(*sets, limit).tolist()))
        assert set(loop(*sets, limit)) <= kept


def test_more_images_than_a_block_are_found_in_their_places():
    images = pictures(600, seed=3)
    others = np.concatenate([pictures(1100, seed=4), images[[599, 250, 0]]])
    found = near_duplicates(images, others, 0.01)
    assert sorted(zip(found.first.tolist(), found.second.tolist(), strict=True)) == [
        (0, 1102),
        (250, 1101),
        (599, 1100),
    ]


def test_equal_images_are_at_distance_zero_and_one_step_in_one_pixel_is_not(sets):
    images, others = sets
    found = near_duplicates(images, others, LIMIT)
    equal = found.distances == 0
    pairs = zip(found.first[equal].tolist(), found.second[equal].tolist(), strict=True)
    assert set(pairs) == {
        (i, j) for i, a in enumerate(images) for j, b in enumerate(others) if np.array_equal(a, b)
    }
    image = images[:1].copy()
    image[0, 5, 5, 1] += 1
    found = near_duplicates(image, images, 0.05)
    assert found.second.tolist() == [0] and found.distances[0] > 0


# --- The pairs that are recorded ---

RECORDED = ROOT / "book/results" / FILE


def test_the_record_holds_the_pairs_as_they_were_found(sets):
    images, others = sets
    labels, other_labels = list(range(len(images))), [3] * len(others)
    first, *rest = as_csv(near_duplicates(images, others, LIMIT), labels, other_labels).splitlines()
    assert first == "test,train,distance,mirrored,same_label"
    expected = loop(images, others, LIMIT)
    for line in rest:
        i, j, distance, mirrored, same_label = line.split(",")
        known_distance, known_mirrored = expected.pop((int(i), int(j)))
        assert float(distance) == pytest.approx(known_distance, abs=1e-4)
        assert (int(mirrored), int(same_label)) == (known_mirrored, int(i) == 3)
    assert not expected


def test_the_record_is_what_the_images_say():
    try:
        test_set = load_dataset("cifar10", train=False, download=False)
        train_set = load_dataset("cifar10", train=True, download=False)
    except BookError:
        pytest.skip("CIFAR-10 is not here")
    lines = np.loadtxt(RECORDED, delimiter=",", skiprows=1)
    for i, j, distance, mirrored, same_label in lines[:: len(lines) // 20]:
        image, other = test_set.data[int(i)], train_set.data[int(j)]
        view = levelled(image[:, ::-1] if mirrored else image)
        assert np.sqrt(np.mean((view - levelled(other)) ** 2)) == pytest.approx(distance, abs=1e-3)
        assert same_label == (test_set.targets[int(i)] == train_set.targets[int(j)])


@pytest.mark.parametrize(
    ("first", "second"),
    [((2, 8, 8, 3), (2, 8, 12, 3)), ((2, 8, 6, 3), (2, 8, 6, 3)), ((0, 8, 8, 3), (2, 8, 8, 3))],
)
def test_sets_that_cannot_be_compared_are_told_their_shapes(first, second):
    with pytest.raises(ValueError, match="images") as caught:
        near_duplicates(np.zeros(first, np.uint8), np.zeros(second, np.uint8), LIMIT)
    assert str(first) in str(caught.value) and str(second) in str(caught.value)
