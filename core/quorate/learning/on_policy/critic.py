"""Critics: one of all agents, V(s) or of what all policies see; or one for each agent, of what its own policy sees."""

import copy
from typing import Any

import torch
from torch import Tensor, nn

from quorate.interfaces import NetworkSpec
from quorate.learning.advantages import generalised_advantages
from quorate.learning.living import living_mean
from quorate.learning.networks import build_network
from quorate.learning.normalise import ValueNormaliser
from quorate.learning.on_policy.losses import value_loss
from quorate.learning.on_policy.rollout import Rollout
from quorate.learning.on_policy.settings import OnPolicySettings, Truncation
from quorate.learning.stacks import agents_first, agents_last, clip_gradients


class Critic(nn.Module):
    """v values for each environment, trained on returns; v is 1 where one critic speaks for all agents, else n.

    Agents that are gone are judged too: what their team is still paid is theirs, and their own pay is 0.

    Args:
        settings: of the algorithm.
        sees: v, and c features that each of them sees.
        shared: one network gives all v values; else v networks give one each.
        device: of its parameters.
    """

    def __init__(
        self, settings: OnPolicySettings, sees: tuple[int, int], device: torch.device, *, shared: bool = False
    ) -> None:
        super().__init__()
        self._settings = settings
        values, inputs = sees
        self._members = 1 if shared else values
        self.network = build_network(settings.critic, NetworkSpec(self._members, inputs, 1)).to(device)
        self.normaliser = ValueNormaliser(device, self._members) if settings.normalise_values else None
        rate, epsilon = settings.critic_learning_rate, settings.adam_epsilon
        self.optimiser = torch.optim.Adam(self.network.parameters(), rate, eps=epsilon, fused=True)

    def forward(self, x: Tensor) -> Tensor:
        """[..., v, c] -> [..., v], normalised."""
        if self._members == 1:
            value: Tensor = self.network(x.reshape(1, -1, x.shape[-1])).reshape(x.shape[:-1])
            return value
        return agents_last(self.network(agents_first(x)), x.shape[:-2])[..., 0]

    @torch.no_grad()
    def judge(self, rollout: Rollout) -> tuple[Tensor, Tensor, Tensor]:
        """What the actions of a rollout were worth.

        Returns:
            Advantages, returns, and the values as the network gives them, each [T, B, v].
        """
        normalised = self(rollout.critic)
        value = self._restore(normalised)
        following = value[1:].clone()
        if rollout.endings:
            ends = self._restore(self(torch.stack(list(rollout.endings.values()))))
            following[list(rollout.endings)] = ends
        value, reward, terminated = value[:-1], rollout.paid(value.shape[-1]), rollout.terminated
        ended = terminated | rollout.truncated
        if self._settings.truncation is not Truncation.BOOTSTRAP:
            terminated = ended
        if self._settings.truncation is Truncation.DROP:
            reward = torch.where(rollout.truncated[..., None], value, reward)  # so that nothing surprises
        discount, trace = self._settings.discount, self._settings.trace
        advantages = generalised_advantages(reward, value, following, terminated, ended, discount, trace)
        return advantages, advantages + value, normalised[:-1]

    def improve(self, x: Tensor, returns: Tensor, old: Tensor) -> tuple[Tensor, Tensor]:
        """One step of gradient descent.

        Args:
            x: [R, v, c].
            returns: [R, v].
            old: [R, v], the normalised values before the first step.

        Returns:
            The mean loss and the norms of its gradient, one for each network.
        """
        settings = self._settings
        if self.normaliser is not None:
            self.normaliser.update(returns)
            returns = self.normaliser.normalise(returns)
        clip = settings.clip if settings.value_clip else None
        losses = living_mean(value_loss(self(x), old, returns, clip, settings.huber), None, self._members == 1)
        self.optimiser.zero_grad()
        (settings.value_coefficient * losses).sum().backward()  # networks do not mix: each follows its own loss
        norms = clip_gradients(self.network.parameters(), settings.clip_norm)
        self.optimiser.step()
        return losses.detach().mean(), norms

    def state(self) -> dict[str, Any]:
        """Network, optimiser and normaliser."""
        normaliser = None if self.normaliser is None else self.normaliser.state_dict()
        return {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "normaliser": normaliser,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(copy.deepcopy(state["optimiser"]))  # it would keep the given tensors
        if self.normaliser is not None:
            self.normaliser.load_state_dict(state["normaliser"])

    def _restore(self, values: Tensor) -> Tensor:
        return values if self.normaliser is None else self.normaliser.restore(values)
