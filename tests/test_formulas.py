"""Formulas become MathML when the book is built."""

import re

import pytest
from docutils import nodes

import formulas
from notebook_files import LANGUAGES, ROOT, chapters, read

FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.DOTALL)
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)


@pytest.fixture
def warnings(monkeypatch):
    said = []
    monkeypatch.setattr(formulas.logger, "warning", lambda *arguments, **options: said.append(arguments[1]))
    return said


def formulas_of_the_book() -> set[str]:
    """Return every formula of the chapters and the other pages, in both languages."""
    notebooks = [read(path) for language in LANGUAGES for path in chapters(ROOT, language)]
    texts = [cell.source for notebook in notebooks for cell in notebook.cells if cell.cell_type == "markdown"]
    texts += [path.read_text("utf-8") for path in ROOT.glob("book/*/*.md")]
    return {one or two for text in texts for one, two in FORMULA.findall(CODE.sub("", text))}


def converted(formula, is_block=False):
    return re.sub(r"\n\s*", "", formulas.mathml(nodes.math("", formula), is_block))


def test_every_formula_of_the_book_can_be_converted(warnings):
    found = formulas_of_the_book()
    assert len(found) > 40
    for formula in found:
        converted(formula)
    assert warnings == []


def test_a_formula_keeps_its_structure_and_a_function_its_distance():
    found = converted(r"L = -\frac{1}{N}\sum_{i=1}^{N} \ln p_i", is_block=True)
    assert 'display="block"' in found
    for part in (
        "<mfrac><mn>1</mn><mi>N</mi></mfrac>",
        "<msub><mi>p</mi><mi>i</mi></msub>",
        '<mi>ln</mi><mspace width="0.167em"/><msub>',
    ):
        assert part in found


def test_a_command_that_is_not_known_is_a_warning(warnings):
    assert converted(r"\nosuchcommand{1} < 2") == r"<code>\nosuchcommand{1} &lt; 2</code>"
    assert "nosuchcommand" in str(warnings)
