"""The algorithm `ddpl`: decentralised diffusion policy learning."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from quorate.conventions import BootstrapAt
from quorate.interfaces import Deployment, RunContext
from quorate.learning.acting import Play, play_by
from quorate.learning.collector import Situation
from quorate.learning.multi_step import Sample
from quorate.learning.off_policy import OffPolicy, Stateful
from quorate.learning.settings import EvaluationActions
from quorate_ddpl.learner import Learner
from quorate_ddpl.settings import CriticInput, DDPLSettings


class DDPL(OffPolicy):
    """Off-policy learning of n decentralised policies from a team reward (arXiv:2605.07101, Algorithm 2).

    Raises:
        QuorateError: actions are not continuous, or the policy class can not be projected onto a weighted target.

    Attributes:
        learner: networks and their updates.
    """

    def __init__(self, settings: DDPLSettings, context: RunContext) -> None:
        super().__init__(settings, context)
        self._settings = settings
        state = self.environment.spec.state_size
        self.learner = Learner(settings, self.spec, state, context.seed, context.device, self.guard)

    def behave(self, now: Situation, randomness: torch.Generator) -> Tensor:
        """Samples of the policies, with noise; random while only the critics learn. See `OffPolicy.behave`."""
        if self.updates < self._settings.critic_warmup:
            return self.joint.uniform(len(now.inputs), randomness)
        actions = self.learner.policy.sample(now.inputs, 1, randomness)[0]
        noise = torch.randn(actions.shape, generator=randomness, device=actions.device)
        return (actions + self._settings.exploration_noise * noise * self.joint.real).clamp(-1, 1)

    def play(self, greedy: bool | None) -> Play:
        """Samples are usual, or the best of several, where `best_of` says so; see `OffPolicy.play`."""
        count = self._settings.best_of
        if count > 1 and greedy is not False:
            words = f"the best of {count} sampled actions by each agent's critic"
            return Play(self._best, EvaluationActions.GREEDY, words, count)
        return play_by(self.learner.policy, greedy is True)

    @override
    def update(self, sample: Sample) -> dict[str, Tensor]:
        """Between updates of the policies, what the latest of them returned is kept."""
        return self._latest | self.learner.update(sample, self._remaining(), self._randomness)

    def deployment(self) -> Deployment:
        """See `Deployable.deployment`; the critics, which may choose among several samples, stay behind."""
        return self.deployed(self.learner.policy, self._settings.policy.build)

    @override
    def parts(self) -> Mapping[str, Stateful]:
        return self.learner.parts()

    @override
    def acting_parts(self) -> Mapping[str, Stateful]:
        """The critics choose among several samples."""
        needed = ("policy", "critics") if self._settings.best_of > 1 else ("policy",)
        return {name: part for name, part in self.parts().items() if name in needed}

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        self.learner.updates = self.updates

    @override
    def conventions(self) -> Mapping[str, Any]:
        settings, common = self._settings, dict(super().conventions())
        seen = f"state ({self.environment.spec.state_source})"
        sees = seen if settings.critic_input is CriticInput.STATE else "what the agent's policy sees"
        common |= {
            "policy": f"{settings.policy.name}, one for each agent",
            "critic_sees": f"{sees} and the agent's own action",
        }
        if not settings.termination:
            common["bootstrapping"] = "at truncations and at terminations"
            common["bootstrap_at"] = BootstrapAt.ALL_ENDS.value
        if settings.final_learning_rate != 1:
            common["budget_schedules"] = "learning rates"
        return common

    def _best(self, now: Situation, randomness: torch.Generator) -> Tensor:
        candidates = self.learner.policy.sample(now.inputs, self._settings.best_of, randomness)
        seen = self.learner.critics.seen(now.state, now.inputs)
        best = self.learner.critics.values(seen, candidates).argmax(0)
        index = best[None, ..., None].expand(1, *candidates.shape[1:])
        return candidates.gather(0, index)[0]

    def _remaining(self) -> float:
        """Share of the train steps after the random ones that is still to come."""
        environments = self._settings.environments
        warming = -(-self._settings.warmup_steps // environments)
        done = self.collector.environment_steps // environments - warming
        return min(1.0, max(0.0, 1 - done / max(1, self._context.train_steps - warming)))
