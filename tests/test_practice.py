"""Exercises and questions: judged rightly, whole in both languages, enough of them."""

import tomllib

import numpy as np
import pytest
import torch
from torch import nn

from alexnet_lib.language import LANGUAGES, get_language, set_language, text
from alexnet_lib.practice import check
from alexnet_lib.practice import exercise as practice
from alexnet_lib.practice.exercise import Exercise, chapters, exercises_of, judge
from languages import LANGUAGES as SITE
from languages import SOURCE
from notebook_files import ROOT, read, tags
from notebook_files import chapters as notebooks
from practice_cells import PracticeError, bound, exercises, questions

PAGES = [
    page
    for page in notebooks(ROOT, SOURCE.code)
    if page.stem[:2] in chapters() or any("exercise" in tags(cell) for cell in read(page).cells)
]
NAMES = [page.stem for page in PAGES]


def hints(**words):
    return {name: {code: f"{code} {said}" for code in LANGUAGES} for name, said in words.items()}


def mean_by_batch(losses, sizes):
    return sum(losses) / len(losses)


MEAN = Exercise(
    right=lambda losses, sizes: float(np.average(losses, weights=sizes)),
    cases=[([1.0, 2.0], [3, 3]), ([1.0, 4.0], [3, 1])],
    mistakes={"sum": lambda losses, sizes: sum(losses)},
    untouched=mean_by_batch,
    hints=hints(sum="a sum", untouched="one image counts for three"),
)
PAIR = Exercise(right=(0.6, 0.3))
PARTS = Exercise(right=lambda x: (x.mean(), x.var()), cases=[(np.arange(3.0),)])
SHARE = Exercise(right=0.25, mistakes={"inverse": 4}, hints=hints(inverse="the other way round"))
IMAGES = [torch.ones(2, 2), torch.zeros(2, 2)]
LONG = torch.arange(12.0).view(3, 4)
STACK = Exercise(right=torch.stack, cases=[(IMAGES,)])
LIST = Exercise(right=lambda x: list(x.split(2)), cases=[(torch.zeros(5, 3),)])
LOSSES = Exercise(right=lambda: [0.5, 1.5], cases=[()])
DROP = Exercise(right=lambda x: nn.functional.dropout(x, 0.5), cases=[(torch.ones(50),)])
FLIP = Exercise(right=lambda x: x.flip(0), cases=[(torch.arange(n),) for n in (3.0, 4.0, 5.0)])
LINEAR = Exercise(
    right=lambda: nn.Linear(3, 2),
    cases=[()],
    compared=lambda make: sum(map(torch.numel, make().parameters())),
    mistakes={"no_bias": lambda: nn.Linear(3, 2, bias=False)},
    hints=hints(no_bias="no bias"),
)


def empty(losses, sizes): ...


def unfinished(losses, sizes):
    total = ...
    return total / sum(sizes)


def silent(losses, sizes):
    sum(losses)


def centred_in_place(x):
    mean = x.mean()
    x -= mean
    return mean, (x * x).mean()


@pytest.mark.parametrize(
    ("exercise", "answer", "kind"),
    [
        (SHARE, ..., "not begun"),
        (SHARE, 0.25, "right"),
        (SHARE, torch.tensor(0.25), "right"),
        (SHARE, 4, "hint"),
        (SHARE, "0.25", "hint"),
        (SHARE, [0.25], "hint"),
        (SHARE, None, "hint"),
        (SHARE, 25, "hint"),
        (SHARE, float("nan"), "hint"),
        (PAIR, (..., ...), "not begun"),
        (PAIR, (0.6, ...), "not begun"),
        (PAIR, (0.3, 0.6), "hint"),
        (PAIR, [0.6, 0.3], "right"),
        (PARTS, lambda x: (x.mean(), ...), "not begun"),
        (PARTS, lambda x: (x.sum() / 3, x.std() ** 2), "right"),
        (PARTS, lambda x: centred_in_place(x.copy()), "right"),
        (PARTS, centred_in_place, "hint"),
        (PARTS, lambda x: (x.var(), x.mean()), "hint"),
        (MEAN, empty, "not begun"),
        (MEAN, unfinished, "not begun"),
        (MEAN, mean_by_batch, "not begun"),
        (MEAN, silent, "hint"),
        (MEAN, 1.75, "hint"),
        (MEAN, lambda losses: 1, "hint"),
        (MEAN, lambda losses, sizes: torch.ones(1, requires_grad=True).sum(), "hint"),
        (
            MEAN,
            lambda losses, sizes: torch.tensor(losses) @ torch.tensor(sizes).float() / sum(sizes),
            "right",
        ),
        (STACK, torch.stack, "right"),
        (STACK, lambda images: images, "hint"),  # a list of tensors is not what they make when stacked
        (Exercise(right=IMAGES), tuple(IMAGES), "right"),
        (Exercise(right=[1, 0]), [torch.tensor(1), torch.tensor(0)], "right"),
        (LOSSES, lambda: [torch.tensor(0.5, requires_grad=True), torch.tensor(1.5)], "right"),
        (DROP, lambda x: nn.functional.dropout(x, 0.5, True), "right"),  # by the same random numbers
        (DROP, lambda x: nn.functional.dropout(x, 0.1, True), "hint"),
        (FLIP, lambda x: x.flip(0), "right"),
        (FLIP, lambda x: x.flip(0) if torch.rand(1) < 0.5 else x, "hint"),  # not by chance in every case
        (LINEAR, lambda: nn.Sequential(nn.Linear(3, 2), nn.ReLU()), "right"),  # something that it makes
        (LINEAR, lambda: nn.Linear(3, 2, bias=False), "hint"),
        (LINEAR, lambda: 8, "hint"),
    ],
)
def test_an_answer_is_judged(exercise, answer, kind):
    assert judge(exercise, answer).kind == kind


def test_what_is_wrong_with_code_as_it_was_given_is_told_the_second_time(capsys):
    page, given = read(ROOT / "notebooks/en/07_training.ipynb"), {"torch": torch, "check": check}
    source = next(cells.begin.source for cells in exercises(page) if cells.name == "07_overshoot")
    symptom = exercises_of("07")["07_overshoot"].hints["untouched"][get_language()]
    told = []
    for _ in range(2):
        exec(source, given)
        told.append(symptom in " ".join(capsys.readouterr().out.split()))
    assert told == [False, True]


def test_each_kind_of_mistake_gets_a_hint_of_its_own(language):
    answers = [4, "0.25", [0.25], None, 25, 7]
    assert len({judge(SHARE, answer).words for answer in answers}) == len(answers)
    answers = [lambda a, b: sum(a), silent, 1.75, lambda a: 1, lambda a, b: "x", lambda a, b: 0.5]
    answers.append(lambda a, b: 100 * np.average(a, weights=b))
    assert len({judge(MEAN, answer).words for answer in answers}) == len(answers)
    answers = [centred_in_place, lambda x: (x.var(), x.mean()), lambda x: (x.mean(), x.std() + 1)]
    assert len({judge(PARTS, answer).words for answer in answers}) == len(answers)
    assert judge(LINEAR, lambda: nn.Linear(4, 2)).words == text("practice.other_way")


@pytest.mark.parametrize(
    ("right", "given", "told"),
    [
        ((0.5, 2.0), (np.float64(0.25), np.float64(1)), "It gives: (0.25, 1.0)."),
        (LONG, LONG.where(LONG != 9, 7.0), "at [2, 1] of the result. It should give: 9.0. It gives: 7.0."),
        ([*LONG.split(2)], [*LONG.where(LONG != 9, 7.0).split(2)], "at [1] of the result"),
        (LONG[:2].cos(), LONG[:2].sin(), "at [0, 0] of the result"),
        ([LONG, LONG], [LONG], "Wanted: a list of 2. Given: a list of 1."),
    ],
)
def test_a_difference_is_told_where_it_is_first_and_shortly(right, given, told):
    set_language("en")
    assert told in judge(Exercise(right=lambda: right, cases=[()]), lambda: given).words


def test_a_function_may_change_its_input_and_draw_random_numbers():
    def greedy(losses, sizes):
        torch.rand(3)
        return float(sum(losses.pop() * sizes.pop() for _ in list(losses)) / 4) if len(losses) == 2 else 0

    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    judge(MEAN, greedy)
    assert torch.equal(torch.rand(1), expected)
    assert judge(MEAN, lambda losses, sizes: float(np.average(losses, weights=sizes))).kind == "right"


class Stubborn:
    """Will be no array."""

    def __array__(self, *arguments, **options):
        raise KeyError("no")


STRANGE = (
    None, -1.5, float("nan"), 10**400, "x", b"x", [[1], [2, 3]], {}, np.array([None]), 1j, object(), int,
    Stubborn(), torch.zeros(2, 2, requires_grad=True), [torch.zeros((), requires_grad=True)],
    torch.zeros(1, dtype=torch.bfloat16),
)  # fmt: skip


KNOWN = {}


@pytest.fixture
def once(monkeypatch):
    """Call each known function once for all the answers that it is compared with."""
    results = practice.results

    def known_results(function, exercise):
        if function not in (exercise.right, exercise.untouched, *exercise.mistakes.values()):
            return results(function, exercise)
        key = id(function), id(exercise)  # both live as long as the chapter's module
        if key not in KNOWN:
            KNOWN[key] = results(function, exercise)
        return KNOWN[key]

    monkeypatch.setattr(practice, "results", known_results)


@pytest.mark.usefixtures("once")
@pytest.mark.parametrize("strange", STRANGE, ids=lambda strange: type(strange).__name__)
def test_whatever_is_handed_over_nothing_is_raised_and_nothing_called_right(strange):
    """One exercise of each kind, and those that look at a result in a way of their own."""
    known = [exercise for chapter in chapters() for exercise in exercises_of(chapter).values()]
    own = [exercise for exercise in known if exercise.compared is not Exercise.compared]
    assert own
    for exercise in (SHARE, PAIR, MEAN, PARTS, LIST, *own):
        for answer in (strange, lambda *arguments: strange):
            verdict = judge(exercise, answer)
            assert verdict.kind != "right"
        # The last one came to its end.
        assert not verdict.words.startswith(text("practice.stopped", error="|").split("|")[0])


def test_an_answer_that_stops_is_told_in_one_line():
    def stops(losses, sizes):
        raise RuntimeError("first line\nsecond line")

    assert "(RuntimeError: first line second line)" in judge(MEAN, stops).words


@pytest.mark.parametrize("name", ["07_mean_los", "99_nothing", "", None, 7])
def test_a_name_that_does_not_exist_says_which_there_are(capsys, name):
    check(name, 1)
    said = capsys.readouterr().out
    assert len(said.splitlines()) == 1
    assert (next(iter(exercises_of("07"))) if name == "07_mean_los" else chapters()[0]) in said


def run(source, names):
    """Execute a cell, its ``check`` replaced by a judgement; return the verdict, if it checks anything."""
    verdicts = []
    names["check"] = lambda name, answer: verdicts.append(judge(exercises_of(name[:2])[name], answer))
    exec(source, names)
    return verdicts


@pytest.mark.parametrize("chapter", NAMES)
def test_every_exercise_is_not_begun_untouched_and_right_as_its_answer_has_it(chapter):
    """In the first language: the code of the other is the same, as ``test_code_parity`` finds."""
    page, known = read(ROOT / "notebooks" / SOURCE.code / f"{chapter}.ipynb"), exercises_of(chapter[:2])
    imports = next((cell.source for cell in page.cells if cell.id == "imports"), "")
    for cells in exercises(page):
        names = {}
        exec(imports, names)
        assert names.get("check") is check, "the cell imports has: from alexnet_lib.practice import check"
        (verdict,) = run(cells.begin.source, names)
        assert verdict.kind == "not begun", (cells.name, verdict.words)
        before = {name: id(names[name]) for name in bound(cells.begin.source) & names.keys()}
        run(cells.answer.source, names)
        assert before == {name: id(names[name]) for name in before}, (
            "an answer undoes nothing of the reader's"
        )
        answered = judge(known[cells.name], names[f"{cells.variable}_answer"])
        assert answered.kind == "right", (cells.name, answered.words)


@pytest.mark.usefixtures("once")
@pytest.mark.parametrize("chapter", NAMES)
def test_every_mistake_gets_a_hint_of_its_own(chapter):
    words = ROOT / f"alexnet_lib/practice/chapter_{chapter[:2]}.toml"
    told = tomllib.loads(words.read_text("utf-8")).keys()
    assert told == exercises_of(chapter[:2]).keys(), f"{words.name} has a table for each, and no other"
    for name, exercise in exercises_of(chapter[:2]).items():
        assert exercise.mistakes, f"{name}: some mistake is foreseen"
        told = exercise.mistakes.keys() | ({"untouched"} if exercise.untouched else set())
        assert exercise.hints.keys() == told, f"{name}: a hint for each mistake, and none besides"
        hints = exercise.hints.values()
        assert all({*SITE} <= {*hint} for hint in hints), f"{name}: a hint has a sentence for {[*SITE]}"
        for code in SITE:
            assert len({hint[code] for hint in hints}) == len(hints), f"{name}: each mistake has its own hint"
        for mistake, answer in exercise.mistakes.items():
            assert judge(exercise, answer).words == exercise.hints[mistake][get_language()], (
                f"{name}: {mistake} does not get its own hint; is there a case that tells it apart?"
            )
        for other in exercise.also_right:
            assert judge(exercise, other).kind == "right", name


@pytest.mark.parametrize("chapter", NAMES)
def test_there_is_enough_to_practise(chapter):
    pages = [read(ROOT / "notebooks" / code / f"{chapter}.ipynb") for code in SITE]
    file, named = f"practice/chapter_{chapter[:2]}.py", list(exercises_of(chapter[:2]))
    for page in pages:
        found = [cells.name for cells in exercises(page)]
        assert found == named, f"{file} and the notebook hold the same exercises"
    known = exercises_of(chapter[:2]).values()
    assert len(known) >= 3, "a chapter has three exercises or more"
    assert any(exercise.untouched for exercise in known), "one exercise at least is to find a fault"
    asked = [list(questions(page)) for page in pages]
    assert len(asked[0]) >= 3, "a chapter has three questions or more"
    assert len({tuple((q.id, len(q.options), q.right) for q in one) for one in asked}) == 1
    places = {question.right for question in asked[0]}
    assert len(places) > 1, "the right answer does not always stand at one place"


QUESTION = """**Question.** Is it?

1. Yes
2. No

<details class="question">
<summary>Answer</summary>

1. ✗ Because it is not.
2. ✓ So it is.

</details>"""


@pytest.mark.parametrize(
    ("cell", "old", "new"),
    [(0, "### ", "#### "), (1, "check(", "print("), (2, "# @title ", "# "), (2, "_answer", "_result")],
)
def test_an_exercise_that_is_not_whole_is_found(cell, old, new):
    notebook = read(ROOT / "notebooks/en/07_training.ipynb")
    place = next(place for place, found in enumerate(notebook.cells) if "exercise" in tags(found))
    notebook.cells = notebook.cells[place - 1 : place + 2]
    assert len(list(exercises(notebook))) == 1
    broken = notebook.cells[cell]
    assert old in broken.source
    broken.source = broken.source.replace(old, new)
    with pytest.raises(PracticeError, match=broken.id):
        list(exercises(notebook))


@pytest.mark.parametrize(
    ("old", "new"),
    [("✗", "✓"), ("✓", "✗"), ("2. No\n", ""), ("</details>", ""), ("✓ So", "So"), ("\n\n1. ✗", "\n1. ✗")],
)
def test_a_question_that_is_not_whole_is_found(old, new):
    notebook = read(ROOT / "notebooks/ko/07_training.ipynb")
    notebook.cells = [cell for cell in notebook.cells if cell.id == "title"]
    notebook.cells[0].source = QUESTION
    assert [question.right for question in questions(notebook)] == [1]
    notebook.cells[0].source = QUESTION.replace(old, new)
    with pytest.raises(PracticeError):
        list(questions(notebook))
