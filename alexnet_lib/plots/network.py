"""Where a network keeps its parameters and where it computes: two bars a layer."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from alexnet_lib.figures import COLOURS
from alexnet_lib.language import text
from alexnet_lib.layers import LayerRow
from alexnet_lib.lettering import as_written


def plot_parameters_and_macs(table: Sequence[LayerRow]) -> Figure:
    """Show each layer's share of the parameters to the left, of the multiply-accumulates to the right.

    Parameters
    ----------
    table
        As ``layer_table`` returns it; layers without parameters are left out.
    """
    rows = [row for row in table if row.parameters]
    names = as_written(row.name for row in rows)
    parameters, macs = [row.parameters for row in rows], [row.macs for row in rows]
    figure, (left, right) = plt.subplots(1, 2, sharey=True, figsize=(7.5, 4.6))
    # Back to back, with the names between them and the first layer on top.
    left.invert_xaxis()
    left.invert_yaxis()
    left.spines["left"].set_visible(False)
    left.spines["right"].set_visible(True)
    left.tick_params(axis="y", left=False, labelleft=False)
    right.tick_params(axis="y", left=False, labelleft=True)
    draw_shares(left, names, parameters, COLOURS["blue"])
    left.set_title(text("figures_network.parameters", total=sum(parameters)))
    draw_shares(right, names, macs, COLOURS["orange"])
    right.set_title(text("figures_network.macs", total=sum(macs)))
    # The same scale on both sides, with room for the words at the end of the longest bar.
    longest = max(bar.get_width() for axes in (left, right) for bar in axes.patches)
    left.set_xlim(1.25 * longest, 0)
    right.set_xlim(0, 1.25 * longest)
    return figure


def draw_shares(axes: Axes, names: Sequence[str], counts: Sequence[int], colour: str) -> None:
    """Draw one bar a layer: its share of the sum of all counts, in percent."""
    shares = [100 * count / sum(counts) for count in counts]
    axes.bar_label(axes.barh(names, shares, color=colour), fmt="%.1f%%", padding=4)
    axes.set_xlabel(text("figures_network.share"))
