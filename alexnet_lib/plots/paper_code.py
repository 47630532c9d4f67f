"""The figures of chapter 13: the three columns, and the learning rates of the paper's run."""

from collections.abc import Collection, Sequence

import matplotlib.pyplot as plt

from alexnet_lib.language import text
from alexnet_lib.layout import drawn_twice, is_narrow, number_powers_of_ten, room, subplots
from alexnet_lib.notebook import COLOURS, Picture, as_written

MARK_COLOURS = {"✓": COLOURS["blue"], "✗": COLOURS["vermilion"], "–": COLOURS["grey"]}


@drawn_twice
def plot_claims(header: Sequence[str], claims: Collection[Sequence[str]]) -> Picture:
    """Show each claim in a row, with a tick, a cross or a dash for the paper, the code and PyTorch.

    Parameters
    ----------
    header
        Of the table: the columns of the three marks stand at places 1 to 3.
    claims
        Rows of the table: the claim, then three marks; one in brackets was read and not computed.
    """
    line = 0.42 if is_narrow() else 0.36  # inches; on a phone a claim takes two
    figure, axes = plt.subplots(figsize=(room(), 1 + line * len(claims)))
    for row, (_, *marks) in enumerate(claims):
        if row % 2 == 0:
            axes.axhspan(row - 0.5, row + 0.5, color="0.95", zorder=0)
        for column, mark in enumerate(marks[:3]):
            colour = MARK_COLOURS[mark.strip("()")]
            axes.text(column, row, mark, ha="center", va="center", fontsize=16, color=colour)
    axes.set(xlim=(-0.5, 2.5), ylim=(len(claims) - 0.5, -0.5))  # the first claim stands on top
    axes.set_xticks(range(3), as_written(header[1:4]))
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(claims)), as_written([claim for claim, *_ in claims]))
    axes.tick_params(length=0)
    figure.supxlabel(text("figures_paper_code.legend"))
    figure.suptitle(text("figures_paper_code.claims_title"))
    axes.spines[:].set_visible(False)
    different = sum(
        {paper.strip("()"), code.strip("()")} == {"✓", "✗"} for _, paper, code, *_ in claims
    )
    return Picture(figure, text("figures_paper_code.alt_claims", rows=len(claims), different=different))


@drawn_twice
def plot_learning_rates(
    first: float, changes: Sequence[tuple[int, str, float]], last_epoch: int
) -> Picture:
    """Show the learning rates of the paper's run epoch by epoch: of Conv1, and of all other layers.

    Parameters
    ----------
    first
        The rate at the start.
    changes
        Epoch, ``"all"`` or ``"conv1"``, and the rate from then on, in order of time. What is frozen at 0
        is not thawed by a later change to all.
    last_epoch
        Where the run ends.
    """
    others = [(0, first), *((epoch, rate) for epoch, layer, rate in changes if layer == "all")]
    frozen = next((epoch for epoch, layer, rate in changes if layer == "conv1" and rate == 0), last_epoch)
    conv1 = [(0, first), *((epoch, rate) for epoch, _, rate in changes if epoch < frozen)]
    figure, axes = subplots(width=7.5, height=3.6)
    for (epochs, rates), end, colour, line, words, place in (
        (zip(*others, strict=True), last_epoch, "blue", "-", "others", {"ha": "left"}),
        (zip(*conv1, strict=True), frozen, "vermilion", "--", "conv1", {"ha": "right", "xytext": (0, -16)}),
    ):
        axes.step([*epochs, end], [*rates, rates[-1]], where="post", color=COLOURS[colour], lw=2.5, ls=line)
        style = {"textcoords": "offset points", "color": COLOURS[colour], "xytext": (0, 0)} | place
        axes.annotate(text(f"figures_paper_code.{words}"), (end, rates[-1]), **style)
    axes.set(yscale="log", ylim=(others[-1][1] / 4, 2 * first), xlim=(0, 1.25 * last_epoch))
    number_powers_of_ten(axes.yaxis)
    axes.set(xlabel=text("figures_basics.epoch"), ylabel=text("figures_paper_code.learning_rate"))
    axes.set_title(text("figures_paper_code.rates_title"))
    drops = ", ".join(str(epoch) for epoch, _ in others[1:])
    words = text("figures_paper_code.alt_rates", drops=drops, frozen=frozen, end=last_epoch)
    return Picture(figure, words)
