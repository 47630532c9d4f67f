"""Figures, sentences, tables, sources and records, as a notebook and the site show them."""

import ast
import base64
import inspect
import io
import warnings
from pathlib import Path
from unittest.mock import MagicMock

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from fontTools.ttLib import TTFont
from IPython.core.formatters import DisplayFormatter
from IPython.core.interactiveshell import InteractiveShell
from matplotlib import font_manager
from matplotlib.font_manager import FontEntry, FontProperties, findfont
from matplotlib.text import Text
from myst_nb.ext.glue import extract_glue_data_cell
from nbformat import NotebookNode
from PIL import Image

from alexnet_lib import __version__, models, notebook
from alexnet_lib.devices import choose_device, device_name
from alexnet_lib.language import get_language, text
from alexnet_lib.layout import NARROW, drawn_twice, subplots
from alexnet_lib.notebook import (
    COLOURS,
    FONT,
    Picture,
    as_written,
    is_number,
    power_of_ten,
    record,
    say,
    setup,
    show_source,
    show_table,
    two_digits,
    use_book_fonts,
    with_minus_signs,
)
from alexnet_lib.plots.basics import (
    plot_class_bars,
    plot_curves,
    plot_enlargements,
    plot_parameters_and_macs,
    show_images,
)
from alexnet_lib.plots.people import plot_matrices_and_difference
from alexnet_lib.summary import LayerRow
from stage_book import number_figures


@pytest.mark.parametrize("language", ["ko", "en"])
def test_setup_chooses_the_language_and_says_what_runs_and_whether_it_is_another_version(capsys, language):
    setup(language, f"v{__version__}")
    assert get_language() == language
    [line] = capsys.readouterr().out.splitlines()
    for words in (__version__, notebook.torch.__version__, device_name(choose_device())):
        assert words in line
    setup(language, "v9.9.9")
    _, line = capsys.readouterr().out.splitlines()
    assert line == text("notebook.other_version", ref="v9.9.9", version=__version__)


def test_hangul_latin_and_the_minus_sign_have_pictures():
    setup("ko")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture_of("혼동 행렬 (Confusion Matrix), −0.5 ± α × 10¹⁸, 37.5%")


def test_without_the_shipped_font_hangul_would_be_missed():
    mpl.rcParams["font.family"] = ["DejaVu Sans"]
    with pytest.warns(UserWarning, match="missing from font"):
        picture_of("혼동 행렬")


def test_colours_are_okabe_and_itos():
    published = {
        "orange": (230, 159, 0), "sky": (86, 180, 233), "green": (0, 158, 115), "yellow": (240, 228, 66),
        "blue": (0, 114, 178), "vermilion": (213, 94, 0), "purple": (204, 121, 167),
    }  # fmt: skip
    ours = {name: tuple(bytes.fromhex(colour[1:])) for name, colour in COLOURS.items()}
    assert {name: ours[name] for name in published} == published
    assert len(set(ours["grey"])) == 1
    setup("en")
    assert mpl.rcParams["axes.prop_cycle"].by_key()["color"][0] == COLOURS["blue"]


def shown_by_jupyter(thing: object) -> NotebookNode:
    """Return the output of a cell whose last expression this is, as IPython's own formatters make it."""
    data, metadata = DisplayFormatter(active_types=["image/png", "text/plain"]).format(thing)
    return nbformat.v4.new_output("execute_result", data, metadata=metadata, execution_count=1)


def size_of(encoded: str) -> tuple[int, int]:
    """Return width and height of a PNG, in its own dots."""
    with Image.open(io.BytesIO(base64.b64decode(encoded))) as drawn:
        return drawn.size


def test_a_picture_shows_itself_once_and_its_words_reach_the_page(tmp_path):
    """The page takes them from the cell's metadata, where staging puts them."""
    figure, _ = plt.subplots(figsize=(6, 4))
    output = shown_by_jupyter(Picture(figure, "A line that rises."))
    assert plt.get_fignums() == []
    assert output.data["text/plain"] == "A line that rises."
    assert output.metadata["image/png"] == {"alt": "A line that rises.", "width": 576, "height": 384}
    assert size_of(output.data["image/png"]) == (864, 576)
    described = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("plot()", outputs=[output])])
    number_figures(described, "01", "en", tmp_path)
    image = {"alt": "A line that rises.", "width": "576px"}
    assert described.cells[0].metadata["mystnb"]["image"] == image
    with pytest.raises(ValueError, match="needs words"):
        Picture(figure, " ")


def test_a_cell_run_out_of_order_fails_and_says_which_name_a_cell_above_makes(capsys, language):
    shell = InteractiveShell()
    notebook.explain_missing_names(shell)
    assert not shell.run_cell("len(train_set)").success
    said = capsys.readouterr().out
    assert "NameError" in said and said.splitlines()[-1] == text("notebook.missing_name", name="train_set")
    assert not shell.run_cell("1 / 0").success
    assert text("notebook.missing_name", name="train_set") not in capsys.readouterr().out


def test_a_figure_of_the_readers_own_is_described_by_its_titles_and_labels(monkeypatch):
    shell = MagicMock(display_formatter=DisplayFormatter(active_types=["image/png"]))
    monkeypatch.setattr(notebook, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr(notebook, "say", lambda *_, **__: None)
    setup("en")
    figure, axes = plt.subplots(figsize=(6, 4))
    axes.set(title="Frog", xlabel="pixels")
    data, metadata = shell.display_formatter.format(figure)
    assert metadata["image/png"] == {
        "alt": text("notebook.figure", words="Frog, pixels"), "width": 576, "height": 384,
    }  # fmt: skip
    assert data["image/png"] == base64.b64encode(Picture(figure, "x").png()).decode()


def test_where_a_page_is_made_the_picture_is_there_for_phones_too_and_its_title_becomes_words(monkeypatch):
    @drawn_twice
    def plot(title: str) -> Picture:
        figure, axes = subplots(height=4)
        axes.set_title(title)
        return Picture(figure, "A line that rises.")

    there = plot("Loss,\nUS\\$ 5")
    assert set(shown_by_jupyter(there).metadata["image/png"]) == {"alt", "width", "height"}
    monkeypatch.setattr(notebook, "in_notebook", lambda: True)
    for watched, extra in ((True, set()), (False, {"title", "photo", "narrow"})):
        monkeypatch.setattr(notebook, "is_live", lambda watched=watched: watched)
        output = shown_by_jupyter(there)
        about = output.metadata["image/png"]
        assert set(about) == {"alt", "width", "height"} | extra
        assert (about["width"], about["height"]) == (768, 384)
        assert size_of(output.data["image/png"]) == (1.5 * 768, 1.5 * 384)
    assert (about["title"], about["photo"]) == ("Loss, US$ 5", False)
    assert size_of(about["narrow"])[0] == 2 * round(96 * NARROW)


def test_a_page_knows_pictures_of_images_by_their_colours():
    def photo(values: np.ndarray, **style: str) -> bool:
        figure, axes = plt.subplots()
        axes.imshow(values, **style)
        return Picture(figure, "Pixels.").is_photo

    pixels = np.zeros((2, 2, 3))
    assert photo(pixels) and photo(pixels[..., 0], cmap="gray") and not photo(pixels[..., 0], cmap="Blues")
    assert not Picture(plt.subplots()[0], "A line.").is_photo


def test_a_picture_drawn_twice_is_the_same_bytes():
    """A page is built again only where something changed."""
    files = []
    for _ in range(2):
        figure, axes = plt.subplots(figsize=(3, 2))
        axes.plot([1, 2, 4])
        files.append(Picture(figure, "A line that rises.").png())
    assert files[0] == files[1] and b"Matplotlib version" not in files[0]


@pytest.fixture
def shown(monkeypatch) -> list:
    """Let a notebook's kernel run this; return what it displays."""
    displayed = []
    monkeypatch.setattr(notebook, "in_notebook", lambda: True)
    monkeypatch.setattr(
        "IPython.display.display", lambda *things, **options: displayed.append((things, options))
    )
    return displayed


def test_a_sentence_is_markdown_in_a_notebook(shown, capsys):
    say("data.banner_shapes10")
    words = text("data.banner_shapes10")
    assert shown == [(({"text/markdown": words, "text/plain": words},), {"raw": True})]
    assert capsys.readouterr().out == ""


def test_a_table_is_markdown_with_its_numbers_to_the_right(capsys):
    show_table(
        ["name", "count", "share", "change"], [["Conv1", 2688, "0.0%", "−1.5"], ["FC1", "—", "", "+2"]]
    )
    assert capsys.readouterr().out.splitlines() == [
        "| name | count | share | change |",
        "| :--- | ---: | ---: | ---: |",
        "| Conv1 | 2688 | 0.0% | −1.5 |",
        "| FC1 | — |  | +2 |",
    ]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("**-0.14%p**", "**−0.14%p**"),
        ("(-1.989, -2)", "(−1.989, −2)"),
        ("CIFAR-10, 2012-10, Top-5", "CIFAR-10, 2012-10, Top-5"),
        ("`x[-1]` is -1", "`x[-1]` is −1"),
        ("a - 1", "a - 1"),
    ],
)
def test_negative_numbers_have_a_minus_sign_outside_code(words, shown, capsys):
    assert with_minus_signs(words) == shown
    show_table(["value"], [[words]])
    assert capsys.readouterr().out.splitlines()[2] == f"| {shown} |"


@pytest.mark.parametrize(
    ("value", "words"),
    [(1.0, "1"), (0.0312, "0.031"), (0.001, "0.001"), (0.00099, "9.9×10⁻⁴"), (1.3e-264, "1.3×10⁻²⁶⁴"),
     (8e-16, "8.0×10⁻¹⁶")],
)  # fmt: skip
def test_a_probability_has_two_digits_or_a_power_of_ten(value, words):
    assert two_digits(value) == words
    assert power_of_ten(8.7e14) == "8.7×10¹⁴"


def test_numbers_are_told_by_their_first_digit():
    assert all(map(is_number, ["1", "-1.5", "+2", "−3", "±0.1", "1,000", "0.5 s", "12%", "—", ""]))
    assert not any(map(is_number, ["Conv1", "a 1", "-", "(3, 32, 32)", "None", "표"]))


def test_the_source_shown_is_the_one_that_runs(capsys):
    show_source(models.AlexNet)
    printed = capsys.readouterr().out
    assert printed.startswith("```python\n") and printed.endswith("\n```\n")
    source = printed.removeprefix("```python\n").removesuffix("```\n")
    assert ast.dump(ast.parse(source)) == ast.dump(ast.parse(inspect.getsource(models.AlexNet)))


@pytest.mark.parametrize("value", [0.8123, 7, "baseline"])
def test_a_record_is_what_myst_nb_reads_and_shows_nothing(shown, value):
    record("accuracy", value)
    [((data,), options)] = shown
    assert options["raw"] is True
    output = nbformat.v4.new_output("display_data", data, metadata=options["metadata"])
    cell = nbformat.v4.new_code_cell(outputs=[output])
    [(name, read)] = extract_glue_data_cell(cell)
    assert name == "accuracy"
    assert {kind: ast.literal_eval(words) for kind, words in read["data"].items()} == {"text/plain": value}
    assert cell.outputs == []  # nothing is left to be seen


def test_outside_of_a_notebook_nothing_is_recorded(capsys):
    record("accuracy", 0.5)
    assert capsys.readouterr() == ("", "")


@pytest.fixture(autouse=True)
def own_fonts(monkeypatch):
    """Keep fonts and style to the test."""
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [*font_manager.fontManager.ttflist])
    with mpl.rc_context():
        yield


def picture_of(words: str, **options: object) -> np.ndarray:
    """Return the pixels of a figure that holds nothing but words."""
    figure = plt.figure(figsize=(4, 1), layout="none")
    figure.text(0.1, 0.5, words, **options)
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba()).copy()


# --- Which font ---


def test_an_installed_font_of_the_same_name_does_not_take_the_place_of_the_books():
    installed, name = findfont("DejaVu Serif"), TTFont(FONT)["name"].getDebugName(1)
    known = font_manager.fontManager.ttflist
    known[:0] = [FontEntry(fname=installed, name=name, weight=weight) for weight in (400, 700)]
    assert findfont(FontProperties(family=[name])) == installed  # by its name it would be taken
    use_book_fonts()
    latin, hangul = mpl.rcParams["font.family"]
    assert Path(findfont(FontProperties(family=[hangul], weight="bold"))) == FONT
    # Of Matplotlib's own family name there are others, too: on most systems DejaVu Sans is installed.
    drawn = Path(findfont(FontProperties(family=[latin], weight="bold"))).resolve()
    assert Path(mpl.get_data_path()).resolve() in drawn.parents


# --- Words as they are ---


@pytest.mark.parametrize(
    "words",
    ["$cat$", r"$\frac$", "US$ 5", r"a\$b$", "_cat", r"\pi"],
)
def test_a_word_is_drawn_letter_for_letter(words):
    use_book_fonts()
    plain = "\u200a" + words if words.startswith("_") else words
    [shown] = as_written([words])
    np.testing.assert_array_equal(picture_of(shown), picture_of(plain, parse_math=False))


def test_a_dollar_sign_would_begin_a_formula_were_it_not_for_this():
    use_book_fonts()
    with pytest.raises(ValueError, match="frac"):
        picture_of(r"$\frac$")
    assert not np.array_equal(picture_of("$cat$"), picture_of("$cat$", parse_math=False))


# --- Every figure that takes a reader's names ---

IMAGES, MATRIX, NAMES = np.zeros((2, 4, 4, 3), dtype=np.uint8), np.eye(2, dtype=int), [r"$\frac$", "a_b^c"]
FIGURES = {
    "enlargements": lambda: plot_enlargements([IMAGES], NAMES),
    "matrices": lambda: plot_matrices_and_difference(MATRIX, MATRIX, NAMES, NAMES[0]),
    "answers": lambda: plot_class_bars(IMAGES, np.eye(2), NAMES),
    "curves": lambda: plot_curves([0, 1], {name: [0, 1] for name in NAMES}, "x", "y"),
    "images": lambda: show_images(IMAGES, NAMES),
    "layers": lambda: plot_parameters_and_macs([LayerRow(n, "Conv2d", (1, 1, 1), 9, 9, 4) for n in NAMES]),
}


def draw_all(picture: Picture) -> str:
    picture.png()
    return "\n".join(found.get_text().replace(r"\$", "$") for found in picture.figure.findobj(Text))


@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_draws_any_name_as_it_is(figure):
    shown = draw_all(FIGURES[figure]())
    assert all(name in shown for name in NAMES)


def test_a_figure_that_forgot_to_ask_would_be_noticed(monkeypatch):
    monkeypatch.setattr("alexnet_lib.plots.basics.as_written", list)
    with pytest.raises(ValueError, match="frac"):
        draw_all(FIGURES["images"]())
