"""B worlds of one MuJoCo model, stepped by threads. It imports mujoco, and only plugins of that extra import it.

`MujocoEnvironment` makes a natively batched environment of them. The worlds alone::

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

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar

import mujoco
import numpy as np
import torch
from torch import Tensor
from typing_extensions import override

from quorate.environments.native import NativeEnvironment
from quorate.environments.values import Array
from quorate.interfaces import EnvironmentSpec

__all__ = ["Array", "MujocoEnvironment", "MujocoStored", "MujocoWorlds", "unwarned"]

PHYSICS = mujoco.mjtState.mjSTATE_INTEGRATION
"""All that MuJoCo's next step depends on; less (FULLPHYSICS) would drift, as the solver starts from its last answer."""

STORED = {"qpos": mujoco.mjtState.mjSTATE_QPOS, "qvel": mujoco.mjtState.mjSTATE_QVEL}
"""Fields that are parts of it."""


class MujocoWorlds:
    """One model, B worlds of it.

    A thread steps its worlds in turn in one ``MjData``, which stays in the processor's cache as B of them would not.

    Args:
        model: an ``MjModel``; it is shared, so that who changes it changes all worlds.
        batch: B.
        frame_skip: substeps of a step.
        fields: names of arrays of ``MjData`` that are looked at after each step, such as ``qpos`` or ``site_xpos``.
        threads: how many step the worlds, each a part of the rows; more than B are of no use.
        contact_forces: compute ``cfrc_ext`` and ``cacc`` after a step, which costs some time.

    Attributes:
        seen: float64 [B, g], the fields side by side, flattened; the memory stays the same.
        columns: of `seen`, where each field is.
        physics: float64 [B, p], all that the next step of each world depends on.
        data: ``MjData`` of each thread; it is that of the thread's last row.

    Raises:
        MemoryError: a thread's ``MjData`` does not fit; some robots take 15 MB, most of which is never touched.
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
        parts = np.array_split(np.arange(batch), min(threads, batch))
        try:
            self.data = [mujoco.MjData(model) for _ in parts]
        except mujoco.FatalError as error:
            raise MemoryError(f"{len(parts)} copies of a MuJoCo model: {error}") from None
        widths = [getattr(self.data[0], name).size for name in fields]
        ends = np.cumsum([0, *widths]).tolist()
        self.columns = {name: slice(*ends[index : index + 2]) for index, name in enumerate(fields)}
        self.seen: Array = np.zeros((batch, ends[-1]))
        self.physics: Array = np.zeros((batch, mujoco.mj_stateSize(model, PHYSICS)))
        self._ctrl = self._stored_at(mujoco.mjtState.mjSTATE_CTRL)
        self._held: list[int | None] = [None] * len(parts)
        self._rows = [range(int(part[0]), int(part[-1]) + 1) for part in parts]
        self._states, further = list(self.physics), [name for name in fields if name not in STORED]
        self._looks = [[self.seen[row, self.columns[name]] for name in further] for row in range(batch)]
        self._fields = [[getattr(data, name).reshape(-1) for name in further] for data in self.data]
        self._known = [(self.columns[name], self._stored_at(STORED[name])) for name in fields if name in STORED]
        self._pool = ThreadPoolExecutor(len(parts)) if len(parts) > 1 else None

    @property
    def batch(self) -> int:
        """B."""
        return len(self.seen)

    def step(self, ctrl: Array) -> None:
        """Let all worlds go on for `frame_skip` substeps under ctrl, [B, nu]."""
        self.physics[:, self._ctrl] = ctrl
        self._step()
        self._show()

    def place(self, rows: Array, qpos: Array, qvel: Array) -> None:
        """Begin anew in some rows, with all else as in the model.

        Args:
            rows: bool [B], or indices [k].
            qpos: [k, nq].
            qvel: [k, nv].
        """
        chosen, data = np.arange(self.batch)[rows].tolist(), self.data[0]
        for row, position, velocity in zip(chosen, qpos, qvel, strict=True):
            mujoco.mj_resetData(self.model, data)
            data.qpos[:], data.qvel[:] = position, velocity
            mujoco.mj_forward(self.model, data)
            self._keep(0, row)
        self._held = [None] * len(self._held)
        self._show()

    def save(self) -> dict[str, Array]:
        """Copies of all that a step depends on, and of what was seen last."""
        return {"physics": self.physics.copy(), "seen": self.seen.copy()}

    def load(self, stored: dict[str, Array]) -> None:
        """Go on from what `save` returned. Derived fields that are not in `fields` are those of the next step."""
        self.physics[:], self.seen[:] = stored["physics"], stored["seen"]
        self._held = [None] * len(self._held)

    def close(self) -> None:
        """End the threads. Calling it twice does no harm."""
        if self._pool is not None:
            self._pool.shutdown()

    def _step(self) -> None:
        """Let the states go on, and what is seen besides them."""
        if self._pool is None:
            self._advance(0)
        else:
            list(self._pool.map(self._advance, range(len(self._rows))))

    def _advance(self, part: int) -> None:
        """Step the rows of one thread."""
        model, data, skip, forces = self.model, self.data[part], self.frame_skip, self._contact_forces
        for row in self._rows[part]:
            state = self._states[row]
            if self._held[part] == row:
                data.ctrl[:] = state[self._ctrl]
            else:
                mujoco.mj_setState(model, data, state, PHYSICS)
                self._held[part] = row
            mujoco.mj_step(model, data, skip)
            if forces:
                mujoco.mj_rnePostConstraint(model, data)
            self._keep(part, row)

    def _keep(self, part: int, row: int) -> None:
        """Store the row that a thread's data are of, and what is seen of it besides."""
        mujoco.mj_getState(self.model, self.data[part], self._states[row], PHYSICS)
        for kept, field in zip(self._looks[row], self._fields[part], strict=True):
            kept[:] = field

    def _show(self) -> None:
        """See what is stored, of all rows."""
        for columns, stored in self._known:
            self.seen[:, columns] = self.physics[:, stored]

    def _stored_at(self, part: mujoco.mjtState) -> slice:
        """Columns of one part in `physics`, in which parts follow each other in the order of their numbers."""
        before = mujoco.mj_stateSize(self.model, int(PHYSICS) & (int(part) - 1))
        return slice(before, before + mujoco.mj_stateSize(self.model, int(part)))


@dataclass
class MujocoStored:
    """What is stored of B worlds; in between, MuJoCo's own data are where they are.

    Attributes:
        keys: int64 [B], of what rows draw: what they do is told by key and episode, and not by other rows.
        episodes: int64 [B], how many have begun.
        physics: float64 [B, p], of `MujocoWorlds.save`, and
        seen: float64 [B, g].
    """

    keys: Tensor
    episodes: Tensor
    physics: Tensor
    seen: Tensor


World = TypeVar("World", bound=MujocoStored)


class MujocoEnvironment(NativeEnvironment[World]):
    """B worlds that MuJoCo steps on the CPU, wherever the tensors are: draws by row, storing and ending are done here.

    An environment writes `start`, `advance` and `observe`.

    Args:
        spec: what does not change.
        worlds: B of them, which are this environment's own.
        device: of the tensors.
    """

    draws_views = False
    stored_as: ClassVar[type[MujocoStored]] = MujocoStored
    """The class of `world`: `MujocoStored`, or one with further tensors."""

    def __init__(self, spec: EnvironmentSpec, worlds: MujocoWorlds, device: torch.device | str) -> None:
        super().__init__(spec, worlds.batch, device)
        self.worlds = worlds

    @abstractmethod
    def start(self, rows: Tensor, generators: Sequence[np.random.Generator], before: World | None) -> dict[str, Tensor]:
        """Place the worlds of some rows where new episodes begin.

        Args:
            rows: bool [B], on the CPU.
            generators: of these k rows' draws.
            before: what was stored so far; None where all rows begin.

        Returns:
            The further tensors of `stored_as` by name, of all B rows.
        """

    @override
    def begin(self) -> World:
        keys = torch.randint(2**62, (self._batch,), generator=self.generator, device=self._device).cpu()
        every = torch.ones(self._batch, dtype=torch.bool)
        return self._anew(every, keys, torch.zeros(self._batch, dtype=torch.int64), None)

    @override
    def begin_in(self, rows: Tensor) -> World:
        rows = rows.cpu()
        return self._anew(rows, self.world.keys.cpu(), self.world.episodes.cpu() + rows, self.world)

    @override
    def state_dict(self) -> dict[str, Any]:
        if self._clock.begun:
            self.world = replace(self.world, **self._saved())
        return super().state_dict()

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        if self._clock.begun:
            self.worlds.load({name: getattr(self.world, name).cpu().numpy() for name in ("physics", "seen")})

    @override
    def close(self) -> None:
        """End the threads."""
        self.worlds.close()

    def _anew(self, rows: Tensor, keys: Tensor, episodes: Tensor, before: World | None) -> World:
        seeds = zip(keys[rows].tolist(), episodes[rows].tolist(), strict=True)
        further = self.start(rows, [np.random.default_rng(seed) for seed in seeds], before)
        world: Any = self.stored_as(keys=keys, episodes=episodes, **self._saved(), **further)
        return world  # type: ignore[no-any-return]

    def _saved(self) -> dict[str, Tensor]:
        return {name: torch.from_numpy(part) for name, part in self.worlds.save().items()}

    def _tensor(self, values: Array) -> Tensor:
        return torch.from_numpy(values.astype(np.float32)).to(self._device)


@contextmanager
def unwarned() -> Iterator[None]:
    """MuJoCo's warnings are not heard meanwhile: files of models, which are not ours to mend, cause some."""
    mujoco.set_mju_user_warning(_unheard)
    try:
        yield
    finally:
        mujoco.set_mju_user_warning(None)


def _unheard(_: str) -> None:
    pass
