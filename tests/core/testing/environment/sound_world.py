"""A small environment that does everything right, with something in it for every check to look at."""

from dataclasses import dataclass
from typing import Any

import torch
from gymnasium import spaces

from quorate.interfaces import Environment, EnvironmentSpec, Observability, Step
from quorate.settings import setting


@dataclass
class WorldSettings:
    length: int = setting(6, "Steps.", minimum=1)


class Sound(Environment):
    """Two agents walk on a line and look for a treasure whose side none of them sees.

    The state is [left's place, right's place, side of the treasure, time]. `left` sees its place, a noise and the
    time, `right` its place and the time. An episode ends when the places add up to 2.
    """

    observability = Observability.PARTIAL

    def __init__(self, settings: WorldSettings, *, batch: int, device: Any = "cpu") -> None:
        self._settings, self._batch, self._device = settings, batch, torch.device(device)
        self._generator = torch.Generator(device=self._device)
        self._state = torch.zeros(batch, 4, device=self._device)
        self._count = 0

    @property
    def spec(self) -> EnvironmentSpec:
        return EnvironmentSpec(
            name="world-v1", agents=("left", "right"), observation_sizes=(3, 2), state_size=4,
            action_spaces=(spaces.Discrete(2), spaces.Discrete(3)), horizon=self._settings.length,
            observability=self.observability, reward="sum of the agents' rewards", simulator="world 1",
            outcomes=("met", "steps"), agent_rewards=True,
        )  # fmt: skip

    @property
    def batch(self) -> int:
        return self._batch

    @property
    def device(self) -> torch.device:
        return self._device

    def reset(self, seed: int | None = None) -> Step:
        if seed is not None:
            self._generator.manual_seed(seed)
        self._count = 0
        self._state = self._begin()
        none = torch.zeros(self._batch, dtype=torch.bool, device=self._device)
        return self._changed(self._shown(torch.zeros(self._batch, 2, device=self._device), none, none))

    def step(self, actions: torch.Tensor) -> Step:
        self._count += 1
        move = actions * torch.tensor([2, 1], device=self._device) - 1
        self._state = self._state + torch.cat([move, torch.zeros_like(move[:, :1]), torch.ones_like(move[:, :1])], 1)
        own = self._state[:, :2] * (2 * self._state[:, 2:3] - 1)
        terminated = self._terminated()
        truncated = (self._state[:, 3] >= self._settings.length) & ~terminated
        last, last_observation, ended = self._state, self._observe(), terminated | truncated
        self._state = torch.where(ended[:, None], self._begin(ended), self._state)
        step = self._shown(own, terminated, truncated)
        if bool(ended.any()):
            step.final_observation = torch.where(ended[:, None, None], last_observation, step.observation)
            step.final_state = torch.where(ended[:, None], last, step.state)
            step.outcomes = torch.stack([terminated.float(), last[:, 3]], 1).where(ended[:, None], torch.nan)
        return self._changed(step)

    def state_dict(self) -> dict[str, Any]:
        return {"state": self._state.clone(), "count": self._count, "generator": self._generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._state, self._count = state["state"].clone(), state["count"]
        self._generator.set_state(state["generator"])

    def close(self) -> None:
        pass

    def _terminated(self) -> torch.Tensor:
        return self._state[:, :2].sum(1) >= 2

    def _begin(self, ended: torch.Tensor | None = None) -> torch.Tensor:
        drawn = self._draw(3)
        return torch.cat([(drawn[:, :2] * 2).floor() - 1, (drawn[:, 2:] > 0.5).float(), 0 * drawn[:, :1]], 1)

    def _draw(self, columns: int) -> torch.Tensor:
        return torch.rand(self._batch, columns, generator=self._generator, device=self._device)

    def _observe(self) -> torch.Tensor:
        left, right, _, time = self._state.unbind(1)
        noise = self._draw(1)[:, 0]
        rows = [torch.stack([left, noise, time], 1), torch.stack([right, time, torch.zeros_like(time)], 1)]
        return torch.stack(rows, 1)

    def _shown(self, own: torch.Tensor, terminated: torch.Tensor, truncated: torch.Tensor) -> Step:
        mask = torch.tensor([[True, True, False], [True, True, True]], device=self._device).repeat(self._batch, 1, 1)
        mask[:, 1, 2] = self._state[:, 1] < 2
        return Step(
            self._observe(), self._state.clone(), own.sum(1), terminated, truncated, action_mask=mask,
            agent_mask=torch.ones(self._batch, 2, dtype=torch.bool, device=self._device),
            agent_reward=own.clone(), info={"walked": own.abs().sum(1)},
        )  # fmt: skip

    def _changed(self, step: Step) -> Step:
        """For those who do something wrong."""
        return step
