"""What the two bars of a layer show."""

import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from torch import nn

from alexnet_lib.figures import COLOURS
from alexnet_lib.language import set_language
from alexnet_lib.layers import layer_table
from alexnet_lib.plots.network import plot_parameters_and_macs

# Two convolutions and a fully connected layer on an 8x8 image, counted by hand.
PARAMETERS = [4 * (3 * 9 + 1), 6 * (4 * 9 + 1), 10 * (6 * 16 + 1)]
MACS = [64 * 4 * 3 * 9, 16 * 6 * 4 * 9, 96 * 10]


@pytest.fixture
def figure() -> Figure:
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3, padding=1),
        nn.Flatten(), nn.Linear(96, 10),
    )
    return plot_parameters_and_macs(layer_table(model, (3, 8, 8)))


@pytest.mark.parametrize(
    ("side", "counts", "colour"), [(0, PARAMETERS, "blue"), (1, MACS, "orange")]
)
def test_bars_are_the_shares_in_percent(
    figure: Figure, side: int, counts: list[int], colour: str
) -> None:
    axes = figure.axes[side]
    expected = [100 * count / sum(counts) for count in counts]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx(expected)
    assert {to_hex(bar.get_facecolor()) for bar in axes.patches} == {COLOURS[colour].lower()}
    assert [label.get_text() for label in axes.texts] == [f"{share:.1f}%" for share in expected]


def test_only_layers_with_parameters_are_named(figure: Figure) -> None:
    assert [label.get_text() for label in figure.axes[1].get_yticklabels()] == ["Conv1", "Conv2", "FC1"]


def test_the_bars_stand_back_to_back_on_one_scale_with_the_first_layer_on_top(figure: Figure) -> None:
    left, right = figure.axes
    assert left.get_xlim() == right.get_xlim()[::-1]
    assert right.get_xlim()[0] == 0
    top = left.patches[0].get_y()
    bottom = left.patches[-1].get_y()
    assert left.transData.transform((0, top))[1] > left.transData.transform((0, bottom))[1]


@pytest.mark.parametrize(
    ("language", "words"),
    [("ko", ["파라미터", "곱셈-누산", "비율(%)"]), ("en", ["Parameters", "Multiply-accumulates", "(%)"])],
)
def test_titles_and_axes_follow_the_language_and_name_the_totals(language: str, words: list[str]) -> None:
    set_language(language)
    model = nn.Sequential(nn.Flatten(), nn.Linear(2000, 3))
    left, right = plot_parameters_and_macs(layer_table(model, (2000,))).axes
    assert left.get_title().startswith(words[0]) and "6,003" in left.get_title()
    assert right.get_title().startswith(words[1]) and "6,000" in right.get_title()
    assert left.get_xlabel().endswith(words[2]) and right.get_xlabel().endswith(words[2])
