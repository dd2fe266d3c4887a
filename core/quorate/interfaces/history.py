"""Histories: what an agent has seen so far, as one flat vector that says whose it is."""

from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.interfaces.environment import EnvironmentSpec
from quorate.interfaces.policy import PolicySpec


@dataclass(frozen=True)
class HistoryLayout:
    """How an agent's last observations become one vector of h features.

    ``[identity (n, one-hot) | step 1: valid (1), observation (o), action (a) | ... | step L]``, oldest step first.
    Steps before the episode began are all zero. The null history, which says nothing and is nobody's, is the zero
    vector. A step's action is the one that led to its observation, zero at the start of an episode.

    Attributes:
        agents: n.
        observation_size: o.
        length: L, how many observations a history holds.
        action_size: a, features of each own last action; 0 where histories hold none.
    """

    agents: int
    observation_size: int
    length: int
    action_size: int = 0

    @classmethod
    def of(cls, spec: EnvironmentSpec, length: int, *, actions: bool = False) -> "HistoryLayout":
        """The layout of histories of `length` observations in an environment, with the actions between them or not."""
        size = PolicySpec.of(spec, 0).action_size if actions else 0
        return cls(spec.agent_count, spec.observation_size, length, size)

    @property
    def step_size(self) -> int:
        """1 + o + a: features of a step."""
        return 1 + self.observation_size + self.action_size

    @property
    def window_size(self) -> int:
        """w = L * (1 + o + a): features without the identity."""
        return self.length * self.step_size

    @property
    def size(self) -> int:
        """h = n + w."""
        return self.agents + self.window_size

    def identify(self, windows: Tensor) -> Tensor:
        """Put the agents' identities before their windows: [..., n, w] -> [..., n, h]."""
        identity = torch.eye(self.agents, dtype=windows.dtype, device=windows.device)
        return torch.cat([identity.expand(*windows.shape[:-1], self.agents), windows], dim=-1)

    def identity(self, history: Tensor) -> Tensor:
        """Whose history it is, one-hot (zero for the null history): [..., h] -> [..., n]."""
        return history[..., : self.agents]

    def valid(self, history: Tensor) -> Tensor:
        """1 where a step holds an observation, else 0: [..., h] -> [..., L]."""
        return self.steps(history)[..., 0]

    def observations(self, history: Tensor) -> Tensor:
        """[..., h] -> [..., L, o], zero where a step holds none."""
        return self.steps(history)[..., 1 : 1 + self.observation_size]

    def actions(self, history: Tensor) -> Tensor:
        """[..., h] -> [..., L, a], zero where a step holds none."""
        return self.steps(history)[..., 1 + self.observation_size :]

    def steps(self, history: Tensor) -> Tensor:
        """What each step holds: [..., h] -> [..., L, 1 + o + a]."""
        return history[..., self.agents :].reshape(*history.shape[:-1], self.length, self.step_size)


class HistoryBuffer:
    """The windows of B environments of n agents, updated step by step; only the last L observations are kept."""

    def __init__(self, layout: HistoryLayout, batch: int, device: torch.device | str) -> None:
        self.layout = layout
        self._steps = torch.zeros(batch, layout.agents, layout.length, layout.step_size, device=device)

    def push(self, observation: Tensor, new_episode: Tensor | None = None, actions: Tensor | None = None) -> None:
        """Append an observation [B, n, o], and what led to it, where the layout has a place for that.

        Args:
            observation: now.
            new_episode: bool [B], rows that forget what came before.
            actions: [B, n, a], what each agent did last, as features (`quorate.learning.action_features`); None: zero.
        """
        if new_episode is not None:
            self._steps.masked_fill_(new_episode[:, None, None, None], 0.0)
            actions = None if actions is None else actions.masked_fill(new_episode[:, None, None], 0.0)
        self._steps = self._steps.roll(-1, dims=2)
        self._put(self._steps, observation, actions)

    def restart(self, observation: Tensor, rows: Tensor) -> None:
        """Forget all but an observation [B, n, o] in some rows, bool [B]: the first of their new episodes."""
        fresh = torch.zeros_like(self._steps)
        self._put(fresh, observation)
        self._steps = torch.where(rows[:, None, None, None], fresh, self._steps)

    def _put(self, steps: Tensor, observation: Tensor, actions: Tensor | None = None) -> None:
        split = 1 + self.layout.observation_size
        steps[:, :, -1, 0] = 1.0
        steps[:, :, -1, 1:split] = observation
        if self.layout.action_size:
            steps[:, :, -1, split:] = 0.0 if actions is None else actions

    def state(self) -> Tensor:
        """What is remembered; a copy."""
        return self._steps.clone()

    def set_state(self, state: Tensor) -> None:
        """Continue from what `state` returned."""
        self._steps = state.to(self._steps.device, copy=True)

    @property
    def windows(self) -> Tensor:
        """[B, n, w]; a copy."""
        return self._steps.flatten(2).clone()

    @property
    def histories(self) -> Tensor:
        """[B, n, h]."""
        return self.layout.identify(self.windows)
