"""Policies: decentralised choices of n agents at once."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn


class Policy(nn.Module, ABC):
    """A policy class for n agents at once, own parameters per agent. Built as ``target(settings, spec)``."""

    @abstractmethod
    def sample(
        self,
        observation: Tensor,
        count: int,
        generator: torch.Generator,
        action_mask: Tensor | None = None,
    ) -> Tensor:
        """Draw actions.

        Args:
            observation: [B, n, o], or whatever the policy is declared to see.
            count: actions to draw for each agent.
            generator: on the device of the observation.
            action_mask: bool [B, n, a] of valid discrete actions, or None.

        Returns:
            int64 [count, B, n] (discrete) or float32 [count, B, n, a] (continuous).
        """
