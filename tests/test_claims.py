"""The table of chapter 13, read off the sources once more by hand; and what an altered number does to it."""

import contextlib
import io
import json
import re
from pathlib import Path

import pytest

CHAPTER = Path(__file__).parents[1] / "notebooks/ko/13_paper_code.ipynb"
# Paper, code of 2012, PyTorch; in brackets what no cell computes.
ANSWERS = {
    "output_of_conv1": "(✓) ✓ ✗", "lrn_alpha": "(✓) ✗ ✗", "lrn_neighbours": "(✓) (✗) ✓",
    "relu_before_lrn": "(✓) (✗) –", "two_normalizations": "(✓) (✗) ✗", "parameters": "✓ – ✗",
    "conv1_neurons": "✗ ✓ ✓", "augmentation_count": "✗ ✓ ✓", "crop_for_each_image": "– (✗) ✓",
    "three_drops": "(✓) ✓ –", "one_learning_rate": "(✓) ✗ ✓", "initial_std": "(✓) (✗) ✗",
    "initial_biases": "(✓) (✓) ✗", "dropout_scaling": "(✓) (✓) ✗", "momentum_formula": "(✓) (✓) ✗",
    "decay_without_biases": "– (✓) ✗",
}  # fmt: skip


def code_cells() -> dict[str, str]:
    cells = json.loads(CHAPTER.read_text("utf-8"))["cells"]
    return {cell["id"]: "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"}


CELLS = code_cells()


def run(source: str, names: dict) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        exec(source, names)


@pytest.fixture(scope="module")
def before() -> dict[str, dict]:
    """Run the chapter up to where it loads images; return the names that there are before each cell."""
    names: dict = {"claims": {}}
    before = {}
    for cell, source in CELLS.items():
        before[cell] = names | {"claims": dict(names["claims"])}
        if cell == "views":
            return before
        if cell != "setup":
            run(source, names)


def test_every_answer_is_the_one_read_off_by_hand_and_says_where(before):
    claims = before["views"]["claims"]
    assert {name: " ".join(row[1:4]) for name, row in claims.items()} == ANSWERS
    assert all(" · " in row[4] and len(row) == 5 for row in claims.values())
    all_rows = re.findall(r'^claims\["(\w+)"\] = ', "\n".join(CELLS.values()), re.MULTILINE)
    assert len(all_rows) == len(set(all_rows)) == 18 and set(ANSWERS) < set(all_rows)


@pytest.mark.parametrize(
    ("claim", "cell", "old", "new"),
    [
        ("output_of_conv1", "size-claim", "shape[-1] == 55", "shape[-1] == 54"),
        ("lrn_alpha", "lrn-alpha-claim", "alpha / n, beta)  # layer.py", "alpha, beta)  # layer.py"),
        ("conv1_neurons", "neurons-claims", "253_440", "290_400"),
        ("parameters", "neurons-claims", "1_000_000 == 60", "1_000_000 == 61"),
        ("augmentation_count", "crops", "2 * 16 + 1", "2 * 16"),
        ("three_drops", "rates-claims", '(51, "all", 0.0001)', '(51, "all", 0.0002)'),
        ("one_learning_rate", "rates-claims", '"conv1"', '"all"'),
    ],
)
def test_an_altered_number_alters_the_answer(before, claim, cell, old, new):
    cells = list(CELLS)
    first = next(place for place, each in enumerate(cells) if old in CELLS[each])
    names = before[cells[first]] | {"claims": {}}
    for each in cells[first : cells.index(cell) + 1]:
        run(CELLS[each].replace(old, new), names)
    assert " ".join(names["claims"][claim][1:4]) != ANSWERS[claim]


def test_the_scores_of_the_code_are_the_papers_once_rounded():
    rows = re.findall(r"(\d+\.\d+), (\d+\.\d), computed\(round", CELLS["scores"])
    assert rows == [("37.4727", "37.5"), ("16.9987", "17.0"), ("39.0247", "39.0"), ("18.2953", "18.3")]
    assert all(f"{float(code):.1f}" == paper for code, paper in rows)
