"""Print the built book, and the answers to its exercises, as PDFs, with the Chromium that is installed.

    python book/tools/print_book.py _build/site

What has not changed is not printed again. The first page of each language links to the book, and the
teachers' page to the answers, where they are.
Exit status: 0 all is well, or there is no Chromium; 1 a language could not be printed.
"""

import hashlib
import re
import shutil
import sys
import time
from pathlib import Path

from browser import WANTED, BrowserProblem, program
from build_site import is_current
from languages import LANGUAGES, words
from notebook_archive import NAME as ARCHIVE
from notebook_files import ROOT, command_line, write_atomically
from print_pages import document
from print_pdf import PrintProblem, printed
from print_size import shrink

NAME = "alexnet-book.pdf"
# Each edition with its file, and the page that offers it.
EDITIONS = {"book": (NAME, "index.html"), "answers": ("alexnet-answers.pdf", "teachers.html")}
SKIPPED = f"The PDFs were not made: {WANTED}."
SENTENCE = re.compile(r' <span class="print-edition">.*?</span>')
BESIDE = re.compile(rf'(href="[^"]*{re.escape(ARCHIVE)}".*?)(?=</p>)', re.DOTALL)

def print_book(root: Path, site: Path) -> list[str]:
    """Put the PDF of each language into the site, and a link to it onto its first page.

    Parameters
    ----------
    root
        Holds the book's configuration and templates.
    site
        The built site; what is printed, and the prints, are kept in ``print`` beside it.

    Returns
    -------
    list of str
        What is wrong, a sentence each; such a language has no PDF and no link.
    """
    problems = []
    for language in LANGUAGES:
        pages = site / language
        for edition, (name, page) in EDITIONS.items():
            write_link(pages / page, language, edition, False)  # which is no part of the print
            pdf = site.with_name("print") / f"{language}-{edition}.pdf"
            try:
                is_there = renew(root, site, language, edition, pdf)
            except (BrowserProblem, PrintProblem) as problem:
                problems.append(f"{language}: no PDF: {problem}")
                is_there = False
            (pages / name).unlink(missing_ok=True)
            if is_there:
                shutil.copy2(pdf, pages / name)
            write_link(pages / page, language, edition, is_there)
    return problems


def renew(root: Path, site: Path, language: str, edition: str, pdf: Path) -> bool:
    """Print an edition of a language unless it is up to date; return whether it now is."""
    begin = time.monotonic()
    text = document(root, language, site / language, f"../{site.name}/{language}", edition)
    if text is None:
        return False
    key, key_file = key_of(text, site / language), pdf.with_suffix(".key")
    if pdf.is_file() and is_current(key_file, key):
        print(f"{language}: its PDF ({edition}) is up to date", flush=True)
        return True
    key_file.unlink(missing_ok=True)
    if program() is None:
        return False
    pdf.parent.mkdir(exist_ok=True)
    pdf.write_bytes(shrink(printed(text, pdf.with_suffix(".html"))))
    write_atomically(key_file, key)
    print(f"{language}: {edition} printed in {time.monotonic() - begin:.1f} s", flush=True)
    return True


def key_of(text: str, pages: Path) -> str:
    """Return the hash of all that decides what a language's print looks like."""
    digest = hashlib.sha256(text.encode())
    tools = (Path(__file__).with_name(name) for name in ("print_pdf.py", "print_size.py"))
    for path in (*sorted(pages.glob("_images/*")), *tools):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def write_link(page: Path, language: str, edition: str, is_there: bool) -> None:
    """Offer an edition on its page, beside the notebooks, or do not."""
    if not page.is_file():
        return
    text = SENTENCE.sub("", page.read_text("utf-8"))
    if is_there:
        # Behind the sentence that offers the notebooks.
        offer = words(language)["print"][f"offer-{edition}"].format(EDITIONS[edition][0])
        sentence = f' <span class="print-edition">{offer}</span>'
        text = BESIDE.sub(rf"\1{sentence}", text, count=1)
    write_atomically(page, text)


def main(arguments: list[str] | None = None) -> int:
    """Read the arguments and print."""
    parser = command_line(__doc__)
    parser.add_argument("site", type=Path)
    site = parser.parse_args(arguments).site
    if not (site / "index.html").is_file():
        parser.error(f"there is no site in {site}; run make book first.")
    try:
        has_browser = program() is not None
    except BrowserProblem as problem:
        print(problem)
        return 1
    problems = print_book(ROOT, site)
    if not has_browser and not all((site / language / NAME).is_file() for language in LANGUAGES):
        print(SKIPPED)
    print("\n".join(problems), end="\n" if problems else "")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
