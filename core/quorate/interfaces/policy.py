"""Policies: decentralised choices of n agents at once.

Continuous actions of a policy are *normalised*: the box that an agent's actions come from is [-1, 1] in every feature,
and `quorate.learning.ActionScaling` maps it to the environment's own bounds.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from typing import Protocol, runtime_checkable

import torch
from gymnasium import Space
from gymnasium.spaces import Box, Discrete
from torch import Tensor, nn

from quorate.errors import QuorateError
from quorate.interfaces.environment import EnvironmentSpec


@dataclass(frozen=True)
class PolicySpec:
    """The sizes that a policy class is built for.

    Attributes:
        agents: n.
        input_size: f, features that each agent's policy sees, padded to the largest.
        action_sizes: of each agent, the features of its continuous action or the number of its discrete choices.
        discrete: whether actions are choices.
        shared: whether the agents share one set of parameters.
        padded: the least `action_size`, for one of several agents by itself.
    """

    agents: int
    input_size: int
    action_sizes: tuple[int, ...]
    discrete: bool
    shared: bool = False
    padded: int = 0

    @classmethod
    def of(cls, spec: EnvironmentSpec, input_size: int, *, shared: bool = False) -> "PolicySpec":
        """For the agents of an environment.

        Raises:
            QuorateError: where the action spaces are neither all discrete nor all boxes.
        """
        discrete = all(isinstance(space, Discrete) for space in spec.action_spaces)
        if not discrete and not all(isinstance(space, Box) for space in spec.action_spaces):
            kinds = ", ".join(sorted({type(space).__name__ for space in spec.action_spaces}))
            problem = f"the action spaces of {spec.name} are neither all discrete nor all boxes: {kinds}"
            raise QuorateError(problem, fix="choose another environment, or wrap this one")
        sizes = tuple(_action_size(space) for space in spec.action_spaces)
        return cls(spec.agent_count, input_size, sizes, discrete, shared)

    @property
    def action_size(self) -> int:
        """a: features of a continuous action or number of choices, padded to the largest agent."""
        return max(*self.action_sizes, self.padded)

    def agent(self, index: int) -> "PolicySpec":
        """One of the agents by itself, padded as it was."""
        return replace(self, agents=1, action_sizes=(self.action_sizes[index],), padded=self.action_size)

    def joint(self, input_size: int) -> "PolicySpec":
        """One agent that chooses the continuous actions of all, one after the other, without padding."""
        return PolicySpec(1, input_size, (sum(self.action_sizes),), self.discrete)

    def action_features(self, device: torch.device | str = "cpu") -> Tensor:
        """bool [n, a]: which action features (or choices) are real and not padding."""
        sizes = torch.tensor(self.action_sizes, device=device)
        return torch.arange(self.action_size, device=device) < sizes[:, None]


def _action_size(space: Space[object]) -> int:
    return int(space.n) if isinstance(space, Discrete) else prod(space.shape or ())


class Policy(nn.Module, ABC):
    """A policy class for n agents at once. Built as ``target(settings, spec)`` with a `PolicySpec`.

    Parameters of agents that do not share are stacked: their first dimension is the agent, and no operation mixes
    agents, so that one optimiser trains n independent policies.

    One that remembers sets `memory_size`, and implements `encode`. What stands for inputs in all its other functions is
    then what `encode` gives: features.

    Attributes:
        memory_size: k, numbers that each agent remembers from one step to the next; 0: none.
    """

    memory_size: int = 0

    def encode(self, inputs: Tensor, memory: Tensor, begins: Tensor) -> tuple[Tensor, Tensor]:
        """Read what is seen, in one step or in T steps one after the other; a sequence equals its steps.

        Args:
            inputs: [B, n, f], or [T, B, n, f].
            memory: [B, n, k], before the first of the steps.
            begins: bool [B], or [T, B]: an episode begins with the step, and what was remembered before is zeroed.

        Returns:
            Features [B, n, h] or [T, B, n, h], and the memory after the last of the steps, [B, n, k].
        """
        return inputs, memory

    @abstractmethod
    def sample(
        self, inputs: Tensor, count: int, generator: torch.Generator, action_mask: Tensor | None = None
    ) -> Tensor:
        """Draw actions.

        Args:
            inputs: [B, n, f], what the policy is declared to see; of one that remembers, features [B, n, h].
            count: N, actions to draw for each agent.
            generator: on the device of the inputs.
            action_mask: bool [B, n, a] of valid discrete actions, or None.

        Returns:
            int64 [N, B, n] (discrete) or float32 [N, B, n, a] (continuous, normalised, zero where padded).
        """


@runtime_checkable
class Greedy(Protocol):
    """A policy with a best action of its own: a mean or a mode."""

    def mode(self, inputs: Tensor, action_mask: Tensor | None = None) -> Tensor:
        """[B, n, f] -> int64 [B, n] or float32 [B, n, a]."""
        ...


@runtime_checkable
class Likelihood(Protocol):
    """A policy whose density is known."""

    def evaluate(self, inputs: Tensor, actions: Tensor, action_mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Log-density of actions, summed over their features, and the entropy of the policy.

        Args:
            inputs: [..., n, f].
            actions: int64 [..., n] or float32 [..., n, a].
            action_mask: bool [..., n, a], or None.

        Returns:
            Two tensors [..., n]. The entropy may be an estimate that does not depend on the actions; a squashed
            Gaussian gives that of the Gaussian before squashing.
        """
        ...


@runtime_checkable
class Reparameterised(Protocol):
    """A policy through whose samples gradients flow."""

    def rsample(
        self, inputs: Tensor, generator: torch.Generator, action_mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """One action per agent with its log-density: [..., n, f] -> [..., n, a], [..., n].

        Of a choice, the action is one-hot; its gradient is that of a relaxed choice.

        Args:
            inputs: [..., n, f].
            generator: on the device of the inputs.
            action_mask: bool [..., n, a], or None, as it always is for continuous actions.
        """
        ...


@dataclass(frozen=True)
class ProjectionTarget:
    """The distribution proportional to pi_old(a | x) exp(w(x, a)), known by samples of pi_old (2605.07101, Sec. 4.1).

    Attributes:
        inputs: x, [B, n, f].
        actions: [N, B, n, a], drawn from pi_old.
        weights: [N, B, n], exp(w) of each action; their scale is the caller's.
        log_weight: w itself as a differentiable function of actions [M, B, n, a] -> [M, B, n], for classes that follow
            its gradient; None where only samples are known.
        old: pi_old, not trained, for classes that need its density.
        alive: bool [B, n], or None where all agents are alive. The weights of those who are not are 0; what is not
            weighted, such as a divergence from pi_old, must leave them out: losses are means over the other rows.
    """

    inputs: Tensor
    actions: Tensor
    weights: Tensor
    log_weight: Callable[[Tensor], Tensor] | None = None
    old: Policy | None = None
    alive: Tensor | None = None


@runtime_checkable
class Projectable(Protocol):
    """A policy class that can be projected onto a weighted target: how DDPL improves it."""

    def projection_loss(self, target: ProjectionTarget, generator: torch.Generator) -> Tensor:
        """The loss of each agent, [n], whose minimiser is the projection; one draw of its randomness per call.

        Raises:
            QuorateError: where the class needs `log_weight` or `old`, and the algorithm does not offer them.
        """
        ...
