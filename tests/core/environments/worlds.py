"""Small PettingZoo environments, each with a peculiarity that the bridge must survive. Imports no torch."""

import functools
import os
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv


class Walk(ParallelEnv):
    """Agents of different sizes walk randomly; terminates when the sum of positions is high, truncates at `limit`."""

    metadata: ClassVar[dict[str, Any]] = {"name": "walk", "quorate": {"observability": "collective"}}
    goal = 5.0

    def __init__(self, sizes: tuple[int, ...] = (2, 3), limit: int = 12, stateful: bool = True) -> None:
        self.possible_agents = [f"walker_{i}" for i in range(len(sizes))]
        self.sizes, self.limit = dict(zip(self.possible_agents, sizes, strict=True)), limit
        self.agents: list[str] = []
        self.rng = np.random.default_rng()
        if stateful:
            self.state_space = spaces.Box(-np.inf, np.inf, (sum(sizes),), np.float32)
            self.state = self._state  # type: ignore[method-assign]

    @functools.cache  # noqa: B019
    def observation_space(self, agent: str) -> Any:
        return spaces.Box(-np.inf, np.inf, (self.sizes[agent],), np.float32)

    @functools.cache  # noqa: B019
    def action_space(self, agent: str) -> Any:
        return spaces.Discrete(self.sizes[agent] + 1)

    def _state(self) -> Any:
        return np.concatenate([self.position[a] for a in self.possible_agents])

    def _observe(self, agents: list[str]) -> dict[str, Any]:
        return {a: self.position[a].copy() for a in agents}

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        if seed is not None:
            self.rng = np.random.default_rng(seed)
        self.agents, self.time = list(self.possible_agents), 0
        self.position = {a: self.rng.normal(size=self.sizes[a]).astype(np.float32) for a in self.agents}
        return self._observe(self.agents), {a: {} for a in self.agents}

    def step(self, actions: dict[str, Any]) -> Any:
        self.time, acting = self.time + 1, self.agents
        for agent in acting:
            self.position[agent] += self.rng.normal(size=self.sizes[agent]).astype(np.float32) * 0.3
            if actions[agent] < self.sizes[agent]:
                self.position[agent][actions[agent]] += 0.5
        won = sum(float(p.sum()) for p in self.position.values()) > self.goal
        late = self.time >= self.limit and not won
        rewards = {a: float(self.position[a].sum()) for a in acting}
        self.agents = [] if won or late else acting
        return (
            self._observe(acting),
            rewards,
            dict.fromkeys(acting, won),
            dict.fromkeys(acting, late),
            {a: {} for a in acting},
        )


class Drifters(ParallelEnv):
    """Continuous actions of different shapes; agent i leaves, terminated, after step i + 2; the last one is cut off."""

    metadata: ClassVar[dict[str, Any]] = {"name": "drifters"}
    possible_agents: ClassVar[list[Any]] = ["a", "b", "c"]

    def __init__(self) -> None:
        shapes = {"a": (2,), "b": (2, 2), "c": (1,)}
        self.observation_spaces = {a: spaces.Box(-9.0, 9.0, s, np.float64) for a, s in shapes.items()}
        self.action_spaces = {a: spaces.Box(-1.0, 2.0, s, np.float64) for a, s in shapes.items()}
        self.agents: list[str] = []

    def observation_space(self, agent: str) -> Any:
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> Any:
        return self.action_spaces[agent]

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        self.agents, self.time = list(self.possible_agents), 0
        return {a: np.zeros(self.observation_spaces[a].shape) for a in self.agents}, {a: {} for a in self.agents}

    def step(self, actions: dict[str, Any]) -> Any:
        self.time += 1
        acting = self.agents
        assert all(actions[a].shape == self.action_spaces[a].shape for a in acting)
        assert all(actions[a].dtype == np.float64 for a in acting)
        terminated = {a: self.time >= i + 2 and a != "c" for i, a in enumerate("abc") if a in acting}
        truncated = {a: self.time >= 4 and a == "c" for a in acting}
        self.agents = [a for a in acting if not (terminated[a] or truncated[a])]
        return actions, dict.fromkeys(acting, 1.0), terminated, truncated, {a: {} for a in acting}


class Nested(ParallelEnv):
    """Observations of every kind inside a Dict, with an action mask, and actions of several parts."""

    metadata: ClassVar[dict[str, Any]] = {"name": "nested"}
    possible_agents: ClassVar[list[Any]] = [("team", 0), ("team", 1)]

    def __init__(self, mask: Any = (1, 0, 1)) -> None:
        inner = spaces.Dict(
            camera=spaces.Box(0, 255, (2, 2), np.uint8),
            tag=spaces.Tuple((spaces.Discrete(3, start=5), spaces.MultiBinary(2))),
            wheel=spaces.MultiDiscrete([2, 3]),
        )
        self.space = spaces.Dict(observation=inner, action_mask=spaces.Box(0, 1, (3,), np.int8))
        self.choice, self.mask, self.agents = spaces.Discrete(3, start=7), np.array(mask, np.int8), []
        self.seen: list[Any] = []

    def observation_space(self, agent: Any) -> Any:
        return self.space

    def action_space(self, agent: Any) -> Any:
        return self.choice

    def _observe(self) -> dict[Any, Any]:
        value = {
            "camera": np.array([[1, 2], [3, 4]], np.uint8),
            "tag": (np.int64(6), np.array([1, 0], np.int8)),
            "wheel": np.array([1, 2]),
        }
        return {a: {"observation": value, "action_mask": self.mask} for a in self.possible_agents}

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        self.agents = list(self.possible_agents)
        return self._observe(), {a: {} for a in self.agents}

    def step(self, actions: Any) -> Any:
        self.seen.append(actions)
        flags = dict.fromkeys(self.agents, False)
        return self._observe(), dict.fromkeys(self.agents, 0.5), flags, flags, {a: {} for a in self.agents}


class Faulty(Walk):
    """Does one thing wrong in its third step."""

    def __init__(self, fault: str = "none") -> None:
        super().__init__(sizes=(2, 2), limit=50)
        self.fault = fault

    def step(self, actions: dict[str, Any]) -> Any:
        observations, rewards, terminations, truncations, infos = super().step(actions)
        if self.time == 3:
            getattr(self, f"_{self.fault}")(observations, rewards)
        return observations, rewards, terminations, truncations, infos

    def _none(self, observations: Any, rewards: Any) -> None:
        return

    def _raises(self, observations: Any, rewards: Any) -> None:
        raise ZeroDivisionError("the axle broke")

    def _exits(self, observations: Any, rewards: Any) -> None:
        os._exit(17)

    def _shape(self, observations: Any, rewards: Any) -> None:
        observations["walker_1"] = np.zeros(3, np.float32)

    def _nan(self, observations: Any, rewards: Any) -> None:
        observations["walker_1"][1] = np.nan

    def _nan_reward(self, observations: Any, rewards: Any) -> None:
        rewards["walker_1"] = float("nan")

    def _infinite(self, observations: Any, rewards: Any) -> None:
        observations["walker_1"][1] = -np.inf

    def _infinite_reward(self, observations: Any, rewards: Any) -> None:
        rewards["walker_1"] = float("inf")

    def _no_reward(self, observations: Any, rewards: Any) -> None:
        del rewards["walker_1"]

    def _no_observation(self, observations: Any, rewards: Any) -> None:
        del observations["walker_1"]

    def _stranger(self, observations: Any, rewards: Any) -> None:
        self.agents = [*self.agents, "stranger"]


class Forgetful(Walk):
    """Its steps are not deterministic under its seed: some of their randomness is fresh."""

    goal = np.inf

    def __init__(self, when: str = "always") -> None:
        super().__init__()
        self.when, self.fresh = when, np.random.default_rng()

    def step(self, actions: dict[str, Any]) -> Any:
        if self.when == "always" or self.time == 1:
            self.rng = np.random.default_rng(self.fresh.integers(2**31))
        return super().step(actions)


class Fickle(Walk):
    """Its length is not determined by its seed."""

    count, goal = 0, np.inf

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        type(self).count += 1
        self.limit = 12 if type(self).count < 5 else 3
        return super().reset(seed, options)


class Unclosable(Walk):
    def close(self) -> None:
        raise OSError("no")


class Scored(Drifters):
    """Who leaves has as many points as steps were made; a and b say that they have won, and c says nothing of that."""

    def __init__(self, said: Any = None) -> None:
        super().__init__()
        self.said = said

    def step(self, actions: dict[str, Any]) -> Any:
        *results, infos = super().step(actions)
        for agent in infos:
            own = {"won": True, "score": self.time} if agent != "c" else {"score": np.float64(self.time)}
            infos[agent] = own if self.said is None else self.said
        return *results, infos


class Filmed(Walk):
    """Shows the time as the red of its pictures; an episode has three steps."""

    render_mode = "rgb_array"
    goal = float("inf")

    def __init__(self) -> None:
        super().__init__((2, 2), limit=3)

    def render(self) -> Any:
        return np.full((6, 8, 3), [self.time, 0, 0], np.uint8)
