"""Nothing that is said raises, whatever standard output can write: the code page of a Korean Windows, too."""

import ast
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

import sync_notebooks
from alexnet_lib.language import LANGUAGES, catalogue
from alexnet_lib.notebook import power_of_ten, say, show_table
from alexnet_lib.terminal import encodable, print_words
from alexnet_lib.training import report_epoch

ROOT = Path(__file__).parents[1]
ENCODINGS = ("cp949", "euc_kr", "cp1252", "cp437", "iso-8859-1", "ascii", "utf-8")


@pytest.fixture
def output(monkeypatch):
    """Let standard output be a file in the encoding given; return what reads it."""

    def in_encoding(encoding: str):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
        monkeypatch.setattr(sys, "stdout", stream)

        def written() -> str:
            stream.flush()
            return stream.buffer.getvalue().decode(encoding)

        return written

    return in_encoding


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_word_of_the_library_can_be_printed_in_any_encoding(output, encoding):
    written = output(encoding)
    words = [words[language] for language in LANGUAGES for words in catalogue().values()]
    for each in words:
        print_words(each)
    if encoding == "utf-8":
        assert written() == "".join(f"{each}\n" for each in words)
    else:
        assert written().count("\n") == sum(each.count("\n") + 1 for each in words)


@pytest.mark.parametrize("encoding", ["cp949", "euc_kr"])
def test_python_itself_would_stop_at_the_minus_sign_of_a_table(output, encoding):
    output(encoding)
    with pytest.raises(UnicodeEncodeError):
        print("−3")


@pytest.mark.parametrize("encoding", ["cp949", "euc_kr"])
def test_a_table_in_a_korean_code_page_says_the_same_in_signs_that_it_has(output, encoding):
    written = output(encoding)
    show_table(["값"], [[power_of_ten(8.7e14)], [power_of_ten(2.5e-5)], ["-3"], ["40–57"], ["—"]])
    assert written().splitlines()[2:] == [
        "| 8.7×10^14 |", "| 2.5×10^-5 |", "| -3 |", "| 40-57 |", "| - |",
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["cp949", "utf-8"])
def test_words_that_can_be_written_stay_as_they_are(encoding):
    words = "혼동 행렬 10²×3 → 37.5% ± 1"
    assert encodable(words, encoding) == words


@pytest.mark.parametrize(
    ("words", "expected"),
    [("10⁵ and 10²", "10^5 and 10^2"), ("café ✓", "cafe v"), ("뒈", "?"), ("5％…", "5%..."), ("\udc80", "?")],
)
def test_what_an_encoding_lacks_is_the_nearest_in_ascii(words, expected):
    assert encodable(words, "ascii") == expected


def test_words_go_to_an_output_without_an_encoding_as_they_are(monkeypatch):
    file = io.StringIO()
    monkeypatch.setattr(sys, "stdout", file)
    print_words("−3 ✓", end="")
    assert file.getvalue() == "−3 ✓"


def test_where_there_is_no_output_nothing_happens(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    print_words("−3")


def test_sentences_and_the_lines_of_a_training_pass_the_same_door(output, language):
    written = output("cp949")
    say("data.banner_shapes10")
    row = {"epoch": 1, "train_loss": 1.5, "train_accuracy": 0.5, "val_loss": None, "test_loss": None}
    report_epoch(row | {"seconds": 1.0}, 2)
    assert len(written().splitlines()) == 2


def test_a_script_whose_output_is_in_a_korean_code_page_ends_well():
    code = "\n".join([
        "from alexnet_lib import setup, show_table", "from alexnet_lib.notebook import power_of_ten",
        "setup('ko', 'v9.9.9')", "show_table(['a'], [[power_of_ten(8.7e15)], ['-3']])",
    ])  # fmt: skip
    surroundings = os.environ | {"PYTHONIOENCODING": "cp949", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=surroundings, capture_output=True)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    printed = done.stdout.decode("cp949")
    assert "장치" in printed and "8.7×10^15" in printed and "| -3 |" in printed


# --- No other way out ---


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]


def prints(path: Path) -> list[ast.Call]:
    """Return the calls that write words, other than constant ones, to standard output."""
    return [
        call for call in calls(path)
        if ast.unparse(call.func) in ("print", "sys.stdout.write")
        and "file" not in [option.arg for option in call.keywords]
        and not all(isinstance(argument, ast.Constant) for argument in call.args)
    ]  # fmt: skip


def test_the_library_prints_through_one_door_only():
    printing = {path.name for path in (ROOT / "alexnet_lib").rglob("*.py") if prints(path)}
    assert not printing  # print_words names the stream that it writes to


# What these print is numbers, names of files and words of their own, all in ASCII.
ASCII = {
    "install.py", "record_runs.py", "release.py", "search_recipes.py",
}  # fmt: skip


def test_every_tool_that_prints_what_others_wrote_accepts_every_sign():
    tools = [*ROOT.glob("book/tools/*.py"), *ROOT.glob("book/runs/*.py")]
    printing = {path for path in tools if prints(path)}
    accepting = {path for path in printing if "accept_every_sign()" in map(ast.unparse, calls(path))}
    assert {path.name for path in printing - accepting} == ASCII


def test_a_tool_says_everything_where_the_code_page_lacks_a_sign(output, monkeypatch, tmp_path):
    written = output("cp949")
    monkeypatch.setattr(sync_notebooks, "problems", lambda root: iter(["01_imagenet: − and 뒈"]))
    assert sync_notebooks.main([], tmp_path) == 1
    assert written() == "01_imagenet: \\u2212 and 뒈\n"
