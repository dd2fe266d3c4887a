"""Critics: one of all agents, V(s) or of what all policies see; or one for each agent, of what its own policy sees."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from quorate.interfaces import NetworkSpec
from quorate.learning.advantages import generalised_advantages
from quorate.learning.living import left_to_them, living_mean, living_share, living_step
from quorate.learning.memory import encode_agents
from quorate.learning.networks import build_network
from quorate.learning.normalise import ValueNormaliser
from quorate.learning.on_policy.chunks import Chunks, features_of
from quorate.learning.on_policy.losses import value_loss
from quorate.learning.on_policy.rollout import Rollout
from quorate.learning.on_policy.settings import CriticInput, OnPolicySettings, Truncation
from quorate.learning.on_policy.view import View
from quorate.learning.optimiser import Adam
from quorate.learning.stacks import agents_first, agents_last, clip_gradients
from quorate.learning.traced import Pull, traced
from quorate.learning.transitions import stacked


@dataclass
class Judgement:
    """What critics say of a rollout.

    Attributes:
        seen: [T, B, v, c], what they saw.
        memories: theirs before each step, T of [B, v, k]; empty where they remember nothing.
        values: [T, B, v], as the network gives them.
        advantages: [T, B, v].
        returns: [T, B, v].
    """

    seen: Tensor
    memories: Sequence[Tensor]
    values: Tensor
    advantages: Tensor
    returns: Tensor


class Critic(nn.Module):
    """v values for each environment, trained on returns; v is 1 where one critic speaks for all agents, else n.

    Critics of agents that are gone are not taught, and not asked (`left_to_them`).

    Args:
        settings: of the algorithm.
        view: what it sees.
        example: of that, [B, v, c].
        shared: one network gives all v values; else v networks give one each.

    Attributes:
        memory_size: k, numbers that each of the v remembers; 0: none.
    """

    def __init__(self, settings: OnPolicySettings, view: View, example: Tensor, *, shared: bool = False) -> None:
        super().__init__()
        self._settings, self._view = settings, view
        batch, values, inputs = example.shape
        self._members = 1 if shared else values
        self._own = settings.critic_input is CriticInput.OWN
        network = build_network(settings.critic, NetworkSpec(self._members, inputs, 1))
        self.network = network.to(example.device)
        self.memory_size = network.memory_size
        self._memory = example.new_zeros(batch, values, self.memory_size)
        self.normaliser = ValueNormaliser(example.device, self._members) if settings.normalise_values else None
        rate, epsilon = settings.critic_learning_rate, settings.adam_epsilon
        self._learned = list(self.network.parameters())
        self.optimiser = Adam(self._learned, rate, epsilon)

    def encode(self, inputs: Tensor, memory: Tensor, begins: Tensor) -> tuple[Tensor, Tensor]:
        """See `Remembering.encode`."""
        return encode_agents(self.network, inputs, memory, begins, shared=self._members == 1)

    def forward(self, features: Tensor) -> Tensor:
        """[..., v, h] -> [..., v], normalised."""
        if self._members == 1:
            value: Tensor = self.network(features.reshape(1, -1, features.shape[-1])).reshape(features.shape[:-1])
            return value
        return agents_last(self.network(agents_first(features)), features.shape[:-2])[..., 0]

    @torch.no_grad()
    def judge(self, rollout: Rollout) -> Judgement:
        """What the actions of a rollout were worth. Who remembers goes on by it."""
        seen, endings = self._view.steps(rollout), self._view.endings(rollout)
        features, memories = self._remember(seen, rollout.steps.begins, endings)
        normalised = self(features)
        value = self._left(self._restore(normalised), rollout, rollout.steps.agent_mask)
        following = value[1:].clone()
        if endings:
            there = stacked([rollout.steps.endings[t].agent_mask for t in endings])
            ends = self._restore(self(torch.stack(list(endings.values()))))
            following[list(endings)] = self._left(ends, rollout, there)
        value, reward, terminated = value[:-1], rollout.paid(value.shape[-1]), rollout.steps.terminated
        ended = rollout.steps.ended
        if self._settings.truncation is not Truncation.BOOTSTRAP:
            terminated = ended
        if self._settings.truncation is Truncation.DROP:
            reward = torch.where(rollout.steps.truncated[..., None], value, reward)  # so that nothing surprises
        discount, trace = self._settings.discount, self._settings.trace
        advantages = generalised_advantages(reward, value, following, terminated, ended, discount, trace)
        return Judgement(seen[:-1], memories, normalised[:-1], advantages, advantages + value)

    def _remember(self, seen: Tensor, begins: Tensor, endings: dict[int, Tensor]) -> tuple[Tensor, Sequence[Tensor]]:
        """Features of T + 1 steps, and memories before them; what is seen at the ends of episodes becomes features."""
        if not self.memory_size:
            return seen, ()
        features, memories = [], [self._memory]
        for now, begin in zip(seen, begins, strict=True):
            found, memory = self.encode(now, memories[-1], begin)
            features.append(found)
            memories.append(memory)
        for t, end in endings.items():
            endings[t], _ = self.encode(end, memories[t + 1], torch.zeros_like(begins[t]))
        self._memory = memories[-2]  # the next rollout begins with the last situation of this one
        return torch.stack(features), memories[:-2]

    def improve(
        self, x: Tensor | Chunks, returns: Tensor, old: Tensor, alive: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """One step of gradient descent.

        Args:
            x: [R, v, c], or R chunks of it.
            returns: [R, v], or [R, L, v].
            old: likewise, the normalised values before the first step.
            alive: float, likewise, 1 where the agent is there whose critic it is; None: everywhere.

        Returns:
            The mean loss and the norms of its gradient, one for each network.
        """
        settings = self._settings
        if self.normaliser is not None:
            self.normaliser.update(returns, alive)
            returns = self.normaliser.normalise(returns)
        clip = settings.clip if settings.value_clip else None
        value, pull = self._traced(features_of(x, self))
        losses, slope = value_loss(value, old, returns, clip, settings.huber)
        pooled = self._members == 1
        self.optimiser.zero_grad()
        # Networks do not mix: each follows its own loss.
        pull(slope * living_share(slope, alive, pooled, of=settings.value_coefficient))
        norms = clip_gradients(self._learned, settings.clip_norm)
        living_step(self.optimiser, None if pooled else alive)
        return living_mean(losses, alive, pooled).mean(), norms

    def _traced(self, features: Tensor) -> tuple[Tensor, Pull]:
        """As `traced`, of `forward`."""
        lead, pooled = features.shape[:-1], self._members == 1
        rows = features.reshape(1, -1, features.shape[-1]) if pooled else agents_first(features)
        output, pull = traced(self.network, rows)
        value = output.reshape(lead) if pooled else agents_last(output, lead[:-1])[..., 0]

        def pull_value(gradient: Tensor) -> None:
            pull(gradient.reshape(1, -1, 1) if pooled else agents_first(gradient[..., None]))

        return value, pull_value

    def state(self) -> dict[str, Any]:
        """Network, optimiser, normaliser and memory."""
        normaliser = None if self.normaliser is None else self.normaliser.state_dict()
        return {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "normaliser": normaliser,
            **({"memory": self._memory} if self.memory_size else {}),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(copy.deepcopy(state["optimiser"]))  # it would keep the given tensors
        if self.normaliser is not None:
            self.normaliser.load_state_dict(state["normaliser"])
        if self.memory_size:
            self._memory = state["memory"].to(self._memory)

    def taught(self, rollout: Rollout) -> Tensor | None:
        """Float [T, B, v], where the v critics are taught; None: everywhere."""
        return rollout.alive if self._own else None

    def _left(self, values: Tensor, rollout: Rollout, alive: Tensor | None) -> Tensor:
        if not self._own:
            return values
        return left_to_them(values, alive, shared=rollout.steps.agent_reward is None)

    def _restore(self, values: Tensor) -> Tensor:
        return values if self.normaliser is None else self.normaliser.restore(values)
