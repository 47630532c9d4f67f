"""Two questions to a chapter's code: how much of it serves the page, and which names change their meaning."""

import ast
import re
from collections.abc import Iterator

from nbformat import NotebookNode

from display_words import FUNCTIONS, ChapterCode
from notebook_files import tags

# What a student who retypes a cell could leave out: sentences by key, numbers for other pages.
FOR_THE_PAGE = {"say", "text", "record"}
CATALOGUE_KEY = re.compile(r"chapter_\d\d\.\w+")
LARGEST_SHARE = 0.05
# Chapters whose cells have been written for a reader who retypes them.
RETYPED = ("00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "13", "14")
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


def rebound(notebook: NotebookNode) -> Iterator[str]:
    """Yield the names that a cell reads from an earlier one and that a later one gives another value.

    Run again at the end, such a cell would say something else than it did.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.id != "setup"]
    code = ChapterCode(cell.source for cell in cells)
    place = {statement: i for i, tree in enumerate(code.cells) for statement in tree.body}

    def cell_of(node: ast.AST) -> int:
        return next(place[child] for _, child in [(None, node), *code.above(node)][::-1] if child in place)

    for (scope, name), stores in code.stores.items():
        binding = sorted({cell_of(store) for store in stores}) if scope is code.program else []
        if len(binding) < 2 or name in TRAINED:
            continue
        for use in code.uses.get((scope, name), []):
            reader = cell_of(use)
            # A function reads what is there when it is called; its own cell stands for its callers.
            inside = any(isinstance(parent, FUNCTIONS) for parent, _ in code.above(use))
            earlier = {cell_of(store) for store in code.sources_of(use)} if not inside else {*binding}
            later = [cell for cell in binding if cell > reader]
            if later and min(earlier, default=reader) < reader:
                yield f"#{cells[reader].id} reads {name}, which #{cells[later[0]].id} binds again"
                break
