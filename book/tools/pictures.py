"""The site's pictures: each kept once, in less than half the bytes, and nobody sees the difference."""

import hashlib
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image, ImageChops, ImageStat

COLOURS = 256
# The mean difference, of 255, up to which a picture is kept with the fewer colours. Charts stay below it,
# pictures of photographs do not.
UNSEEN = 1.0
FOLDER = "_images"
PLACE = re.compile(rf'(?<={FOLDER}/)[^"/?]+\.png')


def shrink_pictures(folder: Path, cache: Path) -> None:
    """Replace the PNGs that the pages of a built language show by WebP.

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
    """Write a picture to ``kept``, without loss but for colours that nobody misses, unless it is there.

    The next method takes ten times as long, and saves one byte in forty.
    """
    if not kept.is_file():
        partial = kept.with_name(f".{kept.name}.partial")
        picture = Image.open(path)
        opaque = picture.convert("RGBA").getextrema()[3][0] == 255
        reduced = few_colours(picture.convert("RGB")) if opaque else None
        (reduced or picture).save(partial, "WEBP", lossless=True, exact=True, method=4, quality=100)
        partial.replace(kept)
    return kept


def few_colours(picture: Image.Image) -> Image.Image | None:
    """Return an RGB picture with a table of its colours, or None where someone could see the difference."""
    reduced = picture.quantize(COLOURS, dither=Image.Dither.NONE)
    difference = ImageStat.Stat(ImageChops.difference(picture, reduced.convert("RGB")))
    return reduced if max(difference.rms) <= UNSEEN else None
