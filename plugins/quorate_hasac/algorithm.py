"""The algorithm `hasac`: heterogeneous-agent soft actor-critic."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from quorate.errors import QuorateError
from quorate.interfaces import Deployment, Policy, PolicySpec, Reparameterised, RunContext
from quorate.learning.acting import Play, play_by
from quorate.learning.agent_views import agent_views
from quorate.learning.collector import Situation
from quorate.learning.critics import TwinCritics
from quorate.learning.initialisation import seeded_initialisation
from quorate.learning.living import living_step
from quorate.learning.memory import refuse_memory
from quorate.learning.multi_step import Sample
from quorate.learning.normalise import ValueNormaliser
from quorate.learning.off_policy import OffPolicy, Stateful
from quorate.learning.optimiser import Adam
from quorate.learning.stacks import soft_update
from quorate.learning.temperature import Temperature
from quorate.seeding import generator
from quorate_hasac.losses import (
    entropy_extents,
    joint_density,
    mean_density,
    replaced,
    row_weights,
    scale_gradient,
    soft_target,
    value_loss,
)
from quorate_hasac.settings import HASACSettings, Turns


class HASAC(OffPolicy):
    """Maximum-entropy policies of n agents and twin critics of their joint action (arXiv:2306.10715).

    Attributes:
        policy: of all agents, stacked.
        critics: Q(s, a_1 ... a_n), two of them.
        temperatures: of each agent's entropy in its own loss.
        critic_temperature: of the joint entropy in the critics' target.

    Raises:
        QuorateError: there is no state, the policy is not for these actions or gives no densities of its samples, or a
            network remembers.
    """

    takes = ("continuous", "discrete")

    def __init__(self, settings: HASACSettings, context: RunContext) -> None:
        super().__init__(settings, context)
        self._settings, device = settings, context.device
        self.policy = self._build_policy(self.spec).to(device)
        inputs = self.environment.spec.state_size + self.joint.size
        randomness = generator(context.seed, "initialisation", "critics")
        self.critics = TwinCritics(settings.critic, 1, inputs, randomness).to(device)
        self.target = self.critics.target()
        self.normaliser = ValueNormaliser(device)
        self._critic_optimiser = Adam(self.critics.parameters(), settings.critic_learning_rate)
        in_turn = settings.turns is Turns.SEQUENTIAL
        self._agents = agent_views(self.policy, self._build_policy, self.spec) if in_turn else [self.policy]
        rate = settings.policy_learning_rate
        self._optimisers = [Adam(agent.parameters(), rate) for agent in self._agents]
        self._extents = entropy_extents(self.spec, device)
        targets = self._extents * (settings.target_entropy_share if self.spec.discrete else settings.target_entropy)
        self.temperatures, self.critic_temperature = self._temperature(targets), self._temperature(targets.sum()[None])

    @torch.no_grad()
    def behave(self, now: Situation, randomness: torch.Generator) -> Tensor:
        """A sample."""
        return self.policy.sample(now.inputs, 1, randomness, now.action_mask)[0]

    def play(self, greedy: bool | None) -> Play:
        """The mode, unless samples are asked for; see `OffPolicy.play`."""
        return play_by(self.policy, greedy is not False)

    def update(self, sample: Sample) -> dict[str, Tensor]:
        """The critics, then the policies with their temperatures, then the target critics."""
        critic_loss = self._update_critics(sample)
        turns = self._settings.turns
        update = self._update_in_turn if turns is Turns.SEQUENTIAL else self._update_at_once
        policy_loss, log_density = update(sample)
        self._update_temperatures(log_density, sample.agent_mask)
        soft_update(self.target, self.critics, self._settings.target_rate)
        return {
            "critic_loss": critic_loss,
            "policy_loss": policy_loss,
            "entropy": -mean_density(log_density, sample.agent_mask),
            "alpha": self.temperatures.value.mean(),
            "critic_alpha": self.critic_temperature.value[0],
        }

    def deployment(self) -> Deployment:
        """See `Deployable.deployment`."""
        return self.deployed(self.policy, self._build_policy)

    @override
    def parts(self) -> Mapping[str, Stateful]:
        optimisers = {f"policy_optimiser/{index}": part for index, part in enumerate(self._optimisers)}
        return {
            "policy": self.policy,
            "critics": self.critics,
            "target": self.target,
            "normaliser": self.normaliser,
            "critic_optimiser": self._critic_optimiser,
            "temperatures": self.temperatures,
            "critic_temperature": self.critic_temperature,
            **optimisers,
        }

    @override
    def acting_parts(self) -> Mapping[str, Stateful]:
        return {"policy": self.policy}

    @override
    def conventions(self) -> Mapping[str, Any]:
        return {
            **super().conventions(),
            "returns_of": f"up to {self._settings.return_steps} step(s)",
            "turns": self._settings.turns.value,
            **({"choices": "relaxed by straight-through Gumbel-softmax"} if self.spec.discrete else {}),
        }

    def _build_policy(self, spec: PolicySpec) -> Policy:
        with seeded_initialisation(self._context.seed, "policy"):
            policy: Policy = self._settings.policy.build(spec).to(self._context.device)
        if not isinstance(policy, Reparameterised):
            problem = f"hasac needs densities of a policy's samples, and {self._settings.policy.name} gives none"
            choices = ["categorical" if spec.discrete else "gaussian/squashed"]
            raise QuorateError(problem, where="algorithm.policy", choices=choices, fix="choose another policy")
        refuse_memory(policy, "algorithm.policy.network")
        return policy

    def _temperature(self, targets: Tensor) -> Temperature:
        settings = self._settings
        rate = settings.temperature_learning_rate if settings.learn_temperature else None
        return Temperature(settings.initial_alpha, targets, rate)

    def _update_temperatures(self, log_density: Tensor, alive: Tensor | None) -> None:
        """Each agent's where it is alive; the joint one by the target of those who are."""
        self.temperatures.update(log_density, alive)
        share = None if alive is None else (alive * self._extents).sum(-1, keepdim=True) / self._extents.sum()
        self.critic_temperature.update(joint_density(log_density, alive)[:, None], share)

    def _update_critics(self, sample: Sample) -> Tensor:
        with torch.no_grad():
            actions, density = _sampled(self.policy, sample.next_inputs, self._randomness, sample.next_action_mask)
            following = self.target.minimum(self._seen(sample.next_state, actions, sample.next_agent_mask))[0]
            alpha = self.critic_temperature.value
            if self._settings.normalise_values:
                target = soft_target(sample, self.normaliser.restore(following), density, alpha)
                self.normaliser.update(target)
                target = self.normaliser.normalise(target)
            else:
                target = soft_target(sample, following, density, alpha)
        taken = self.joint.features(sample.actions)
        values = self.critics(self._seen(sample.state, taken, sample.agent_mask))[:, 0]
        loss = value_loss(values, target, self._settings.huber)
        self._critic_optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self._critic_optimiser.step()
        self.guard.watch("critic_loss", loss)
        return loss.detach()

    def _update_at_once(self, sample: Sample) -> tuple[Tensor, Tensor]:
        """All policies; returns the mean of their losses and the log-densities [R, n].

        One value is shared by all agents, and counted once: its gradient reaches the action of each.
        """
        actions, density = _sampled(self.policy, sample.inputs, self._randomness, sample.action_mask)
        weights = row_weights(sample.agent_mask, density)
        if sample.agent_mask is not None:
            actions = scale_gradient(actions, weights * len(weights))
        value = self._value(sample, actions)
        entropy_loss = (weights * self.temperatures.value * density).sum()
        self._step(0, entropy_loss - value.mean(), sample.agent_mask)
        return (entropy_loss / self.spec.agents - value.mean()).detach(), density.detach()

    def _update_in_turn(self, sample: Sample) -> tuple[Tensor, Tensor]:
        """Each policy against the newest actions of the others (arXiv:2306.10715); returns likewise."""
        with torch.no_grad():
            actions, densities = _sampled(self.policy, sample.inputs, self._randomness, sample.action_mask)
        alive, alpha = sample.agent_mask, self.temperatures.value
        weights = row_weights(alive, densities)
        losses = []
        for agent in self._order():
            view, own = self._agents[agent], sample.inputs[:, agent : agent + 1]
            mask = None if sample.action_mask is None else sample.action_mask[:, agent : agent + 1]
            action, density = _sampled(view, own, self._randomness, mask)
            value = self._value(sample, replaced(actions, agent, action))
            loss = (weights[:, agent] * (alpha[agent] * density[:, 0] - value)).sum()
            self._step(agent, loss, None if alive is None else alive[:, agent : agent + 1])
            losses.append(loss.detach())
            densities[:, agent] = density.detach()[:, 0]
            with torch.no_grad():
                actions = replaced(actions, agent, _sampled(view, own, self._randomness, mask)[0])
        return torch.stack(losses).mean(), densities

    def _order(self) -> list[int]:
        """A random order of the agents, another one in each update."""
        randomness = generator(self._context.seed, "turns", self.updates)
        order: list[int] = torch.randperm(self.spec.agents, generator=randomness).tolist()
        return order

    def _step(self, agent: int, loss: Tensor, alive: Tensor | None) -> None:
        optimiser = self._optimisers[agent]
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        living_step(optimiser, alive)
        self.guard.watch("policy_loss", loss)

    def _value(self, sample: Sample, actions: Tensor) -> Tensor:
        return self.critics.value(self._seen(sample.state, actions, sample.agent_mask))[0]

    def _seen(self, state: Tensor, actions: Tensor, alive: Tensor | None) -> Tensor:
        """What a critic reads: [1, R, s + A]."""
        return torch.cat([state, self.joint.join(actions, alive)], -1)[None]


def _sampled(policy: Policy, inputs: Tensor, randomness: torch.Generator, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    """Action features [R, n, a] and log-densities [R, n]; a policy of continuous actions need know of no mask."""
    assert isinstance(policy, Reparameterised)
    return policy.rsample(inputs, randomness) if mask is None else policy.rsample(inputs, randomness, mask)
