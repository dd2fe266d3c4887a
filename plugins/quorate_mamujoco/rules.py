"""Gymnasium's v5 rules for each robot: where episodes begin, what is paid, when they end. All of B rows, float64."""

from collections.abc import Callable
from dataclasses import dataclass

import mujoco
import numpy as np

from quorate.environments.mujoco_worlds import Array

Seen = dict[str, Array]
"""Each field of MuJoCo's data, flattened: [B, ...]."""
Score = tuple[Array, Array | None]
"""Rewards [B], and bool [B] where the robot is well; None: no episode ends early."""


@dataclass
class Move:
    """A step: what was seen before and after it; actions [B, nu], seconds, and the model."""

    before: Seen
    after: Seen
    actions: Array
    seconds: float
    model: mujoco.MjModel

    @property
    def effort(self) -> Array:
        """[B]."""
        return _squares(self.actions)

    def speed(self, field: str, column: int = 0) -> Array:
        """How fast a column changed, [B]."""
        moved: Array = (self.after[field][:, column] - self.before[field][:, column]) / self.seconds
        return moved


def _squares(values: Array) -> Array:
    total: Array = np.square(values).sum(axis=1)
    return total


def _length(vector: Array) -> Array:
    length: Array = np.linalg.norm(vector, axis=1)
    return length


def _within(values: Array, low: float, high: float) -> Array:
    inside: Array = (low < values) & (values < high)
    return inside


def _ant(move: Move) -> Score:
    height = move.after["qpos"][:, 2]
    finite = np.isfinite(move.after["qpos"]).all(1) & np.isfinite(move.after["qvel"]).all(1)
    well = finite & (height >= 0.2) & (height <= 1.0)
    contact = 5e-4 * _squares(np.clip(move.after["cfrc_ext"], -1.0, 1.0))
    return move.speed("xpos", 3) + well - (0.5 * move.effort + contact), well


def _cheetah(move: Move) -> Score:
    return move.speed("qpos") - 0.1 * move.effort, None


def _hopper(move: Move) -> Score:
    _, height, angle = move.after["qpos"][:, :3].T
    rest = np.concatenate([move.after["qpos"][:, 2:], move.after["qvel"]], axis=1)
    well = _within(height, 0.7, np.inf) & _within(angle, -0.2, 0.2) & _within(rest, -100.0, 100.0).all(1)
    return move.speed("qpos") + well - 1e-3 * move.effort, well


def _walker(move: Move) -> Score:
    _, height, angle = move.after["qpos"][:, :3].T
    well = _within(height, 0.8, 2.0) & _within(angle, -1.0, 1.0)
    return move.speed("qpos") + well - 1e-3 * move.effort, well


def _humanoid(move: Move) -> Score:
    mass = move.model.body_mass / move.model.body_mass.sum()
    centre = [seen["xipos"][:, ::3] @ mass for seen in (move.before, move.after)]
    well = _within(move.after["qpos"][:, 2], 1.0, 2.0)
    contact = np.minimum(5e-7 * _squares(move.after["cfrc_ext"]), 10.0)
    return 1.25 * (centre[1] - centre[0]) / move.seconds + 5.0 * well - (0.1 * move.effort + contact), well


def _standup(move: Move) -> Score:
    contact = np.minimum(0.5e-6 * _squares(move.after["cfrc_ext"]), 10.0)
    return move.after["qpos"][:, 2] / move.model.opt.timestep - 0.1 * move.effort - contact + 1, None


def _swimmer(move: Move) -> Score:
    return move.speed("qpos") - 1e-4 * move.effort, None


def _reacher(move: Move) -> Score:
    return -_length(_place(move, "fingertip") - _place(move, "target")) - move.effort, None


def _pusher(move: Move) -> Score:
    ball = _place(move, "object")
    near, far = _length(ball - _place(move, "tips_arm")), _length(ball - _place(move, "goal"))
    return -far - 0.1 * move.effort - 0.5 * near, None


def _place(move: Move, body: str) -> Array:
    return _body(move.after, move.model, body)


def _body(seen: Seen, model: mujoco.MjModel, body: str) -> Array:
    number = model.body(body).id
    return seen["xpos"][:, 3 * number : 3 * number + 3]


SCORES: dict[str, Callable[[Move], Score]] = {
    "ant": _ant,
    "many-segment-ant": _ant,
    "half-cheetah": _cheetah,
    "hopper": _hopper,
    "walker2d": _walker,
    "humanoid": _humanoid,
    "humanoid-standup": _standup,
    "swimmer": _swimmer,
    "many-segment-swimmer": _swimmer,
    "reacher": _reacher,
    "pusher": _pusher,
}


def derive(name: str, seen: Seen, model: mujoco.MjModel) -> Seen:
    """What agents see that is no field of MuJoCo's."""
    if name in ("ant", "many-segment-ant"):
        return {"clipped cfrc_ext": np.clip(seen["cfrc_ext"], -1.0, 1.0)}
    if name in ("hopper", "walker2d"):
        return {"clipped qvel": np.clip(seen["qvel"], -10.0, 10.0)}
    if name == "reacher":
        angles = seen["qpos"][:, :2]
        gap = _body(seen, model, "fingertip") - _body(seen, model, "target")
        return {"sin": np.sin(angles), "cos": np.cos(angles), "gap": gap}
    if name == "pusher":
        bodies = {"tip": "tips_arm", "object": "object", "goal": "goal"}
        return {part: _body(seen, model, body) for part, body in bodies.items()}
    return {}


def outcome(name: str, kind: str, seen: Seen, model: mujoco.MjModel) -> Array:
    """What episodes come to, [B]: distance along x, height, or the gap between what should meet."""
    if kind != "gap":
        return seen["qpos"][:, 0 if kind == "distance" else 2]
    one, other = ("fingertip", "target") if name == "reacher" else ("object", "goal")
    return _length(_body(seen, model, one) - _body(seen, model, other))
