"""Histories: what an agent has seen so far, as one flat vector that says whose it is."""

from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.interfaces.environment import EnvironmentSpec


@dataclass(frozen=True)
class HistoryLayout:
    """How an agent's last observations become one vector of h features.

    ``[identity (n, one-hot) | step 1: valid (1), observation (o) | ... | step L]``, oldest step first. Steps before
    the episode began are all zero. The null history, which says nothing and is nobody's, is the zero vector.

    Attributes:
        agents: n.
        observation_size: o.
        length: L, how many observations a history holds.
    """

    agents: int
    observation_size: int
    length: int

    @classmethod
    def of(cls, spec: EnvironmentSpec, length: int) -> "HistoryLayout":
        """The layout of histories of `length` observations in an environment."""
        return cls(spec.agent_count, spec.observation_size, length)

    @property
    def window_size(self) -> int:
        """L * (1 + o): features without the identity."""
        return self.length * (1 + self.observation_size)

    @property
    def size(self) -> int:
        """h."""
        return self.agents + self.window_size

    def identify(self, windows: Tensor) -> Tensor:
        """Put the agents' identities before their windows: [..., n, L * (1 + o)] -> [..., n, h]."""
        identity = torch.eye(self.agents, dtype=windows.dtype, device=windows.device)
        return torch.cat([identity.expand(*windows.shape[:-1], self.agents), windows], dim=-1)

    def identity(self, history: Tensor) -> Tensor:
        """Whose history it is, one-hot (zero for the null history): [..., h] -> [..., n]."""
        return history[..., : self.agents]

    def valid(self, history: Tensor) -> Tensor:
        """1 where a step holds an observation, else 0: [..., h] -> [..., L]."""
        return self._steps(history)[..., 0]

    def observations(self, history: Tensor) -> Tensor:
        """[..., h] -> [..., L, o], zero where a step holds none."""
        return self._steps(history)[..., 1:]

    def _steps(self, history: Tensor) -> Tensor:
        return history[..., self.agents :].reshape(*history.shape[:-1], self.length, 1 + self.observation_size)


class HistoryBuffer:
    """The windows of B environments of n agents, updated step by step; only the last L observations are kept."""

    def __init__(self, layout: HistoryLayout, batch: int, device: torch.device | str) -> None:
        self.layout = layout
        self._steps = torch.zeros(batch, layout.agents, layout.length, 1 + layout.observation_size, device=device)

    def push(self, observation: Tensor, new_episode: Tensor | None = None) -> None:
        """Append an observation [B, n, o]; rows where `new_episode` (bool [B]) holds forget what came before."""
        if new_episode is not None:
            self._steps.masked_fill_(new_episode[:, None, None, None], 0.0)
        self._steps = self._steps.roll(-1, dims=2)
        self._steps[:, :, -1, 0] = 1.0
        self._steps[:, :, -1, 1:] = observation

    def restart(self, observation: Tensor, rows: Tensor) -> None:
        """Forget all but an observation [B, n, o] in some rows, bool [B]: the first of their new episodes."""
        fresh = torch.zeros_like(self._steps)
        fresh[:, :, -1, 0] = 1.0
        fresh[:, :, -1, 1:] = observation
        self._steps = torch.where(rows[:, None, None, None], fresh, self._steps)

    def state(self) -> Tensor:
        """What is remembered; a copy."""
        return self._steps.clone()

    def set_state(self, state: Tensor) -> None:
        """Continue from what `state` returned."""
        self._steps = state.to(self._steps.device, copy=True)

    @property
    def windows(self) -> Tensor:
        """[B, n, L * (1 + o)]; a copy."""
        return self._steps.flatten(2).clone()

    @property
    def histories(self) -> Tensor:
        """[B, n, h]."""
        return self.layout.identify(self.windows)
