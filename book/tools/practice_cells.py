"""The exercises and the questions of a notebook, as its cells hold them.

An exercise is three cells: a Markdown cell with the task, under ``### Exercise 1. Its name``; a code cell
to be filled in, tagged ``exercise``, whose last line is ``check("07_mean_loss", mean_loss)``; and a code
cell tagged ``answer``, folded, which begins with ``# @title`` and binds ``mean_loss_answer``. A question is
a Markdown cell that ends with a numbered list of options and a fold (``<details class="question">``) with a
reason for each, marked as right or wrong.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from nbformat import NotebookNode

from notebook_files import tags

RIGHT, WRONG = "✓", "✗"
QUESTION = re.compile(
    r"\A(?P<asked>.+?)\n\n(?P<options>1\. .+?)\n\n"
    r'<details class="question">\n<summary>(?P<summary>[^<]+)</summary>\n\n'
    r"(?P<reasons>1\. .+?)\n\n</details>\Z",
    re.DOTALL,
)
ITEM = re.compile(r"^\d\. ", re.MULTILINE)
HEADING = re.compile(r"^### [^.\n]+\. (.+)$", re.MULTILINE)


class PracticeError(ValueError):
    """One sentence: what of an exercise or a question is not as it is to be."""


@dataclass(frozen=True)
class ExerciseCells:
    """An exercise: its name, its title for readers, the variable that is checked, and its cells of code."""

    name: str
    title: str
    variable: str
    begin: NotebookNode
    answer: NotebookNode


@dataclass(frozen=True)
class Question:
    """A question: its cell, the options, a reason for each, and the index of the right one."""

    id: str
    options: list[str]
    reasons: list[str]
    right: int


def exercises(notebook: NotebookNode) -> Iterator[ExerciseCells]:
    """Yield the exercises of a notebook; raise a ``PracticeError`` for one that is not whole."""
    for number, begin in enumerate(notebook.cells):
        if "exercise" not in tags(begin):
            continue
        task, answer = notebook.cells[number - 1], notebook.cells[min(number + 1, len(notebook.cells) - 1)]
        name, variable = checked(begin)
        if task.cell_type != "markdown":
            raise PracticeError(f"{begin.id}: the cell before an exercise is its task, in Markdown.")
        if not (titles := HEADING.findall(task.source)):
            raise PracticeError(f"{task.id}: a task has a heading such as ### Exercise 1. Its name.")
        if "answer" not in tags(answer):
            raise PracticeError(f"{begin.id}: the next cell is its answer, with the tag answer.")
        if not answer.source.startswith("# @title "):
            raise PracticeError(
                f"{answer.id}: an answer begins with a line # @title, which Colab shows of it."
            )
        if f"{variable}_answer" not in bound(answer.source):
            raise PracticeError(f"{answer.id}: the answer is to be called {variable}_answer.")
        yield ExerciseCells(name, titles[-1], variable, begin, answer)


def checked(cell: NotebookNode) -> tuple[str, str]:
    """Return the exercise that a cell's last line checks, and the variable that it hands over."""
    match ast.parse(cell.source).body[-1]:
        case ast.Expr(ast.Call(ast.Name("check"), [ast.Constant(str(name)), ast.Name(variable)], [])):
            return name, variable
    raise PracticeError(f'{cell.id}: the last line of an exercise is check("NN_name", variable).')


def bound(source: str) -> set[str]:
    """Return the names that a cell binds: by assignments, functions, classes and imports."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.split(".")[0])
    return names


def questions(notebook: NotebookNode) -> Iterator[Question]:
    """Yield the questions of a notebook; raise a ``PracticeError`` for one that is not whole."""
    for cell in notebook.cells:
        if '<details class="question">' not in cell.source:
            continue
        if not (found := QUESTION.fullmatch(cell.source)):
            raise PracticeError(
                f"{cell.id}: a question is its words, a numbered list, and the fold with a list."
            )
        options, reasons = (ITEM.split(found[part])[1:] for part in ("options", "reasons"))
        marks = [reason[:1] for reason in reasons]
        if len(options) != len(reasons) or not 2 <= len(options) <= 4:
            raise PracticeError(f"{cell.id}: two to four options, and as many reasons.")
        if marks.count(RIGHT) != 1 or marks.count(WRONG) != len(marks) - 1:
            raise PracticeError(f"{cell.id}: one reason begins with {RIGHT}, the others with {WRONG}.")
        yield Question(
            cell.id,
            [option.strip() for option in options],
            [reason.strip() for reason in reasons],
            marks.index(RIGHT),
        )
