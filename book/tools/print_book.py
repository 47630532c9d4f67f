"""Print the built book, and the answers to its exercises, as PDFs, with the Chromium that is installed.

The first page of each language then links to the book, and the teachers' page to the answers. A PDF that is
there is left: a site whose pages have changed is written anew, without any.
"""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from browser import WANTED, BrowserProblem, chromium, program
from languages import LANGUAGES, words
from notebook_archive import NAME as ARCHIVE
from notebook_files import write_atomically
from print_pages import document
from print_pdf import printed

NAME = "alexnet-book.pdf"
# Each edition with its file, and the page that offers it.
EDITIONS = {"book": (NAME, "index.html"), "answers": ("alexnet-answers.pdf", "teachers.html")}
SKIPPED = f"The PDFs were not made: {WANTED}."
BESIDE = re.compile(rf'(href="[^"]*{re.escape(ARCHIVE)}".*?)(?=</p>)', re.DOTALL)


def print_book(root: Path, site: Path) -> list[str]:
    """Put the PDFs of each language that are missing into the site, and links to them onto its pages.

    Parameters
    ----------
    root
        Holds the book's configuration and templates.
    site
        The built site; what is printed lies in ``print`` beside it.

    Returns
    -------
    list of str
        What is wrong, a sentence each; such a PDF is missing, and so is its link. No browser is not wrong.
    """
    missing = [
        (language, edition)
        for edition, (name, _) in EDITIONS.items() for language in LANGUAGES
        if not (site / language / name).is_file()
    ]  # fmt: skip

    def attempt(language: str, edition: str) -> str:
        try:
            print_edition(root, site, language, edition)
        except BrowserProblem as problem:
            return f"{language}: no PDF: {problem}"
        return ""

    try:
        if program() is None:
            print(SKIPPED, flush=True)
            return []
    except BrowserProblem as problem:
        return [f"The PDFs were not made: {problem}"]
    # A Chromium for each language, for it works on one core.
    with ThreadPoolExecutor(len(LANGUAGES)) as pool:
        return [*filter(None, pool.map(lambda what: attempt(*what), missing))]


def print_edition(root: Path, site: Path, language: str, edition: str) -> None:
    """Print one edition of a language, if it has anything to hold, and let its page offer it."""
    begin = time.monotonic()
    name, page = EDITIONS[edition]
    text = document(root, language, site / language, f"../{site.name}/{language}", edition)
    if text is None:  # no chapter has exercises
        return
    with chromium() as browser:
        pdf = printed(browser, text, site.with_name("print") / f"{language}-{edition}.html")
    (site / language / name).write_bytes(pdf)
    offer(site / language / page, words(language)["print"][f"offer-{edition}"].format(name))
    print(f"{language}: {edition} printed in {time.monotonic() - begin:.1f} s", flush=True)


def offer(page: Path, sentence: str) -> None:
    """Put the sentence that offers an edition onto its page, behind the one that offers the notebooks."""
    if page.is_file():
        added = rf'\1 <span class="print-edition">{sentence}</span>'
        write_atomically(page, BESIDE.sub(added, page.read_text("utf-8"), count=1))
