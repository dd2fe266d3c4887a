"""Running normalisation of values."""

from typing import Any

import torch
from torch import Tensor


class ValueNormaliser:
    """Keeps exponential averages of a value and of its square, without bias, and normalises by them.

    As in HARL and on-policy's ValueNorm; rate 1e-5 per update there.

    Args:
        device: of the averages.
        members: m, values in the last dimension that have averages of their own; 1: all values have the same.
        rate: weight of the latest batch.
    """

    def __init__(self, device: torch.device | str, members: int = 1, rate: float = 1e-5) -> None:
        self._rate, self._own = rate, members > 1
        self._averages = torch.zeros(3, *[members] * self._own, device=device)  # of the value, its square, and 1

    def update(self, values: Tensor, counts: Tensor | None = None) -> None:
        """Take in a batch of any shape, whose last dimension is m where averages are apart.

        Args:
            values: the batch.
            counts: likewise, 1 where a value counts, else 0; None: everywhere.
        """
        rate: float | Tensor = self._rate
        values = values.flatten(0, -2) if self._own else values.flatten()
        if counts is None:
            mean, square = values.mean(0), values.square().mean(0)
        else:
            counts = counts.reshape(values.shape)
            total = counts.sum(0)
            mean, square = ((part * counts).sum(0) / total.clamp(min=1) for part in (values, values.square()))
            rate = self._rate * (total > 0)
        self._averages = self._averages.lerp(torch.stack([mean, square, torch.ones_like(mean)]), rate)

    def normalise(self, values: Tensor) -> Tensor:
        """Values in units of the running standard deviation from the running mean."""
        mean, deviation = self._moments()
        return (values - mean) / deviation

    def restore(self, normalised: Tensor) -> Tensor:
        """The inverse of `normalise`."""
        mean, deviation = self._moments()
        return torch.addcmul(mean, normalised, deviation)

    def state_dict(self) -> dict[str, Any]:
        """The averages."""
        return {"averages": self._averages.clone()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self._averages = state["averages"].to(self._averages.device)

    def _moments(self) -> tuple[Tensor, Tensor]:
        mean, square, weight = self._averages
        weight = weight.clamp(min=1e-5)
        mean, square = mean / weight, square / weight
        return mean, (square - mean.square()).clamp(min=1e-2).sqrt()
