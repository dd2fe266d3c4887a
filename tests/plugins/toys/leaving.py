"""A PettingZoo environment whose values are known: rewards do not depend on actions, and the first agent leaves early.

Every agent is paid 1 in each step that it is there for. The state is the time, one-hot; or where episodes are cut and
not ended, whether the first agent is gone: what follows a cut is then worth what it would be without one.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

STEPS = 5


class Rule(StrEnum):
    SUM = "sum"
    MEAN = "mean"
    SHARED = "shared"


@dataclass
class LeavingSettings:
    agents: int = field(default=2, metadata={"help": "n."})
    leave: int = field(default=1, metadata={"help": "The time from which the first agent is gone; 0: never."})
    reward: float = field(default=1.0, metadata={"help": "Of each agent, in each step."})
    rule: Rule = field(default=Rule.SUM, metadata={"help": "How rewards become the team's."})
    cut: bool = field(default=False, metadata={"help": "Episodes are truncated after 5 steps, and not terminated."})
    discrete: bool = field(
        default=False, metadata={"help": "Two actions, of which one is masked, instead of a number."}
    )


class Leaving(ParallelEnv):
    metadata: ClassVar[dict[str, Any]] = {"name": "leaving"}
    broken: ClassVar[bool] = False
    """Whether it forgets its seed, so that it can not be brought back."""

    def __init__(self, settings: LeavingSettings) -> None:
        self.settings = settings
        self.metadata = {"name": "leaving", "quorate": {"reward": settings.rule.value}}
        self.possible_agents = [f"agent_{index}" for index in range(settings.agents)]
        self.agents: list[str] = []
        self.state_space = spaces.Box(0, 1, (STEPS + 2,), np.float32)
        seen = spaces.Box(0, 1, (STEPS + 2,), np.float32)
        mask = spaces.Box(0, 1, (2,), np.int8)
        masked = spaces.Dict({"observation": seen, "action_mask": mask})
        self._seen, self._acts = (masked, spaces.Discrete(2)) if settings.discrete else (seen, spaces.Box(-1, 1, (1,)))

    def observation_space(self, agent: str) -> Any:
        return self._seen

    def action_space(self, agent: str) -> Any:
        return self._acts

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        self.agents, self.time = list(self.possible_agents), 0
        rng = np.random.default_rng(None if type(self).broken else seed)
        self.tag, self.valid = rng.random(), int(rng.integers(2))
        return self._show(self.agents), {agent: {} for agent in self.agents}

    def step(self, actions: dict[str, Any]) -> Any:
        acting, self.time = self.agents, self.time + 1
        if self.settings.discrete:
            assert all(action == self.valid for action in actions.values()), "an illegal action"
        over, leaver = self.time == STEPS, self.possible_agents[0]
        left = {agent: agent == leaver and self.time == self.settings.leave for agent in acting}
        ended = {agent: left[agent] or (over and not self.settings.cut) for agent in acting}
        cut = {agent: over and not ended[agent] for agent in acting}
        self.agents = [agent for agent in acting if not (ended[agent] or cut[agent])]
        return self._show(acting), dict.fromkeys(acting, self.settings.reward), ended, cut, {a: {} for a in acting}

    def state(self) -> Any:
        """[time, one-hot (6), a number of the episode's own]."""
        phase = min(self.time, self.settings.leave) if self.settings.cut else self.time
        return np.append(np.eye(STEPS + 1, dtype=np.float32)[phase], np.float32(self.tag))

    def _show(self, agents: list[str]) -> dict[str, Any]:
        shown: Any = self.state()
        if self.settings.discrete:
            shown = {"observation": shown, "action_mask": np.eye(2, dtype=np.int8)[self.valid]}
        return dict.fromkeys(agents, shown)
