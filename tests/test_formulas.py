"""Formulas become MathML when the book is built."""

import re

import pytest
from docutils import nodes
from latex2mathml.converter import convert

import formulas
from notebook_files import LANGUAGES, ROOT, chapters, read

FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.DOTALL)
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)


def formulas_of_the_book() -> set[str]:
    """Return every formula of the chapters and the other pages, in both languages."""
    notebooks = [read(path) for language in LANGUAGES for path in chapters(ROOT, language)]
    texts = [cell.source for notebook in notebooks for cell in notebook.cells if cell.cell_type == "markdown"]
    texts += [path.read_text("utf-8") for path in ROOT.glob("book/*/*.md")]
    return {one or two for text in texts for one, two in FORMULA.findall(CODE.sub("", text))}


def test_every_formula_of_the_book_can_be_converted():
    found = formulas_of_the_book()
    assert len(found) > 40
    assert [formula for formula in found if "\\" in convert(formula)] == []


def test_a_formula_keeps_its_structure():
    converted = formulas.mathml(nodes.math("", r"L = -\frac{1}{N}\sum_{i=1}^{N} \ln p_i"), "block")
    assert 'display="block"' in converted
    assert re.search(r"<mfrac><mrow><mn>1</mn></mrow><mrow><mi>N</mi></mrow></mfrac>", converted)
    assert re.search(r"<msub><mi>p</mi><mi>i</mi></msub>", converted)


@pytest.mark.parametrize(("formula", "warned"), [(r"\frac{1}{2}", 0), (r"\nosuchcommand{1}", 1)])
def test_a_command_that_is_not_known_is_a_warning(monkeypatch, formula, warned):
    said = []
    monkeypatch.setattr(formulas.logger, "warning", lambda *arguments, **options: said.append(arguments))
    formulas.mathml(nodes.math("", formula), "inline")
    assert len(said) == warned


@pytest.mark.parametrize(
    ("formula", "part"),
    [
        (r"\ln 10", '<mi>ln</mi><mspace width="0.167em"/><mn>10</mn>'),
        (r"L = -x", '<mo form="prefix">&#x02212;</mo>'),
    ],
)
def test_what_the_converter_leaves_is_mended(formula, part):
    assert not re.search(part, convert(formula))
    assert re.search(part, formulas.mathml(nodes.math("", formula), "inline"))
