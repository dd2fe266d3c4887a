"""Worlds of a MuJoCo model that `mujoco.rollout` steps, all in one call; see `quorate.environments.mujoco_worlds`."""

import mujoco
import numpy as np
from mujoco.rollout import Rollout
from typing_extensions import override

from quorate.environments.mujoco_worlds import Array, MujocoWorlds

__all__ = ["RolloutWorlds"]

_FULL = mujoco.mjtState.mjSTATE_FULLPHYSICS


class RolloutWorlds(MujocoWorlds):
    """B worlds of a model without warm starts, of which ``qpos``, ``qvel`` and ``sensordata`` are seen.

    Where the solver does not start from its last answer, nothing stays behind between two calls that later steps depend
    on; and threads that are MuJoCo's own do not wait for the interpreter.

    Args:
        model: an ``MjModel``.
        batch: B.
        frame_skip: substeps of a step.
        threads: how many step the worlds.

    Raises:
        ValueError: the model starts the solver warm, or has states that are not stored side by side.
        MemoryError: as of `MujocoWorlds`.
    """

    def __init__(self, model: mujoco.MjModel, batch: int, frame_skip: int, threads: int = 1) -> None:
        if not model.opt.disableflags & mujoco.mjtDisableBit.mjDSBL_WARMSTART:
            raise ValueError("a rollout needs a model with mjDSBL_WARMSTART among its disableflags")
        size = mujoco.mj_stateSize(model, _FULL)
        if size != mujoco.mj_stateSize(model, int(_FULL) & (int(mujoco.mjtState.mjSTATE_WARMSTART) - 1)):
            raise ValueError("the state of plugins and of plasticity is not stored beside the rest of the physics")
        super().__init__(model, batch, frame_skip, ("qpos", "qvel", "sensordata"), threads)
        self._models, self._rollout = [model] * batch, Rollout(nthread=len(self.data) if len(self.data) > 1 else 0)
        self._after: Array = np.zeros((batch, frame_skip, size))
        self._controls: Array = np.zeros((batch, frame_skip, model.nu))
        self._sensed: Array = np.zeros((batch, frame_skip, model.nsensordata))

    @override
    def _step(self) -> None:
        self._controls[:] = self.physics[:, None, self._ctrl]
        before = np.ascontiguousarray(self.physics[:, : self._after.shape[2]])
        self._rollout.rollout(
            self._models,
            self.data,
            before,
            self._controls,
            skip_checks=True,
            nstep=self.frame_skip,
            state=self._after,
            sensordata=self._sensed,
        )
        self.physics[:, : self._after.shape[2]] = self._after[:, -1]
        self.seen[:, self.columns["sensordata"]] = self._sensed[:, -1]

    @override
    def close(self) -> None:
        super().close()
        self._rollout.close()
