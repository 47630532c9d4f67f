"""Networks compared: what they score against what they cost."""

from collections.abc import Mapping

from alexnet_lib.language import text
from alexnet_lib.layout import drawn_twice, number_powers_of_ten, subplots
from alexnet_lib.notebook import COLOURS, Picture, as_written

POINTS = ("grey", "orange", "vermilion", "blue")


@drawn_twice
def plot_accuracy_against_cost(
    parameters: Mapping[str, int], macs: Mapping[str, int], accuracies: Mapping[str, float]
) -> Picture:
    """Show each network's accuracy against its parameters and against its multiply-accumulates.

    Parameters
    ----------
    parameters, macs
        Of at most four networks, by name; both stand on logarithmic axes.
    accuracies
        In percent, by the same names.
    """
    figure, panels = subplots(1, 2, sharey=True, height=4.2)
    for axes, cost, costs, unit in zip(
        panels, ("parameters", "macs"), (parameters, macs), (1e6, 1e9), strict=True
    ):
        drawn = zip(accuracies.items(), as_written(accuracies), POINTS, strict=False)
        for (name, accuracy), written, colour in drawn:
            place = (costs[name] / unit, accuracy)
            axes.scatter(*place, s=70, color=COLOURS[colour])
            axes.annotate(written, place, xytext=(0, 9), textcoords="offset points", ha="center")
        axes.set(xscale="log", xlabel=text(f"figures_transfer.{cost}"), axisbelow=True)
        axes.margins(x=0.25, y=0.18)
        number_powers_of_ten(axes.xaxis, times=(1, 2, 5))
        axes.grid(alpha=0.3)
    panels[0].set_ylabel(text("figures_transfer.top1"))
    figure.suptitle(text("figures_transfer.cost_title"))
    points = [
        text("figures_transfer.alt_point", name=name, accuracy=accuracy,
             parameters=parameters[name], macs=macs[name])
        for name, accuracy in accuracies.items()
    ]
    return Picture(figure, text("figures_transfer.alt_cost", points="; ".join(points)))
