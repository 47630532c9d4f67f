"""Words for a terminal, a pipe or a notebook's output, whatever their encoding can write."""

import re
import sys
import unicodedata
from typing import TextIO

SUPERSCRIPTS = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
# For signs of the book that an encoding lacks, such as the code page of a Korean Windows.
PLAIN = {
    "−": "-", "–": "-", "—": "-", "·": "-", "×": "x", "±": "+-", "→": "->", "✓": "v", "✗": "x",
    "‘": "'", "’": "'", "“": '"', "”": '"',
}  # fmt: skip


def print_words(words: str, end: str = "\n", stream: TextIO | None = None) -> None:
    """Print words at once, on standard output unless another stream is given, in signs that it can write."""
    stream = stream or sys.stdout
    print(encodable(words, getattr(stream, "encoding", None) or "utf-8"), end=end, file=stream, flush=True)


def encodable(words: str, encoding: str) -> str:
    """Return words as they are if an encoding can write them, else the nearest that it can.

    Powers become ``10^-5``, all in the same words alike, signs their nearest in ASCII; for a letter
    that has none stands a question mark.
    """
    if can_write(words, encoding):
        return words
    words = SUPERSCRIPTS.sub(lambda power: "^" + power[0].translate(DIGITS), words)
    return "".join(sign if can_write(sign, encoding) else plain(sign) for sign in words)


def can_write(words: str, encoding: str) -> bool:
    """Tell whether an encoding has every sign of the words."""
    try:
        words.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def plain(sign: str) -> str:
    """Return the nearest in ASCII to a sign: of é, for example, the e."""
    letters = (letter for letter in unicodedata.normalize("NFKD", sign) if letter.isascii())
    return PLAIN.get(sign) or "".join(letters) or "?"
