"""A batch of copies of one Dec-POMDP, stepped together."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import torch
from gymnasium import Space
from torch import Tensor

from quorate.conventions import Observability as Observability
from quorate.conventions import RewardRule


@dataclass(frozen=True)
class EnvironmentSpec:
    """Everything about an environment that does not change while it runs.

    Sizes are padded to the largest agent; the per-agent sizes say what is real.

    Attributes:
        name: the registered name.
        agents: the agents' names, in tensor order; their number is n.
        observation_sizes: real observation features of each agent; o is the largest.
        state_size: features of the global state, s.
        action_spaces: each agent's own Gymnasium space.
        horizon: steps after which an episode is truncated, or None.
        observability: what is declared, not what is hoped.
        reward: the convention of `Step.reward`, such as ``"team reward, shared by all agents"``.
        simulator: name and version of what computes the transitions.
        binary_state: every state feature is 0 or 1.
        observed_features: int64 [n, o]; the state feature that an observation feature reports on, -1 for none
            and for padding. None where observations are no reports on single state features.
        state_source: what `Step.state` is made of, where it is not the simulator's own state.
        reward_rule: what `reward` says, as data; None where it is not known.
        outcomes: names of what an episode ends with, such as ``won`` or ``goals``: numbers whose mean over episodes
            says something. k of them.
        agent_rewards: agents are paid differently, and steps say how (`Step.agent_reward`).
    """

    name: str
    agents: tuple[str, ...]
    observation_sizes: tuple[int, ...]
    state_size: int
    action_spaces: tuple[Space[Any], ...]
    horizon: int | None
    observability: Observability
    reward: str
    simulator: str
    binary_state: bool = False
    observed_features: Tensor | None = None
    state_source: str = "state of the simulator"
    reward_rule: RewardRule | None = None
    outcomes: tuple[str, ...] = ()
    agent_rewards: bool = False

    @property
    def agent_count(self) -> int:
        """n."""
        return len(self.agents)

    @property
    def observation_size(self) -> int:
        """o: features of an observation, padded to the largest agent."""
        return max(self.observation_sizes)


@dataclass
class Step:
    """What one transition gives, for B environments of n agents.

    Rows that ended have been reset already (same-step autoreset): their `observation`, `state` and masks belong
    to the new episode, and the last ones of the old episode are in `final_observation`, `final_state` and the final
    masks. Whoever sums over agents after an action needs the masks of what followed it, not those of a new episode.

    Attributes:
        observation: float32 [B, n, o], zero where padded.
        state: float32 [B, s].
        reward: float32 [B], in the convention of the spec.
        terminated: bool [B], the episode ended by the rules.
        truncated: bool [B], the episode was cut by the horizon.
        action_mask: bool [B, n, a] of valid discrete actions, or None.
        agent_mask: bool [B, n] of agents that are alive, or None where all always are.
        final_observation: float32 [B, n, o], or None where no row ended; rows that went on hold their `observation`.
        final_state: float32 [B, s], likewise.
        final_action_mask: bool [B, n, a], likewise, of what would have been valid; None also where that is not known.
        final_agent_mask: bool [B, n], likewise, of agents that would have gone on: those that were cut off, not those
            that had left before or terminated in this step.
        agent_reward: float32 [B, n] of what each agent is paid, 0 of those that had left before; None where all are
            paid the same (`EnvironmentSpec.agent_rewards`).
        outcomes: float32 [B, k], what the episodes of rows that ended came to, in the order of the spec; NaN in rows
            that went on. It may be None where no row ended.
        info: further named tensors, the first dimension being B.
    """

    observation: Tensor
    state: Tensor
    reward: Tensor
    terminated: Tensor
    truncated: Tensor
    action_mask: Tensor | None = None
    agent_mask: Tensor | None = None
    final_observation: Tensor | None = None
    final_state: Tensor | None = None
    final_action_mask: Tensor | None = None
    final_agent_mask: Tensor | None = None
    agent_reward: Tensor | None = None
    outcomes: Tensor | None = None
    info: dict[str, Tensor] = field(default_factory=dict)

    @property
    def ended(self) -> Tensor:
        """bool [B]: the episode ended in this step, one way or the other."""
        return self.terminated | self.truncated


class Environment(ABC):
    """A batch of B copies of one Dec-POMDP. Built as ``target(settings, batch=B, device=device)``."""

    @property
    @abstractmethod
    def spec(self) -> EnvironmentSpec:
        """What does not change."""

    @property
    @abstractmethod
    def batch(self) -> int:
        """B."""

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """Where every tensor of a `Step` lives."""

    @abstractmethod
    def reset(self, seed: int | None = None) -> Step:
        """Start B new episodes; a seed makes everything that follows reproducible, None goes on with the generator."""

    @abstractmethod
    def step(self, actions: Tensor) -> Step:
        """Take one joint action per environment.

        Args:
            actions: int64 [B, n] for discrete, float32 [B, n, a] for continuous action spaces.
        """

    @abstractmethod
    def close(self) -> None:
        """Release processes, windows and files. Calling it twice does no harm."""
