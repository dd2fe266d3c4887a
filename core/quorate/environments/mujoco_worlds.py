"""B worlds of one MuJoCo model, stepped by threads. It imports mujoco, and only plugins of that extra import it.

::

    worlds = MujocoWorlds(model, batch=128, frame_skip=5, fields=("qpos", "qvel", "xpos"), threads=2)
    worlds.place(rows, qpos, qvel)  # some rows begin anew there: a boolean mask or indices, [k, nq], [k, nv]
    worlds.step(ctrl)  # [B, nu]: `frame_skip` substeps of each world
    worlds.seen[:, worlds.columns["qpos"]]  # float64 [B, nq]; of `xpos` the three numbers of each body in turn
    stored = worlds.save()  # {"physics": [B, p], "seen": [B, g]}
    worlds.load(stored)  # goes on bit for bit, with any number of threads

`seen` is one float64 matrix [B, g] that each `place` and `step` overwrites; take columns of it with one `numpy.take`.
After a step, MuJoCo's derived fields (positions of bodies, inertias, contact forces) are those of one substep before
`qpos` and `qvel`, as in Gymnasium's environments; `place` computes them for the new state.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mujoco
import numpy as np

from quorate.environments.values import Array

__all__ = ["Array", "MujocoWorlds"]

PHYSICS = mujoco.mjtState.mjSTATE_INTEGRATION
"""All that MuJoCo's next step depends on; less (FULLPHYSICS) would drift, as the solver starts from its last answer."""


class MujocoWorlds:
    """One model, B data of it.

    Args:
        model: an ``MjModel``; it is shared, so that who changes it changes all worlds.
        batch: B.
        frame_skip: substeps of a step.
        fields: names of arrays of ``MjData`` that are looked at after each step, such as ``qpos`` or ``site_xpos``.
        threads: how many step the worlds, each a part of the rows; more than B are of no use.
        contact_forces: compute ``cfrc_ext`` and ``cacc`` after a step, which costs some time.

    Attributes:
        seen: float64 [B, g], the fields side by side, flattened.
        columns: of `seen`, where each field is.
        data: ``MjData`` of each world; what is written into them is seen after the next step.

    Raises:
        MemoryError: B worlds do not fit; some robots take 15 MB each, most of which is never touched.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        batch: int,
        frame_skip: int,
        fields: Sequence[str],
        threads: int = 1,
        *,
        contact_forces: bool = False,
    ) -> None:
        self.model, self.frame_skip, self._contact_forces = model, frame_skip, contact_forces
        try:
            self.data = [mujoco.MjData(model) for _ in range(batch)]
        except mujoco.FatalError as error:
            raise MemoryError(f"{batch} copies of a MuJoCo model: {error}") from None
        widths = [getattr(self.data[0], name).size for name in fields]
        ends = np.cumsum([0, *widths]).tolist()
        self.columns = {name: slice(*ends[index : index + 2]) for index, name in enumerate(fields)}
        self.seen: Array = np.zeros((batch, ends[-1]))
        self._copies = [self._pairs(row) for row in range(batch)]
        parts = np.array_split(np.arange(batch), min(threads, batch))
        self._parts = [range(int(part[0]), int(part[-1]) + 1) for part in parts]
        self._pool = ThreadPoolExecutor(len(parts)) if len(parts) > 1 else None

    @property
    def batch(self) -> int:
        """B."""
        return len(self.data)

    def step(self, ctrl: Array) -> None:
        """Let all worlds go on for `frame_skip` substeps under ctrl, [B, nu]."""

        def advance(rows: range) -> None:
            model, skip, forces = self.model, self.frame_skip, self._contact_forces
            for row in rows:
                data = self.data[row]
                data.ctrl[:] = ctrl[row]
                mujoco.mj_step(model, data, skip)
                if forces:
                    mujoco.mj_rnePostConstraint(model, data)
                self._look(row)

        self._each(advance)

    def place(self, rows: Array, qpos: Array, qvel: Array) -> None:
        """Begin anew in some rows, with all else as in the model.

        Args:
            rows: bool [B], or indices [k].
            qpos: [k, nq].
            qvel: [k, nv].
        """
        chosen = np.arange(self.batch)[rows].tolist()
        for row, position, velocity in zip(chosen, qpos, qvel, strict=True):
            data = self.data[row]
            mujoco.mj_resetData(self.model, data)
            data.qpos[:], data.qvel[:] = position, velocity
            mujoco.mj_forward(self.model, data)
            self._look(row)

    def save(self) -> dict[str, Array]:
        """Copies of all that a step depends on, and of what was seen last."""
        physics: Array = np.empty((self.batch, mujoco.mj_stateSize(self.model, PHYSICS)))
        for data, state in zip(self.data, physics, strict=True):
            mujoco.mj_getState(self.model, data, state, PHYSICS)
        return {"physics": physics, "seen": self.seen.copy()}

    def load(self, stored: dict[str, Array]) -> None:
        """Go on from what `save` returned. Derived fields that are not in `fields` are those of the next step."""
        for data, state in zip(self.data, stored["physics"], strict=True):
            mujoco.mj_setState(self.model, data, state, PHYSICS)
        self.seen[:] = stored["seen"]

    def close(self) -> None:
        """End the threads. Calling it twice does no harm."""
        if self._pool is not None:
            self._pool.shutdown()

    def _each(self, work: Callable[[range], Any]) -> None:
        if self._pool is None:
            work(self._parts[0])
        else:
            list(self._pool.map(work, self._parts))

    def _look(self, row: int) -> None:
        for kept, field in self._copies[row]:
            kept[:] = field

    def _pairs(self, row: int) -> list[tuple[Array, Array]]:
        """Where fields are kept, and where MuJoCo has them; both are memory that stays where it is."""
        pairs = []
        for name, columns in self.columns.items():
            field = getattr(self.data[row], name)
            pairs.append((self.seen[row, columns].reshape(field.shape), field))
        return pairs
