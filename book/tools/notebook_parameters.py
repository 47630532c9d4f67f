"""The parameters of a notebook: what its second cell declares, and what it is run with."""

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from nbformat import NotebookNode

from notebook_files import tags


class ArgumentProblem(Exception):
    """One sentence about an argument that makes no sense."""


def declared_parameters(notebook: NotebookNode) -> dict[str, str]:
    """Return name and annotation (``"int"``, ``"int | None"``) of what the parameters cell assigns."""
    source = next((cell.source for cell in notebook.cells if "parameters" in tags(cell)), "")
    assignments = [node for node in ast.parse(source).body if isinstance(node, ast.AnnAssign)]
    return {ast.unparse(node.target): ast.unparse(node.annotation) for node in assignments}


def quick_values(notebook: NotebookNode) -> dict[str, Any]:
    """Return the quick profile's values, which nbmake applies by itself."""
    cell = next((cell for cell in notebook.cells if "parameters" in tags(cell)), None)
    return dict(cell.metadata.get("nbmake", {}).get("mock", {})) if cell else {}


def fits(value: object, annotation: str) -> bool:
    """Tell whether a value is of an annotated type, such as ``int | None``."""
    kinds = annotation.split(" | ")
    kind = "None" if value is None else type(value).__name__
    return kind in kinds or (kind == "int" and "float" in kinds)


def value_of(name: str, text: str, annotation: str) -> Any:
    """Return what someone typed for a parameter as a value of its annotated type."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = text
    if not fits(value, annotation):
        raise ArgumentProblem(f"{name} is {text!r}, but the notebooks want a value of type {annotation}.")
    return value


def check_names(names: Iterable[str], notebooks: Iterable[NotebookNode]) -> None:
    """Refuse a name that no notebook declares, of which papermill would only warn, and the language."""
    known = {name for notebook in notebooks for name in declared_parameters(notebook)} - {"LANG"}
    if unknown := set(names) - known:
        odd, there = (", ".join(sorted(each)) for each in (unknown, known))
        raise ArgumentProblem(f"The notebooks have no such parameter to set: {odd}; there are {there}.")


def parameters_of(notebook: NotebookNode, profile: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """Return the values in force beside those in the notebook: quick ones, then what was typed."""
    declared = declared_parameters(notebook)
    quick = quick_values(notebook) if profile != "full" else {}
    return quick | {name: value_of(name, typed[name], declared[name]) for name in typed if name in declared}
