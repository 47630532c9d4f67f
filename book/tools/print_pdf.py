"""A document as PDF, by Chromium, with the true page numbers in its contents, and in a third of its bytes."""

import io
import re
import zlib
from pathlib import Path

import pikepdf
from pikepdf import Array, Name, ObjectStreamMode, Stream
from playwright.sync_api import Browser

from browser import BrowserProblem, complaints
from notebook_files import write_atomically
from pictures import few_colours

# Where the number of a chapter's first page is to stand; Chromium itself cannot look it up.
NUMBER = re.compile(r'(data-page="([^"]+)">)000')
EFFORT = 9  # of 9


def printed(browser: Browser, text: str, place: Path) -> bytes:
    """Return a document as PDF, its contents with the pages on which the chapters begin.

    Parameters
    ----------
    browser
        Prints it.
    text
        The document, with zeros in the place of the page numbers.
    place
        Where it is to lie while it is printed, and from where it sees its pictures.
    """
    # From the start each time: a document that is printed again may end its pages elsewhere.
    write_atomically(place, text)
    # Tags and outline have no part in where a page ends, and take half the time.
    numbers = page_numbers(as_pdf(browser, place, is_final=False))
    write_atomically(place, NUMBER.sub(lambda entry: f"{entry[1]}{numbers[entry[2]]}", text))
    pdf = as_pdf(browser, place, is_final=True)
    if page_numbers(pdf) != numbers:
        raise BrowserProblem("the page numbers of the contents moved the chapters")
    return shrink(pdf)


def as_pdf(browser: Browser, place: Path, is_final: bool) -> bytes:
    """Open a page and print it, with tags and an outline where it is final."""
    page = browser.new_page()
    found = complaints(page, "file://")
    page.goto(place.resolve().as_uri())
    page.evaluate("document.fonts.ready.then(() => true)")
    if found:
        raise BrowserProblem(found[0])
    pdf = page.pdf(prefer_css_page_size=True, print_background=True, tagged=is_final, outline=is_final)
    page.close()
    return pdf


def page_numbers(pdf: bytes) -> dict[str, int]:
    """Return the pages, counted from 1, on which the places lie that links lead to."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        numbers = {page.objgen: number for number, page in enumerate(document.pages, 1)}
        places = document.Root.Dests.items()
        return {name[1:]: numbers[place[0].objgen] for name, place in places}


def shrink(pdf: bytes) -> bytes:
    """Return a PDF packed; Chromium leaves each tag of the text by itself, and pictures in 24 bits."""
    pikepdf.settings.set_flate_compression_level(EFFORT)
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for part in document.objects:
            if isinstance(part, Stream) and part.get(Name.Subtype) == Name.Image:
                reduce_colours(part)
        document.save(file, object_stream_mode=ObjectStreamMode.generate, recompress_flate=True)
    return file.getvalue()


def reduce_colours(picture: Stream) -> None:
    """Give a picture a table of its colours where nobody can see the difference."""
    whole = pikepdf.PdfImage(picture).as_pil_image().convert("RGB")
    reduced = few_colours(whole)
    if reduced is None:
        return
    table = bytes(reduced.getpalette())
    picture.ColorSpace = Array([Name.Indexed, picture.ColorSpace, len(table) // 3 - 1, table])
    picture.write(zlib.compress(reduced.tobytes(), EFFORT), filter=Name.FlateDecode)
