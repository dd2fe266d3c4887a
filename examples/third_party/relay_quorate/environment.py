"""The line: a word is known at one end and wanted at the other."""

from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete
from pettingzoo import ParallelEnv

from relay_quorate.settings import LineSettings


def make(settings: LineSettings) -> "Line":
    """The target of the manifest's row."""
    return Line(settings)


class Line(ParallelEnv):
    """n agents in a line. The word is -1 or 1; the first agent sees it, each other one what its neighbour last said.

    Saying takes a step, so that agent i can know the word after i steps. All agents receive the share of the agents
    that could know the word and say it, divided by what a perfect line gets: the best return is 1, chance gives 1/2.
    The state is the word and what was last said, 0 where nothing was.
    """

    metadata = {"name": "line", "render_modes": []}
    render_mode = None

    def __init__(self, settings: LineSettings) -> None:
        self._settings = settings
        self.possible_agents = [f"agent_{index}" for index in range(settings.agents)]
        self.agents: list[str] = []
        self.state_space = Box(-1.0, 1.0, (1 + settings.agents,), np.float32)
        self._observation_space, self._action_space = Box(-1.0, 1.0, (1,), np.float32), Discrete(2)
        self._best = sum(min(step + 1, settings.agents) for step in range(settings.steps))
        self._random = np.random.default_rng()

    def observation_space(self, agent: str) -> Box:
        """What was heard: -1, 1, or 0 for nothing."""
        return self._observation_space

    def action_space(self, agent: str) -> Discrete:
        """Say -1 or 1."""
        return self._action_space

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, Any]:
        """Draw a word."""
        if seed is not None:
            self._random = np.random.default_rng(seed)
        self.agents = list(self.possible_agents)
        self._step = 0
        self._word = float(self._random.choice([-1.0, 1.0]))
        self._said = np.zeros(self._settings.agents, np.float32)
        return self._observe(), {agent: {} for agent in self.agents}

    def step(self, actions: dict[str, int]) -> tuple[Any, ...]:
        """Everybody speaks."""
        self._said = np.array([2.0 * actions[agent] - 1.0 for agent in self.agents], np.float32)
        able = self._said[: self._step + 1]
        reward = float((able == self._word).sum()) / self._best
        self._step += 1
        over = self._step == self._settings.steps
        agents, shown = self.agents, self._observe()
        if over:
            self.agents = []
        results = (dict.fromkeys(agents, value) for value in (reward, False, over))
        return (shown, *results, {agent: {} for agent in agents})

    def state(self) -> np.ndarray:
        """The word, and what each agent last said."""
        return np.concatenate([[self._word], self._said]).astype(np.float32)

    def _observe(self) -> dict[str, np.ndarray]:
        heard = np.concatenate([[self._word], self._said[:-1]])
        heard = heard * (self._random.random(len(heard)) >= self._settings.loss)
        return {agent: heard[index : index + 1].astype(np.float32) for index, agent in enumerate(self.possible_agents)}
