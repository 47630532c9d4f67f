"""What executed notebooks must be, before they become pages."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from nbformat import NotebookNode

from notebook_files import cifar10_is_required

# A number without what belongs to its name: 1_000, v0.1 and conv1 are none.
NUMBER = re.compile(r"(?<![\w.])[-−+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")
# Times differ from run to run: in sentences they stand before their unit, and cells that measure them say so.
TIME = re.compile(
    NUMBER.pattern + r"\s?(?:[mµ]?s|min(?:utes)?|h(?:ours)?|seconds?|밀리초|초|분|시간)(?![a-z])"
)
# English prose spells what other languages write in digits.
SPELLED_WORDS = (
    "zero, one a, two second, three third, four fourth quarter, five fifth, six sixth, seven seventh, "
    "eight eighth, nine ninth, ten tenth, eleven eleventh, twelve twelfth"
)
SPELLED = {
    word: str(number) for number, words in enumerate(SPELLED_WORDS.split(", ")) for word in words.split()
}
MEASURES_TIME = re.compile(r"perf_counter|timeit|benchmark|seconds|speed")


def outputs(notebook: NotebookNode) -> dict[str, list[NotebookNode]]:
    """Return the outputs of each code cell by its id."""
    return {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}


def records(notebook: NotebookNode) -> dict[str, Any]:
    """Return the values that a notebook published with ``record``."""
    found = {}
    for output in (output for shown in outputs(notebook).values() for output in shown):
        if scrap := output.get("metadata", {}).get("scrapbook"):
            found[scrap["name"]] = output.data[scrap["mime_prefix"] + "text/plain"]
    return found


def figure_problems(notebook: NotebookNode) -> Iterator[str]:
    """Yield the cells that show several figures: myst-nb has room for the words of one."""
    for cell, shown in outputs(notebook).items():
        figures = sum("image/png" in output.get("data", {}) for output in shown)
        if figures > 1:
            yield f"#{cell}: {figures} figures; one figure a cell, or its alternative text is lost"


def drawn_problems(notebook: NotebookNode) -> Iterator[str]:
    """Yield where drawn images stand in for CIFAR-10 that a kernel did not find."""
    # Here, because it takes seconds: the library brings torch with it.
    from alexnet_lib.language import catalogue

    banners = catalogue()["data.banner_shapes10"].values()
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        if any(banner in json.dumps(cell.outputs, ensure_ascii=False) for banner in banners):
            yield f"#{cell.id}: shows shapes10, and REQUIRE_CIFAR10 is set; put CIFAR-10 into the data folder"


def numbers(cell: NotebookNode) -> tuple[set[str], set[str]]:
    """Return the numbers that a cell shows in words, signs and times aside, and those that it spells."""
    shown = []
    for output in cell.outputs:
        data = output.get("data", {})
        shown += [output.get("text", ""), data.get("text/markdown", data.get("text/plain", ""))]
    text = TIME.sub(" ", "\n".join(shown))
    found = {number.lstrip("-−+").replace(",", "") for number in NUMBER.findall(text)}
    return found, {SPELLED[word] for word in re.findall("[a-z]+?(?=s?\\b)", text.lower()) if word in SPELLED}


def number_problems(source: NotebookNode, translation: NotebookNode) -> Iterator[str]:
    """Yield the cells whose outputs hold other numbers in a translation."""
    for first, second in zip(source.cells, translation.cells, strict=False):
        if first.cell_type != "code" or first.id == "setup" or MEASURES_TIME.search(first.source):
            continue
        (here, spelled_here), (there, spelled_there) = numbers(first), numbers(second)
        if odd := (here - there - spelled_there) | (there - here - spelled_here):
            yield f"#{first.id}: the outputs hold other numbers: {', '.join(sorted(odd))}"


def record_problems(source: NotebookNode, translation: NotebookNode) -> Iterator[str]:
    """Yield the recorded values that differ in a translation."""
    first, second = records(source), records(translation)
    for name in sorted(first.keys() | second.keys()):
        if first.get(name) != second.get(name):
            yield f": the recorded value {name} differs: {first.get(name)}, {second.get(name)}"


def problems_of_executed(notebooks: Mapping[str, NotebookNode]) -> Iterator[str]:
    """Yield what is wrong with an executed chapter, given in its languages, the source first."""
    for language, notebook in notebooks.items():
        found = [*figure_problems(notebook)]
        if cifar10_is_required():
            found += drawn_problems(notebook)
        yield from (f"{language}{problem}" for problem in found)
    (source, first), *translations = notebooks.items()
    for language, notebook in translations:
        found = [*number_problems(first, notebook), *record_problems(first, notebook)]
        yield from (f"{source}, {language}{problem}" for problem in found)
