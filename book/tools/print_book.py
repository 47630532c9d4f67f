"""Print the built book, and the answers to its exercises, as PDFs, with the Chromium that is installed.

The first page of each language then links to the book, and the teachers' page to the answers. A PDF that is
there is left: a site whose pages have changed is written anew, without any.
"""

import re
import time
from pathlib import Path

from browser import WANTED, BrowserProblem, program
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
    try:
        if program() is None:
            print(SKIPPED, flush=True)
            return []
    except BrowserProblem as problem:
        return [str(problem)]
    problems = []
    for language in LANGUAGES:
        pages = site / language
        for edition, (name, page) in EDITIONS.items():
            if (pages / name).is_file():
                continue
            begin = time.monotonic()
            text = document(root, language, pages, f"../{site.name}/{language}", edition)
            if text is None:  # no chapter has exercises
                continue
            try:
                pdf = printed(text, site.with_name("print") / f"{language}-{edition}.html")
            except BrowserProblem as problem:
                problems.append(f"{language}: no PDF: {problem}")
                continue
            (pages / name).write_bytes(pdf)
            offer(pages / page, words(language)["print"][f"offer-{edition}"].format(name))
            print(f"{language}: {edition} printed in {time.monotonic() - begin:.1f} s", flush=True)
    return problems


def offer(page: Path, sentence: str) -> None:
    """Put the sentence that offers an edition onto its page, behind the one that offers the notebooks."""
    if page.is_file():
        added = rf'\1 <span class="print-edition">{sentence}</span>'
        write_atomically(page, BESIDE.sub(added, page.read_text("utf-8"), count=1))
