"""What an exercise is, and how an answer is judged: not begun, right, or a hint for the mistake at hand."""

import copy
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from alexnet_lib.language import LANGUAGES, get_language, text
from alexnet_lib.terminal import print_words

LONGEST = 60  # characters of a value that fit into a sentence
Words = Mapping[str, str]  # one sentence, by the code of its language


@dataclass(frozen=True)
class Exercise:
    """An exercise: what is right, what readers do instead, and how the two are told apart.

    Parameters
    ----------
    right
        The right value: a number, an array or tensor, or a list or tuple of these. With ``cases``, a
        right function, written in another way than the answer in the notebook.
    mistakes
        Typical wrong answers by a name of their own: values or, with ``cases``, functions. An answer that
        is equal to one of them, in every case, gets its hint. A factor of 100 and the reverse order are
        told of every answer, and need not be listed.
    cases
        What a function is called with, a tuple for each call; together they tell the right function
        and all mistakes apart. With none, the answer is a value.
    also_right
        Right answers that have another result.
    untouched
        For "find the fault": the function as the notebook gives it. Until the answer differs from it, the
        exercise is not begun; the symptom is told to whoever runs the cell a second time.
    compared
        What is compared of a function, if not its result, for each case: ``compared(function, *case)``
        calls it and looks at a model that it makes, say, or at what it does to one.
    tolerance
        The largest relative difference of two numbers that count as equal.
    hints
        What is said of each mistake, by its name, and of what is ``untouched``, in every language. They
        stand in the chapter's ``.toml``, and ``exercises_of`` puts them in.
    """

    right: Any
    mistakes: Mapping[str, Any] = field(default_factory=dict)
    cases: Sequence[tuple[Any, ...]] = ()
    also_right: Sequence[Any] = ()
    untouched: Callable[..., Any] | None = None
    compared: Callable[..., Any] = lambda function, *case: function(*case)
    tolerance: float = 1e-3
    hints: Mapping[str, Words] = field(default_factory=dict)


def numbers(*shape: int) -> torch.Tensor:
    """Return normal random numbers for a case, the same each time."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


@dataclass(frozen=True)
class Verdict:
    """What is said of an answer, of which kind it is, and what is said instead if it comes once more."""

    kind: Literal["not begun", "right", "hint"]
    words: str
    again: str = ""


# The exercises that came back as they were given. On a page nobody has tried yet, so that the symptom, which
# may be half the diagnosis, waits until the cell is run a second time.
ASKED: set[str] = set()


def check(name: str, answer: object) -> None:
    """Say whether the answer to an exercise is right; if it is not, give the hint for its mistake.

    Parameters
    ----------
    name
        The exercise, by its chapter and its name: ``"07_mean_loss"``.
    answer
        A value or a function, as the exercise asks. ``...`` stands where nothing has been written yet.

    Notes
    -----
    It raises nothing, so that a notebook always runs to its end.
    """
    exercises = exercises_of(name[:2]) if isinstance(name, str) else {}
    if name in exercises:
        verdict = judge(exercises[name], answer)
        print_words(verdict.again if verdict.again and name in ASKED else verdict.words)
        if verdict.again:
            ASKED.add(name)
    elif exercises:
        print_words(text("practice.no_such_exercise", name=name, names=", ".join(exercises)))
    else:
        print_words(text("practice.no_such_chapter", name=name, chapters=", ".join(chapters())))


def chapters() -> list[str]:
    """Return the numbers of the chapters that have exercises, two digits each."""
    return sorted(path.stem.removeprefix("chapter_") for path in Path(__file__).parent.glob("chapter_*.py"))


@cache
def exercises_of(chapter: str) -> dict[str, Exercise]:
    """Return the exercises of a chapter by their names, each with its hints; none, if it has none."""
    if chapter not in chapters():
        return {}
    known = import_module(f"alexnet_lib.practice.chapter_{chapter}").EXERCISES
    hints = tomllib.loads(Path(__file__).with_name(f"chapter_{chapter}.toml").read_text("utf-8"))
    return {name: replace(exercise, hints=hints.get(name, {})) for name, exercise in known.items()}


def judge(exercise: Exercise, answer: object) -> Verdict:
    """Return what is to be said of an answer to an exercise."""
    if unfinished(answer):
        return Verdict("not begun", text("practice.not_begun"))
    if not exercise.cases:
        return judge_result(exercise, answer, lambda value: value)
    if not callable(answer):
        return Verdict("hint", text("practice.no_function", given=type(answer).__name__))
    inside = False

    def watched(*arguments: Any) -> Any:
        nonlocal inside
        inside = True
        result = answer(*arguments)
        inside = False
        return result

    # What a function draws and changes is its own affair: the notebook's random numbers and the cases stay.
    with torch.random.fork_rng(devices=[]):
        try:
            given, changed = results(watched, exercise)
        except Exception as error:
            if "ellipsis" in str(error):  # an ellipsis that is still there was counted with
                return Verdict("not begun", text("practice.not_begun"))
            if not inside:  # what came back is nothing that can be compared
                return Verdict("hint", text("practice.other_way"))
            reason = f"{type(error).__name__}: {on_one_line(error)}"
            return Verdict("hint", text("practice.stopped", error=reason))
        if unfinished(given) or is_empty(answer):
            return Verdict("not begun", text("practice.not_begun"))
        if any(result is None for result in given):
            return Verdict("hint", text("practice.returns_nothing"))
        verdict = judge_result(exercise, given, lambda function: results(function, exercise)[0])
    if verdict.kind == "right" and changed:
        return Verdict("hint", text("practice.changed"))
    return verdict


def unfinished(answer: object) -> bool:
    """Tell whether an ellipsis still stands in an answer, by itself or in a list or tuple."""
    return answer is ... or (isinstance(answer, list | tuple) and any(map(unfinished, answer)))


def is_empty(function: Callable[..., Any]) -> bool:
    """Tell whether the body of a function is nothing but ``...``."""
    code = getattr(function, "__code__", None)
    return code is not None and code.co_code == (lambda: None).__code__.co_code


def results(function: Callable[..., Any], exercise: Exercise) -> tuple[list[Any], bool]:
    """Return what is compared in each case, and whether the function changed an array that it was given.

    A case begins with the same random numbers in every answer.
    """
    made, changed = [], False
    for seed, case in enumerate(exercise.cases):
        torch.manual_seed(seed)  # with one seed for all, a flip by chance may be right in every case
        arguments = copy.deepcopy(case)
        made.append(exercise.compared(function, *arguments))
        changed |= any(
            isinstance(before, np.ndarray | torch.Tensor) and not same(after, before, tolerance=0)
            for after, before in zip(arguments, case, strict=True)
        )
    return made, changed


def judge_result(exercise: Exercise, given: object, result_of: Callable[[Any], object]) -> Verdict:
    """Compare a result with the right one, then with that of each mistake."""
    right, *others = map(result_of, (exercise.right, *exercise.also_right))
    if any(same(given, result, exercise.tolerance) for result in (right, *others)):
        return Verdict("right", text("practice.right"))
    if exercise.untouched and same(given, result_of(exercise.untouched), exercise.tolerance):
        symptom = in_language(exercise.hints["untouched"])
        return Verdict("not begun", text("practice.untouched"), text("practice.symptom", symptom=symptom))
    for name, mistake in exercise.mistakes.items():
        if same(given, result_of(mistake), exercise.tolerance):
            return Verdict("hint", in_language(exercise.hints[name]))
    return Verdict("hint", difference(given, right, exercise))


def in_language(words: Words) -> str:
    """Return a sentence in the language in use, or in the first that has it."""
    return next(words[code] for code in (get_language(), *LANGUAGES) if code in words)


def difference(given: object, right: object, exercise: Exercise) -> str:
    """Say of what kind an unforeseen difference is, and for a function in which case it is seen first."""
    pairs = list(zip(given, right, strict=True)) if exercise.cases else [(given, right)]
    if all(
        isinstance(mine, list | tuple) and same(mine[::-1], its, exercise.tolerance) for mine, its in pairs
    ):
        return text("practice.reversed")
    for unit in (100, 0.01):
        if all(same(mine, multiple(its, unit), exercise.tolerance) for mine, its in pairs):
            return text("practice.percent", given=short(pairs[0][0]))
    if exercise.compared is not Exercise.compared:  # what differs is not what the reader's function returns
        return text("practice.other_way")
    number = next(i for i, pair in enumerate(pairs) if not same(*pair, exercise.tolerance))
    given_kind, right_kind = map(kind_of, pairs[number])
    if given_kind != right_kind:
        return text("practice.other_kind", given=given_kind, right=right_kind)
    if not exercise.cases:
        return text("practice.other_value", given=short(given))
    case = ", ".join(map(short, exercise.cases[number]))
    place, given, right = first_difference(*pairs[number], exercise.tolerance)
    words = {"case": case, "given": short(given), "right": short(right)}
    return text("practice.other_place" if place else "practice.other_result", place=place, **words)


def as_array(value: object) -> np.ndarray | None:
    """Return a number, an array, a tensor or a list of numbers as an array; nothing, if it is none."""
    if isinstance(value, list | tuple) and any(
        isinstance(part, torch.Tensor) and part.ndim for part in value
    ):
        return None  # images in a list are not a batch yet
    try:
        if isinstance(value, torch.Tensor):
            value = value.detach().cpu()
            value = value.float() if value.dtype == torch.bfloat16 else value  # which NumPy does not know
        array = np.asarray(value)
    except Exception:  # lists of different lengths, lists of tensors with gradients, anything at all
        return None
    return array if array.dtype.kind in "biuf" else None


def multiple(value: object, factor: float) -> np.ndarray | None:
    """Return a number or an array times a factor; nothing, if the value is neither."""
    array = as_array(value)
    return None if array is None else array * factor


def kind_of(value: object) -> str:
    """Return in words what a value is, and for an array its shape."""
    array = as_array(value)
    if array is None:
        name = "text" if isinstance(value, str) else "list" if isinstance(value, list | tuple) else "other"
        count = len(value) if name == "list" else None
        return text(f"practice.kind_{name}", name=type(value).__name__, count=count)
    if array.ndim == 1:
        return text("practice.kind_numbers", count=len(array))
    return text("practice.kind_array", shape=array.shape) if array.ndim else text("practice.kind_number")


def same(given: object, right: object, tolerance: float) -> bool:
    """Tell whether two values are equal, numbers up to a relative difference."""
    if isinstance(given, str) and isinstance(right, str):
        return given == right
    mine, its = as_array(given), as_array(right)
    if mine is not None and its is not None:
        return mine.shape == its.shape and np.allclose(mine, its, rtol=tolerance, atol=1e-7, equal_nan=True)
    if isinstance(given, list | tuple) and isinstance(right, list | tuple) and len(given) == len(right):
        return all(same(*pair, tolerance) for pair in zip(given, right, strict=True))
    return False


def first_difference(given: object, right: object, tolerance: float) -> tuple[str, object, object]:
    """Return where two values differ first, and what stands there; short or unlike ones are left whole."""
    if kind_of(given) == kind_of(right):
        mine, its = as_array(given), as_array(right)
        if mine is None and isinstance(given, list | tuple):
            parts = zip(given, right, strict=True)
            index = next(i for i, pair in enumerate(parts) if not same(*pair, tolerance))
            place, given, right = first_difference(given[index], right[index], tolerance)
            return f"[{index}]{place}", given, right
        if mine is not None and mine.ndim and max(map(len, map(on_one_line, (given, right)))) > LONGEST:
            differ = ~np.isclose(mine, its, rtol=tolerance, atol=1e-7, equal_nan=True)
            place = tuple(np.argwhere(differ)[0].tolist())
            return str(list(place)), mine[place], its[place]
    return "", given, right


def on_one_line(value: object) -> str:
    """Return a value as it is printed, on one line."""
    if isinstance(value, list | tuple):  # NumPy's numbers would name their type
        value = type(value)(each.item() if isinstance(each, np.generic) else each for each in value)
    return " ".join(str(value).split())


def short(value: object) -> str:
    """Return a value as it is shown in a sentence, or of what kind it is where that says more."""
    line, array = on_one_line(value), as_array(value)
    if array is None and not isinstance(value, str | list | tuple):
        return kind_of(value)  # a model, say
    if array is not None and array.ndim and len(line) > LONGEST:
        return kind_of(value)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."
