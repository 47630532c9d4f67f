"""Formulas become MathML when the book is built; one that cannot is a warning, and fails the build."""

import re

import pytest
from docutils import nodes

import formulas


@pytest.fixture
def warnings(monkeypatch):
    said = []
    monkeypatch.setattr(formulas.logger, "warning", lambda *arguments, **options: said.append(arguments[1]))
    return said


def converted(formula, is_block=False):
    return re.sub(r"\n\s*", "", formulas.mathml(nodes.math("", formula), is_block))


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
