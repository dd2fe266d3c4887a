"""Pictures of a battle. SMACv2 draws some of its own, by functions of pysc2 that Python 3.11 does not know any more."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

ALLY, ENEMY, GREY = "#0072b2", "#d55e00", "#9aa1ab"
SIZE = 260
"""Of a unit's disc, in square points."""


def picture(allies: Iterable[Any], enemies: Iterable[Any], names: dict[int, str], width: int, height: int) -> Any:
    """Living units as discs that are as full as their health, with the first and the last letter of their types.

    Args:
        allies: the units of the game's protocol.
        enemies: likewise.
        names: of their types.
        width: of the map.
        height: of the map.

    Returns:
        uint8 [480, 480, 3].
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 4.8), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    canvas: Any = FigureCanvasAgg(figure)
    for units, colour, side in ((allies, ALLY, "ally"), (enemies, ENEMY, "enemy")):
        alive = [unit for unit in units if unit.health > 0]
        x, y = [unit.pos.x for unit in alive], [unit.pos.y for unit in alive]
        health = np.array([(unit.health + unit.shield) / (unit.health_max + unit.shield_max) for unit in alive])
        axes.scatter(x, y, s=SIZE, facecolors="none", edgecolors=colour, linewidths=1.2, zorder=3, label=side)
        axes.scatter(x, y, s=SIZE * health, color=colour, alpha=0.55, linewidths=0, zorder=2)
        for unit in alive:
            name = names.get(unit.unit_type, "??")
            letters = name[0] + name[-1]
            axes.annotate(letters, (unit.pos.x, unit.pos.y), ha="center", va="center", fontsize=7, zorder=4)
    axes.set(xlim=(-1, width + 1), ylim=(-1, height + 1), xticks=[], yticks=[], aspect="equal")
    for edge in axes.spines.values():
        edge.set_color(GREY)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=2, frameon=False, fontsize=8, markerscale=0.6)
    canvas.draw()
    shown: NDArray[np.uint8] = np.asarray(canvas.buffer_rgba())[..., :3]
    return shown.copy()
