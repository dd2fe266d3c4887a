"""A colour for each agent, and the legend that says so."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f3c8d", "#8c613c")
"""Told apart at a glance; as long as there are enough of them."""
BODY = "#9aa1ab"
MOST_LABELLED = 27
"""Agents with an entry of their own; of more, whose colours lie on a scale, some are shown."""


def colours_of(agents: int) -> list[str]:
    """A colour of its own for each agent."""
    if agents <= len(COLOURS):
        return list(COLOURS[:agents])
    import matplotlib
    from matplotlib.colors import to_hex

    # Both ends of the map are nearly black, and hard to tell from each other.
    return [to_hex(colour) for colour in matplotlib.colormaps["turbo"](np.linspace(0.05, 0.95, agents))]


def label_agents(axes: "Axes", colours: list[str]) -> None:
    """An entry of the legend for each agent, or for some that are evenly apart."""
    step = -(-len(colours) // MOST_LABELLED)
    for agent, colour in list(enumerate(colours))[::step]:
        axes.plot([], [], color=colour, linewidth=5, label=f"agent {agent}")


def add_legend(axes: "Axes") -> None:
    """Below the picture, in columns that are narrower where there are many entries."""
    many = len(axes.get_legend_handles_labels()[1]) > len(COLOURS) + 4
    more = {"handlelength": 1.0, "handletextpad": 0.5, "columnspacing": 0.9, "labelspacing": 0.3} if many else {}
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.02),
        ncols=7 if many else 4,
        frameon=False,
        fontsize=7 if many else 8,
        **more,
    )
