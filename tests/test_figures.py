"""Figures: one style, Hangul without a font to install, an alternative text, and the size shown."""

import io
import struct
import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from alexnet_lib import __version__, figures
from alexnet_lib.devices import choose_device, device_name
from alexnet_lib.figures import COLOURS, ink_on, setup, show_figure
from alexnet_lib.language import get_language, text


@pytest.fixture(autouse=True)
def own_style():
    """Keep the style to the test, and no figure open after it."""
    with mpl.rc_context():
        yield
    plt.close("all")


@pytest.fixture
def shown(monkeypatch) -> list:
    """Let a notebook's kernel run this; return what it displays."""
    displayed = []
    monkeypatch.setattr(figures, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda data, **options: displayed.append((data, options)))
    return displayed


@pytest.mark.parametrize("language", ["ko", "en"])
def test_setup_chooses_the_language_and_says_what_runs(capsys, language):
    setup(language)
    assert get_language() == language
    [line] = capsys.readouterr().out.splitlines()
    for words in (__version__, figures.torch.__version__, device_name(choose_device())):
        assert words in line


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_notebook_of_another_version_is_told_so_in_one_sentence(capsys, language):
    setup(language, "v9.9.9")
    _, line = capsys.readouterr().out.splitlines()
    assert line == text("notebook.other_version", ref="v9.9.9", version=__version__)
    setup(language, f"v{__version__}")
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match='"ko" or "en"'):
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


def test_a_figure_is_shown_once_with_its_alternative_text_and_its_size(shown):
    figure, _ = plt.subplots(figsize=(6, 4))
    show_figure(figure, "training.epoch", epoch=1, epochs=2)
    [(data, options)] = shown
    assert options["raw"] is True
    about = options["metadata"]["image/png"]
    assert about["alt"] == data["text/plain"] == "epoch 1/2"
    assert (about["width"], about["height"]) == (480, 320)
    with Image.open(io.BytesIO(data["image/png"])) as picture:
        width, height = picture.size
    assert width / height == about["width"] / about["height"] and width == 2 * about["width"]
    assert plt.get_fignums() == []


def test_a_figure_drawn_twice_is_the_same_bytes(shown):
    """A page is built again only where something changed."""
    for _ in range(2):
        figure, axes = plt.subplots(figsize=(3, 2))
        axes.plot([1, 2, 4])
        show_figure(figure, "training.epoch", epoch=1, epochs=2)
    assert shown[0] == shown[1]
    kinds, rest = [], shown[0][0]["image/png"][8:]
    while rest:
        length, kind = struct.unpack(">I4s", rest[:8])
        kinds.append(kind)
        rest = rest[length + 12 :]
    assert b"tEXt" not in kinds  # neither a date nor a version of matplotlib


def test_a_figure_needs_a_text_of_the_catalogue(shown):
    figure, _ = plt.subplots()
    with pytest.raises(KeyError):
        show_figure(figure, "training.no_such_text")
    assert shown == []


def test_outside_of_a_notebook_a_figure_is_drawn_and_closed(capsys):
    figure, axes = plt.subplots()
    drawn = []
    axes.draw = lambda renderer: drawn.append(renderer)
    show_figure(figure, "training.epoch", epoch=1, epochs=2)
    assert drawn and plt.get_fignums() == []
    assert capsys.readouterr().out == ""


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
