"""A grid of actions, and functions known on it. In float64: chances of 1e-12 matter here."""

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from quorate_decision_games.payoff import Payoff
from quorate_decision_games.settings import DecSPGSettings


@dataclass(frozen=True)
class Grid:
    """G equally spaced actions.

    Attributes:
        points: float64 [G].
    """

    points: Tensor

    @classmethod
    def of(cls, settings: DecSPGSettings, payoff: Payoff, device: torch.device | str) -> "Grid":
        """The grid of the settings, or [-1, 1] where the game's actions are bounded."""
        low, high = (-1.0, 1.0) if payoff.settings.bounded else settings.interval
        return cls(torch.linspace(low, high, settings.grid_points, dtype=torch.float64, device=device))

    @cached_property
    def spacing(self) -> float:
        """The distance of neighbouring points."""
        return (self.high - self.low) / (len(self.points) - 1)

    @cached_property
    def low(self) -> float:
        """The smallest action."""
        return float(self.points[0])

    @cached_property
    def high(self) -> float:
        """The largest action."""
        return float(self.points[-1])

    def interpolate(self, values: Tensor, actions: Tensor) -> Tensor:
        """Values [..., G] at actions [..., M], linear between points, constant beyond the ends: [..., M]."""
        last = len(self.points) - 1
        place = ((actions - self.low) / self.spacing).clamp(0, last)
        left = place.floor().clamp(max=last - 1)
        index = left.long()
        return torch.lerp(values.gather(-1, index), values.gather(-1, index + 1), place - left)


@dataclass(frozen=True)
class Nodes:
    """A policy as weighted actions: E f(a) is the sum of weight times f(action).

    Attributes:
        actions: float64 [..., M].
        weights: float64 [..., M], summing to 1.
    """

    actions: Tensor
    weights: Tensor

    def mean(self, values: Tensor) -> Tensor:
        """E of values [..., M]: [...]."""
        return (self.weights * values).sum(-1)


def normal_nodes(mean: Tensor, variance: Tensor, low: float, high: float, count: int = 801) -> Nodes:
    """N(mean, variance) [...], clipped to an interval, by the midpoint rule over six standard deviations."""
    z, weights = standard_normal(mean.device, count)
    actions = (mean[..., None] + variance.sqrt()[..., None] * z).clamp(low, high)
    return Nodes(actions, weights.expand_as(actions))


def standard_normal(device: torch.device | str, count: int = 801) -> tuple[Tensor, Tensor]:
    """Points [M] of N(0, 1) and their weights [M]."""
    z = torch.linspace(-6, 6, count, dtype=torch.float64, device=device)
    return z, torch.softmax(-z.square() / 2, 0)


def log_normal_density(points: Tensor, variance: float) -> Tensor:
    """Of N(0, variance), elementwise."""
    return -points.square() / (2 * variance) - 0.5 * math.log(2 * math.pi * variance)
