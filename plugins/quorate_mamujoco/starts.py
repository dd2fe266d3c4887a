"""Where episodes begin, as in Gymnasium's v5."""

import mujoco
import numpy as np

from quorate.environments.mujoco_worlds import Array

NOISE = {"hopper": 5e-3, "walker2d": 5e-3, "humanoid": 1e-2, "humanoid-standup": 1e-2}
"""How far from the model's own position episodes begin; of the others .1."""
NORMAL = ("ant", "many-segment-ant", "half-cheetah")
"""Robots whose velocities are normal."""
TARGETS = {"reacher": 2, "pusher": 4}
"""How many of the last joints are no robot's, but what it is to reach or push."""


def start(name: str, model: mujoco.MjModel, generator: np.random.Generator) -> tuple[Array, Array]:
    """Draw one beginning: qpos [nq] and qvel [nv]."""
    if name in TARGETS:
        return _with_targets(name, model, generator)
    scale = NOISE.get(name, 0.1)
    qpos = model.qpos0 + generator.uniform(-scale, scale, model.nq)
    if name in NORMAL:
        return qpos, scale * generator.standard_normal(model.nv)
    return qpos, generator.uniform(-scale, scale, model.nv)


def _with_targets(name: str, model: mujoco.MjModel, generator: np.random.Generator) -> tuple[Array, Array]:
    qpos, qvel = model.qpos0.copy(), generator.uniform(-0.005, 0.005, model.nv)
    qvel[-TARGETS[name] :] = 0.0
    if name == "reacher":
        qpos += generator.uniform(-0.1, 0.1, model.nq)
        while np.linalg.norm(goal := generator.uniform(-0.2, 0.2, 2)) >= 0.2:
            pass
        qpos[-2:] = goal
    else:
        while np.linalg.norm(ball := generator.uniform([-0.3, -0.2], [0.0, 0.2])) <= 0.17:
            pass
        qpos[-4:] = [*ball, 0.0, 0.0]
    return qpos, qvel
