"""The letters of figures: fonts taken by their files, and a reader's words drawn as they are written."""

import functools
import unicodedata
import warnings
from collections.abc import Iterable
from pathlib import Path

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.font_manager import FontEntry, FontProperties

from alexnet_lib.language import text

FONT = Path(__file__).parent / "fonts" / "NotoSansCJKkr-subset.otf"
WEIGHTS = (400, 700)  # one file stands for both: Hangul in bold would need another of its size
BOX = "□"
# No character has this number: a font with a picture for it shows the same one for whatever it lacks.
UNASSIGNED = "\u0378"


def use_book_fonts() -> None:
    """Draw Latin, digits and signs in Matplotlib's own DejaVu Sans and Hangul in the book's font."""
    mpl.rcParams["font.family"] = ["DejaVu Sans", family_of(FONT)]  # the first that has a letter draws it


def family_of(path: str | Path) -> str:
    """Make a font file known to Matplotlib, and return the family name that chooses it: its path.

    By the name that the file itself gives, an installed font of that name would be taken.
    """
    entries = [FontEntry(fname=str(path), name=str(path), weight=weight) for weight in WEIGHTS]
    known = font_manager.fontManager.ttflist
    known += [entry for entry in entries if entry not in known]
    return str(path)


def as_written(words: Iterable[object]) -> list[str]:
    """Return a reader's words, such as the names of classes, so that a figure shows them letter for letter.

    Hangul in parts, as macOS writes the names of folders, is put together; a ``$`` begins no
    formula; a legend does not leave out what begins with ``_``. What the book's fonts lack is
    drawn in an installed one, of which Matplotlib is told here: call this before the figure is made.

    Warns
    -----
    UserWarning
        One sentence that names the letters that no font has; a box stands for each.
    """
    composed = [unicodedata.normalize("NFC", str(word)) for word in words]
    boxes = dict.fromkeys(map(ord, letters_without_font("".join(composed))), BOX)
    # A hair's breadth before an underscore; Matplotlib takes "\$" for the sign itself.
    return [
        ("\u200a" * word.startswith("_") + word).replace("$", r"\$").translate(boxes) for word in composed
    ]


def letters_without_font(words: str) -> set[str]:
    """Return the letters that no font draws, and say which; let installed fonts draw what they can."""
    families = mpl.rcParams["font.family"]
    fonts = [font_manager.findfont(FontProperties(family=[family])) for family in families]
    missing = set(words) - {"\n"}
    for font in fonts:
        missing -= letters_of(font, missing)
    missing -= drawn_in(FONT, missing)  # without the book's setup, even this one is news
    for path in installed_fonts_with(frozenset(missing)):
        missing -= drawn_in(path, missing)
    if missing:
        names = [letter if letter.isprintable() else f"U+{ord(letter):04X}" for letter in sorted(missing)]
        warnings.warn(text("notebook.missing_letters", letters=", ".join(names)), stacklevel=4)
    return missing


def drawn_in(path: str | Path, letters: Iterable[str]) -> set[str]:
    """Let figures draw in a font what none before it has; return those of the letters that it draws."""
    drawn = letters_of(path, letters)
    if drawn:
        mpl.rcParams["font.family"] = [*mpl.rcParams["font.family"], family_of(path)]
    return drawn


def letters_of(font: str | Path, letters: Iterable[str]) -> set[str]:
    """Return those of the letters that a font has; none, if it has a picture for everything."""
    file = font_manager.get_font(font)
    if file.get_char_index(ord(UNASSIGNED)):
        return set()
    return {letter for letter in letters if file.get_char_index(ord(letter))}


@functools.cache
def installed_fonts_with(letters: frozenset[str]) -> list[str]:
    """Return the files of installed fonts that have any of the letters: most letters first, then upright."""
    found = []
    for path in font_manager.findSystemFonts() if letters else []:
        try:
            face = font_manager.ttfFontProperty(font_manager.get_font(path))
        except (OSError, RuntimeError, NotImplementedError):
            continue  # not readable, or with pictures of one size only: Matplotlib passes over them too
        if count := len(letters_of(path, letters)):
            found.append((-count, face.style != "normal", abs(int(face.weight) - WEIGHTS[0]), path))
    return [path for *_, path in sorted(found)]
