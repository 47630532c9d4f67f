"""Figures are drawn in the book's fonts, whatever is installed, and show a reader's words as they are."""

import functools
import importlib
import inspect
import io
import pkgutil
import re
import unicodedata
import warnings
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from fontTools import subset
from fontTools.ttLib import TTFont
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.text import Text

import write_readme
from alexnet_lib import notebook, plots
from alexnet_lib.experiments.relu import Finish
from alexnet_lib.language import text
from alexnet_lib.metrics import ReliabilityBins
from alexnet_lib.notebook import BOX, FONT, Picture, as_written, use_book_fonts
from alexnet_lib.plots.basics import (
    plot_enlargements,
    plot_parameters_and_macs,
    plot_reliability,
    plot_top5_errors,
    show_images,
)
from alexnet_lib.plots.ladder import plot_schedules, plot_signal
from alexnet_lib.plots.people import plot_answers, plot_matrices_and_difference
from alexnet_lib.plots.relu import plot_finishes
from alexnet_lib.plots.transfer import plot_accuracy_against_cost
from alexnet_lib.summary import LayerRow

NO_PICTURE = "뷁똠犬ネコ"  # in neither of the book's fonts


@pytest.fixture(autouse=True)
def own_fonts(monkeypatch):
    """Keep fonts and style to the test; let nothing be installed beside what Matplotlib brings."""
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [*font_manager.fontManager.ttflist])
    install(monkeypatch)
    with mpl.rc_context():
        yield


def install(monkeypatch, *files: Path) -> None:
    """Let these be all the fonts of the system that are found when they are looked for."""
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [str(file) for file in files])
    notebook.installed_fonts_with.cache_clear()


@functools.cache
def small_font() -> bytes:
    """Return the book's font with three syllables left, and the names that it gives itself."""
    font, file = TTFont(FONT), io.BytesIO()
    subsetter = subset.Subsetter(subset.Options(name_IDs=["*"]))
    subsetter.populate(text="뒈개고")
    subsetter.subset(font)
    font.save(file)
    return file.getvalue()


def write_font(path: Path, letters: str, picture: str = "뒈") -> Path:
    """Write a font of the same family name as the book's, in which one picture stands for all letters."""
    font = TTFont(io.BytesIO(small_font()))
    glyph = font.getBestCmap()[ord(picture)]
    for table in font["cmap"].tables:
        table.cmap = {ord(letter): glyph for letter in letters}
    font.save(path)
    return path


@pytest.fixture
def decoy(tmp_path):
    """Return a font that calls itself what the book's font calls itself; Matplotlib does not know it yet."""
    return write_font(tmp_path / "decoy.otf", "혼동행렬고양이비행기")


def find_first(path: Path) -> None:
    """Let Matplotlib find a font as it finds the system's: before the book's is made known."""
    known = font_manager.fontManager
    known.addfont(path)
    known.ttflist.sort(key=lambda entry: entry.fname != str(path))


def pixels(figure: Figure) -> np.ndarray:
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba()).copy()


def picture_of(words: str, **options: object) -> np.ndarray:
    figure = plt.figure(figsize=(4, 1), layout="none")
    figure.text(0.1, 0.5, words, **options)
    return pixels(figure)


# --- Which font ---


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_an_installed_font_of_the_same_name_does_not_take_the_place_of_the_books(decoy, weight):
    find_first(decoy)
    use_book_fonts()
    latin, hangul = mpl.rcParams["font.family"]
    assert Path(findfont(FontProperties(family=[hangul], weight=weight))) == FONT
    # Of Matplotlib's own family name there are others, too: on most systems DejaVu Sans is installed.
    drawn = Path(findfont(FontProperties(family=[latin], weight=weight))).resolve()
    assert Path(mpl.get_data_path()).resolve() in drawn.parents


def test_a_figure_has_the_same_pixels_whatever_is_installed(decoy):
    use_book_fonts()
    without = picture_of("혼동 행렬")
    find_first(decoy)
    use_book_fonts()
    np.testing.assert_array_equal(picture_of("혼동 행렬"), without)


def test_by_its_family_name_an_installed_font_would_be_taken(decoy):
    use_book_fonts()
    right = picture_of("혼동 행렬")
    font_manager.fontManager.addfont(FONT)
    find_first(decoy)
    name = FontProperties(fname=FONT).get_name()
    mpl.rcParams["font.family"] = ["DejaVu Sans", name]
    assert Path(findfont(FontProperties(family=[name]))) == decoy
    assert not np.array_equal(picture_of("혼동 행렬"), right)


def test_the_fonts_are_noted_once_however_often_the_setup_runs():
    use_book_fonts()
    before = len(font_manager.fontManager.ttflist)
    use_book_fonts()
    assert len(font_manager.fontManager.ttflist) == before


def test_the_readmes_picture_is_the_same_bytes_each_time_and_whatever_is_installed(
    tmp_path, monkeypatch, decoy
):
    monkeypatch.setattr(write_readme, "ROOT", tmp_path)
    picture = tmp_path / write_readme.PICTURE.format("ko")
    picture.parent.mkdir(parents=True)
    write_readme.draw_confusion_matrix("ko")
    first = picture.read_bytes()
    write_readme.draw_confusion_matrix("ko")
    assert picture.read_bytes() == first
    find_first(decoy)
    write_readme.draw_confusion_matrix("ko")
    assert picture.read_bytes() == first


# --- Letters that the book's fonts lack ---


def test_a_letter_that_the_books_fonts_lack_is_drawn_in_an_installed_one(tmp_path, monkeypatch):
    install(monkeypatch, write_font(tmp_path / "installed.otf", "犬뷁", picture="개"))
    use_book_fonts()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        words = as_written(["犬", "뷁"])
        shown = picture_of(words[0])
    assert words == ["犬", "뷁"]
    np.testing.assert_array_equal(shown, picture_of("개"))


def test_hangul_is_drawn_in_the_books_font_without_its_setup():
    mpl.rcParams["font.family"] = ["sans-serif"]
    assert as_written(["고양이"]) == ["고양이"]
    assert Path(findfont(FontProperties(family=mpl.rcParams["font.family"][-1:]))) == FONT


def test_what_the_books_fonts_have_looks_the_same_after_another_font_was_needed(tmp_path, monkeypatch):
    use_book_fonts()
    before = picture_of("고양이 cat −0.5")
    install(monkeypatch, write_font(tmp_path / "installed.otf", "犬고양이cat−0.5"))
    as_written(["犬"])
    np.testing.assert_array_equal(picture_of("고양이 cat −0.5"), before)


def test_letters_that_no_font_has_are_named_in_one_sentence_and_shown_as_boxes(language):
    use_book_fonts()
    with pytest.warns(UserWarning) as warned:
        words = as_written(["뷁", "똠양", "犬", "ネコ", "cat"])
    [warning] = warned
    assert str(warning.message) == text("notebook.missing_letters", letters="コ, ネ, 犬, 똠, 뷁")
    assert warning.filename != notebook.__file__  # it points at whoever asked for the figure
    assert words == [BOX, f"{BOX}양", BOX, 2 * BOX, "cat"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture_of("".join(words))


def test_letters_that_cannot_be_seen_are_named_by_their_number():
    with pytest.warns(UserWarning, match=r"U\+000D"):
        as_written(["cat\r"])


def test_a_file_that_is_no_font_and_a_font_of_boxes_are_passed_over(tmp_path, monkeypatch):
    (tmp_path / "broken.ttf").write_text("no font")
    boxes = write_font(tmp_path / "boxes.otf", "犬" + notebook.UNASSIGNED)
    whole = write_font(tmp_path / "whole.otf", "犬")
    use_book_fonts()
    install(monkeypatch, tmp_path / "gone.ttf", tmp_path / "broken.ttf", boxes)
    with pytest.warns(UserWarning, match="犬"):
        as_written(["犬"])
    install(monkeypatch, tmp_path / "broken.ttf", boxes, whole)
    assert as_written(["犬"]) == ["犬"]
    assert mpl.rcParams["font.family"][2:] == [str(whole)]


def test_of_two_installed_fonts_the_one_with_more_of_the_letters_comes_first(tmp_path, monkeypatch):
    few, most = write_font(tmp_path / "a.otf", "犬"), write_font(tmp_path / "b.otf", "犬ネコ")
    rest = write_font(tmp_path / "c.otf", "뷁")
    install(monkeypatch, few, most, rest)
    use_book_fonts()
    as_written(NO_PICTURE.replace("똠", ""))
    assert mpl.rcParams["font.family"][2:] == [str(most), str(rest)]


# --- Words as they are ---


def test_hangul_in_parts_is_put_together():
    use_book_fonts()
    parts = unicodedata.normalize("NFD", "고양이")
    assert "고" not in parts
    assert as_written([parts]) == ["고양이"]


@pytest.mark.parametrize(
    "words",
    ["$cat$", r"$\frac$", "$", "US$ 5", "$$", r"\$", r"a\$b$", "a_b", "x^2", "$x_1^2$", "_cat", r"\pi", "5%"],
)
def test_a_word_is_drawn_letter_for_letter(words):
    use_book_fonts()
    plain = "\u200a" + words if words.startswith("_") else words
    [shown] = as_written([words])
    np.testing.assert_array_equal(picture_of(shown), picture_of(plain, parse_math=False))


def test_numbers_serve_as_names():
    assert as_written(range(3)) == as_written(np.arange(3)) == ["0", "1", "2"]


def test_a_dollar_sign_would_begin_a_formula_were_it_not_for_this():
    use_book_fonts()
    with pytest.raises(ValueError, match="frac"):
        picture_of(r"$\frac$")
    assert not np.array_equal(picture_of("$cat$"), picture_of("$cat$", parse_math=False))


def test_a_legend_does_not_leave_out_a_name_that_begins_with_an_underscore():
    axes = plot_signal({"_post": {"Conv1": 1.0}, "top": {"Conv1": 2.0}}).figure.axes[0]
    assert [words.get_text().strip() for words in axes.get_legend().get_texts()] == ["_post", "top"]


# --- Every figure ---

IMAGES = np.zeros((5, 4, 4, 3), dtype=np.uint8)
MATRIX = np.eye(5, dtype=int)
BINNED = ReliabilityBins(np.array([0, 0.5, 1]), np.array([1, 1]), np.array([0.2, 0.8]), np.array([0.3, 0.7]))


def rows(names: list[str]) -> list[LayerRow]:
    return [LayerRow(name, "Conv2d", (1, 1, 1), 10, 10, 4) for name in names]


FIGURES = {
    plot_top5_errors: lambda names: plot_top5_errors(
        {2001 + i: (name, 9 - i) for i, name in enumerate(names)}, {}, {}, human=5.1
    ),
    plot_enlargements: lambda names: plot_enlargements([IMAGES], names),
    plot_matrices_and_difference: lambda names: plot_matrices_and_difference(MATRIX, MATRIX, names, names[0]),
    plot_answers: lambda names: plot_answers(IMAGES, np.eye(5), np.zeros(5), names, np.eye(5) > 1),
    show_images: lambda names: show_images(IMAGES, names),
    plot_parameters_and_macs: lambda names: plot_parameters_and_macs(rows(names)),
    plot_reliability: lambda names: plot_reliability(dict.fromkeys(names, BINNED)),
    plot_finishes: lambda names: plot_finishes({name: [Finish(3, 1.0, True)] for name in names}),
    plot_accuracy_against_cost: lambda names: plot_accuracy_against_cost(
        *[{name: 10.0**i for i, name in enumerate(names[:4])}] * 3
    ),
    plot_signal: lambda names: plot_signal({name: {"Conv1": 1.0} for name in names[:2]}),
    plot_schedules: lambda names: plot_schedules({name: [1.0, 0.5] for name in names[:2]}),
}
FEWER = {plot_signal: 2, plot_schedules: 2, plot_accuracy_against_cost: 4}  # as many as they have lines
# Their names are keys of the text catalogue or of the package, not a reader's words.
KEYS = {
    "plot_claims", "plot_response", "plot_cells", "plot_race", "plot_generalization", "plot_search",
    "plot_ladder", "plot_transfer",
}  # fmt: skip


def texts(drawn: Figure | Picture) -> str:
    figure = drawn.figure
    FigureCanvasAgg(figure).draw()  # pyplot has taken its own canvas away
    return "\n".join(found.get_text().replace(r"\$", "$") for found in figure.findobj(Text))


@pytest.mark.parametrize("plot", FIGURES, ids=lambda plot: plot.__name__)
def test_every_figure_draws_any_name_as_it_is(plot, tmp_path, monkeypatch):
    install(monkeypatch, write_font(tmp_path / "installed.otf", "犬뷁"))
    use_book_fonts()
    names = [unicodedata.normalize("NFD", "뷁 개"), r"$\frac$", "$cat$", "a_b^c", "犬"]
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph")
        shown = texts(FIGURES[plot](names))
    for name in names[: FEWER.get(plot, 5)]:
        assert unicodedata.normalize("NFC", name) in shown


def test_a_figure_that_forgot_to_ask_would_be_noticed(monkeypatch):
    monkeypatch.setattr("alexnet_lib.plots.basics.as_written", list)
    with pytest.raises(ValueError, match="frac"):
        texts(FIGURES[show_images]([r"$\frac$"] * 5))


def test_no_figure_that_takes_names_has_been_forgotten():
    found = pkgutil.iter_modules(plots.__path__, f"{plots.__name__}.")
    functions = {
        name: function
        for module in found
        for name, function in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction)
        if name.startswith(("plot_", "show_"))
    }
    names = re.compile(r"Sequence\[(str|object|\w+.*LayerRow)\]|^(\w+\.)*Mapping\[(int, tuple\[)?str")
    taking = {
        name
        for name, function in functions.items()
        for parameter in inspect.signature(function).parameters.values()
        if names.search(str(parameter.annotation))
    }
    assert taking == {plot.__name__ for plot in FIGURES} | KEYS
