"""Pictures of the hand-over, from beside the hands and somewhat above. They need no OpenGL."""

from typing import TYPE_CHECKING, Any

import mujoco
import numpy as np
from torch import Tensor

from quorate.environments.mujoco_worlds import Array
from quorate_shadow_hands.layout import Layout
from quorate_shadow_hands.model import HANDS, RADIUS
from quorate_shadow_hands.task import GOAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"right": "#0072b2", "left": "#d55e00"}
EDGES = {"right": "#00415f", "left": "#7a3500"}
BALL, GHOST, AIM = "#009e73", "#3a3f47", "#7f8790"
BOX = int(mujoco.mjtGeom.mjGEOM_BOX)
DRAWN = (int(mujoco.mjtGeom.mjGEOM_CAPSULE), BOX)
"""As numbers: numpy's integers are not found among MuJoCo's enumerated ones."""
FOREARM = (0.045, 0.09)
"""Radius and half the length of a capsule that stands for the forearm, which is a mesh."""
CENTRE, REACH = (-0.52, 0.47), 0.33
"""In the picture's plane, of its middle, and how far it reaches to each side, in metres."""
CORNERS = np.stack(np.meshgrid(*[[-1.0, 1.0]] * 3, indexing="ij"), axis=-1).reshape(8, 3)
FACES = np.array([[0, 1, 3, 2], [4, 5, 7, 6], [0, 1, 5, 4], [2, 3, 7, 6], [0, 2, 6, 4], [1, 3, 7, 5]])


class Picture:
    """Draws hands as what of them is touched, the ball, and the goal.

    Args:
        model: MuJoCo's.
        layout: what is where in a state.
    """

    def __init__(self, model: mujoco.MjModel, layout: Layout) -> None:
        self._model, self._data, self._layout = model, mujoco.MjData(model), layout
        names = {geom: model.geom(geom).name for geom in range(model.ngeom)}
        self._forearms = [geom for geom, name in names.items() if name.endswith("C_forearm")]
        touched = [geom for geom, name in names.items() if model.geom_type[geom] in DRAWN and "C_" in name]
        self._hands = {geom: names[geom].split("_")[0] for geom in touched + self._forearms}

    def draw(self, axes: "Axes", state: Tensor, estimate: Tensor | None = None) -> None:
        """Draw a state, and outlines of the hands and the ball of an estimate on it.

        Args:
            axes: matplotlib axes; they are cleared of ticks and frame.
            state: [290].
            estimate: [290].
        """
        limits = [(middle - REACH, middle + REACH) for middle in CENTRE]
        axes.set(xlim=limits[0], ylim=limits[1], xticks=[], yticks=[], aspect="equal")
        axes.set_axis_off()
        points = axes.get_window_extent().width * 72 / axes.figure.dpi / (2 * REACH)
        self._shapes(axes, state, points)
        axes.add_patch(_disc(GOAL, fill=False, linestyle="--", linewidth=1.5, color=AIM, zorder=200))
        if estimate is not None:
            self._shapes(axes, estimate, points, ghost=True)
        for hand in HANDS:
            axes.plot([], [], color=COLOURS[hand], linewidth=5, label=f"{hand} hand")
        for name, face in (("ball", BALL), ("goal", "none")):
            style: dict[str, Any] = {"markerfacecolor": face, "markeredgecolor": BALL if name == "ball" else AIM}
            axes.plot([], [], marker="o", linestyle="none", markersize=8, label=name, **style)
        axes.legend(loc="upper center", ncols=4, frameon=False, fontsize=8)

    def _shapes(self, axes: "Axes", state: Tensor, points: float, *, ghost: bool = False) -> None:
        """From back to front."""
        self._put(state.detach().cpu().double().numpy())
        ball = self._data.qpos[self._layout.ball :][:3].copy()
        order = sorted(self._hands, key=lambda geom: float(self._data.geom_xpos[geom] @ VIEW[2]))
        for layer, geom in enumerate(order):
            if self._model.geom_type[geom] == BOX:
                self._box(axes, geom, layer, ghost=ghost)
            else:
                self._capsule(axes, geom, layer, points, ghost=ghost)
        behind = sum(self._data.geom_xpos[geom] @ VIEW[2] < ball @ VIEW[2] for geom in order)
        style: dict[str, Any] = {"facecolor": "none", "edgecolor": GHOST} if ghost else {"facecolor": BALL}
        axes.add_patch(_disc(ball, zorder=3 + (100 if ghost else float(behind)), **style))

    def _capsule(self, axes: "Axes", geom: int, layer: int, points: float, *, ghost: bool) -> None:
        radius, half = FOREARM if geom in self._forearms else self._model.geom_size[geom, :2]
        along = self._data.geom_xmat[geom].reshape(3, 3)[:, 2] * half
        ends = (np.stack([-along, along]) + self._data.geom_xpos[geom]) @ VIEW[:2].T
        width, hand = 2 * radius * points, self._hands[geom]
        lines = [(GHOST, 1.5, 101.0)] if ghost else [(EDGES[hand], width, 3.0), (COLOURS[hand], width - 1.5, 3.3)]
        for colour, thick, place in lines:
            axes.plot(*ends.T, color=colour, linewidth=thick, solid_capstyle="round", zorder=layer + place)

    def _box(self, axes: "Axes", geom: int, layer: int, *, ghost: bool) -> None:
        from matplotlib.collections import PolyCollection

        turn, size = self._data.geom_xmat[geom].reshape(3, 3), self._model.geom_size[geom]
        corners = (self._data.geom_xpos[geom] + (CORNERS * size) @ turn.T) @ VIEW[:2].T
        hand = self._hands[geom]
        style: dict[str, Any] = {"facecolor": "none", "edgecolor": GHOST, "zorder": layer + 101.0}
        if not ghost:
            style = {"facecolor": COLOURS[hand], "edgecolor": EDGES[hand], "zorder": layer + 3.0}
        axes.add_collection(PolyCollection(list(corners[FACES]), linewidth=0.4, **style))

    def _put(self, state: Array) -> None:
        data, layout = self._data, self._layout
        place = (state - layout.shift) / np.where(layout.scale == 0, 1.0, layout.scale)
        known = layout.columns < self._model.nq
        data.qpos[layout.columns[known]] = place[known]
        mujoco.mj_kinematics(self._model, data)


def _disc(place: Any, **style: Any) -> Any:
    from matplotlib.patches import Circle

    return Circle(tuple(VIEW[:2] @ np.asarray(place)), RADIUS, **style)


def _view() -> Array:
    """[3, 3]: right, up, and towards the viewer, who stands beside the first hand's little finger."""
    turn, tilt = 0.25, 0.5
    right = np.array([-np.sin(turn), np.cos(turn), 0.0])
    towards = np.array([np.cos(turn) * np.cos(tilt), np.sin(turn) * np.cos(tilt), np.sin(tilt)])
    return np.stack([right, np.cross(towards, right), towards])


VIEW = _view()
