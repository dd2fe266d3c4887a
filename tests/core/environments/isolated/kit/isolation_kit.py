"""Environments for the tests of isolation; found through the manifest next to this file."""

from typing import Any

import isolation_faults
import numpy as np
import torch
from gymnasium import spaces
from isolation_settings import DriftSettings, WalkSettings
from pettingzoo import ParallelEnv

from quorate.interfaces import Environment, EnvironmentSpec, Observability, Step


class Forgetful(Environment):
    """Two agents push a point that drifts; an episode ends early where it has gone far."""

    def __init__(self, settings: DriftSettings, *, batch: int, device: Any = "cpu") -> None:
        self.settings, self._batch, self._device = settings, batch, torch.device(device)
        self.generator, self.steps, self.fault = torch.Generator(), 0, settings.fault
        low = np.array([-0.1, np.nextafter(np.float32(1), np.float32(0))], np.float32)
        space = spaces.Box(low, np.array([0.3, np.inf], np.float32)) if settings.continuous else spaces.Discrete(3)
        self._spec = EnvironmentSpec(
            "kit/drift-v1", ("left", "right"), (3, 2), 2, (space, spaces.Discrete(2, start=1)), settings.horizon,
            Observability.PARTIAL, "none", "drift 1", observed_features=torch.tensor([[0, 1, -1], [1, -1, -1]]),
            state_source="the point", outcomes=("far", "steps"), agent_rewards=True,
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
            self.generator.manual_seed(seed)
            self.steps = 0
        self.place = torch.rand(self._batch, 2, generator=self.generator)
        self.time = torch.zeros(self._batch, dtype=torch.int64)
        none = torch.zeros(self._batch, dtype=torch.bool)
        return self._show(torch.zeros(self._batch), none, none)

    def step(self, actions: torch.Tensor) -> Step:
        self.steps += 1
        if self.steps == 3 and hasattr(isolation_faults, self.fault):
            getattr(isolation_faults, self.fault)()
        noise = torch.rand(self._batch, 2, generator=self.generator) * self.settings.noise.scale
        push = actions.float().reshape(self._batch, -1).mean(-1, keepdim=True)
        self.place = self.place + self.settings.rate * push + noise
        self.time = self.time + 1
        reward = -self.place.square().sum(-1)
        terminated = self.place.sum(-1) > 9
        truncated = (self.time >= self.settings.horizon) & ~terminated
        last, ended = self.place, terminated | truncated
        outcomes = torch.stack([terminated, self.time], -1).float().where(ended[:, None], torch.nan)
        fresh = torch.rand(self._batch, 2, generator=self.generator)
        self.place = torch.where(ended[:, None], fresh, self.place)
        self.time = torch.where(ended, 0, self.time)
        step = self._show(reward, terminated, truncated)
        if ended.any():
            step.outcomes = outcomes
            step.final_observation = torch.where(ended[:, None, None], self._observe(last), step.observation)
            step.final_state = torch.where(ended[:, None], last, step.state)
        if self.fault == "tuple":
            return step.observation, step.reward  # type: ignore[return-value]
        return step

    def close(self) -> None:
        return

    def _observe(self, place: torch.Tensor) -> torch.Tensor:
        x, y = place.unbind(-1)
        none = torch.zeros_like(x)
        return torch.stack([torch.stack([x, y, x - y], -1), torch.stack([y, x, none], -1)], 1)

    def _show(self, reward: torch.Tensor, terminated: torch.Tensor, truncated: torch.Tensor) -> Step:
        x = self.place
        info = {
            "exact": x.double() / 3,
            "brain": x.bfloat16(),
            "wave": torch.complex(x, -x),
            "count": self.time.to(torch.int16),
            "byte": (x * 20).to(torch.uint8),
            "flag": x > 1,
            "none": x[:, :0],
            "turned": x[:, None].expand(-1, 3, -1).transpose(1, 2),
            "grad": x.clone().requires_grad_(),
        }
        if self.fault == "grow" and self.steps > 2:
            info = {"exact": x.repeat(1, self.steps), "new": x}
        if self.fault == "sparse" and self.steps > 2:
            info = {"sparse": x.to_sparse()}
        mask = torch.stack([torch.ones(self._batch, 3).bool(), (x.sum(-1, keepdim=True) > torch.arange(3))], 1)
        return Step(
            self._observe(x), x, reward, terminated, truncated,
            action_mask=None if self.settings.continuous else mask, agent_reward=x.clone(), info=info,
        )  # fmt: skip

    def posterior(self, layout: Any) -> Any:
        raise NotImplementedError

    def draw(self, axes: Any, state: torch.Tensor, estimate: torch.Tensor | None = None) -> None:
        raise NotImplementedError


class Drift(Forgetful):
    """Can be stored in the middle of its episodes."""

    def state_dict(self) -> dict[str, Any]:
        state = {"place": self.place.clone(), "time": self.time.clone(), "generator": self.generator.get_state()}
        return {**state, "steps": self.steps, "more": [None, ("a", 1.5), {"empty": torch.zeros(0, 2)}]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        assert state["more"][:2] == [None, ("a", 1.5)]
        assert state["more"][2]["empty"].shape == (0, 2)
        self.place, self.time, self.steps = state["place"], state["time"], state["steps"]
        self.generator.set_state(state["generator"])
        self.fault = state.get("fault", self.fault)


class Walk(ParallelEnv):
    """Two agents; the second leaves first; valid actions depend on the place."""

    possible_agents = ["a", "b"]  # noqa: RUF012
    metadata = {"name": "walk"}  # noqa: RUF012
    render_mode: str | None = None

    def render(self) -> Any:
        return np.full((3, 4, 3), self.time, np.uint8)

    def __init__(self, continuous: bool) -> None:
        self.continuous, self.agents, self.rng = continuous, [], np.random.default_rng()

    def observation_space(self, agent: str) -> Any:
        inner = spaces.Box(-np.inf, np.inf, (2,), np.float32)
        return inner if self.continuous else spaces.Dict(observation=inner, action_mask=spaces.MultiBinary(3))

    def action_space(self, agent: str) -> Any:
        return spaces.Box(-0.4, 0.4, (2,), np.float64) if self.continuous else spaces.Discrete(3)

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        if seed is not None:
            self.rng = np.random.default_rng(seed)
        self.agents, self.time = list(self.possible_agents), 0
        self.place = {a: self.rng.normal(size=2).astype(np.float32) for a in self.agents}
        return self._observe(self.agents), {a: {} for a in self.agents}

    def step(self, actions: Any) -> Any:
        self.time, acting = self.time + 1, self.agents
        for agent in acting:
            assert self.action_space(agent).contains(actions[agent])
            self.place[agent] = self.place[agent] + self.rng.normal(size=2).astype(np.float32) + actions[agent] * 0.1
        terminated = {a: self.time >= (3 if a == "b" else 5) for a in acting}
        self.agents = [a for a in acting if not terminated[a]]
        rewards = {a: float(self.place[a].sum()) for a in acting}
        infos = {a: {"far": rewards[a]} for a in acting}
        return self._observe(acting), rewards, terminated, dict.fromkeys(acting, False), infos

    def _observe(self, agents: list[str]) -> Any:
        if self.continuous:
            return {a: self.place[a].astype(np.float32) for a in agents}
        masks = {a: np.array([1, self.place[a][0] > 0, self.place[a][1] > 0], np.int8) for a in agents}
        return {a: {"observation": self.place[a].astype(np.float32), "action_mask": masks[a]} for a in agents}


def walk(settings: WalkSettings, render_mode: str | None = None) -> Walk:
    env = Walk(settings.continuous)
    env.render_mode = render_mode
    return env
