"""The central critic: V(s), or of what all policies see."""

import copy
from typing import Any

import torch
from torch import Tensor, nn

from quorate.interfaces import NetworkSpec
from quorate.learning.advantages import generalised_advantages
from quorate.learning.networks import build_network
from quorate.learning.normalise import ValueNormaliser
from quorate.learning.on_policy.losses import value_loss
from quorate.learning.on_policy.rollout import Rollout
from quorate.learning.on_policy.settings import OnPolicySettings, Truncation
from quorate.learning.stacks import clip_gradients


class Critic(nn.Module):
    """One value for each environment, trained on returns.

    Args:
        settings: of the algorithm.
        inputs: c, features that it sees.
        device: of its parameters.
    """

    def __init__(self, settings: OnPolicySettings, inputs: int, device: torch.device) -> None:
        super().__init__()
        self._settings = settings
        self.network = build_network(settings.critic, NetworkSpec(1, inputs, 1)).to(device)
        self.normaliser = ValueNormaliser(device) if settings.normalise_values else None
        rate, epsilon = settings.critic_learning_rate, settings.adam_epsilon
        self.optimiser = torch.optim.Adam(self.network.parameters(), rate, eps=epsilon, fused=True)

    def forward(self, x: Tensor) -> Tensor:
        """[..., c] -> [...], normalised."""
        value: Tensor = self.network(x.reshape(1, -1, x.shape[-1]))
        return value.reshape(x.shape[:-1])

    @torch.no_grad()
    def judge(self, rollout: Rollout) -> tuple[Tensor, Tensor, Tensor]:
        """What the actions of a rollout were worth.

        Returns:
            Advantages, returns, and the values as the network gives them, each [T, B].
        """
        normalised = self(rollout.critic)
        value = self._restore(normalised)
        following = value[1:].clone()
        if rollout.endings:
            ends = self._restore(self(torch.stack(list(rollout.endings.values()))))
            following[list(rollout.endings)] = ends
        value, reward, terminated = value[:-1], rollout.reward, rollout.terminated
        ended = terminated | rollout.truncated
        if self._settings.truncation is Truncation.DROP:
            reward, terminated = torch.where(rollout.truncated, value, reward), ended  # so that nothing surprises
        discount, trace = self._settings.discount, self._settings.trace
        advantages = generalised_advantages(reward, value, following, terminated, ended, discount, trace)
        return advantages, advantages + value, normalised[:-1]

    def improve(self, x: Tensor, returns: Tensor, old: Tensor) -> tuple[Tensor, Tensor]:
        """One step of gradient descent.

        Args:
            x: [R, c].
            returns: [R].
            old: [R], the normalised values before the first step.

        Returns:
            The loss and the norm of its gradient.
        """
        settings = self._settings
        if self.normaliser is not None:
            self.normaliser.update(returns)
            returns = self.normaliser.normalise(returns)
        clip = settings.clip if settings.value_clip else None
        loss = value_loss(self(x), old, returns, clip, settings.huber).mean()
        self.optimiser.zero_grad()
        (settings.value_coefficient * loss).backward()
        norm = clip_gradients(self.network.parameters(), settings.clip_norm)
        self.optimiser.step()
        return loss.detach(), norm

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
