"""Proximal policy optimisation of one stack of policies."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor

from quorate.interfaces import Likelihood, Policy
from quorate.learning.living import living_mean, living_share, living_step
from quorate.learning.on_policy.chunks import Chunks, features_of
from quorate.learning.on_policy.losses import clipped_surrogate
from quorate.learning.on_policy.settings import OnPolicySettings
from quorate.learning.optimiser import Adam
from quorate.learning.stacks import clip_gradients
from quorate.learning.traced import Pull, evaluate_traced


@dataclass
class Samples:
    """R rows of what m agents saw and did; with policies that remember, a row is a chunk of L steps.

    Attributes:
        inputs: [R, m, f], or chunks.
        actions: [R, m] or [R, m, a] normalised; of chunks [R, L, m] or [R, L, m, a], as is L with all that follows.
        advantages: [R, m], or [R, 1] where the agents' do not differ.
        action_mask: bool [R, m, a], or None.
        alive: float [R, m], or None.
    """

    inputs: Tensor | Chunks
    actions: Tensor
    advantages: Tensor
    action_mask: Tensor | None = None
    alive: Tensor | None = None

    def rows(self, index: Tensor | None) -> "Samples":
        """Some of the rows; all of them for None."""
        if index is None:
            return self
        return self._map(lambda part: chosen_rows(part, index))

    def agent(self, agent: int) -> "Samples":
        """The samples of one agent, m = 1."""
        lead = self.advantages.dim() - 1
        return self._map(
            lambda part: (
                part.agent(agent)
                if isinstance(part, Chunks)
                else part.narrow(lead, min(agent, part.shape[lead] - 1), 1).contiguous()
            )
        )

    def _map(self, change: Callable[[Any], Any]) -> "Samples":
        changed: dict[str, Any] = {name: None if part is None else change(part) for name, part in vars(self).items()}
        return Samples(**changed)


@dataclass(frozen=True)
class Rates:
    """What a schedule says of one training step.

    Attributes:
        learning_rate: of the policies.
        entropy: the weight of the entropy.
    """

    learning_rate: float
    entropy: float


class _Step(NamedTuple):
    """What metrics are made of when all steps are made: gains and entropies [m], and what they were found from."""

    gain: Tensor
    entropy: Tensor
    norms: Tensor
    ratio: Tensor
    alive: Tensor | None


class Proximal:
    """Improves policies of m agents at once by PPO; where they share parameters, all rows count as one agent's.

    Args:
        policy: of m agents, of known density.
        settings: of the algorithm.
        pooled: the m agents share parameters.
        generator: splits rows into minibatches.
    """

    def __init__(self, policy: Policy, settings: OnPolicySettings, pooled: bool, generator: torch.Generator) -> None:
        self._policy, self._density = policy, cast("Likelihood", policy)
        self._parameters = list(policy.parameters())
        self._settings, self._pooled, self._generator = settings, pooled, generator
        rate, epsilon = settings.learning_rate, settings.adam_epsilon
        self._optimiser = Adam(self._parameters, rate, epsilon)

    def improve(self, samples: Samples, rates: Rates, factor: Tensor | None = None) -> tuple[Tensor, dict[str, Tensor]]:
        """All epochs over a rollout.

        Args:
            samples: of the m agents.
            rates: learning rate and weight of the entropy.
            factor: on the surrogate of each row, in the shape of one agent's advantages: HAPPO's product of the ratios
                of the agents before this one.

        Returns:
            The log-probability of each action before the first epoch, and metrics.
        """
        for group in self._optimiser.param_groups:
            group["lr"] = rates.learning_rate
        single = self._settings.minibatches == 1
        old = None if single else self.log_probability(samples)
        steps: list[_Step] = []
        for index in minibatches(len(samples.inputs), self._settings, self._generator):
            part = samples.rows(index)
            features = features_of(part.inputs, self._policy)
            now, entropy, pull = evaluate_traced(self._policy, features, part.actions, part.action_mask)
            if old is None:
                old = now  # nothing has been learned yet
            before = old if index is None else chosen_rows(old, index)
            weight = factor if factor is None or index is None else chosen_rows(factor, index)
            steps.append(self._ascend(part, now - before, entropy, pull, rates.entropy, weight))
        assert old is not None
        return old, self._metrics(steps)

    @torch.no_grad()
    def log_probability(self, samples: Samples) -> Tensor:
        """Of the actions taken, as the advantages of m agents."""
        features = features_of(samples.inputs, self._policy)
        return self._density.evaluate(features, samples.actions, samples.action_mask)[0]

    def state_dict(self) -> dict[str, Any]:
        """Of the optimiser; the policy is the caller's."""
        return self._optimiser.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self._optimiser.load_state_dict(copy.deepcopy(state))  # it would keep the given tensors

    def _ascend(
        self, part: Samples, log_ratio: Tensor, entropy: Tensor, pull: Pull, weight: float, factor: Tensor | None
    ) -> _Step:
        ratio = log_ratio.exp()
        gain, slope = clipped_surrogate(ratio, part.advantages, self._settings.clip)
        if factor is not None:
            gain, slope = gain * factor, slope * factor
        of_gain, of_entropy = (living_share(ratio, part.alive, self._pooled, of=-by) for by in (1.0, weight))
        self._optimiser.zero_grad()
        pull(of_gain * slope * ratio, of_entropy)  # agents do not mix: each gets the gradient of its own mean
        norms = clip_gradients(self._parameters, self._settings.clip_norm)
        living_step(self._optimiser, None if self._pooled else part.alive)
        gain, entropy = (living_mean(x, part.alive, self._pooled) for x in (gain, entropy))
        return _Step(gain, entropy, norms, ratio, part.alive)

    def _metrics(self, steps: list[_Step]) -> dict[str, Tensor]:
        gains, entropies, norms, ratios, alive = zip(*steps, strict=True)
        far = ((torch.cat(ratios) - 1).abs_() > self._settings.clip).float()
        there = None if alive[0] is None else torch.cat(alive)
        return {
            "policy_loss": -torch.stack(gains).mean(),
            "entropy": torch.stack(entropies).mean(),
            "clipped": living_mean(far, there, self._pooled).mean(),
            "policy_gradient_norm": torch.stack(norms).amax(1).mean(),
        }


def chosen_rows(part: Any, index: Tensor) -> Any:
    """Some rows of a tensor, three times as fast as by brackets, or of `Chunks`."""
    return part.index_select(0, index) if isinstance(part, Tensor) else part[index]


def minibatches(rows: int, settings: OnPolicySettings, generator: torch.Generator) -> Iterator[Tensor | None]:
    """Row indices of every minibatch of every epoch; None stands for all rows."""
    for _ in range(settings.epochs):
        if settings.minibatches == 1:
            yield None
        else:
            order = torch.randperm(rows, generator=generator, device=generator.device)
            yield from order.chunk(settings.minibatches)
