"""The hand-over as an environment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mujoco
import numpy as np
import torch
from gymnasium.spaces import Box
from torch import Tensor
from typing_extensions import override

from quorate.conventions import RewardRule
from quorate.environments import Advance, View
from quorate.environments.mujoco_rollout import RolloutWorlds
from quorate.environments.mujoco_worlds import Array, MujocoEnvironment, MujocoStored
from quorate.interfaces import EnvironmentSpec, Observability
from quorate_shadow_hands import task
from quorate_shadow_hands.layout import Layout
from quorate_shadow_hands.model import HANDS, MOTORS, load_model
from quorate_shadow_hands.picture import Picture
from quorate_shadow_hands.settings import ShadowHandsSettings

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass
class Stored(MujocoStored):
    """What is stored of B worlds.

    Attributes:
        goal: float64 [B, 4], how the goal is turned; w, x, y, z.
        actions: float32 [B, 2, 20], the last ones.
    """

    goal: Tensor
    actions: Tensor


class ShadowHands(MujocoEnvironment[Stored]):
    """B pairs of hands. MuJoCo runs on the CPU, wherever the tensors are.

    Args:
        settings: what `ShadowHandsSettings` documents.
        batch: B.
        device: of the tensors.
    """

    seeded_as = "shadow-hands"
    stored_as = Stored

    def __init__(self, settings: ShadowHandsSettings, batch: int = 1, device: torch.device | str = "cpu") -> None:
        model = load_model(hands_touch=settings.hands_touch)
        worlds = RolloutWorlds(model, batch, 2, settings.threads)
        self.features = Layout(model)
        self.motors = np.array([model.actuator(f"{hand}_robot0:A_{name}").id for hand in HANDS for name in MOTORS])
        self._limits = model.actuator_ctrlrange[self.motors].T
        self._start, self._picture = model.qpos0.copy(), Picture(model, self.features)
        super().__init__(_spec(settings, self.features), worlds, device)

    @override
    def start(
        self, rows: Tensor, generators: Sequence[np.random.Generator], before: Stored | None
    ) -> dict[str, Tensor]:
        turns, qpos = self._draw(
            np.stack([generator.random(len(self.features.joints) + 7) for generator in generators])
        )
        self.worlds.place(rows.numpy(), qpos, np.zeros((len(qpos), self.worlds.model.nv)))
        if before is None:
            return {"goal": torch.from_numpy(turns), "actions": torch.zeros(self._batch, 2, len(MOTORS))}
        goal = before.goal.cpu().clone()
        goal[rows] = torch.from_numpy(turns)
        return {"goal": goal, "actions": before.actions.cpu().masked_fill(rows[:, None, None], 0.0)}

    @override
    def advance(self, actions: Tensor) -> Advance:
        self.world.actions = actions.detach().cpu().float().clamp(-1.0, 1.0)
        ctrl: Array = np.empty((self._batch, len(self.motors)))
        flat = self.world.actions.reshape(self._batch, -1).numpy().astype(np.float64)
        ctrl[:, self.motors] = task.targets(flat, *self._limits)
        self.worlds.step(ctrl)
        ball = self.ball
        return Advance(self._tensor(task.reward(ball)), torch.from_numpy(task.fallen(ball)).to(self._device))

    @override
    def observe(self) -> View:
        turn, goal = self._places[:, self.features.ball + 3 :][:, :4], self.world.goal.numpy(force=True)
        actions = self.world.actions.numpy(force=True).reshape(self._batch, -1)
        state = self.features.state([self.worlds.seen, actions, goal, task.between(turn, goal)])
        return View(self._tensor(state.take(self.features.observed, axis=1)), self._tensor(state))

    @override
    def outcomes(self) -> Tensor:
        return self._tensor(task.distance(self.ball) < task.CAUGHT)[:, None]

    def draw(self, axes: "Axes", state: Tensor, estimate: Tensor | None = None) -> None:
        """Draw a state [290] and an estimate [290] of it; see `quorate_shadow_hands.picture`."""
        self._picture.draw(axes, state, estimate)

    @property
    def ball(self) -> Array:
        """Where the balls are, float64 [B, 3]."""
        return self._places[:, self.features.ball : self.features.ball + 3]

    @property
    def _places(self) -> Array:
        return self.worlds.seen[:, self.worlds.columns["qpos"]]

    def _draw(self, noise: Array) -> tuple[Array, Array]:
        """Goals' turns [k, 4] and places of all [k, nq], for uniform noise [k, 55]."""
        low, high = self.features.limits
        width, ball = len(low), self.features.ball
        turns = np.pi * (2 * noise[:, width + 3 :] - 1)
        qpos = np.tile(self._start, (len(noise), 1))
        qpos[:, self.features.joints] = 0.2 * (low + noise[:, :width] * (high - low))
        qpos[:, ball : ball + 3] += 0.01 * (2 * noise[:, width : width + 3] - 1)
        qpos[:, ball + 3 : ball + 7] = task.turned(turns[:, 0], turns[:, 1])
        return task.turned(turns[:, 2], turns[:, 3]), qpos


def _spec(settings: ShadowHandsSettings, layout: Layout) -> EnvironmentSpec:
    touch = "touch" if settings.hands_touch else "pass through"
    return EnvironmentSpec(
        name="shadow-hands/handover-v1",
        agents=("right_hand", "left_hand"),
        observation_sizes=(layout.observed.shape[1],) * 2,
        state_size=len(layout.columns),
        action_spaces=tuple(Box(-1.0, 1.0, (len(MOTORS),), np.float32) for _ in HANDS),
        horizon=settings.horizon,
        observability=Observability.COLLECTIVE,
        reward="team reward, shared by both: 2 exp(-20 d), d metres from the ball to its goal",
        simulator=f"mujoco {mujoco.__version__}; a twin of Isaac Lab's task, whose scores are not to be compared; "
        f"120 Hz, 2 substeps; the two hands {touch} each other",
        observed_features=torch.from_numpy(layout.observed),
        reward_rule=RewardRule.SHARED,
        outcomes=("caught",),
    )
