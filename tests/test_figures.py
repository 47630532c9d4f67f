"""Figures: one style, Hangul without a font to install, an alternative text, and the size shown."""

import base64
import io
import struct
import warnings
from unittest.mock import MagicMock

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from nbformat import NotebookNode
from PIL import Image

from alexnet_lib import __version__, notebook
from alexnet_lib.devices import choose_device, device_name
from alexnet_lib.language import text
from alexnet_lib.notebook import COLOURS, Picture, ink_on, setup
from executed_rules import output_problems
from stage_book import describe_figure


@pytest.fixture(autouse=True)
def own_style():
    """Keep the style to the test, and no figure open after it."""
    with mpl.rc_context():
        yield
    plt.close("all")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_setup_chooses_the_language_and_says_what_runs(capsys, language):
    setup(language)
    assert ("장치" in text("notebook.setup", version=1, torch=2, device=3)) is (language == "ko")
    [line] = capsys.readouterr().out.splitlines()
    for words in (__version__, notebook.torch.__version__, device_name(choose_device())):
        assert words in line


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_notebook_of_another_version_is_told_so_in_one_sentence(capsys, language):
    setup(language, "v9.9.9")
    _, line = capsys.readouterr().out.splitlines()
    assert line == text("notebook.other_version", ref="v9.9.9", version=__version__)
    setup(language, f"v{__version__}")
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match='"en" or "ko"'):
        setup("kr")


def draw(words: str) -> bytes:
    figure, axes = plt.subplots()
    axes.set_title(words)
    file = io.BytesIO()
    figure.savefig(file)
    return file.getvalue()


def test_hangul_latin_and_the_minus_sign_have_pictures():
    setup("ko")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw("혼동 행렬 (Confusion Matrix), −0.5 ± α × 10¹⁸, 37.5%")


def test_without_the_shipped_font_hangul_would_be_missed():
    mpl.rcParams["font.family"] = ["DejaVu Sans"]
    with pytest.warns(UserWarning, match="missing from font"):
        draw("혼동 행렬")


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


def test_a_picture_shows_itself_once_with_its_words_and_its_size():
    figure, _ = plt.subplots(figsize=(6, 4))
    output = shown_by_jupyter(Picture(figure, "A line that rises."))
    assert plt.get_fignums() == []
    assert output.data["text/plain"] == "A line that rises."
    assert output.metadata["image/png"] == {"alt": "A line that rises.", "width": 480, "height": 320}
    with Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))) as drawn:
        assert drawn.size == (960, 640)


def test_the_words_of_a_picture_reach_the_page_and_one_without_words_is_refused():
    """The page takes them from the cell's metadata, where staging puts them."""

    def page(output: NotebookNode) -> NotebookNode:
        cell = nbformat.v4.new_code_cell("plot()", id="plot", outputs=[output])
        describe_figure(cell)
        return nbformat.v4.new_notebook(cells=[cell])

    figure, _ = plt.subplots(figsize=(6, 4))
    described = page(shown_by_jupyter(Picture(figure, "A line that rises.")))
    image = {"alt": "A line that rises.", "width": "480px"}
    assert described.cells[0].metadata["mystnb"]["image"] == image
    assert list(output_problems(described)) == []
    png = base64.b64encode(Picture(figure, "A line that rises.").png()).decode()
    bare = nbformat.v4.new_output("display_data", {"image/png": png})  # as pyplot would show it
    assert "no alternative text" in next(output_problems(page(bare)))
    with pytest.raises(ValueError, match="needs words"):
        Picture(figure, " ")


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
        "alt": text("notebook.figure", words="Frog, pixels"), "width": 480, "height": 320,
    }  # fmt: skip
    assert data["image/png"] == base64.b64encode(Picture(figure, "x").png()).decode()


def test_a_picture_can_be_drawn_narrower_and_stays_what_it_was():
    figure, _ = plt.subplots(figsize=(6, 4))
    picture = Picture(figure, "A line that rises.")
    with Image.open(io.BytesIO(picture.png(width=360))) as drawn:
        assert drawn.size == (720, 640)
    assert figure.get_size_inches().tolist() == [6, 4]


def test_a_picture_drawn_twice_is_the_same_bytes():
    """A page is built again only where something changed."""
    files = []
    for _ in range(2):
        figure, axes = plt.subplots(figsize=(3, 2))
        axes.plot([1, 2, 4])
        files.append(Picture(figure, "A line that rises.").png())
    assert files[0] == files[1]
    kinds, rest = [], files[0][8:]
    while rest:
        length, kind = struct.unpack(">I4s", rest[:8])
        kinds.append(kind)
        rest = rest[length + 12 :]
    assert b"tEXt" not in kinds  # neither a date nor a version of matplotlib


def contrast(first, second):
    """WCAG 2.2, with the luminance of relative sRGB."""
    def luminance(colour):
        linear = np.where(np.array(colour) <= 0.04045, np.array(colour) / 12.92,
                          ((np.array(colour) + 0.055) / 1.055) ** 2.4)  # fmt: skip
        return linear @ [0.2126, 0.7152, 0.0722] + 0.05

    low, high = sorted((luminance(first), luminance(second)))
    return high / low


@pytest.mark.parametrize("name", ["Blues", "PuOr_r", "gray"])
def test_the_ink_on_a_colour_is_always_the_one_with_more_contrast(name):
    for colour in mpl.colormaps[name](np.linspace(0, 1, 101)):
        inks = {"black": contrast(colour[:3], (0, 0, 0)), "white": contrast(colour[:3], (1, 1, 1))}
        assert ink_on(tuple(colour)) == max(inks, key=inks.get)
        assert max(inks.values()) >= 4.5  # what WCAG asks of text
