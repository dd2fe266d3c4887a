"""What DDPL learns with: critics and policies of n agents, and one update of them (arXiv:2605.07101, Algorithm 2)."""

import copy
from collections.abc import Mapping
from functools import partial

import torch
from torch import Tensor, nn

from quorate.errors import QuorateError
from quorate.interfaces import Likelihood, Policy, PolicySpec, Projectable, ProjectionTarget
from quorate.learning.guard import Guard
from quorate.learning.initialisation import seeded_initialisation
from quorate.learning.living import living_mean_and_deviation, living_step
from quorate.learning.memory import refuse_memory
from quorate.learning.multi_step import Sample
from quorate.learning.off_policy import Stateful
from quorate.learning.optimiser import Adam
from quorate.learning.stacks import clip_gradients, soft_update
from quorate.policies.weights import effective_sample_size
from quorate_ddpl.critics import AgentCritics
from quorate_ddpl.improvement import Improvement
from quorate_ddpl.settings import DDPLSettings, ImprovedAt


class Learner:
    """Improves n decentralised policies, each by a critic Q_i(x, a_i) of its own agent's action.

    Where the policies are updated at the next states, they learn from the actions of the critics' targets, as in the
    paper.

    Args:
        settings: of the algorithm.
        spec: sizes of the policies.
        state_size: s.
        seed: the root seed, for initial parameters.
        device: where to compute.
        guard: watches losses and weights.

    Raises:
        QuorateError: the policy class can not be projected onto a weighted target, or a network remembers.

    Attributes:
        policy: of all agents.
        critics: of all agents.
        improvement: makes weights of values.
        updates: made so far.
    """

    def __init__(
        self, settings: DDPLSettings, spec: PolicySpec, state_size: int, seed: int, device: torch.device, guard: Guard
    ) -> None:
        self._settings, self._guard = settings, guard
        with seeded_initialisation(seed, "policy"):
            policy: Policy = settings.policy.build(spec)
        if not isinstance(policy, Projectable):
            problem = f"the policy class {settings.policy.name} can not be projected onto a weighted target"
            raise QuorateError(problem, where="algorithm.policy", choices=["ddpm", "gaussian"], fix="choose another")
        refuse_memory(policy, "algorithm.policy.network")
        self.policy, self._project = policy.to(device), policy.projection_loss
        # Classes that know their density may ask for that of a policy that lags behind.
        self._old = copy.deepcopy(self.policy).requires_grad_(False) if isinstance(policy, Likelihood) else None
        with seeded_initialisation(seed, "critics"):
            self.critics = AgentCritics(settings, spec, state_size, device)
        self.improvement = Improvement(settings, spec.agents, device)
        self._optimisers = {
            "policy": Adam(self.policy.parameters(), settings.policy_learning_rate),
            "critics": Adam(self.critics.networks.parameters(), settings.critic_learning_rate),
        }
        self.updates = 0

    def update(self, sample: Sample, remaining: float, generator: torch.Generator) -> dict[str, Tensor]:
        """One update of the critics and, when it is due, of the policies.

        Args:
            sample: B transitions.
            remaining: share of the budget that is left, for the learning rates.
            generator: of whatever is drawn.
        """
        settings = self._settings
        self._set_rates(remaining)
        past = self.updates - settings.critic_warmup
        improving = past >= 0 and past % settings.policy_delay == 0
        batch = len(sample.returns)
        states = min(settings.policy_states or batch, batch) if improving else 0
        shared = settings.improved_at is ImprovedAt.NEXT_STATE
        following = self._draw(sample.next_inputs, states if shared else 0, generator)
        metrics = self._update_critics(sample, following)
        if improving:
            inputs = (sample.next_inputs if shared else sample.inputs)[:states]
            state = (sample.next_state if shared else sample.state)[:states]
            actions = following[0] if shared else self.policy.sample(inputs, settings.samples, generator)
            mask = sample.next_agent_mask if shared else sample.agent_mask
            alive = None if mask is None else mask[:states]
            metrics |= self._update_policy(inputs, self.critics.seen(state, inputs), actions, alive, generator)
        self.updates += 1
        return metrics

    def parts(self) -> Mapping[str, Stateful]:
        """Networks, slow copies, optimisers, scales: everything that is trained, by name."""
        optimisers = {f"{name} optimiser": optimiser for name, optimiser in self._optimisers.items()}
        old: dict[str, Stateful] = {} if self._old is None else {"old": self._old}
        networks = {"policy": self.policy, "critics": self.critics.networks, "target": self.critics.target}
        return {**networks, **old, **optimisers, "improvement": self.improvement}

    def _draw(self, inputs: Tensor, states: int, generator: torch.Generator) -> list[Tensor]:
        """Actions of the present policies: N at the first states, the targets' number at the rest; [N, b, n, a]."""
        counts = (self._settings.samples, inputs[:states]), (self._settings.target_samples, inputs[states:])
        return [self.policy.sample(part, count, generator) for count, part in counts if len(part)]

    def _update_critics(self, sample: Sample, following: list[Tensor]) -> dict[str, Tensor]:
        losses, values = self.critics.losses(sample, following)
        norms = self._descend("critics", self.critics.networks, losses, sample.agent_mask)
        value, spread = living_mean_and_deviation(values.movedim(1, -1), sample.agent_mask)
        soft_update(self.critics.target, self.critics.networks, self._settings.target_rate)
        return {
            "critic_loss": losses.detach().mean(),
            "critic_gradient_norm": norms.mean(),
            "value": value,
            "value_std": spread,
        }

    def _update_policy(
        self, inputs: Tensor, seen: Tensor, actions: Tensor, alive: Tensor | None, generator: torch.Generator
    ) -> dict[str, Tensor]:
        with torch.no_grad():
            values = self.critics.values(seen, actions)
            self.improvement.update(values, alive)
            weights = self.improvement.weights(values, alive)
        self._guard.watch("policy weights", weights)
        log_weight = partial(self._log_weight, seen)
        losses = self._project(ProjectionTarget(inputs, actions, weights, log_weight, self._old, alive), generator)
        norms = self._descend("policy", self.policy, losses, alive)
        if self._old is not None:
            soft_update(self._old, self.policy, self._settings.target_rate)
        return {"policy_loss": losses.detach().mean(), "policy_gradient_norm": norms.mean()} | _spread(
            actions, weights, alive
        )

    def _log_weight(self, seen: Tensor, actions: Tensor) -> Tensor:
        return self.improvement.log_weight(self.critics.values(seen, actions))

    def _descend(self, name: str, module: nn.Module, losses: Tensor, alive: Tensor | None) -> Tensor:
        """One step on the losses [n] of agents who share no parameters; returns the gradient norm of each network."""
        self._guard.watch(f"{name} loss", losses)
        parameters = list(module.parameters())
        gradients = torch.autograd.grad(losses.sum(), parameters)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        norms = clip_gradients(parameters, self._settings.clip_norm)
        living_step(self._optimisers[name], alive)
        return norms

    def _set_rates(self, remaining: float) -> None:
        settings = self._settings
        factor = settings.final_learning_rate + (1 - settings.final_learning_rate) * remaining
        rates = {"critics": settings.critic_learning_rate, "policy": settings.policy_learning_rate}
        for name, optimiser in self._optimisers.items():
            for group in optimiser.param_groups:
                group["lr"] = rates[name] * factor


def _spread(actions: Tensor, weights: Tensor, alive: Tensor | None) -> dict[str, Tensor]:
    """What shows a policy's collapse: how far its actions and their weights are from all being alike."""
    sizes, spread = effective_sample_size(weights), actions.std(0, correction=0)
    bounds = (actions.abs() >= 1).float()
    if alive is not None:
        sizes = sizes / alive.float().mean(0).clamp(min=1 / len(alive))
        share = alive.float().mean().clamp(min=1 / alive.numel())
        spread, bounds = (x * alive[..., None] / share for x in (spread, bounds))
    return {"effective_samples": sizes.mean(), "policy_std": spread.mean(), "at_bounds": bounds.mean()}
