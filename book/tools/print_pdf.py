"""A document as PDF, by Chromium, with the true page numbers in its contents."""

import base64
import io
import re
from pathlib import Path

import pikepdf

from browser import Browser, browser
from browser_checks import complaint
from notebook_files import write_atomically
from site_server import served

# Where the number of a chapter's first page is to stand; Chromium itself cannot look it up.
NUMBER = re.compile(r'(data-page="([^"]+)">)000')


class PrintProblem(Exception):
    """One sentence: the print is not as it should be."""


def printed(text: str, place: Path, served_folder: Path) -> bytes:
    """Return a document as PDF, its contents with the pages on which the chapters begin.

    Parameters
    ----------
    text
        The document, with zeros in the place of the page numbers.
    place
        Where it is to lie while it is printed.
    served_folder
        Holds that place, and all that the document asks for.
    """
    with browser() as chromium, served(served_folder) as address:
        # From the start each time: a document that is printed again may end its pages elsewhere.
        address += f"/{place.relative_to(served_folder).as_posix()}"
        write_atomically(place, text)
        # Tags and outline have no part in where a page ends, and take half the time.
        numbers = page_numbers(as_pdf(chromium, address, tagged=False))
        write_atomically(place, NUMBER.sub(lambda entry: f"{entry[1]}{numbers[entry[2]]}", text))
        pdf = as_pdf(chromium, address, tagged=True)
    if page_numbers(pdf) != numbers:
        raise PrintProblem("the page numbers of the contents moved the chapters")
    return pdf


def as_pdf(chromium: Browser, address: str, tagged: bool) -> bytes:
    """Open a page and print it."""
    chromium.open(address)
    chromium.value("document.fonts.ready.then(() => true)")
    host = address[: address.index("/", len("http://"))]
    for message in filter(None, (complaint(event, host) for event in chromium.events)):
        raise PrintProblem(message)
    answer = chromium.ask(
        "Page.printToPDF", preferCSSPageSize=True, printBackground=True,
        generateTaggedPDF=tagged, generateDocumentOutline=tagged,
    )  # fmt: skip
    return base64.b64decode(answer["data"])


def page_numbers(pdf: bytes) -> dict[str, int]:
    """Return the pages, counted from 1, on which the places lie that links lead to."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        numbers = {page.objgen: number for number, page in enumerate(document.pages, 1)}
        places = document.Root.Dests.items()
        return {name[1:]: numbers[place[0].objgen] for name, place in places}
