"""Rollouts: T steps of B environments under the present policies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from quorate.interfaces import Policy
from quorate.learning.collector import Collector
from quorate.learning.memory import Recollection
from quorate.learning.scaling import ActionScaling
from quorate.learning.transitions import Situation, Transitions


@dataclass
class Rollout:
    """What T steps of B environments gave.

    Attributes:
        steps: what happened.
        age: [T + 1, B], steps of the episodes so far.
        memories: of the policies before each step, T of [B, n, k]; none where they remember nothing.
    """

    steps: Transitions
    age: Tensor
    memories: Sequence[Tensor] = ()

    @property
    def alive(self) -> Tensor | None:
        """float [T, B, n], or None where all agents always are."""
        mask = self.steps.agent_mask
        return None if mask is None else mask[:-1].float()

    def paid(self, values: int) -> Tensor:
        """What v values are taught by, [T, B, v] or [T, B, 1]: the team's reward, or what each agent is paid."""
        own = self.steps.agent_reward
        return self.steps.reward[..., None] if values == 1 or own is None else own


class Player:
    """Plays with a policy.

    Args:
        collector: of the environments.
        policy: chooses.
        scaling: from its actions to the environments', None where they are discrete.
        generator: of the actions.
    """

    def __init__(
        self, collector: Collector, policy: Policy, scaling: ActionScaling | None, generator: torch.Generator
    ) -> None:
        self._collector, self._policy, self._scaling, self._generator = collector, policy, scaling, generator
        self._recollection = Recollection(policy)
        self._age = torch.zeros(collector.environment.batch, device=collector.environment.device)

    @torch.no_grad()
    def play(self, steps: int) -> Rollout:
        """T steps from where the environments stand."""
        memories: list[Tensor] = []

        def choose(now: Situation) -> tuple[Tensor, Tensor]:
            if self._policy.memory_size:
                memories.append(self._recollection.before(now.inputs))
            features = self._recollection.features(now.inputs, now.begins)
            actions = self._policy.sample(features, 1, self._generator, now.action_mask)[0]
            return actions if self._scaling is None else self._scaling.to_environment(actions), actions

        found = self._collector.play(choose, steps)
        age = _ages(found.begins, self._age)
        self._age = age[-1]
        return Rollout(found, age, memories)

    def state_dict(self) -> dict[str, Any]:
        """Where the episodes stand."""
        memory = self._recollection.state_dict() if self._policy.memory_size else {}
        return {"age": self._age[:, None].clone(), **memory}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on; in rows in which new episodes have begun out of turn, the situation says so."""
        self._age = state["age"][:, 0].to(self._age)
        if self._policy.memory_size:
            self._recollection.load_state_dict(state, self._age.device)


def _ages(begins: Tensor, age: Tensor) -> Tensor:
    """Steps since episodes began: from bool [T + 1, B], and the age before, [B], to [T + 1, B]."""
    time = torch.arange(len(begins), device=age.device).to(age)[:, None]
    return time - torch.where(begins, time, -age).cummax(0).values
