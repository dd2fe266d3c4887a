"""A natively batched environment."""

from typing import Any

import torch
from gymnasium import spaces

from quorate.interfaces import Environment, EnvironmentSpec, Observability, Step


class Counter(Environment):
    """A native environment: two agents, masked actions, state = time and noise; one row may end early."""

    def __init__(self, settings: Any = None, *, batch: int, device: Any = "cpu", masked: bool = True) -> None:
        self._batch, self._device, self._masked = batch, torch.device(device), masked
        self._generator = torch.Generator()
        self._spec = EnvironmentSpec(
            "counter", ("x", "y"), (2, 1), 2, (spaces.Discrete(2), spaces.Discrete(3)), 6,
            Observability.COLLECTIVE, "team reward, shared by all agents", "counter 1",
        )  # fmt: skip

    @property
    def spec(self) -> EnvironmentSpec:
        return self._spec

    @property
    def batch(self) -> int:
        return self._batch

    @property
    def device(self) -> torch.device:
        return self._device

    def reset(self, seed: int | None = None) -> Step:
        if seed is not None:
            self._generator.manual_seed(seed)
        self._state = torch.zeros(self._batch, 2)
        self._draw()
        none = torch.zeros(self._batch, dtype=torch.bool)
        return self._step(torch.zeros(self._batch), none, none)

    def step(self, actions: torch.Tensor) -> Step:
        self._state = self._state + torch.tensor([1.0, 0.0])
        reward = self._state[:, 1] * actions.sum(-1)
        self._draw()
        terminated = self._state[:, 1] > 0.9
        truncated = (self._state[:, 0] >= 6) & ~terminated
        final_observation, final_state = self._observation(), self._state
        ended = terminated | truncated
        self._state = torch.where(ended[:, None], 0.0, self._state)
        self._draw()
        step = self._step(reward, terminated, truncated)
        if ended.any():
            step.final_observation = torch.where(ended[:, None, None], final_observation, step.observation)
            step.final_state = torch.where(ended[:, None], final_state, step.state)
        return step

    def close(self) -> None:
        self._batch = self._batch

    def _draw(self) -> None:
        noise = torch.rand(self._batch, generator=self._generator)
        self._state = torch.stack([self._state[:, 0], noise], -1)

    def _observation(self) -> torch.Tensor:
        time, noise = self._state.unbind(-1)
        return torch.stack([self._state, torch.stack([noise - time, torch.zeros_like(time)], -1)], 1)

    def _step(self, reward: torch.Tensor, terminated: torch.Tensor, truncated: torch.Tensor) -> Step:
        mask = torch.tensor([[True, True, False], [True, False, True]]).expand(self._batch, 2, 3)
        return Step(
            self._observation(), self._state, reward, terminated, truncated,
            action_mask=mask.clone() if self._masked else None,
        )  # fmt: skip
