"""Pictures of a robot: its geoms, in the colours of the agents that move them. It needs no OpenGL."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

import mujoco
import numpy as np
from torch import Tensor

from quorate.environments.mujoco_worlds import Array
from quorate_mamujoco.colours import BODY, add_legend, colours_of, label_agents
from quorate_mamujoco.layout import Layout

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GHOST, GROUND = "#3a3f47", "#d5d9df"
FLAT = ("swimmer", "many-segment-swimmer", "reacher", "pusher")
"""Seen from above; the others from the side, and those that can walk anywhere from somewhat above."""
SIDE = ("half-cheetah", "hopper", "walker2d")
CAPSULE = mujoco.mjtGeom.mjGEOM_CAPSULE
TABLES = {"reacher": ((0.0, 0.0), 0.26), "pusher": ((0.3, -0.1), 1.0)}
"""Robots that are fixed: the middle of the picture, and how far it reaches."""
THINGS = {"reacher": {"target": "ring"}, "pusher": {"object": "disc", "goal": "ring"}}
"""Bodies that are no part of the robot, and how they look."""


class Picture:
    """Draws states: geoms as MuJoCo places them, thick lines for capsules, discs for all else.

    A state knows nothing of where on the floor the robot is: it stays in the middle.

    Args:
        name: of the robot.
        model: MuJoCo's.
        layout: what is where in a state.
    """

    def __init__(self, name: str, model: mujoco.MjModel, layout: Layout) -> None:
        self._name, self._model, self._data, self._layout = name, model, mujoco.MjData(model), layout
        self._axes = _view(name)
        self._things = {model.body(thing).id: look for thing, look in THINGS.get(name, {}).items()}
        floor = int(mujoco.mjtGeom.mjGEOM_PLANE)
        self._geoms = [g for g in range(model.ngeom) if model.geom_type[g] != floor and model.geom_rgba[g, 3] > 0]
        mujoco.mj_forward(model, self._data)
        spread = np.linalg.norm(self._data.geom_xpos[self._geoms] - self._middle(), axis=1).max()
        self._reach = TABLES[name][1] if name in TABLES else 1.4 * float(spread) + 0.3

    def draw(self, axes: "Axes", state: Tensor, estimate: Tensor | None = None) -> None:
        """Draw a state, and outlines of an estimate on it.

        Args:
            axes: matplotlib axes; they are cleared of ticks and frame.
            state: [s].
            estimate: [s].
        """
        centre = self._put(state)
        reach = self._reach
        axes.set(xlim=(centre[0] - reach, centre[0] + reach), ylim=(centre[1] - reach, centre[1] + reach))
        axes.set(xticks=[], yticks=[], aspect="equal")
        axes.set_axis_off()
        width = axes.get_window_extent().width * 72 / axes.figure.dpi / (2 * reach)
        if self._name not in FLAT:
            horizon = 0.0 if self._name in SIDE else 0.5 * reach
            axes.axhspan(centre[1] - 2 * reach, horizon, color=GROUND, linewidth=0, alpha=0.5, zorder=0)
        self._shapes(axes, width, alpha=0.9)
        label_agents(axes, self._paints)
        for thing, look in THINGS.get(self._name, {}).items():
            axes.plot([], [], markersize=8, label=thing, **_disc(look, BODY))
        if estimate is not None:
            self._put(estimate)
            self._shapes(axes, width, alpha=0.5, colour=GHOST, thin=0.25)
            axes.plot([], [], color=GHOST, alpha=0.5, linewidth=2, label="estimated")
        add_legend(axes)

    def _shapes(self, axes: "Axes", width: float, alpha: float, colour: str | None = None, thin: float = 1.0) -> None:
        depth = self._axes[2]
        for geom in sorted(self._geoms, key=lambda g: float(self._data.geom_xpos[g] @ depth)):
            ends = self._ends(geom) @ self._axes[:2].T
            radius = self._model.geom_size[geom, 0]
            paint = colour or self._colours[int(self._model.geom_bodyid[geom])]
            thick = max(2 * radius * width * thin, 1.0)
            line: dict[str, Any] = {"alpha": alpha, "zorder": 2}
            if len(ends) == 1:
                look = self._things.get(int(self._model.geom_bodyid[geom]), "disc")
                axes.plot(*ends.T, markersize=thick, **_disc(look, paint), **line)
            else:
                axes.plot(*ends.T, color=paint, linewidth=thick, solid_capstyle="round", **line)

    def _ends(self, geom: int) -> Array:
        """Of a capsule's axis, [2, 3]; of all else the middle, [1, 3]."""
        centre: Array = self._data.geom_xpos[geom]
        if self._model.geom_type[geom] != CAPSULE:
            return centre[None]
        along = self._data.geom_xmat[geom].reshape(3, 3)[:, 2] * self._model.geom_size[geom, 1]
        return np.stack([centre - along, centre + along])

    def _middle(self) -> Array:
        """[3]: of the robot, on the floor where it can stand."""
        middle: Array = self._data.xpos[1:].mean(axis=0)
        return middle * (1.0, 1.0, float(self._name in FLAT))

    def _put(self, state: Tensor) -> Array:
        """Place the robot; where the middle of the picture is, [2]."""
        values = state.detach().cpu().double().numpy()
        place = {column: float(value) for column, value in zip(self._layout.state.tolist(), values, strict=True)}
        first = self._layout.columns["qpos"]
        qpos = self._model.qpos0.copy()
        for index in range(self._model.nq):
            qpos[index] = place.get(first + index, 0.0 if index < 2 else qpos[index])
        self._complete(qpos, place)
        self._data.qpos[:] = np.nan_to_num(qpos)
        mujoco.mj_forward(self._model, self._data)
        if self._name in TABLES:
            return np.array(TABLES[self._name][0])
        lift = 0.0 if self._name in FLAT else 0.5 * self._reach
        centre: Array = self._axes[:2] @ self._middle() + np.array([0.0, lift])
        return centre

    def _complete(self, qpos: Array, place: dict[int, float]) -> None:
        """What a state tells in another way than by joints."""
        columns = self._layout.columns
        if self._name == "reacher":
            sines, cosines = ([place[columns[part] + joint] for joint in (0, 1)] for part in ("sin", "cos"))
            qpos[:2] = np.arctan2(sines, cosines)
        elif self._name == "pusher":
            for part, joint in (("object", 7), ("goal", 9)):
                at = self._model.body(part).pos
                told = [place[columns[part] + axis] for axis in (1, 0)]
                qpos[joint : joint + 2] = told[0] - at[1], told[1] - at[0]

    @cached_property
    def _paints(self) -> list[str]:
        """Of the agents; looked for when something is drawn, since most environments draw nothing."""
        return colours_of(1 + max(self._layout.owner))

    @cached_property
    def _colours(self) -> list[str]:
        """Each body in the colour of whoever moves the nearest joint that carries it."""
        motors = {int(joint): motor for motor, joint in enumerate(self._model.actuator_trnid[:, 0])}
        colours = [BODY]
        for body in range(1, self._model.nbody):
            first, count = int(self._model.body_jntadr[body]), int(self._model.body_jntnum[body])
            moved = [motors[joint] for joint in range(first, first + count) if joint in motors]
            above = colours[int(self._model.body_parentid[body])]
            colours.append(self._paints[self._layout.owner[moved[-1]]] if moved else above)
        return colours


def _disc(look: str, colour: str) -> dict[str, Any]:
    """Keywords of `Axes.plot`, for markers that stand alone."""
    ring = {"markerfacecolor": "none", "markeredgewidth": 2} if look == "ring" else {"markeredgewidth": 0}
    return {"color": colour, "marker": "o", "linestyle": "none", **ring}


def _view(name: str) -> Any:
    """[3, 3]: right, up, and towards the viewer."""
    if name in FLAT:
        return np.eye(3)
    tilt = 0.0 if name in SIDE else 0.35
    turn = 0.0 if name in SIDE else 0.5
    right = np.array([np.cos(turn), np.sin(turn), 0.0])
    away = np.array([-np.sin(turn), np.cos(turn), 0.0])
    up = np.array([0.0, 0.0, np.cos(tilt)]) + away * np.sin(tilt)
    return np.stack([right, up, np.cross(right, up)])
