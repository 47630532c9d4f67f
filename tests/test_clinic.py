"""The clinic of chapter 16: the broken code has its symptom, and one line mended takes it away."""

import pytest

from alexnet_lib import shapes
from alexnet_lib.language import set_language
from alexnet_lib.plots.clinic import plot_symptoms
from languages import SOURCE
from notebook_files import ROOT, read
from practice_cells import exercises

PAGE = read(ROOT / "notebooks" / SOURCE.code / "16_clinic.ipynb")
CELLS = {cell.id: cell.source for cell in PAGE.cells if cell.cell_type == "code"}
EXERCISES = list(exercises(PAGE))
SOUND = ("parameters", "imports", "data", "parts", "loops", "healthy")


def last_loss(losses):
    return sum(losses[-20:]) / 20


# By the number of the case: the losses that its symptom cell binds, and what those of sound code end below.
LOSSES = {
    1: ("stuck", 1.8), 2: ("torn", 1.8), 3: ("dead", 1.8), 4: ("floored", 1.8), 5: ("frozen", 1.3),
    6: ("wild", 1.8),
}  # fmt: skip
# Of the other cases, what code that is not ill shows in that which the cell binds.
SIGNS = {
    7: lambda names: bool((names["mixed"] >= names["train_pixels"]).all()),
    8: lambda names: len(set(names["scores"])) == 1,
    9: lambda names: names["lopsided"] > 0.4,
    10: lambda names: names["leaked"] < names["honest"] + 0.12,
}


@pytest.fixture(scope="module")
def sound():
    """The names that the notebook's cells bind before the first case, on drawn shapes."""
    set_language(SOURCE.code)
    names = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shapes, "COUNT", {True: 4_000, False: 1_000})  # none is drawn for nothing
        for cell in SOUND:
            exec(CELLS[cell].replace('"cifar10"', '"shapes10"').replace("10_000", "4_000"), names)
    names["plot_symptoms"] = lambda *_: None  # what it draws is asked below
    return names


def few(sound):
    """Return the names of the training images with 500 of them: ten steps."""
    return {name: sound[name][:500] for name in ("train_images", "train_labels", "train_pixels")}


def show_symptom(number, names, mended=False):
    exec(CELLS[f"case-{number}"], names)
    if mended:
        cells = EXERCISES[number - 1]
        exec(cells.answer.source, names)
        names[cells.variable] = names[f"{cells.variable}_answer"]
    exec(CELLS[f"symptom-{number}"], names)
    return names


@pytest.mark.parametrize("number", LOSSES)
def test_broken_code_learns_badly_and_with_its_line_mended_it_takes_the_sound_steps(sound, number):
    name, limit = LOSSES[number]
    assert not last_loss(show_symptom(number, dict(sound))[name]) < limit
    images, labels, _ = few(sound).values()
    _, expected = sound["run"](images, labels)
    assert show_symptom(number, sound | few(sound), mended=True)[name] == expected


@pytest.mark.parametrize("number", SIGNS)
def test_a_sign_is_shown_by_the_broken_code_and_vanishes_with_its_line(sound, number):
    start = sound | (few(sound) if number == 7 else {})  # nobody asks for what is learned from those
    for mended in (False, True):
        assert SIGNS[number](show_symptom(number, dict(start), mended)) == mended


@pytest.mark.parametrize("cells", EXERCISES, ids=lambda cells: cells.name)
def test_an_exercise_holds_the_broken_code_of_its_case_and_its_answer_differs_in_one_line(cells):
    case = CELLS[f"case-{cells.name.removeprefix('16_case_')}"]
    assert cells.begin.source == f'{case}\n\ncheck("{cells.name}", {cells.variable})'
    broken = case.split("\n")
    mended = cells.answer.source.replace(f"{cells.variable}_answer", cells.variable).split("\n")[1:]
    assert len({*mended} - {*broken}) <= 2  # a list that is opened in another way is closed so as well


def test_the_first_cells_know_a_sound_training(sound):
    assert sum(parameter.numel() for parameter in sound["small_network"]().parameters()) < 100_000
    assert last_loss(sound["sound"]) < 1.3
    assert sound["sound_accuracy"] > 0.4


def test_losses_are_drawn_as_curves_and_scores_as_bars():
    pairs = [([2.3, 1.0], [2.3, 9.0]), ([2.0], [float("nan")]), (0.75, 0.125)]
    picture = plot_symptoms(["a", "b", "c"], pairs)
    losses, _, scores = picture.figure.axes
    drawn = [line.get_ydata() for line in losses.lines if len(line.get_ydata()) == 2]
    assert [2.3, 1.0] in map(list, drawn) and [2.3, 9.0] in map(list, drawn)
    low, high = losses.get_ylim()
    assert low < 1.0 < 2.3 < high < 9.0, "the sound curve is seen whole; a wild one is cut off"
    assert [bar.get_height() for bar in scores.patches] == [75, 12.5]
    for told in ("a", "1.65", "5.65", "75%", "12%"):
        assert told in picture.alt
    told = [[words.get_text() for words in figure.legends[0].get_texts()] for figure in
            (picture.figure, plot_symptoms(["c"], pairs[2:]).figure)]  # fmt: skip
    assert told[0][-1:] == told[1], "a dotted line is explained, and bars have their names below them"
