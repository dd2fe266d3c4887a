"""A world whose every return is known: row b has episodes of b + 2 steps, which pay the agents their actions."""

from typing import Any

import torch
from gymnasium import spaces

from quorate.interfaces import Environment, EnvironmentSpec, InputTracker, Observability, PolicyInput, Step


class Walk(Environment):
    """Two agents with an action in [0, 1]; row 0 terminates, the others are truncated. The observation is the time."""

    def __init__(self, settings: Any = None, *, batch: int, device: Any = "cpu") -> None:
        self._batch, self._device = batch, torch.device(device)
        self._box = spaces.Box(0, 1, (1,))

    @property
    def spec(self) -> EnvironmentSpec:
        return EnvironmentSpec(
            "walk", ("x", "mean"), (1, 1), 1, (self._box, self._box), None, Observability.FULL, "sum", "walk 1",
            outcomes=("won", "steps"), agent_rewards=True,
        )  # fmt: skip

    @property
    def batch(self) -> int:
        return self._batch

    @property
    def device(self) -> torch.device:
        return self._device

    def reset(self, seed: int | None = None) -> Step:
        self.seed = seed
        self._time = torch.zeros(self._batch)
        none = torch.zeros(self._batch, dtype=torch.bool)
        return self._see(torch.zeros(self._batch), none, none)

    def step(self, actions: torch.Tensor) -> Step:
        self._time = self._time + 1
        last, ended = self._time, self._time >= torch.arange(self._batch) + 2
        self._time = torch.where(ended, 0.0, last)
        first = torch.arange(self._batch) == 0
        step = self._see(actions.sum((1, 2)), ended & first, ended & ~first)
        step.agent_reward = actions[..., 0]
        step.outcomes = torch.stack([step.terminated, last], -1).float().where(ended[:, None], torch.nan)
        step.final_state = last[:, None]
        step.final_observation = last[:, None, None].expand(-1, 2, 1)
        return step

    def close(self) -> None:
        self.closed = True

    def _see(self, reward: torch.Tensor, terminated: torch.Tensor, truncated: torch.Tensor) -> Step:
        observation = self._time[:, None, None].expand(-1, 2, 1).clone()
        return Step(observation, self._time[:, None].clone(), reward, terminated, truncated)


class StoredWalk(Walk):
    """One that can be stored."""

    def state_dict(self) -> dict[str, Any]:
        return {"time": self._time.clone()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._time = state["time"].clone()


class LastTwo(PolicyInput, InputTracker):
    """What is seen: the present and the previous observation of the episode, -1 before it began."""

    size = 2
    description = "two observations"

    def tracker(self, batch: int, seed: int) -> InputTracker:
        return LastTwo()

    def reset(self, step: Step) -> torch.Tensor:
        self._last = step.observation
        return torch.cat([step.observation, torch.full_like(step.observation, -1.0)], -1)

    def observe(self, step: Step) -> tuple[torch.Tensor, torch.Tensor]:
        ended = step.ended[:, None, None]
        final = step.observation if step.final_observation is None else step.final_observation
        following = torch.cat([torch.where(ended, final, step.observation), self._last], -1)
        now = torch.cat([step.observation, self._last.masked_fill(ended, -1.0)], -1)
        self._last = step.observation
        return now, following

    def state_dict(self) -> dict[str, Any]:
        return {"last": self._last}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._last = state["last"]
