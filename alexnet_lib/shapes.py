"""shapes10: ten classes of drawn 32x32 images, so that the book runs where no data can be had."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torchvision.datasets import VisionDataset

Array = NDArray[np.float32]

SIZE = 32
COUNT = {True: 10_000, False: 2_000}


def disc(x: Array, y: Array, radius: float = 1.0) -> Array:
    """Return the signed depth inside a disc: positive inside, 0 on its edge."""
    return radius - np.hypot(x, y)


def box(x: Array, y: Array, width: float, height: float) -> Array:
    """Return the signed depth inside a rectangle of the given half sides."""
    return np.minimum(width - np.abs(x), height - np.abs(y))


def polygon(x: Array, y: Array, corners: int) -> Array:
    """Return the signed depth inside a regular polygon."""
    angles = np.pi / 2 + np.pi / corners + 2 * np.pi * np.arange(corners) / corners
    sides = [np.cos(np.pi / corners) - (x * np.cos(a) + y * np.sin(a)) for a in angles]
    return np.min(sides, axis=0)


def star(x: Array, y: Array) -> Array:
    """Return the signed depth inside a five-pointed star."""
    angle, radius = np.arctan2(x, y), np.hypot(x, y)
    return 0.72 + 0.28 * np.cos(5 * angle) - radius


# Every shape is drawn about the origin with a radius of about one.
SHAPES: dict[str, Callable[[Array, Array], Array]] = {
    "circle": disc,
    "ring": lambda x, y: np.minimum(disc(x, y), -disc(x, y, 0.55)),
    "half_disc": lambda x, y: np.minimum(disc(x, y + 0.5, 1.1), y + 0.4),
    "crescent": lambda x, y: np.minimum(disc(x, y), -disc(x - 0.5, y, 0.8)),
    "square": lambda x, y: box(x, y, 0.82, 0.82),
    "triangle": lambda x, y: polygon(x, y, 3),
    "cross": lambda x, y: np.maximum(box(x, y, 1, 0.32), box(x, y, 0.32, 1)),
    "star": star,
    "stripes": lambda x, y: np.minimum(box(x, y, 0.95, 0.95), 0.2 - np.abs((x + 0.95) % 0.75 - 0.2)),
    "checkers": lambda x, y: np.minimum(box(x, y, 0.9, 0.9), 0.25 * np.sign(x * y)),
}


def hues(hue: Array) -> Array:
    """Return the colours (N, 3) at places (N,) of the colour wheel, red at 0, green at a third."""
    return 0.5 + 0.5 * np.cos(2 * np.pi * (hue[:, None] - np.array([0, 1 / 3, 2 / 3], np.float32)))


def draw(targets: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw one image a target: (N, 32, 32, 3), each with its own place, size, turn and colours."""
    count = len(targets)
    place = rng.uniform(-0.3, 0.3, (2, count, 1, 1)).astype(np.float32)
    size = rng.uniform(0.45, 0.7, (count, 1, 1)).astype(np.float32)
    turn = rng.uniform(-0.3, 0.3, (count, 1, 1)).astype(np.float32)
    grid = (np.arange(SIZE, dtype=np.float32) + 0.5) / SIZE * 2 - 1
    x, y = (grid[None, None, :] - place[0]) / size, (-grid[None, :, None] - place[1]) / size
    x, y = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    depth = np.empty((count, SIZE, SIZE), np.float32)
    for target, shape in enumerate(SHAPES.values()):
        chosen = targets == target
        depth[chosen] = shape(x[chosen], y[chosen])
    # One pixel is 2 / SIZE wide: the edge is blended over it, as a camera would.
    cover = np.clip(depth * size * SIZE / 2 + 0.5, 0, 1)[..., None]
    # As ships are often on blue, each class has a colour it likes, and does not always wear.
    hue = targets / len(SHAPES) + rng.normal(0, 0.04, count)
    ink = hues(hue.astype(np.float32)) * rng.uniform(0.6, 1, (count, 1)).astype(np.float32)
    ground = rng.uniform(0, 0.5, (count, 1)) + rng.uniform(-0.1, 0.1, (count, 3))
    ink, ground = ink[:, None, None, :], ground.astype(np.float32)[:, None, None, :]
    noise = rng.standard_normal((count, SIZE, SIZE, 3), dtype=np.float32)
    pixels = ground + cover * (ink - ground) + 0.08 * noise
    return (pixels.clip(0, 1) * 255).round().astype(np.uint8)


class Shapes10(VisionDataset):
    """Ten classes of drawn shapes: 10,000 training or 2,000 test images (PIL), equal for everyone."""

    classes = list(SHAPES)

    def __init__(self, train: bool = True, transform: Callable | None = None) -> None:
        super().__init__(transform=transform)
        self.train = train
        rng = np.random.default_rng(10 if train else 11)
        targets = rng.permutation(np.arange(COUNT[train]) % len(SHAPES))
        self.data = draw(targets, rng)
        self.targets = targets.tolist()

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple:
        """Return (image, label), the image transformed where a transform was given."""
        image = Image.fromarray(self.data[index])
        return self.transform(image) if self.transform else image, self.targets[index]
