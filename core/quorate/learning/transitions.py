"""Moments of experience: where agents stand, what they do, and what follows; of one step or of many."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from quorate.interfaces import Step


@dataclass
class Situation:
    """Where B environments stand before their agents act.

    Attributes:
        inputs: [B, n, f], what the policies see.
        state: [B, s].
        begins: bool [B]: this is the first step of an episode, so that nothing before it may be remembered.
        action_mask: bool [B, n, a], or None.
        agent_mask: bool [B, n] of agents that are alive, or None.
    """

    inputs: Tensor
    state: Tensor
    begins: Tensor
    action_mask: Tensor | None = None
    agent_mask: Tensor | None = None

    @classmethod
    def at(cls, inputs: Tensor, step: Step) -> "Situation":
        """After a step, with what the policies see of it."""
        ended = step.terminated if step.final_observation is None else step.ended  # None: no row did
        return cls(inputs, step.state, ended, step.action_mask, step.agent_mask)

    @classmethod
    def first(cls, inputs: Tensor, step: Step) -> "Situation":
        """Where all rows begin an episode."""
        return replace(cls.at(inputs, step), begins=torch.ones_like(step.terminated))

    def replaced(self, rows: Tensor, by: "Situation") -> "Situation":
        """The same, but for some rows, bool [B], which are those of another."""
        found: dict[str, Any] = {name: merged(rows, getattr(by, name), value) for name, value in vars(self).items()}
        return replace(self, **found)


@dataclass
class Transition:
    """One joint action in each of B environments.

    Attributes:
        before: where it was taken.
        actions: what the policies chose, [B, n] or [B, n, a] normalised.
        reward: [B].
        terminated: bool [B].
        truncated: bool [B].
        after: where the next action is taken; rows that ended are in a new episode.
        final: after the action, the last of the old episode in rows that ended, and `after` in the others; None where
            no row ended. Where an environment does not say what would have been valid after the end
            (`Step.final_action_mask`), the masks are those before the action.
        agent_reward: [B, n], or None where all agents are paid the same.
        outcomes: [B, k] of rows that ended, NaN in the others; None where nothing is told.
    """

    before: Situation
    actions: Tensor
    reward: Tensor
    terminated: Tensor
    truncated: Tensor
    after: Situation
    final: Situation | None = None
    agent_reward: Tensor | None = None
    outcomes: Tensor | None = None

    @property
    def ended(self) -> Tensor:
        """bool [B]."""
        return self.terminated | self.truncated

    @property
    def following(self) -> Situation:
        """What followed the action, in its own episode."""
        return self.after if self.final is None else self.final


@dataclass
class Transitions:
    """T steps of B environments: a rollout, or what is drawn from a memory of them.

    What is seen after a step is seen before the next, so situations are those of T + 1 times, and held once; only what
    followed the last action of an episode lies beside.

    Attributes:
        inputs: [T + 1, B, n, f], what the policies saw.
        state: [T + 1, B, s].
        begins: bool [T + 1, B], see `Situation`.
        actions: [T, B, n] or [T, B, n, a] normalised.
        reward: [T, B].
        terminated: bool [T, B].
        truncated: bool [T, B].
        action_mask: bool [T + 1, B, n, a], or None.
        agent_mask: bool [T + 1, B, n], or None.
        agent_reward: [T, B, n], or None where all agents are paid the same.
        outcomes: of steps that told some, [B, k], NaN in rows that went on.
        endings: of steps after which some rows ended, what followed in their old episodes; see `Transition.final`.
        valid: bool [T, B], the steps that count, where rows are of different lengths; None: all.
    """

    inputs: Tensor
    state: Tensor
    begins: Tensor
    actions: Tensor
    reward: Tensor
    terminated: Tensor
    truncated: Tensor
    action_mask: Tensor | None = None
    agent_mask: Tensor | None = None
    agent_reward: Tensor | None = None
    outcomes: dict[int, Tensor] = field(default_factory=dict)
    endings: dict[int, Situation] = field(default_factory=dict)
    valid: Tensor | None = None

    @classmethod
    def of(cls, steps: Sequence[Transition]) -> "Transitions":
        """Of T steps, one after the other."""
        situations = [*(step.before for step in steps), steps[-1].after]
        names = "inputs", "state", "begins", "action_mask", "agent_mask"
        done = "actions", "reward", "terminated", "truncated", "agent_reward"
        return cls(
            **{name: stacked([getattr(situation, name) for situation in situations]) for name in names},
            **{name: stacked([getattr(step, name) for step in steps]) for name in done},
            outcomes={t: step.outcomes for t, step in enumerate(steps) if step.outcomes is not None},
            endings={t: step.final for t, step in enumerate(steps) if step.final is not None},
        )

    def __len__(self) -> int:
        return len(self.reward)

    @property
    def ended(self) -> Tensor:
        """bool [T, B]."""
        return self.terminated | self.truncated

    def following(self, name: str) -> Tensor | None:
        """What followed each action in its own episode: [T, B, ...] of a situation's field; None where that is None."""
        values: Tensor | None = getattr(self, name)
        if values is None or not self.endings:
            return None if values is None else values[1:]
        found = values[1:].clone()
        for t, situation in self.endings.items():
            found[t] = getattr(situation, name)
        return found


def merged(rows: Tensor, one: Tensor | None, other: Tensor | None) -> Tensor | None:
    """One tensor in some rows, bool [B], and the other elsewhere; masks are there in all steps or in none."""
    if one is None or other is None:
        return other
    return torch.where(rows.reshape(-1, *[1] * (one.dim() - 1)), one, other)


def stacked(values: list[Tensor | None]) -> Any:
    """Tensors of steps as one, or None: masks are there in all steps or in none."""
    given = [value for value in values if value is not None]
    return torch.stack(given) if len(given) == len(values) else None
