"""The site's pictures: each kept once, and with the same pixels in half the bytes."""

import hashlib
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

FOLDER = "_images"
PLACE = re.compile(rf'(?<={FOLDER}/)[^"/?]+\.png')


def shrink_pictures(folder: Path, cache: Path) -> None:
    """Replace the PNGs that the pages of a built language show by WebP without loss.

    Parameters
    ----------
    folder
        Holds the pages and ``_images``. A picture that lies there twice, as those of the gallery do,
        is kept once.
    cache
        Holds what was converted before, under the hash of the PNG.
    """
    cache.mkdir(parents=True, exist_ok=True)
    new_names = {path: name_of(path) for path in (folder / FOLDER).glob("*.png")}
    pictures = {name: path for path, name in new_names.items()}
    with ThreadPoolExecutor() as pool:
        for kept in pool.map(lambda name: as_webp(pictures[name], cache / name), pictures):
            shutil.copyfile(kept, folder / FOLDER / kept.name)
    for path in new_names:
        path.unlink()
    for page in folder.glob("*.html"):
        text = page.read_text("utf-8")
        renamed = PLACE.sub(lambda place: new_names[folder / FOLDER / place[0]], text)
        page.write_text(renamed, "utf-8")


def name_of(path: Path) -> str:
    """Return the name of a picture as WebP, by its content."""
    return f"{hashlib.sha256(path.read_bytes()).hexdigest()[:20]}.webp"


def as_webp(path: Path, kept: Path) -> Path:
    """Write the pixels of a picture to ``kept``, unless they are there."""
    if not kept.is_file():
        partial = kept.with_name(f".{kept.name}.partial")
        Image.open(path).save(partial, "WEBP", lossless=True, exact=True)
        partial.replace(kept)
    return kept
