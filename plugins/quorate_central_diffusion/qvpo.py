"""The algorithm `qvpo`: Q-weighted variational policy optimisation."""

import copy
from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from quorate.interfaces import Projectable, ProjectionTarget, RunContext
from quorate.learning.acting import Play
from quorate.learning.collector import Situation
from quorate.learning.multi_step import Sample
from quorate.learning.off_policy import Stateful
from quorate.learning.settings import EvaluationActions
from quorate.learning.stacks import soft_update
from quorate_central_diffusion.central import CentralDiffusion, pick
from quorate_central_diffusion.settings import QVPOSettings


class QVPO(CentralDiffusion):
    """Imitates the best of its own samples, weighted by how much better it is than their mean (arXiv:2405.16173).

    Uniformly random actions with a small weight keep the policy from losing its entropy.

    Attributes:
        target_policy: follows the policy; acts in the critics' target.
    """

    def __init__(self, settings: QVPOSettings, context: RunContext) -> None:
        super().__init__(settings, context, Projectable)
        self._settings = settings
        self.target_policy = copy.deepcopy(self.policy).requires_grad_(False)
        self._try_projection()

    @torch.no_grad()
    def behave(self, now: Situation, randomness: torch.Generator) -> Tensor:
        """The best of a few samples."""
        return self._best_of(self._settings.behaviour_samples, now, randomness)

    def play(self, greedy: bool | None) -> Play:
        """The best of more samples; see `OffPolicy.play`."""
        count = 1 if greedy is False else self._settings.evaluation_samples
        choose = partial(self._best_of, count)
        if count == 1:
            return Play(choose, EvaluationActions.SAMPLED)
        return Play(choose, EvaluationActions.GREEDY, f"the best of {count} samples by the critics", count)

    @torch.no_grad()
    def following_actions(self, sample: Sample) -> Tensor:
        """The best of a few samples of the target policy, by the target critics."""
        seen, count = self.seen(sample.next_inputs, sample.next_state), self._settings.target_samples
        candidates = self.target_policy.sample(seen, count, self._randomness)[:, :, 0]
        shown = self.shown(sample.next_state, candidates, sample.next_agent_mask)
        values = self.critics.target_value(shown.flatten(0, 1))
        return pick(candidates, values.reshape(count, -1))

    def policy_loss(self, sample: Sample) -> Tensor:
        """The variational bound on the weighted likelihood of chosen actions (arXiv:2405.16173)."""
        assert isinstance(self.policy, Projectable)
        states = slice(self._settings.policy_states)
        seen = self.seen(sample.inputs[states], sample.state[states])
        with torch.no_grad():
            candidates = self.policy.sample(seen, self._settings.samples, self._randomness)[:, :, 0]
            alive = None if sample.agent_mask is None else sample.agent_mask[states]
            best, values = self.best(sample.state[states], candidates, alive)
            advantage = values.amax(0) - values.mean(0)
            actions, weights = self._with_uniform(best, advantage)
        target = ProjectionTarget(seen, actions[:, :, None], weights[:, :, None])
        return self.policy.projection_loss(target, self._randomness).sum()

    def follow(self) -> None:
        """Move the target critics and the target policy."""
        self.critics.follow(self._settings.target_rate)
        soft_update(self.target_policy, self.policy, self._settings.target_rate)

    @override
    def parts(self) -> Mapping[str, Stateful]:
        return {**super().parts(), "target_policy": self.target_policy}

    @override
    def acting_parts(self) -> Mapping[str, Stateful]:
        """The critics choose among several samples."""
        needed = ("policy", "critics") if self._settings.evaluation_samples > 1 else ("policy",)
        return {name: part for name, part in self.parts().items() if name in needed}

    @override
    def conventions(self) -> Mapping[str, Any]:
        first, last = self._settings.uniform_weight
        moving = {} if first == last else {"budget_schedules": "the weight of uniform actions"}
        return {**super().conventions(), **moving}

    @torch.no_grad()
    def _try_projection(self) -> None:
        """Refuse a class that needs more than weighted samples now, not at the first update."""
        assert isinstance(self.policy, Projectable)
        device = self._context.device
        inputs = self.seen_now(self.collector.now)[:1]
        actions = torch.zeros(1, 1, 1, self.joint.size, device=device)
        target = ProjectionTarget(inputs, actions, torch.ones(1, 1, 1, device=device))
        self.policy.projection_loss(target, torch.Generator(device).manual_seed(0))

    def _best_of(self, count: int, now: Situation, randomness: torch.Generator) -> Tensor:
        candidates = self.policy.sample(self.seen_now(now), count, randomness)[:, :, 0]
        return self.joint.split(candidates[0] if count == 1 else self.best(now.state, candidates, now.agent_mask)[0])

    def _with_uniform(self, best: Tensor, advantage: Tensor) -> tuple[Tensor, Tensor]:
        """Actions to imitate, [1 + U, R, A], and their weights, [1 + U, R]."""
        shape = self._settings.uniform_actions, *best.shape
        uniform = torch.rand(shape, generator=self._randomness, device=best.device) * 2 - 1
        first, last = self._settings.uniform_weight
        share = first + (last - first) * self.done
        weights = torch.cat([advantage[None], share * advantage.expand(shape[0], -1)])
        return torch.cat([best[None], uniform]), weights
