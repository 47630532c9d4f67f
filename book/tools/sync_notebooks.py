"""Keep the two languages of the book in step; Korean is written first.

python book/tools/sync_notebooks.py              say what differs (exit status 1)
python book/tools/sync_notebooks.py --code       give the English notebooks the Korean ones' cells, and their
                                                 code where no words stand in it
python book/tools/sync_notebooks.py --format     bring every notebook into the committed form
python book/tools/sync_notebooks.py --stamp 07_training index
                                                 note that both languages of these pages were looked at
python book/tools/sync_notebooks.py --plumbing   tell how much of each chapter's code serves the page, and
                                                 which cells would say something else when run again
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from chapter_reports import plumbing, rebound
from code_parity import differences
from display_words import ChapterCode
from notebook_files import (
    LANGUAGES,
    ROOT,
    accept_every_sign,
    as_text,
    chapters,
    committed_form,
    read,
    twins,
    write_atomically,
)  # fmt: skip
from notebook_rules import HANGUL
from reviews import stamp, unreviewed

LANG_LINE = re.compile(r'^LANG(: str)? = "(\w+)"$', re.MULTILINE)
TOOL = "python book/tools/sync_notebooks.py"


def in_language(code: str, language: str) -> str:
    """Return a code cell with the one line that may differ between the languages."""
    return LANG_LINE.sub(rf'LANG\1 = "{language}"', code)


def code_differences(page: str, ko: NotebookNode, en: NotebookNode) -> Iterator[str]:
    """Yield what differs between two languages beside the prose."""
    if ko.metadata != en.metadata:
        yield f"{page}: the notebooks' metadata differ"
    if [cell.id for cell in ko.cells] != [cell.id for cell in en.cells]:
        odd = sorted({cell.id for cell in ko.cells} ^ {cell.id for cell in en.cells})
        yield f"{page}: other cells, or in another order ({', '.join(odd)}); {TOOL} --code copies them"
        return
    for first, second in zip(ko.cells, en.cells, strict=True):
        place = f"{page}#{first.id}"
        if first.cell_type != second.cell_type:
            yield f"{place}: the cell types differ"
            return
        if first.id == "parameters":
            for language, cell in zip(LANGUAGES, (first, second), strict=True):
                if [found[2] for found in LANG_LINE.finditer(cell.source)] != [language]:
                    yield f'{place}: LANG = "{language}" must stand in the {language} notebook'
    yield from (f"{page}#{cell}: {found}" for cell, found in tree_differences(ko, en).items())
    for first, second in zip(ko.cells, en.cells, strict=True):
        place = f"{page}#{first.id}"
        if first.metadata != second.metadata:
            yield f"{place}: the cells' metadata differ"
        if first.get("outputs") or second.get("outputs"):
            yield f"{place}: outputs are committed; {TOOL} --format removes them"


def tree_differences(ko: NotebookNode, en: NotebookNode) -> dict[str, str]:
    """Return, by the cell's id, the first thing in which code differs beside its words.

    Parameters
    ----------
    ko, en
        A chapter in two languages, with the same cells.
    """
    pair = [[cell for cell in notebook.cells if cell.cell_type == "code"] for notebook in (ko, en)]
    try:
        codes = tuple(ChapterCode(in_language(cell.source, "") for cell in cells) for cells in pair)
    except SyntaxError as error:
        return {"": f"code that cannot be read: {error}"}
    found = {}
    for place, cell in enumerate(pair[0]):
        trees = [code.cells[place] for code in codes]
        if difference := next(differences(*trees, codes), ""):
            found[cell.id] = f"the code differs: {difference}"
    return found


def problems(root: Path = ROOT) -> Iterator[str]:
    """Yield one line for each thing in which the languages are not in step."""
    pages, alone = twins(root, "notebooks", ".ipynb")
    yield from (f"notebooks: {page} is there in one language only" for page in alone)
    for page in pages:
        ko, en = (read(root / "notebooks" / language / page) for language in LANGUAGES)
        yield from code_differences(page, ko, en)
    yield from (f"book: {page} is there in one language only" for page in twins(root, "book", ".md")[1])
    for language in LANGUAGES:
        for path in chapters(root, language):
            if path.read_text("utf-8") != committed_form(path, root):
                yield f"{language}/{path.name}: not in the committed form; run {TOOL} --format"
    behind: dict[tuple[str, str], list[str]] = {}
    for page, cell, reason in unreviewed(root):
        behind.setdefault((page, reason), []).append(cell)
    for (page, reason), cells in behind.items():
        look = f"look at both languages, then run {TOOL} --stamp {Path(page).stem}"
        yield f"{page}#{','.join(cells)}: {reason}; {look}"


def copy_code(root: Path) -> None:
    """Give each English notebook the Korean one's cells, and its code where that holds no Korean.

    New cells stay Korean until they are translated, and code with words in it is changed by hand.
    """
    for path in chapters(root, "ko"):
        notebook, twin = read(path), root / "notebooks/en" / path.name
        old = {cell.id: cell.source for cell in read(twin).cells} if twin.is_file() else {}
        for cell in notebook.cells:
            if cell.cell_type == "code" and (cell.id == "setup" or not HANGUL.search(cell.source)):
                cell.source = in_language(cell.source, "en")
            else:
                cell.source = old.get(cell.id, cell.source)
        write_atomically(twin, as_text(notebook))


def report(root: Path) -> Iterator[str]:
    """Yield, chapter by chapter, what serves the page rather than the reader, and names bound again."""
    for path in chapters(root, "ko"):
        serving, total = plumbing(notebook := read(path))
        yield f"{path.stem}: {serving} of {total} lines serve the page, {serving / max(total, 1):.0%}"
        yield from (f"    {problem}" for problem in rebound(notebook))


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Read the arguments and work."""
    accept_every_sign()
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("--code", action="store_true")
    parser.add_argument("--format", action="store_true")
    parser.add_argument("--stamp", nargs="+", metavar="PAGE", default=[])
    parser.add_argument("--plumbing", action="store_true")
    given = parser.parse_args(arguments)
    if given.plumbing:
        print("\n".join(report(root)))
        return 0
    if given.code:
        copy_code(root)
    if given.format or given.code:
        for path in (path for language in LANGUAGES for path in chapters(root, language)):
            if path.read_text("utf-8") != (content := committed_form(path, root)):
                write_atomically(path, content)
    if given.stamp:
        stamp(root, {(page, cell) for page, cell, _ in unreviewed(root) if Path(page).stem in given.stamp})
    found = list(problems(root))
    print("\n".join(found) or "The two languages are in step.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
