"""One agent after the other: how HAPPO improves policies."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from quorate.errors import QuorateError
from quorate.interfaces import Likelihood, Policy
from quorate.learning.on_policy.chunks import features_of
from quorate.learning.on_policy.proximal import Proximal, Rates, Samples
from quorate.learning.on_policy.updates import ActorUpdate
from quorate_policy_gradient.settings import HAPPOSettings


class Sequential(ActorUpdate):
    """One agent after the other, each knowing what those before it have learned (HAPPO, arXiv:2304.09870, Eq. 14).

    The surrogate of an agent is multiplied by the product of the ratios, new over old probability of the action
    taken, of the agents updated before it.

    Args:
        policy: of n agents with parameters of their own, on its device.
        views: each agent's policy by itself, on the same memory; one Adam for each.
        settings: of the algorithm.
        generator: splits rows into minibatches.
        order: draws the order of the agents, on the CPU.
        trial: samples to try the policies of single agents on.
    """

    def __init__(
        self,
        policy: Policy,
        views: Sequence[Policy],
        settings: HAPPOSettings,
        generator: torch.Generator,
        order: torch.Generator,
        trial: Samples,
    ) -> None:
        self._agents, self._fixed, self._order = len(views), settings.fixed_order, order
        for agent, view in enumerate(views):
            if not agrees(policy, view, agent, trial):
                problem = f"the policy class {type(policy).__name__} can not be taken apart into single agents"
                fix = "choose another policy class, or the algorithm `mappo`"
                raise QuorateError(problem, where="algorithm.policy", fix=fix)
        self._proximals = [Proximal(view, settings, False, generator) for view in views]

    @property
    @override
    def description(self) -> str:
        return f"one agent after the other, in {'the given' if self._fixed else 'a random'} order"

    @override
    def improve(self, samples: Samples, rates: Rates) -> dict[str, Tensor]:
        factor = torch.ones_like(samples.advantages[..., :1])
        seen = []
        for agent in self._turns():
            proximal, own = self._proximals[agent], samples.agent(agent)
            old, metrics = proximal.improve(own, rates, factor)
            factor = factor * ratio_of(proximal.log_probability(own), old, own.alive)
            seen.append(metrics)
        return {name: torch.stack([one[name] for one in seen]).mean() for name in seen[0]} | {
            "factor_deviation": (factor - 1).abs().mean()
        }

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"optimisers": [proximal.state_dict() for proximal in self._proximals], "order": self._order.get_state()}

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        for proximal, own in zip(self._proximals, state["optimisers"], strict=True):
            proximal.load_state_dict(own)
        self._order.set_state(state["order"].cpu())

    def _turns(self) -> list[int]:
        if self._fixed:
            return list(range(self._agents))
        order: list[int] = torch.randperm(self._agents, generator=self._order).tolist()
        return order


def ratio_of(new: Tensor, old: Tensor, alive: Tensor | None) -> Tensor:
    """exp(new - old) of log-probabilities [R, 1]; 1 where the agent is dead."""
    ratio = (new - old).exp()
    return ratio if alive is None else torch.where(alive > 0, ratio, 1.0)


@torch.no_grad()
def agrees(policy: Policy, view: Policy, agent: int, trial: Samples) -> bool:
    """Whether one agent's policy gives the log-probabilities that the stack gives.

    Args:
        policy: the stack.
        view: the agent's policy by itself.
        agent: which.
        trial: of all agents.
    """
    assert isinstance(policy, Likelihood)
    assert isinstance(view, Likelihood)
    own = trial.agent(agent)
    whole = policy.evaluate(features_of(trial.inputs, policy), trial.actions)[0][..., agent]
    alone = view.evaluate(features_of(own.inputs, view), own.actions)[0][..., 0]
    return bool(torch.isclose(whole, alone, rtol=1e-4, atol=1e-5).all())
