"""Where each number of the published state comes from, and what it is multiplied with and moved by."""

import mujoco
import numpy as np

from quorate.environments.mujoco_worlds import Array
from quorate_shadow_hands.model import FINGERS, HANDS, JOINTS, MOTORS
from quorate_shadow_hands.task import GOAL, VELOCITY

XYZW = (1, 2, 3, 0)
"""MuJoCo's w, x, y, z in the task's order."""
OWN, SHARED = 133, 24
"""Numbers of each hand, and of the ball and its goal; the state is both hands' and those."""


class Layout:
    """The state as columns of one matrix: qpos, qvel, measurements, actions, how the goal is turned, the ball from it.

    Args:
        model: MuJoCo's.

    Attributes:
        joints: int64 [48], where each hand's joints are in qpos.
        limits: [2, 48], of those joints.
        ball: where the ball is in qpos.
        columns: int64 [290].
        scale: [290].
        shift: [290].
        observed: int64 [2, 157], what each agent sees of the state.
    """

    def __init__(self, model: mujoco.MjModel) -> None:
        joints = [model.joint(f"{hand}_robot0:{name}") for hand in HANDS for name in JOINTS]
        ball = model.joint("ball")
        self.joints = np.array([joint.qposadr[0] for joint in joints])
        self.limits: Array = np.stack([joint.range for joint in joints]).T
        self.ball, qvel = int(ball.qposadr[0]), model.nq
        sensors, actions = model.nq + model.nv, model.nq + model.nv + model.nsensordata
        turns = actions + len(HANDS) * len(MOTORS)
        self._parts: list[tuple[Array, Array, Array]] = []
        low, high = self.limits
        for hand in range(len(HANDS)):
            own = slice(hand * len(JOINTS), (hand + 1) * len(JOINTS))
            reach = (high - low)[own]
            self._add(self.joints[own], 2 / reach, -(low + high)[own] / reach)
            self._add([qvel + joint.dofadr[0] for joint in joints[own]], VELOCITY)
            self._add(sensors + _tips(hand))
            self._add(actions + hand * len(MOTORS) + np.arange(len(MOTORS)))
        speed = qvel + int(ball.dofadr[0])
        self._add(self.ball + np.arange(3))
        self._add(self.ball + 3 + np.array(XYZW))
        self._add(speed + np.arange(3))
        self._add(speed + np.arange(3, 6), VELOCITY)
        self._add(np.zeros(3, dtype=np.int64), 0.0, np.array(GOAL))
        self._add(turns + np.array(XYZW))
        self._add(turns + 4 + np.array(XYZW))
        self.columns, self.scale, self.shift = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        shared = len(HANDS) * OWN + np.arange(SHARED)
        self.observed = np.stack([np.r_[hand * OWN + np.arange(OWN), shared] for hand in range(len(HANDS))])

    def state(self, parts: list[Array]) -> Array:
        """[B, 290], of what its matrix is of."""
        state: Array = np.concatenate(parts, axis=1).take(self.columns, axis=1) * self.scale + self.shift
        return state

    def _add(self, columns: object, scale: Array | float = 1.0, shift: Array | float = 0.0) -> None:
        places = np.asarray(columns)
        self._parts.append((places, np.broadcast_to(scale, places.shape), np.broadcast_to(shift, places.shape)))


def _tips(hand: int) -> Array:
    """What is measured of a hand's finger tips: places, turns, and then each one's velocities. Of all tips in turn."""
    count = len(FINGERS)
    ends = np.cumsum([0, *[len(HANDS) * count * width for width in (3, 4, 3, 3)]])
    place, turn, speed, spin = (
        start + hand * count * width + np.arange(count * width).reshape(count, width)
        for start, width in zip(ends, (3, 4, 3, 3), strict=False)
    )
    return np.concatenate([place.reshape(-1), turn[:, XYZW].reshape(-1), np.hstack([speed, spin]).reshape(-1)])
