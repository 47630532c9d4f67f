"""Gather the pages of one language as Jupyter Book is to see them: one flat folder, outputs in place."""

import base64
import hashlib
import re
import shutil
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from executed_rules import records
from languages import words
from notebook_files import as_text, chapters, read, tags, write_atomically

PREPARATION = ("parameters", "setup", "imports", "config")  # what a chapter runs before it begins
NARROW = "narrow"  # the folder of the figures for phones
GLUE = re.compile(r"\{glue:text\}`(?:[^`]*/)?(?P<name>[^/`]+\.ipynb)::(?P<key>[^`:]+)(?::[^`]*)?`")


class StaleNotebook(Exception):
    """One sentence: a notebook's code is not the code that was executed."""


def run_of(executed: NotebookNode) -> dict[str, Any]:
    """Return what the foot of a page says of its run; what is not known is left out.

    ``date`` (ISO), ``seconds``, ``commit`` and ``versions`` are the runner's; ``said`` is the sentence of the
    setup cell, which names the device.
    """
    setup = next((cell for cell in executed.cells if cell.id == "setup"), None)
    outputs = setup.outputs if setup else []
    said = (output.data["text/markdown"] for output in outputs if "text/markdown" in output.get("data", {}))
    found = {"said": next(said, "").replace("`", ""), **executed.metadata.get("run", {})}
    return {name: value for name, value in found.items() if value}


def note(language: str, name: str, detail: str = "") -> NotebookNode:
    """Return a cell that tells the reader how this page differs from a notebook they run."""
    text = f":::{{note}}\n{words(language)['note'][name]}\n{detail}:::"
    return nbformat.v4.new_markdown_cell(text, id=f"note-{name}")


def with_outputs(notebook: NotebookNode, executed: NotebookNode, place: str) -> Iterator[NotebookNode]:
    """Yield the cells of a notebook with the outputs of its executed copy, up to the first error."""
    language = place.split("/")[0]
    ran = {cell.id: cell for cell in executed.cells if cell.cell_type == "code"}
    going = True
    for cell in notebook.cells:
        stops = False
        if cell.cell_type == "code":
            if cell.id not in ran or ran[cell.id].source != cell.source:
                raise StaleNotebook(f"{place}#{cell.id}: this code was not executed as it is; run make book.")
            outputs = ran[cell.id].outputs if going else []
            stops = any(output.output_type == "error" for output in outputs)
            cell.execution_count = ran[cell.id].execution_count
            cell.outputs = [deepcopy(output) for output in outputs if output.output_type != "error"]
            fold(cell, language)
        yield cell
        if "parameters" in tags(cell) and (values := values_in_force(executed)):
            yield note(language, "values", f"```python\n{values}\n```\n")
        if stops:
            going = False
            yield note(language, "stopped")


def values_in_force(executed: NotebookNode) -> str:
    """Return the assignments that papermill put below the parameters, or nothing."""
    injected = next((cell.source for cell in executed.cells if "injected-parameters" in tags(cell)), "")
    # The notebook itself says which data set it has found.
    skipped = ("#", "DATASET =")
    return "\n".join(line for line in injected.splitlines() if not line.startswith(skipped))


def number_figures(notebook: NotebookNode, chapter: str, language: str, narrow: Path) -> None:
    """Give the figures of a chapter their numbers, 8.1 and so on; write those for phones to a folder.

    Each figure's cell gets what the figure says of itself, for myst-nb, and its caption, for
    chapter_figures.py. A file for phones has the hash of the wide drawing for its name, by which
    book/_ext/image_sizes.py finds it.
    """
    shown = ((cell, output) for cell in notebook.cells for output in cell.get("outputs", []))
    figures = [(cell, output) for cell, output in shown if "image/png" in output.get("metadata", {})]
    for count, (cell, output) in enumerate(figures, 1):
        number, about = f"{int(chapter)}.{count}", output.metadata["image/png"]
        label = words(language)["figure"]["label"].format(number)
        place = f"figure-{number.replace('.', '-')}"
        cell.metadata["figure"] = {"label": label, "title": about.get("title", ""), "place": place}
        image = {"alt": about["alt"], "width": f"{about['width']}px"}
        if about.get("photo"):
            image["classes"] = "photo"
        cell.metadata.setdefault("mystnb", {})["image"] = image
        if drawn := about.pop("narrow", ""):
            wide = base64.b64decode(output.data["image/png"])
            narrow.mkdir(exist_ok=True)
            (narrow / f"{hashlib.sha256(wide).hexdigest()}.png").write_bytes(base64.b64decode(drawn))


def fold(cell: NotebookNode, language: str) -> None:
    """Fold the outputs that a reader is to guess, and the answer to an exercise, under words of their own."""
    for tag in {"predict", "answer"} & set(tags(cell)):
        prompt = words(language)["folds"][tag]
        cell.metadata["tags"] = sorted({*tags(cell), "hide-output" if tag == "predict" else "hide-input"})
        cell.metadata.setdefault("mystnb", {}).update(code_prompt_show=prompt, code_prompt_hide=prompt)


def fold_preparation(cells: list[NotebookNode], language: str) -> list[NotebookNode]:
    """Return the cells of a page with those of ``PREPARATION`` in a fold that names the values of its run."""
    first = last = next(n for n, cell in enumerate(cells) if cell.id in PREPARATION)
    values = []
    while cells[last].id in (*PREPARATION, "note-values"):
        if cells[last].id == "note-values":
            values = re.findall(r"^\w+ = .+$", cells[last].source, re.MULTILINE)
        last += 1
    said = words(language)["folds"]
    summary = said["values"].format(", ".join(values)) if values else said["preparation"]
    opening = f'<details class="preparation">\n<summary>{summary}</summary>'
    begin = nbformat.v4.new_markdown_cell(opening, id="begin-preparation")
    end = nbformat.v4.new_markdown_cell("</details>", id="end-preparation")
    return [*cells[:first], begin, *cells[first:last], end, *cells[last:]]


def hide_paths(notebook: NotebookNode, root: Path) -> None:
    """Take this machine's folders out of what the cells have printed."""
    for output in (output for cell in notebook.cells for output in cell.get("outputs", [])):
        for holder in (output, output.get("data", {})):
            for key, text in holder.items():
                if isinstance(text, str) and not key.startswith("image/"):
                    holder[key] = text.replace(f"{root}/", "").replace(f"{Path.home()}/", "~/")


def stage_notebook(path: Path, executed: Path, root: Path) -> tuple[NotebookNode, str]:
    """Return a notebook as a page, and a sentence where the page is not whole."""
    notebook, language = read(path), path.parent.name
    place, problem = f"{language}/{path.name}", ""
    if executed.is_file():
        ran = read(executed)
        notebook.cells = list(with_outputs(notebook, ran, place))
        notebook.metadata["run"] = run_of(ran)
        if any(cell.id == "note-stopped" for cell in notebook.cells):
            problem = f"{place}: its execution failed; the page shows what came before."
    else:
        notebook.cells.insert(1, note(language, "not-run"))
        problem = f"{place}: not executed; the page has no outputs."
    notebook.cells = fold_preparation(notebook.cells, language)
    hide_paths(notebook, root)
    for cell in notebook.cells:
        cell.metadata["id"] = cell.id
    return notebook, problem


def flat_links(text: str, language: str) -> str:
    """Make links between the folders of a language links within one folder."""
    return re.sub(rf"(?:\.\./)+(?:notebooks|book)/{language}/", "", text)


def without_missing_numbers(text: str, unfinished: dict[str, set[str]]) -> str:
    """Put a dash where a number would come from a notebook that was not executed to its end.

    ``unfinished`` has the numbers that each of those has recorded. One that is missing from another notebook
    is a mistake, and for Sphinx to name.
    """

    def number(quoted: re.Match[str]) -> str:
        recorded = unfinished.get(quoted["name"])
        return quoted[0] if recorded is None or quoted["key"] in recorded else "—"

    return GLUE.sub(number, text)


def stage(root: Path, executed: Path, language: str, target: Path) -> list[str]:
    """Fill a folder with the pages of a language; return a sentence for each page that is not whole."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(root / "book" / language, target)
    for path in root.glob("book/*.bib"):
        shutil.copy(path, target.parent)
    problems, unfinished = [], {}
    for path in chapters(root, language):
        notebook, problem = stage_notebook(path, executed / language / path.name, root)
        if problem:
            problems.append(problem)
            unfinished[path.name] = set(records(notebook))
        number_figures(notebook, path.name.partition("_")[0], language, target / NARROW)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = flat_links(cell.source, language)
        write_atomically(target / path.name, as_text(notebook))
    for path in target.rglob("*.md"):
        text = flat_links(path.read_text("utf-8"), language)
        path.write_text(without_missing_numbers(text, unfinished), "utf-8")
    return problems
