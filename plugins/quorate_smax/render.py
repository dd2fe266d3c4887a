"""Pictures of a battle."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from quorate_smax.layout import Layout

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ALLY, ENEMY, GREY = "#0072b2", "#d55e00", "#9aa1ab"
SIZE = 220
"""Of a unit's disc, in square points."""


def draw(axes: "Axes", layout: Layout, state: Tensor, estimate: Tensor | None = None) -> None:
    """Draw living units as numbered discs that are as full as their health; of an estimate, rings and crosses.

    Args:
        axes: matplotlib axes; they are cleared of ticks.
        layout: where the features of units are in a state.
        state: [s].
        estimate: [s].
    """
    for first, last, colour, name in _sides(layout):
        health, place = _units(layout, state, first, last)
        alive = health > 0
        x, y = place[alive].T.tolist() if alive.any() else ([], [])
        axes.scatter(x, y, s=SIZE, facecolors="none", edgecolors=colour, linewidths=1.2, zorder=3, label=name)
        axes.scatter(x, y, s=SIZE * health[alive].numpy(), color=colour, alpha=0.55, linewidths=0, zorder=2)
        for number in alive.nonzero()[:, 0].tolist():
            axes.annotate(
                str(number + 1), tuple(place[number].tolist()), ha="center", va="center", fontsize=7, zorder=4
            )
        if estimate is not None:
            guessed, where = _units(layout, estimate, first, last)
            x, y = where[guessed > 0.5 * guessed.amax().clamp(min=0.1)].T.tolist()
            axes.scatter(x, y, s=60, marker="x", color=colour, zorder=5, label=f"{name}, estimated")
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=[], yticks=[], aspect="equal")
    for side in axes.spines.values():
        side.set_color(GREY)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=4, frameon=False, fontsize=8)


def _sides(layout: Layout) -> list[tuple[int, int, str, str]]:
    return [(0, layout.allies, ALLY, "ally"), (layout.allies, layout.units, ENEMY, "enemy")]


def _units(layout: Layout, state: Tensor, first: int, last: int) -> tuple[Tensor, Tensor]:
    """Health [k] and places [k, 2] of some units."""
    columns = torch.tensor([layout.columns[unit][:3] for unit in range(first, last)])
    features = state.detach().cpu()[columns]
    return features[:, 0].clamp(0, 1), features[:, 1:]
