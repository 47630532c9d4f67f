"""What every committed notebook must be, so that it opens well in Colab and reads well in the book."""

import ast
import dis
import re
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import nbformat
from nbformat import NotebookNode

from languages import SOURCE
from notebook_files import ROOT, is_link_line, link_line, read, reference, tags
from notebook_parameters import declared_parameters, fits, quick_values

PARAMETERS = {
    "LANG",
    "DATASET",
    "EPOCHS",
    "TRAIN_SIZE",
    "TEST_SIZE",
    "BATCH_SIZE",
    "LEARNING_RATE",
    "RUNG",
    "SEED",
}
FIRST_CELLS = [("title", "markdown"), ("parameters", "code"), ("setup", "code")]
FIRST_TAGS = {"parameters": ["parameters"], "setup": ["hide-input"]}
LONGEST_CELL = 15
# A cell that trains goes on with these; run again, it trains them further.
TRAINED = {"model", "optimizer"}

WORDS = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
RANDOM = re.compile(r"[0-9a-f]{8}(-[0-9a-f-]+)?")
# Shown raw by Jupyter, GitHub and Colab: directives, roles, targets, comments, block breaks, footnotes.
MYST_ONLY = re.compile(
    r"^:::|^```+\{|(?<!`)\{[a-z][\w:-]*\}`|^\([\w-]+\)=$|^% |^\+\+\+|\[\^\w+\]", re.MULTILINE
)
# The switch to the source's page, and its words that are marked as such.
MARKED = re.compile(
    rf"\[{SOURCE.name}\]|>{SOURCE.name}<|<(\w+)[^>]* lang=\"{SOURCE.code}\"[^>]*>.*?</\1>", re.DOTALL
)
# Code, formulas, addresses and tags: of no language.
WORDLESS = re.compile(r"(`+|\$\$?).+?\1|\]\([^)]*\)|<[^>]*>", re.DOTALL)


def problems(path: Path, root: Path = ROOT) -> Iterator[str]:
    """Yield one line for each rule that a notebook breaks."""
    notebook = read(path)
    place = f"{path.parent.name}/{path.name}"
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        yield f"{place}: not a valid notebook: {str(error).splitlines()[0]}"
    if [(cell.id, cell.cell_type) for cell in notebook.cells[:3]] != FIRST_CELLS:
        yield f"{place}: the first cells must be title (Markdown), parameters (code), setup (code)"
        return
    expected = link_line(path.stem, path.parent.name, reference(root))
    if [line for line in notebook.cells[0].source.split("\n") if is_link_line(line)] != [expected]:
        yield f"{place}#title: the line of links must be {expected}"
    yield from (f"{place}#parameters: {problem}" for problem in parameter_problems(notebook))
    yield from (f"{place}{problem}" for problem in rebound(notebook))
    for cell in notebook.cells:
        found = markdown_problems(cell) if cell.cell_type == "markdown" else code_problems(cell)
        yield from (f"{place}#{cell.id}: {problem}" for problem in found)
        if path.parent.name != SOURCE.code and is_untranslated(cell.source, path.parent.name):
            advice = f'translate it, or mark a name with <span lang="{SOURCE.code}">'
            yield f"{place}#{cell.id}: {SOURCE.name} in a translation; {advice}"


def parameter_problems(notebook: NotebookNode) -> Iterator[str]:
    """Yield what is wrong with the parameters and their quick values."""
    assigned = set()
    for node in ast.parse(notebook.cells[1].source).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Constant):
            yield f"only assignments of plain values may stand here, not {ast.unparse(node)}"
            continue
        name = ast.unparse(node.target if isinstance(node, ast.AnnAssign) else node.targets[0])
        assigned.add(name)
        if isinstance(node, ast.Assign) and name != "LANG":
            yield f"{name} needs an annotation, such as {name}: int = 10"
        if isinstance(node, ast.AnnAssign) and not fits(node.value.value, ast.unparse(node.annotation)):
            yield f"{ast.unparse(node)} has a value of another type"
    if unknown := assigned - PARAMETERS:
        known = f"{', '.join(sorted(PARAMETERS))} (PARAMETERS in {Path(__file__).name})"
        yield f"these names are not among the book's: {', '.join(sorted(unknown))}; it has {known}"
    declared = declared_parameters(notebook)
    for name, value in quick_values(notebook).items():
        if name == "LANG" or name not in declared:
            yield f"the quick value of {name} has no parameter"
        elif not fits(value, declared[name]):
            yield f"the quick value of {name}, {value!r}, is no {declared[name]}"


def code_problems(cell: NotebookNode) -> Iterator[str]:
    """Yield what is wrong with a code cell."""
    yield from id_problems(cell)
    if not set(FIRST_TAGS.get(cell.id, [])) <= set(tags(cell)):
        yield f"the tag {FIRST_TAGS[cell.id][0]} is missing"
    lines = len(cell.source.split("\n"))
    if lines > LONGEST_CELL and cell.id != "setup" and "long-code" not in tags(cell):
        yield f"{lines} lines of code; {LONGEST_CELL} fit a screen (the tag long-code allows an exception)"


def names_of(source: str) -> tuple[set[str], set[str]]:
    """Return the names that a cell reads from other cells, in its functions too, and those that it binds."""
    read: set[str] = set()
    bound: set[str] = set()
    codes = [compile(source, "cell", "exec")]
    for code in codes:
        for step in dis.get_instructions(code):
            if step.opname == "STORE_NAME" and code is codes[0]:
                bound.add(step.argval)
            elif step.opname in ("LOAD_NAME", "LOAD_GLOBAL") and step.argval not in bound:
                read.add(step.argval)
            elif isinstance(step.argval, CodeType):
                codes.append(step.argval)
    return read, bound


def rebound(notebook: NotebookNode) -> Iterator[str]:
    """Yield the names that a cell reads from an earlier one and that a later one gives another value.

    Run again at the end, such a cell would say something else than it did; an exercise is to change that.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.id != "setup"]
    names = [names_of(cell.source) for cell in cells]
    for reader, (needed, _) in enumerate(names):
        for name in sorted(needed - TRAINED):
            binding = [place for place, (_, bound) in enumerate(names) if name in bound]
            later = [place for place in binding if place > reader and "exercise" not in tags(cells[place])]
            if later and binding[0] < reader:
                yield f"#{cells[reader].id}: reads {name}, which #{cells[later[0]].id} binds again"


def markdown_problems(cell: NotebookNode) -> Iterator[str]:
    """Yield what is wrong with a Markdown cell."""
    yield from id_problems(cell)
    if found := MYST_ONLY.search(cell.source):
        yield f"Colab shows this raw: {found[0]}"
    fenced = re.sub(r"^(```+).*?^\1", "", cell.source, flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^# ", fenced, re.MULTILINE)
    if len(titles) != (cell.id == "title") or (titles and not cell.source.startswith("# ")):
        yield "the notebook's one # title stands at the top of its first cell"
    if re.match("# .* · [a-z]", cell.source):
        yield "the topic, a line of its own on the page, begins with a small letter"


def id_problems(cell: NotebookNode) -> Iterator[str]:
    """Yield whether the id is one that a person can read."""
    if not WORDS.fullmatch(cell.id) or RANDOM.fullmatch(cell.id):
        yield "the id must be words, such as loss-curve"


def holds_source_letters(text: str) -> bool:
    """Tell whether a text holds letters of the source's language, if it has letters of its own."""
    return bool(SOURCE.letters and re.search(SOURCE.letters, text))


def is_untranslated(text: str, language: str) -> bool:
    """Tell whether a text is not in its language: the source's letters say so, by being there or not.

    A translation may hold words of the source that are marked as such, and the switch to the source; a
    text of the source need not hold any where it is nothing but code, formulas and addresses.
    """
    if language == SOURCE.code:
        words = WORDLESS.sub("", text)
        return bool(SOURCE.letters and re.search(r"[^\W\d_]{2}", words)) and not holds_source_letters(words)
    return holds_source_letters(MARKED.sub("", text))
