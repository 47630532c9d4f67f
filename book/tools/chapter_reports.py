"""Two questions to a chapter's code: how much of it serves the page, and which names change their meaning."""

import ast
import dis
import re
from collections.abc import Iterator
from types import CodeType

from nbformat import NotebookNode

from notebook_files import tags

# What a student who retypes a cell could leave out: sentences by key, numbers for other pages.
FOR_THE_PAGE = {"say", "text", "record"}
CATALOGUE_KEY = re.compile(r"chapter_\d\d\.\w+")
LARGEST_SHARE = 0.05
# Chapters whose cells have been written for a reader who retypes them.
RETYPED = (
    "00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14",
)  # fmt: skip
# A cell that trains goes on with these; run again, it trains them further.
TRAINED = {"model", "optimizer"}
NOT_READ = {"remove-cell", "parameters", "hide-input"}


def lesson_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells that a reader sees, the parameters and the setup aside."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and not NOT_READ & {*tags(cell)}]


def plumbing(notebook: NotebookNode) -> tuple[int, int]:
    """Return how many of a chapter's lines of code serve the page, and how many there are."""
    serving = total = 0
    for cell in lesson_cells(notebook):
        lines = cell.source.split("\n")
        code = {i for i, line in enumerate(lines, 1) if line.strip() and not line.strip().startswith("#")}
        serves: set[int] = set()
        for node in ast.walk(ast.parse(cell.source)):
            called = isinstance(node, ast.Call) and ast.unparse(node.func) in FOR_THE_PAGE
            keyed = isinstance(node, ast.Constant) and CATALOGUE_KEY.match(str(node.value))
            if called or keyed:
                serves |= {*range(node.lineno, node.end_lineno + 1)}
        serving, total = serving + len(code & serves), total + len(code)
    return serving, total


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

    Run again at the end, such a cell would say something else than it did.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.id != "setup"]
    names = [names_of(cell.source) for cell in cells]
    for reader, (read, _) in enumerate(names):
        for name in sorted(read - TRAINED):
            binding = [cell for cell, (_, bound) in enumerate(names) if name in bound]
            later = [cell for cell in binding if cell > reader]
            if later and binding[0] < reader:
                yield f"#{cells[reader].id} reads {name}, which #{cells[later[0]].id} binds again"
