"""Pictures of the hand-over from the side. They need no OpenGL."""

from typing import TYPE_CHECKING, Any

import mujoco
import numpy as np
from torch import Tensor

from quorate.environments.mujoco_worlds import Array
from quorate_shadow_hands.model import HANDS, JOINTS, RADIUS
from quorate_shadow_hands.task import GOAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"right": "#0072b2", "left": "#d55e00"}
BALL, GHOST, AIM = "#009e73", "#3a3f47", "#7f8790"
SHAPES = (mujoco.mjtGeom.mjGEOM_CAPSULE, mujoco.mjtGeom.mjGEOM_BOX)


class Picture:
    """Draws hands as their capsules and palms, the ball, and the goal, along the line from hand to hand.

    Args:
        model: MuJoCo's.
        joints: where each joint is in qpos.
        ball: where the ball is.
    """

    def __init__(self, model: mujoco.MjModel, joints: Array, ball: int) -> None:
        self._model, self._data, self._joints, self._ball = model, mujoco.MjData(model), joints, ball
        self._lower, self._upper = np.stack([model.jnt_range[model.jnt_qposadr == at][0] for at in joints]).T
        self._geoms = [g for g in range(model.ngeom) if model.geom_type[g] in SHAPES and "C_" in model.geom(g).name]

    def draw(self, axes: "Axes", state: Tensor, estimate: Tensor | None = None) -> None:
        """Draw a state, and the fingers and the ball of an estimate on it.

        Args:
            axes: matplotlib axes; they are cleared of ticks and frame.
            state: [290].
            estimate: [290].
        """
        axes.set(xlim=(-0.82, -0.18), ylim=(0.22, 0.86), xticks=[], yticks=[], aspect="equal")
        axes.set_axis_off()
        width = axes.get_window_extent().width * 72 / axes.figure.dpi / 0.64
        axes.add_patch(_disc(GOAL, fill=False, linestyle="--", color=AIM, label="goal"))
        self._shapes(axes, state, width, 0.8)
        if estimate is not None:
            self._shapes(axes, estimate, 0.25 * width, 0.5, GHOST)
        for hand in HANDS:
            axes.plot([], [], color=COLOURS[hand], linewidth=5, label=f"{hand} hand")
        axes.legend(loc="upper center", ncols=4, frameon=False, fontsize=8)

    def _shapes(self, axes: "Axes", state: Tensor, width: float, alpha: float, colour: str | None = None) -> None:
        self._put(state.detach().cpu().double().numpy())
        for geom in self._geoms:
            name, size = self._model.geom(geom).name, self._model.geom_size[geom]
            capsule = self._model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_CAPSULE
            long, thick = (size[1], size[0]) if capsule else (size[2], size[1])
            middle, way = self._data.geom_xpos[geom], self._data.geom_xmat[geom].reshape(3, 3)[:, 2] * long
            ends = np.stack([middle - way, middle + way])
            paint = colour or COLOURS[name.split("_")[0]]
            axes.plot(*ends[:, 1:].T, color=paint, alpha=alpha, linewidth=2 * thick * width, solid_capstyle="round")
        place = self._data.qpos[self._ball : self._ball + 3]
        axes.add_patch(_disc(place, color=colour or BALL, alpha=alpha, zorder=3))

    def _put(self, state: Array) -> None:
        data, count = self._data, len(JOINTS)
        places = np.concatenate([state[:count], state[133 : 133 + count]])
        data.qpos[self._joints] = 0.5 * (places * (self._upper - self._lower) + self._upper + self._lower)
        data.qpos[self._ball : self._ball + 3] = state[266:269]
        mujoco.mj_kinematics(self._model, data)


def _disc(place: Any, **style: Any) -> Any:
    from matplotlib.patches import Circle

    return Circle((place[1], place[2]), RADIUS, **style)
