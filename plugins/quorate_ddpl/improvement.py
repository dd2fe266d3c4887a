"""How far a policy moves towards actions of higher value: weights, and the scale that they are measured in."""

from typing import Any

import torch
from torch import Tensor

from quorate.learning.living import living_deviation, living_mean
from quorate.policies.weights import clipped_weights, softmax_weights
from quorate_ddpl.settings import DDPLSettings, Weights

ADVANTAGE_RATE, VALUE_RATE = 1e-2, 1e-3
"""How fast the scale of advantages (`softmax`) and the moments of values (`clipped`, as in DPMD) follow a batch."""
SMALLEST = 1e-3
"""Added to the scale, so that differences that mean nothing do not decide."""

WORST = -1e30
"""A value of no weight, far from what overflows when it is scaled."""


class Improvement:
    """Weights of sampled actions, exp(w) for a log weight w, each agent in a scale of its own.

    Args:
        settings: `weights`, `temperature`, `clip`, `discount`.
        agents: n.
        device: of the values.
    """

    def __init__(self, settings: DDPLSettings, agents: int, device: torch.device) -> None:
        self._settings = settings
        # Running averages: of squared advantages' roots; of values; of their deviations; of 1, for bias.
        self._averages = torch.zeros(4, agents, device=device)

    @property
    def _strength(self) -> float:
        """eta / (1 - gamma)."""
        return self._settings.temperature / (1 - self._settings.discount)

    def update(self, values: Tensor, alive: Tensor | None = None) -> None:
        """Take the values [N, B, n] of one update into the running scales.

        Args:
            values: of actions.
            alive: bool [B, n], the rows that count for each agent; None: all.
        """
        spread = living_mean((values - values.mean(0)).square(), alive).sqrt()
        ones = torch.ones_like(spread)
        seen = torch.stack([spread, living_mean(values, alive), living_deviation(values, alive), ones])
        rate = ADVANTAGE_RATE if self._settings.weights is Weights.SOFTMAX else VALUE_RATE
        moved = self._averages.lerp(seen, rate)
        self._averages = moved if alive is None else torch.where(alive.any(0), moved, self._averages)

    def weights(self, values: Tensor, alive: Tensor | None = None) -> Tensor:
        """Of actions with values [N, B, n]; what `normalised` divides by are the values of the same call.

        Args:
            values: of actions.
            alive: bool [B, n], None: all are. Other rows weigh nothing, and these so much more that means over all
                rows are means over those.
        """
        if alive is None:
            return self._weights(values)
        if self._settings.weights is Weights.NORMALISED:  # by a softmax over all rows
            return self._weights(values.masked_fill(~alive, WORST)) * alive
        return self._weights(values * alive) * alive / alive.float().mean(0).clamp(min=SMALLEST)

    def _weights(self, values: Tensor) -> Tensor:
        settings = self._settings
        if settings.weights is Weights.SOFTMAX:
            return softmax_weights(values, settings.temperature, self._scale())
        if settings.weights is Weights.CLIPPED:
            mean, deviation = self._moments()
            return clipped_weights(values, mean, deviation, 1 / settings.temperature, settings.clip)
        if settings.weights is Weights.LITERAL:
            return torch.exp(self._strength * values)
        flat = values.flatten(0, 1)
        normalised = torch.softmax(self._strength * flat, dim=0) * len(flat)
        return torch.reshape(normalised, values.shape)

    def log_weight(self, values: Tensor) -> Tensor:
        """w up to what does not depend on the action, [..., n] -> [..., n]; differentiable in the values."""
        settings = self._settings
        if settings.weights is Weights.SOFTMAX:
            return settings.temperature * values / self._scale()
        if settings.weights is Weights.CLIPPED:
            mean, deviation = self._moments()
            normalised: Tensor = (values - mean) / deviation
            return settings.temperature * normalised.clamp(-settings.clip, settings.clip)
        return self._strength * values

    def state_dict(self) -> dict[str, Any]:
        """The running averages."""
        return {"averages": self._averages}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self._averages = state["averages"].to(self._averages.device)

    def _scale(self) -> Tensor:
        return self._unbiased()[0] + SMALLEST

    def _moments(self) -> tuple[Tensor, Tensor]:
        _, mean, deviation = self._unbiased()
        return mean, deviation + SMALLEST

    def _unbiased(self) -> Tensor:
        """The first three averages, 0 of an agent that has never been alive: [3, n]."""
        return self._averages[:3] / self._averages[3].clamp(min=torch.finfo(self._averages.dtype).tiny)
