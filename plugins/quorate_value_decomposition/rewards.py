"""Rewards in units of their own deviation."""

from typing import Any

import torch
from torch import Tensor


class Standardiser:
    """Rewards less their mean, over their standard deviation, of all that were seen; as in EPyMARL.

    Args:
        device: of the rewards.
    """

    def __init__(self, device: torch.device) -> None:
        self._count, self._mean, self._squares = torch.zeros(3, dtype=torch.float64, device=device)

    def __call__(self, rewards: Tensor, weight: Tensor) -> Tensor:
        """Take in rewards of any shape, each as often as its weight says, and return them standardised."""
        seen = rewards.double()
        count = weight.sum()
        mean = (seen * weight).sum() / count.clamp(min=1)
        apart, total = mean - self._mean, self._count + count
        squares = (weight * (seen - mean).square()).sum()
        self._squares = self._squares + squares + apart.square() * self._count * count / total.clamp(min=1)
        self._mean, self._count = self._mean + apart * count / total.clamp(min=1), total
        deviation = (self._squares / total.clamp(min=1)).clamp(min=1e-8).sqrt()
        standard: Tensor = (seen - self._mean) / deviation
        return standard.to(rewards)

    def state_dict(self) -> dict[str, Any]:
        """What was seen: its number, its mean and its squares."""
        return {"moments": torch.stack([self._count, self._mean, self._squares])}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self._count, self._mean, self._squares = state["moments"].to(self._count.device, copy=True)
