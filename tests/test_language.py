"""Words come in the language chosen, from a catalogue that says everything and nothing in vain, anywhere."""

import ast
import io
import json
import re
import string
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from fontTools.ttLib import TTFont
from IPython.core.interactiveshell import InteractiveShell
from matplotlib import font_manager

from alexnet_lib import language
from alexnet_lib.data import CIFAR10_CLASSES
from alexnet_lib.language import (
    LANGUAGES,
    BookError,
    Interrupted,
    catalogue,
    get_language,
    set_language,
    text,
)
from alexnet_lib.notebook import FONT
from alexnet_lib.records import facts
from alexnet_lib.shapes import SHAPES
from alexnet_lib.terminal import is_live, print_words
from languages import LANGUAGES as BOOK_LANGUAGES


@pytest.mark.parametrize(("chosen", "expected"), [("ko", "에폭 3/10"), ("en", "epoch 3/10")])
def test_words_come_in_the_language_chosen(chosen, expected):
    set_language(chosen)
    assert get_language() == chosen
    assert text("training.epoch", epoch=3, epochs=10) == expected


@pytest.mark.parametrize("wrong", ["kr", "KO", "", "ko_KR.UTF-8", None])
def test_another_language_is_refused_and_the_one_in_use_stays(wrong):
    set_language("ko")
    with pytest.raises(BookError, match=f"LANG.*'{wrong}'.*en, ko"):
        set_language(wrong)
    assert get_language() == "ko"


def test_words_that_a_translation_lacks_come_in_the_first_language(monkeypatch):
    monkeypatch.setattr(language, "LANGUAGES", (*language.LANGUAGES, "xx"))
    set_language("xx")
    assert text("training.epoch", epoch=3, epochs=10) == "epoch 3/10"


def test_an_unknown_key_is_not_passed_over():
    with pytest.raises(KeyError, match="no_such_sentence"):
        text("errors.no_such_sentence")


def test_an_error_keeps_its_name_and_the_language_it_was_raised_in():
    error = BookError("top_k", k=0, classes=10)
    set_language("ko")
    assert error.name == "top_k"
    assert str(error).startswith("k is 0;")


def test_an_interruption_is_caught_like_ctrl_c_and_not_like_an_error():
    """``except Exception`` around a cell would swallow the stop button."""
    with pytest.raises(KeyboardInterrupt, match="after epoch 2") as caught:
        raise Interrupted("interrupted", epoch=2, output=None)
    assert not isinstance(caught.value, Exception)
    assert caught.value._render_traceback_() == [str(caught.value)]


def test_a_notebook_shows_the_sentence_in_place_of_a_traceback(capsys):
    shell = InteractiveShell()
    shell.run_cell("from alexnet_lib.language import BookError\nraise BookError('top_k', k=0, classes=10)")
    assert capsys.readouterr().out == f"{BookError('top_k', k=0, classes=10)}\n"
    shell.run_cell("raise ValueError('k is 0')")
    assert "Traceback" in capsys.readouterr().out


# --- Who watches: a moving line only where a person does ---

KERNELS = {
    None: None,
    "ipython": SimpleNamespace(),
    "browser": SimpleNamespace(kernel=SimpleNamespace(_allow_stdin=True)),
    "papermill": SimpleNamespace(kernel=SimpleNamespace(_allow_stdin=False)),
    "another": SimpleNamespace(kernel=SimpleNamespace()),
}


@pytest.mark.parametrize(
    ("kernel", "terminal", "live"),
    [
        (None, True, True), (None, False, False), ("ipython", True, True), ("ipython", False, False),
        ("browser", False, True), ("papermill", True, False), ("another", False, False),
    ],
)  # fmt: skip
def test_a_person_watches_a_terminal_or_a_browser(monkeypatch, kernel, terminal, live):
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(isatty=lambda: terminal))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: KERNELS[kernel]))
    assert is_live() is live


# --- Nothing that is said raises, whatever standard output can write: a Korean Windows' code page, too ---

ROOT = Path(__file__).parents[1]


def test_signs_that_a_korean_code_page_lacks_are_escaped_and_all_others_stay(monkeypatch):
    output = io.TextIOWrapper(io.BytesIO(), encoding="cp949", newline="\n")
    monkeypatch.setattr(sys, "stdout", output)
    print_words("혼동 행렬 10²×3 → 37.5% ± 1\n−3 ✓ \udc80")
    written = output.buffer.getvalue().decode("cp949")
    assert written == "혼동 행렬 10²×3 → 37.5% ± 1\n\\u22123 \\u2713 \\udc80\n"
    with pytest.raises(UnicodeEncodeError):
        print("−3")  # Python itself stops at the minus sign


def test_the_library_prints_through_one_door_only():
    printing = {
        path.name for path in (ROOT / "alexnet_lib").rglob("*.py")
        if re.search(r"^\s*(print|sys\.stdout\.write)\(", path.read_text("utf-8"), re.MULTILINE)
    }  # fmt: skip
    assert printing == {"terminal.py"}


# --- The catalogue ---

HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")

# Words that another is used for, with what may stand around them where a longer word is meant.
FORBIDDEN = {
    "컨볼루션|콘볼루션|회선": "합성곱",
    "전결합층": "완전 연결 레이어",
    "(?<![심고단지])층|계층": "레이어",
    "보폭": "스트라이드",
    "통합": "풀링",
    "피처맵|피처 맵|특성 맵|특징맵": "특징 맵",
    "에포크|(?<![가-힣])세대": "에폭",
    "러닝레이트|러닝 레이트": "학습률",
    "최적화기": "옵티마이저",
    "(?<![가-힣])로스": "손실",
    "크로스 엔트로피": "교차 엔트로피",
    "훈련": "학습",
    "(학습|검증|테스트|훈련) 세트": "데이터셋",
    r"(?<!가중치 )표준화": "정규화",
    "오버피팅": "과적합",
    "정칙화": "규제",
    "매개변수": "파라미터",
    "그래디언트": "기울기",
    "에러": "오류",
    "오차 행렬": "혼동 행렬",
    "라벨": "레이블",
    "수용장": "수용 영역",
    "초기값": "초깃값",
    "최대값": "최댓값",
    "신뢰도(?! 다이어그램)": "확신도",
    "(?<![가-힣])자르기|좌우 뒤집기": "크롭, 좌우 반전",
}


def placeholders(words: str) -> set[str]:
    """Return the values that an entry stands for: split of {split[train]:,}."""
    fields = [name for _, name, _, _ in string.Formatter().parse(words) if name is not None]
    return {re.split(r"[.\[]", name)[0] for name in fields}


def formats(words: str) -> list[tuple]:
    return sorted((name, form) for _, name, form, _ in string.Formatter().parse(words) if name is not None)


def is_only_symbols(words: str) -> bool:
    """Tell whether an entry has no words of its own: values, code, names and marks."""
    return not re.search(r"[A-Za-z]{2}", re.sub(r"`[^`]*`|\{[^{}]*\}|\b[A-Z]\w*", "", words))


def entries() -> dict[str, dict[str, str]]:
    """Return the entries of the catalogue, and the hints of the exercises."""
    found = dict(catalogue())
    for path in (ROOT / "alexnet_lib/practice").glob("*.toml"):
        for exercise, hints in tomllib.loads(path.read_text("utf-8")).items():
            found |= {f"{exercise}.{mistake}": words for mistake, words in hints.items()}
    return found


def problems(check: Callable[[str, str, str], object]) -> list[object]:
    """Return what a check finds in (key, Korean, English), entry by entry."""
    found = [check(key, words["ko"], words["en"]) for key, words in entries().items()]
    return [problem for problem in found if problem]


def test_an_entry_has_both_languages_and_nothing_else():
    wrong = [key for key, words in entries().items() if not {*BOOK_LANGUAGES} <= {*words} <= {*LANGUAGES}]
    rule = f"an entry has {[*BOOK_LANGUAGES]}, and none that text/language.toml does not name"
    assert not wrong, f"{rule}: mend {wrong}"
    assert problems(lambda key, ko, en: not (ko.strip() and en.strip()) and key) == []


def test_values_are_rounded_alike_in_both_languages():
    assert problems(lambda key, ko, en: formats(ko) != formats(en) and key) == []


def test_korean_is_korean_and_english_is_english():
    assert problems(lambda key, ko, _: not (HANGUL.search(ko) or is_only_symbols(ko)) and key) == []
    assert problems(lambda key, _, en: HANGUL.search(en) and key) == []


def test_words_left_in_english_would_be_noticed():
    assert not is_only_symbols("training loss {loss:.4f}")
    assert is_only_symbols("`alexnet_lib` {version}, PyTorch {torch}: {device}")


def test_korean_uses_the_books_terms():
    def wrong(key: str, korean: str, _: str) -> list[str]:
        found = [(re.search(pattern, korean), use) for pattern, use in FORBIDDEN.items()]
        return [f"{key}: {match[0]}; use {use}" for match, use in found if match]

    assert problems(wrong) == []


def test_terms_that_the_book_does_not_use_would_be_noticed():
    for words in ("합성곱 층을", "훈련 데이터", "신뢰도 99%", "최대값", "테스트 세트", "에러율"):
        assert any(re.search(pattern, words) for pattern in FORBIDDEN), words
    for words in ("신뢰도 다이어그램", "크로스 표", "고층 건물", "합성곱 레이어", "최댓값", "오류율"):
        assert not any(re.search(pattern, words) for pattern in FORBIDDEN), words


def letters_without_a_picture(korean: str, english: str) -> set[str]:
    """Return the letters that neither font of the figures has; Hangul must be in the shipped one."""
    shipped = set(TTFont(FONT).getBestCmap())
    latin = set(TTFont(font_manager.findfont("DejaVu Sans")).getBestCmap())
    known = shipped | {code for code in latin if not HANGUL.match(chr(code))}
    return {letter for letter in set(korean + english) - {"\n"} if ord(letter) not in known}


def test_every_letter_is_in_the_fonts_of_the_figures():
    words = [each for words in catalogue().values() for each in words.values()]
    assert letters_without_a_picture(*map("".join, (words, words))) == set()


def test_a_syllable_that_the_font_does_not_have_would_be_noticed():
    assert letters_without_a_picture("가햏한", "a−×") == {"햏"}


# --- Where the code uses the catalogue ---


def sources() -> Iterator[ast.Module]:
    """Yield all code that may show words: library, tools, and the cells of one language, with every key."""
    for folder in ("alexnet_lib", "book"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield ast.parse(path.read_text("utf-8"))
    for path in sorted(ROOT.glob(f"notebooks/{LANGUAGES[0]}/*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                yield ast.parse("".join(cell["source"]))


# Their first argument is the key; what stands before it in the catalogue.
FUNCTIONS = {"text": "", "say": "", "BookError": "errors.", "Interrupted": "errors."}

# Given by BookError to text, where the call is written out.
PASSED_ON = {"errors.{name}"}


class Code(NamedTuple):
    """The strings that are written out whole, and the calls that take a key, with its node and prefix."""

    strings: set[str]
    calls: list[tuple[ast.Call, ast.expr, str]]


@cache
def code() -> Code:
    """Return what all code says of keys, found once and not before a test asks; strings of the facts too."""
    strings = {value for entry in facts().values() for value in entry.values() if isinstance(value, str)}
    calls = []
    for tree in sources():
        pieces = set()  # of f-strings, which come before their pieces
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                pieces.update(map(id, node.values))
            elif literal(node) is not None and id(node) not in pieces:
                strings.add(node.value)
            elif isinstance(node, ast.Call) and node.args:
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in FUNCTIONS:
                    calls.append((node, node.args[0], FUNCTIONS[name]))
    return Code(strings, calls)


def literal(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


@cache
def patterns() -> set[str]:
    """Return the keys that are put together in an f-string, with (.+) for what is put in."""
    found = set()
    for _, node, prefix in code().calls:
        if isinstance(node, ast.JoinedStr) and ast.unparse(node)[2:-1] not in PASSED_ON:
            parts = [
                re.escape(part.value) if isinstance(part, ast.Constant) else "(.+)" for part in node.values
            ]
            found.add(re.escape(prefix) + "".join(parts))
    return found


def is_used(key: str) -> bool:
    """Tell whether a key is written out in the code, or is made there of words that are."""
    file, name = key.split(".", 1)
    if key in code().strings or (file == "errors" and name in code().strings):
        return True
    if file == "classes":  # made of the names that a data set gives
        return name in CIFAR10_CLASSES or name in SHAPES
    matches = [re.fullmatch(pattern, key) for pattern in patterns()]
    return any(match and all(part in code().strings for part in match.groups()) for match in matches)


def test_every_key_in_the_code_is_in_the_catalogue():
    keys = {prefix + literal(node) for _, node, prefix in code().calls if literal(node) is not None}
    assert keys - set(catalogue()) == set()


def test_every_string_that_looks_like_a_key_is_one():
    """Keys that come by way of a variable are seen here."""
    files = {key.split(".")[0] for key in catalogue()}
    keys = {words for words in code().strings if re.fullmatch(rf"({'|'.join(files)})\.[a-z_0-9]+", words)}
    assert {key for key in keys - set(catalogue()) if not key.endswith((".json", ".toml"))} == set()


def test_no_entry_is_unused():
    assert [key for key in catalogue() if not is_used(key)] == []


def test_an_unused_entry_would_be_noticed():
    for key in ("errors.no_such_thing", "training.no_such_thing", "classes.submarine", "figures_basics.no"):
        assert not is_used(key)


def test_every_value_of_an_entry_is_given():
    """A sentence whose value is missing fails only when it is needed: when something has gone wrong."""
    checked = 0
    for call, node, prefix in code().calls:
        given = {keyword.arg for keyword in call.keywords}
        if literal(node) is not None and None not in given:  # None stands for **values
            wanted = placeholders(catalogue()[prefix + literal(node)]["en"])
            assert wanted <= given, f"{prefix}{literal(node)} wants {wanted}"
            checked += 1
    assert checked > 20


def test_every_class_of_cifar10_and_shapes10_has_a_name_of_its_own():
    for names in (CIFAR10_CLASSES, list(SHAPES)):
        for code in BOOK_LANGUAGES:
            assert len({catalogue()[f"classes.{name}"][code] for name in names}) == 10
    named = {key.split(".")[1] for key in catalogue() if key.startswith("classes.")}
    assert named == {*CIFAR10_CLASSES, *SHAPES}
