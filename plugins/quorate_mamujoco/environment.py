"""MaMuJoCo as an environment."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import mujoco
import numpy as np
import torch
from gymnasium.spaces import Box
from torch import Tensor
from typing_extensions import override

from quorate.conventions import RewardRule
from quorate.environments import Advance, View
from quorate.environments.mujoco_worlds import Array, MujocoEnvironment, MujocoStored, MujocoWorlds
from quorate.interfaces import EnvironmentSpec
from quorate_mamujoco.layout import Layout
from quorate_mamujoco.models import load_model
from quorate_mamujoco.picture import Picture
from quorate_mamujoco.rules import SCORES, Move, Seen, derive, outcome
from quorate_mamujoco.settings import MaMuJoCoSettings
from quorate_mamujoco.starts import start

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class MaMuJoCo(MujocoEnvironment[MujocoStored]):
    """B robots, with the rules of Gymnasium's v5. MuJoCo runs on the CPU, wherever the tensors are.

    Args:
        settings: what `MaMuJoCoSettings` documents.
        batch: B.
        device: of the tensors.
    """

    seeded_as = "mamujoco"

    def __init__(self, settings: MaMuJoCoSettings, batch: int = 1, device: torch.device | str = "cpu") -> None:
        robot = settings.model
        self._name, self._robot, self._model = settings.robot, robot, load_model(robot)
        self.worlds = MujocoWorlds(
            self._model,
            batch,
            robot.frame_skip,
            robot.fields,
            settings.threads,
            contact_forces="cfrc_ext" in robot.fields,
        )
        self._before, self._zeros = self.worlds.seen.copy(), np.zeros((batch, 1))
        self._earlier, self._seen = (self._named(matrix) for matrix in (self._before, self.worlds.seen))
        columns, width = {}, 0
        for name, part in (self._seen | self._derived() | {"zeros": self._zeros}).items():
            columns[name], width = width, width + part.shape[1]
        self.features = Layout(robot, self._model, settings.groups, settings.obsk, columns)
        self._seconds = self._model.opt.timestep * robot.frame_skip
        self._picture = Picture(self._name, self._model, self.features)
        super().__init__(_spec(settings, self._model, self.features), self.worlds, device)

    @override
    def start(
        self, rows: Tensor, generators: Sequence[np.random.Generator], before: MujocoStored | None
    ) -> dict[str, Tensor]:
        places = [start(self._name, self._model, generator) for generator in generators]
        qpos, qvel = (np.stack(part) for part in zip(*places, strict=True))
        self.worlds.place(rows.numpy(), qpos, qvel)
        return {}

    @override
    def advance(self, actions: Tensor) -> Advance:
        flat = actions.numpy(force=True).reshape(self._batch, -1)
        reward, well = self.score(flat.take(self.features.motors, axis=1).astype(np.float64))
        ended = None if well is None else torch.from_numpy(~well).to(self._device)
        return Advance(self._tensor(reward), ended)

    @override
    def observe(self) -> View:
        observation, state = self.look()
        return View(self._tensor(observation), self._tensor(state))

    @override
    def outcomes(self) -> Tensor:
        return self._tensor(outcome(self._name, self._robot.outcome, self._seen, self._model))[:, None]

    def draw(self, axes: "Axes", state: Tensor, estimate: Tensor | None = None) -> None:
        """Draw a state [s] and an estimate [s] of it; see `quorate_mamujoco.picture`."""
        self._picture.draw(axes, state, estimate)

    def score(self, ctrl: Array) -> tuple[Array, Array | None]:
        """Step the worlds under ctrl, float64 [B, nu].

        Returns:
            Rewards, float64 [B]; and who goes on, bool [B], or None where no episode ends early.
        """
        self._before[:] = self.worlds.seen
        self.worlds.step(ctrl)
        return SCORES[self._name](Move(self._earlier, self._seen, ctrl, self._seconds, self._model))

    def look(self) -> tuple[Array, Array]:
        """Observations [B, n, o] and states [B, s], in float64."""
        matrix = np.concatenate([self.worlds.seen, *self._derived().values(), self._zeros], axis=1)
        return matrix.take(self.features.observations, axis=1), matrix.take(self.features.state, axis=1)

    def _named(self, matrix: Array) -> Seen:
        """Each field of a matrix [B, g]; it is the same memory."""
        return {name: matrix[:, columns] for name, columns in self.worlds.columns.items()}

    def _derived(self) -> Seen:
        return derive(self._name, self._seen, self._model)


def _spec(settings: MaMuJoCoSettings, model: mujoco.MjModel, layout: Layout) -> EnvironmentSpec:
    low, high = model.actuator_ctrlrange[0].tolist()
    who = "own" if settings.joints is not None else settings.partition
    sees = "the whole state" if settings.obsk is None else f"own joints, and positions up to {settings.obsk} links away"
    return EnvironmentSpec(
        name=f"mamujoco/{settings.robot}-{who}-{settings.sight}",
        agents=tuple(f"agent_{number}" for number in range(len(settings.groups))),
        observation_sizes=layout.sizes,
        state_size=len(layout.state),
        action_spaces=tuple(Box(low, high, (len(group),), np.float32) for group in settings.groups),
        horizon=settings.horizon or settings.model.horizon,
        observability=settings.observability,
        reward="team reward, shared by all; Gymnasium's v5: contact costs count, being healthy pays only while it is "
        "true. Figures of HARL are of v2 and v4 and not to be compared",
        simulator=f"mujoco {mujoco.__version__}; {settings.model.frame_skip} substeps; an agent sees {sees}",
        observed_features=torch.from_numpy(layout.observed),
        state_source="Gymnasium's v5 observation of the whole robot",
        reward_rule=RewardRule.SHARED,
        outcomes=(settings.model.outcome,),
    )
