"""What algorithms share that learn values from a replay memory."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from quorate.conventions import BootstrapAt
from quorate.learning.collector import Situation
from quorate.learning.multi_step import Sample, multi_step
from quorate.learning.off_policy_settings import OffPolicySettings
from quorate.learning.replay_learner import ReplayLearner
from quorate.learning.replay_learner import Stateful as Stateful


class OffPolicy(ReplayLearner):
    """Acts at random, then by its policies, and learns from transitions of one or more steps; a subclass says how."""

    _shared: OffPolicySettings

    @abstractmethod
    def behave(self, now: Situation, randomness: torch.Generator) -> Tensor:
        """Actions while learning, without gradient: normalised [B, n, a], or valid choices [B, n]."""

    @abstractmethod
    def update(self, sample: Sample) -> dict[str, Tensor]:
        """Learn from transitions; returns metrics, 0-d tensors without gradient."""

    @property
    @override
    def warming_up(self) -> bool:
        """Whether actions are still uniformly random."""
        return self.collector.environment_steps < self._shared.warmup_steps

    @override
    def act(self) -> tuple[Tensor, Tensor]:
        now = self.collector.now
        if self.warming_up:
            actions = self.joint.uniform(self._shared.environments, self._randomness, now.action_mask)
        else:
            actions = self.behave(now, self._randomness)
        return actions, actions

    @override
    def learn(self) -> dict[str, Tensor]:
        """One update, of transitions drawn from the memory; a class that learns from something else replaces it."""
        return self.update(self.draw())

    def draw(self) -> Sample:
        """Transitions of a batch."""
        settings = self._shared
        index = self.replay.draw(settings.batch_size, self._randomness)
        sample = multi_step(self.replay, index, settings.return_steps, settings.discount)
        sample.returns *= settings.reward_scale
        if sample.agent_returns is not None:
            sample.agent_returns *= settings.reward_scale
        return sample

    @override
    def conventions(self) -> Mapping[str, Any]:
        common, random = dict(super().conventions()), self._shared.warmup_steps
        return {
            **common,
            "updates": f"{common['updates']}, once {random} environment steps of random actions are over",
            "critic_sees": f"state ({self.environment.spec.state_source}) and the actions of all agents",
            "bootstrapping": "at truncations, from the last state of the episode; not at terminations",
            "bootstrap_at": BootstrapAt.TRUNCATIONS.value,
        }
