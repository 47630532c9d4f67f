"""Keep the languages of the book in step; the source of ``book/languages.toml`` is written first.

python book/tools/sync_notebooks.py              say what differs (exit status 1)
python book/tools/sync_notebooks.py --code       give the translations the source's cells, and its code where
                                                 no words stand in it
python book/tools/sync_notebooks.py --format     bring every notebook into the committed form
python book/tools/sync_notebooks.py --stamp 07_training index
                                                 note that all languages of these pages were looked at
"""

import re
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from nbformat import NotebookNode

from code_parity import difference
from languages import LANGUAGES, SOURCE, TRANSLATIONS
from notebook_files import (
    ROOT,
    as_text,
    chapters,
    command_line,
    committed_form,
    pages_by_language,
    read,
    write_atomically,
)
from notebook_rules import holds_source_letters, is_untranslated
from reviews import stamp, texts, unreviewed

LANG_LINE = re.compile(r'^LANG(: str)? = "(\w+)"$', re.MULTILINE)
TOOL = ".venv/bin/python book/tools/sync_notebooks.py"


def in_language(code: str, language: str) -> str:
    """Return a code cell with the one line that may differ between the languages."""
    return LANG_LINE.sub(rf'LANG\1 = "{language}"', code)


def code_differences(page: str, source: NotebookNode, translation: NotebookNode) -> Iterator[str]:
    """Yield what differs between two languages beside the prose."""
    here, there = ([cell.id for cell in notebook.cells] for notebook in (source, translation))
    if alone := sorted({*there} - {*here}):
        advice = f"write them there too, for {TOOL} --code takes them out"
        yield f"{page}: cells that {SOURCE.name} lacks ({', '.join(alone)}); {advice}"
        return
    if here != there:
        odd = sorted({*here} - {*there})
        yield f"{page}: other cells, or in another order ({', '.join(odd)}); {TOOL} --code copies them"
        return
    for first, second in zip(source.cells, translation.cells, strict=True):
        place = f"{page}#{first.id}"
        if first.cell_type != second.cell_type:
            yield f"{place}: the cell types differ"
        elif first.metadata != second.metadata:
            yield f"{place}: the cells' metadata differ"
        elif first.cell_type == "code":
            try:
                found = difference(*(in_language(cell.source, "") for cell in (first, second)))
            except SyntaxError as error:
                yield f"{place}: code that cannot be read: {error}"
            else:
                yield from [f"{place}: the code differs: {found}"] if found else []


def problems(root: Path = ROOT) -> Iterator[str]:
    """Yield one line for each thing in which the languages are not in step."""
    for folder, suffix in (("notebooks", ".ipynb"), ("book", ".md")):
        for page, languages in pages_by_language(root, folder, suffix).items():
            for language in LANGUAGES.values():
                if language.code not in languages and not (language.begun and SOURCE.code in languages):
                    copied = folder == "notebooks" and SOURCE.code in languages
                    how = f"{TOOL} --code copies it" if copied else "write it: each page is in all languages"
                    yield f"{folder}/{language.code}/{page} is missing; {how}"
            if folder == "notebooks" and SOURCE.code in languages:
                notebooks = {language: read(root / folder / language / page) for language in languages}
                source = notebooks.pop(SOURCE.code)
                for language, translation in notebooks.items():
                    yield from code_differences(f"{language}/{page}", source, translation)
    for language in LANGUAGES:
        for path in chapters(root, language):
            lines = [cell.source for cell in read(path).cells if cell.id == "parameters"]
            if [found[2] for line in lines for found in LANG_LINE.finditer(line)] != [language]:
                yield f'{language}/{path.name}#parameters: LANG = "{language}" must stand here'
            if path.read_text("utf-8") != committed_form(path, root):
                yield f"{language}/{path.name}: not in the committed form; run {TOOL} --format"
    behind: dict[tuple[str, str], list[str]] = {}
    for page, cell, reason in unreviewed(root):
        behind.setdefault((page, reason), []).append(cell)
    for (page, reason), cells in behind.items():
        look = f"look at all languages, then run {TOOL} --stamp {Path(page).stem}"
        yield f"{page}#{','.join(cells)}: {reason}; {look}"


def untranslated(root: Path, page: str, cell: str) -> Iterator[str]:
    """Yield a line for each language in which a text, copied perhaps, is still another language's."""
    folder, _, name = page.partition("/")
    for language in LANGUAGES.values():
        text = texts(root / folder / language.code / name).get(cell, "")
        if is_untranslated(text, language.code):
            yield f"{folder}/{language.code}/{name}#{cell}: not in {language.name} yet, so it was not stamped"


def copy_code(root: Path) -> None:
    """Give each translation the source's cells, and its code where that holds none of its letters.

    New cells stay as they are until they are translated, and code with words in it is changed by hand. A
    translation that is begun gets no new pages.
    """
    for path, language in product(chapters(root, SOURCE.code), TRANSLATIONS):
        notebook, translation = read(path), root / "notebooks" / language.code / path.name
        if language.begun and not translation.is_file():
            continue
        old = {cell.id: cell.source for cell in read(translation).cells} if translation.is_file() else {}
        for cell in notebook.cells:
            if cell.cell_type == "code" and not holds_source_letters(cell.source):
                cell.source = in_language(cell.source, language.code)
            else:
                cell.source = old.get(cell.id, cell.source)
        write_atomically(translation, as_text(notebook))


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Read the arguments and work."""
    parser = command_line(__doc__)
    parser.add_argument("--code", action="store_true")
    parser.add_argument("--format", action="store_true")
    parser.add_argument("--stamp", nargs="+", metavar="PAGE", default=[])
    given = parser.parse_args(arguments)
    if given.code:
        copy_code(root)
    if given.format or given.code:
        for path in (path for language in LANGUAGES for path in chapters(root, language)):
            if path.read_text("utf-8") != (content := committed_form(path, root)):
                write_atomically(path, content)
    found = []
    if given.stamp:
        wanted = {(page, cell) for page, cell, _ in unreviewed(root) if Path(page).stem in given.stamp}
        refused = {text: lines for text in sorted(wanted) if (lines := list(untranslated(root, *text)))}
        found += [line for lines in refused.values() for line in lines]
        stamp(root, wanted - refused.keys())
    found += problems(root)
    print("\n".join(found) or "The languages are in step.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
