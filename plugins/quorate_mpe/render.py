"""Pictures of a particle environment's state and of an estimate of it."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from quorate_mpe.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AGENT = "#0072b2"
LANDMARK = "#3a3f47"
SIZE = 0.15
"""Radius of an agent in simple_spread, and of all circles."""


def draw(axes: "Axes", scenario: Scenario, state: Tensor, estimate: Tensor | None = None) -> None:
    """Draw agents as numbered discs and landmarks as crosses; of an estimate, the agents' and landmarks' outlines.

    Where observations have no absolute positions, the picture is centred on the first agent that moves.

    Args:
        axes: matplotlib axes; they are cleared of ticks and frame.
        scenario: the rules, which say where positions are in a state.
        state: [s].
        estimate: [s].
    """
    from matplotlib.patches import Circle

    agents, landmarks = scenario.places(state.detach().cpu())
    for number, (x, y) in enumerate(agents.tolist()):
        axes.add_patch(Circle((x, y), SIZE, color=AGENT, alpha=0.8, zorder=2))
        axes.text(x, y, str(number), color="white", ha="center", va="center", zorder=3)
    columns, rows = landmarks.T.tolist()
    axes.scatter(columns, rows, marker="x", s=60, color=LANDMARK, zorder=4, label="landmark")
    shown = [agents, landmarks]
    if estimate is not None:
        guessed, marks = scenario.places(estimate.detach().cpu())
        for x, y in guessed.tolist():
            axes.add_patch(Circle((x, y), SIZE, fill=False, ls="--", ec=AGENT, zorder=5))
        columns, rows = marks.T.tolist()
        axes.scatter(columns, rows, marker="o", s=60, facecolors="none", edgecolors=LANDMARK, label="estimate")
        shown += [guessed, marks]
    low, high = torch.cat(shown).amin(dim=0) - 2 * SIZE, torch.cat(shown).amax(dim=0) + 2 * SIZE
    axes.set_xlim(float(low[0]), float(high[0]))
    axes.set_ylim(float(low[1]), float(high[1]))
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=2, frameon=False)
