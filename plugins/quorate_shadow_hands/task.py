"""The published task in formulas, over all copies at once."""

import numpy as np

from quorate.environments.mujoco_worlds import Array

GOAL = (0.0, -0.64, 0.54)
LOWEST = 0.24
CAUGHT = 0.1
"""A ball that ends within this of the goal, in metres, was caught."""
VELOCITY = 0.2
"""Scale of angular velocities and of joints' velocities in observations."""


def distance(ball: Array) -> Array:
    """Of balls [B, 3] to the goal, [B]."""
    return np.asarray(np.linalg.norm(ball - GOAL, axis=1))


def reward(ball: Array) -> Array:
    """2 exp(-20 d), [B], for balls [B, 3]."""
    return np.asarray(2 * np.exp(-20 * distance(ball)))


def fallen(ball: Array) -> Array:
    """Whether balls [B, 3] are too low to go on, bool [B]."""
    return np.asarray(ball[:, 2] <= LOWEST)


def targets(actions: Array, lower: Array, upper: Array) -> Array:
    """Where motors are to hold joints, between their limits, for actions from -1 to 1."""
    return np.asarray(np.clip(lower + 0.5 * (actions + 1) * (upper - lower), lower, upper))


def turned(x: Array, y: Array) -> Array:
    """Turned by x about the first axis and y about the second, [B]: quaternions w, x, y, z, [B, 4]."""
    cx, sx, cy, sy = np.cos(x / 2), np.sin(x / 2), np.cos(y / 2), np.sin(y / 2)
    return np.stack([cx * cy, sx * cy, cx * sy, sx * sy], axis=1)


def between(one: Array, other: Array) -> Array:
    """One times the other's conjugate: how they differ; quaternions w, x, y, z, [B, 4]."""
    (w, x, y, z), (a, b, c, d) = one.T, other.T
    real = w * a + (x * b + y * c + z * d)
    vector = a * x - w * b + (z * c - y * d), a * y - w * c + (x * d - z * b), a * z - w * d + (y * b - x * c)
    return np.stack([real, *vector], axis=1)
